//! What depends on what, within one document.

use std::collections::VecDeque;

/// What the document describes, in the place of a package's number.
pub const ROOT: u32 = u32::MAX;

/// How one package belongs to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Link {
    /// The first needs the second.
    DependsOn,
    /// The second is a part of the first.
    Contains,
}

/// Links between packages, by their numbers in the document; sorted, without doubles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependencies {
    /// From, to.
    forward: Vec<(u32, u32, Link)>,
    /// To, from.
    backward: Vec<(u32, u32, Link)>,
}

impl Dependencies {
    /// Takes links, each from what needs or holds to what is needed or held.
    pub(super) fn new(mut links: Vec<(u32, u32, Link)>) -> Self {
        links.sort_unstable();
        links.dedup();
        links.shrink_to_fit();
        let mut backward: Vec<_> = links
            .iter()
            .map(|(from, to, link)| (*to, *from, *link))
            .collect();
        backward.sort_unstable();
        Self {
            forward: links,
            backward,
        }
    }

    /// How many links there are.
    pub fn len(&self) -> usize {
        self.forward.len()
    }

    /// Whether the document states none.
    pub fn is_empty(&self) -> bool {
        self.forward.is_empty()
    }

    /// What `package` needs or holds. Cost: `O(log n)` and one step each.
    pub fn of(&self, package: u32) -> impl Iterator<Item = (u32, Link)> {
        range(&self.forward, package)
    }

    /// Who needs or holds `package`; [`ROOT`] is what the document describes. Cost: `O(log n)` and one step each.
    pub fn dependents(&self, package: u32) -> impl Iterator<Item = (u32, Link)> {
        range(&self.backward, package)
    }

    /// A shortest path from something that nothing needs to `package`, both included; `package` alone where it is such
    /// a thing itself, or where it only needs itself in a circle. Cost: `O(V + E)`.
    pub fn path(&self, package: u32) -> Vec<u32> {
        let mut before = std::collections::HashMap::from([(package, package)]);
        let mut queue = VecDeque::from([package]);
        let mut top = package;
        while let Some(at) = queue.pop_front() {
            let mut is_top = true;
            for (holder, _) in self.dependents(at) {
                is_top &= holder == at;
                before.entry(holder).or_insert_with(|| {
                    queue.push_back(holder);
                    at
                });
            }
            if is_top {
                top = at;
                break;
            }
        }
        let mut path = vec![top];
        while let Some(next) = before.get(&top).copied()
            && next != top
        {
            path.push(next);
            top = next;
        }
        path
    }

    pub(super) fn weight(&self) -> usize {
        (self.forward.capacity() + self.backward.capacity()) * size_of::<(u32, u32, Link)>()
    }
}

fn range(links: &[(u32, u32, Link)], key: u32) -> impl Iterator<Item = (u32, Link)> {
    let start = links.partition_point(|(from, ..)| *from < key);
    let rest = links.get(start..).unwrap_or_default();
    let same = rest.iter().take_while(move |(from, ..)| *from == key);
    same.map(|(_, to, link)| (*to, *link))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Link::{Contains, DependsOn};

    #[test]
    fn dependents_and_the_path_to_a_package_are_told() {
        let links = vec![
            (ROOT, 0, Contains),
            (0, 1, DependsOn),
            (1, 2, DependsOn),
            (0, 1, DependsOn),
            (3, 2, DependsOn),
        ];
        let dependencies = Dependencies::new(links);
        assert_eq!(dependencies.len(), 4);
        assert_eq!(dependencies.of(0).collect::<Vec<_>>(), [(1, DependsOn)]);
        let dependents: Vec<_> = dependencies.dependents(2).collect();
        assert_eq!(dependents, [(1, DependsOn), (3, DependsOn)]);
        assert_eq!(dependencies.path(1), [ROOT, 0, 1]);
        assert_eq!(dependencies.path(2), [3, 2]);
        assert_eq!(dependencies.path(9), [9]);
    }

    #[test]
    fn a_circle_ends() {
        let dependencies = Dependencies::new(vec![
            (0, 1, DependsOn),
            (1, 0, DependsOn),
            (2, 2, DependsOn),
        ]);
        assert_eq!(dependencies.path(0), [0]);
        assert_eq!(dependencies.path(2), [2]);
    }
}
