//! The tree over a small world.

use crate::insight::outline::{
    self,
    fixture::{World, repository},
};
use crate::oci::{Address, Body};

use super::opening::UNFOLDED_MOST;
use super::*;

fn tree(graph: &Graph) -> Tree {
    let mut tree = Tree::new(vec![Address::Repository(repository())]);
    tree.refresh((graph, &Content::default()), 10, Rows::Newest);
    tree
}

fn selected(tree: &Tree, graph: &Graph) -> String {
    let entry = tree.selected().unwrap().entry.clone();
    tree.outline().describe(graph, &(), &entry).label
}

#[test]
fn the_newest_line_opens_by_itself_and_the_cursor_moves_between_its_ends() {
    let graph = World::usual().graph();
    let mut tree = tree(&graph);
    assert_eq!(selected(&tree, &graph), "1.4");
    tree.move_by(1);
    assert_eq!(selected(&tree, &graph), "1.4.1");
    tree.move_by(-5);
    assert_eq!(tree.cursor(), 0);
    tree.move_by(100);
    assert_eq!(selected(&tree, &graph), "digest tags (2)");
}

#[test]
fn the_cursor_stays_on_its_row_while_tags_arrive_and_find_their_aliases() {
    let world = World::usual();
    let mut graph = Graph::new();
    let is_tags = |fact: &&crate::graph::Fact| {
        matches!(
            fact.answer,
            crate::oci::Answer {
                body: Body::Tags(_),
                ..
            }
        )
    };
    world
        .facts
        .iter()
        .filter(is_tags)
        .for_each(|fact| graph.apply(fact));
    let mut tree = tree(&graph);
    let row = outline::look_up(&graph, "latest").unwrap();
    let path = outline::path_to(&graph, tree.roots(), row).unwrap();
    assert!(tree.reveal(&graph, &path));
    assert_eq!(selected(&tree, &graph), "latest");
    for fact in &world.facts {
        graph.apply(fact);
        tree.refresh((&graph, &Content::default()), 10, Rows::Newest);
    }
    assert_eq!(selected(&tree, &graph), "1.4.1");
}

#[test]
fn the_cursor_stays_at_the_top_until_the_person_moves_it() {
    let world = World::usual();
    let mut graph = Graph::new();
    let mut tree = tree(&graph);
    for fact in &world.facts {
        graph.apply(fact);
        tree.refresh((&graph, &Content::default()), 10, Rows::Newest);
    }
    assert_eq!(tree.cursor(), 0);
    assert_eq!(selected(&tree, &graph), "1.4");
}

#[test]
fn a_filter_leaves_what_matches_and_what_leads_there() {
    let graph = World::usual().graph();
    let mut tree = tree(&graph);
    tree.set_filter("NIGHT");
    tree.refresh((&graph, &Content::default()), 10, Rows::Newest);
    assert_eq!(tree.lines().len(), 2);
    tree.move_by(1);
    assert_eq!(selected(&tree, &graph), "nightly");
    tree.clear_filter(&graph);
    tree.refresh((&graph, &Content::default()), 10, Rows::Newest);
    assert!(tree.lines().len() > 4);
    assert_eq!(selected(&tree, &graph), "nightly");
}

#[test]
fn every_node_can_be_gone_to() {
    let graph = World::usual().graph();
    let mut tree = tree(&graph);
    for node in graph.nodes() {
        if let Some(path) = outline::path_to(&graph, tree.roots(), node) {
            let is_root = path.parent().is_none();
            assert!(tree.reveal(&graph, &path) || is_root, "{path:?}");
        }
    }
    assert!(tree.unfold_below(&graph) < UNFOLDED_MOST * 2);
}

#[test]
fn folding_all_leaves_the_cursor_on_what_is_left_of_its_path() {
    let graph = World::usual().graph();
    let mut tree = tree(&graph);
    tree.move_by(1);
    tree.set_open(true);
    tree.refresh((&graph, &Content::default()), 10, Rows::Newest);
    tree.move_by(1);
    tree.fold_all();
    tree.refresh((&graph, &Content::default()), 10, Rows::Newest);
    assert!(tree.lines().iter().all(|line| line.depth == 0));
    assert!(tree.cursor() < tree.lines().len());
}
