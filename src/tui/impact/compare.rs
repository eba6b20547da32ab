//! What two policies do differently.

use std::collections::{HashMap, HashSet};

use super::document::{Item, Line, Marker, Place};

/// What the time of something says whose bytes stay.
pub(super) const BYTES_STAY: &str = "its bytes stay";

/// The lines of `one` and `other` whose fate differs, each with both signs; what a policy does not mention is not
/// touched by it.
pub(super) fn difference(one: Vec<Line>, other: Vec<Line>) -> Vec<Line> {
    let fates: HashMap<Place, Item> = items(&other)
        .map(|item| (item.place.clone(), item.clone()))
        .collect();
    let known: HashSet<Place> = items(&one).map(|item| item.place.clone()).collect();
    let mut groups: Vec<(String, Vec<Item>)> = Vec::new();
    let mut add =
        |heading: &str, item: Item| match groups.iter_mut().find(|(name, _)| name == heading) {
            Some((_, items)) => items.push(item),
            None => groups.push((heading.to_owned(), vec![item])),
        };
    for (heading, mut item) in headed(one) {
        let fate = fates.get(&item.place);
        let other = fate.map_or(Marker::Stays, |fate| fate.marker);
        let when = fate.map_or("", |fate| fate.when.as_str());
        let is_same_fate = (item.when == BYTES_STAY) == (when == BYTES_STAY);
        if goes(item.marker) == goes(other) && is_same_fate {
            continue;
        }
        item.other = Some(other);
        let there = fate.map_or_else(|| "stays".to_owned(), told);
        item.reason = format!("{}; there: {there}", item.reason);
        add(&heading, item);
    }
    for (heading, mut item) in headed(other) {
        if known.contains(&item.place) || !goes(item.marker) {
            continue;
        }
        item.other = Some(std::mem::replace(&mut item.marker, Marker::Stays));
        item.reason = format!("there: {}", told(&item));
        "stays".clone_into(&mut item.when);
        add(&heading, item);
    }
    let lines = groups.into_iter().flat_map(|(heading, items)| {
        let items = items.into_iter().map(Line::Item);
        std::iter::once(Line::Repository(heading)).chain(items)
    });
    lines.collect()
}

/// When and why; a tag has no time.
fn told(item: &Item) -> String {
    if item.when.is_empty() {
        item.reason.clone()
    } else {
        format!("{}, {}", item.when, item.reason)
    }
}

fn goes(marker: Marker) -> bool {
    matches!(marker, Marker::Named | Marker::Along | Marker::Anyway)
}

fn items(lines: &[Line]) -> impl Iterator<Item = &Item> {
    lines.iter().filter_map(|line| match line {
        Line::Item(item) => Some(item),
        Line::Repository(_) => None,
    })
}

/// Items with the heading that they stand under.
fn headed(lines: Vec<Line>) -> impl Iterator<Item = (String, Item)> {
    let mut heading = String::new();
    lines.into_iter().filter_map(move |line| match line {
        Line::Repository(name) => {
            heading = name;
            None
        }
        Line::Item(item) => Some((heading.clone(), item)),
    })
}
