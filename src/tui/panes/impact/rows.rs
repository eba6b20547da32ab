//! The boxes of the impact, and what stands in each.

use crate::tui::impact::{Impact, Item, ItemKind, Line, Marker, Place, Topic, Total};

/// A box of the impact: of all that the answer says, the part that answers one question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Section {
    /// What frightens.
    #[default]
    Breaks,
    /// What goes because of the deletions.
    Goes,
    /// What stays, and why.
    Stays,
    /// What goes without them.
    Anyway,
    /// What is not known, and by whose rules this is.
    NotKnown,
    /// What two policies do differently.
    Differs,
}

impl Section {
    /// The boxes of an answer, in their order.
    pub(super) fn of(impact: &Impact) -> &'static [Self] {
        if impact.other.is_some() {
            &[Self::Differs, Self::Breaks, Self::NotKnown]
        } else {
            &[
                Self::Breaks,
                Self::Goes,
                Self::Stays,
                Self::Anyway,
                Self::NotKnown,
            ]
        }
    }

    /// The box that is shown first: the first that has anything but comfort.
    pub(super) fn first(impact: &Impact) -> Self {
        let boxes = Self::of(impact);
        let first = boxes.iter().find(|one| one.count(impact) > 0);
        first.or(boxes.first()).copied().unwrap_or_default()
    }

    /// Its name.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Breaks => "Breaks",
            Self::Goes => "Goes",
            Self::Stays => "Stays",
            Self::Anyway => "Anyway",
            Self::NotKnown => "Not known",
            Self::Differs => "Differs",
        }
    }

    /// What it says where there is nothing in it.
    pub(super) const fn nothing(self) -> &'static str {
        match self {
            Self::Breaks => "nothing that stays breaks, as far as it was read",
            Self::Goes => "nothing goes because of this",
            Self::Stays => "nothing that goes has a part that stays",
            Self::Anyway => "nothing goes without it",
            Self::NotKnown => "all that decides is known",
            Self::Differs => "both policies do the same",
        }
    }

    /// What its rows have in common, for who reads the word for the first time.
    pub(super) const fn explained(self) -> &'static str {
        match self {
            Self::Goes => "what you named, and what goes along with it because only that kept it",
            Self::Stays => "what these deletions touch, and something else still holds",
            Self::Anyway => "what the next garbage collection takes without these deletions too",
            Self::Breaks | Self::NotKnown | Self::Differs => "",
        }
    }

    /// How many things are in it.
    pub(super) fn count(self, impact: &Impact) -> usize {
        match self.topic() {
            Some(topic) => {
                let totals = impact.totals.iter();
                totals.filter(|total| total.topic == topic).count()
            }
            None => items(impact).filter(|item| self.has(item)).count(),
        }
    }

    fn topic(self) -> Option<Topic> {
        match self {
            Self::Breaks => Some(Topic::Danger),
            Self::NotKnown => Some(Topic::NotKnown),
            _ => None,
        }
    }

    fn has(self, item: &Item) -> bool {
        match self {
            Self::Goes => matches!(item.marker, Marker::Named | Marker::Along),
            Self::Stays => item.marker == Marker::Stays,
            Self::Anyway => item.marker == Marker::Anyway,
            Self::Differs => true,
            Self::Breaks | Self::NotKnown => false,
        }
    }
}

/// A row of a box.
#[derive(Clone, Copy, Debug)]
pub(super) enum Row<'a> {
    /// What follows is in this repository.
    Repository(&'a str),
    /// What happens to something.
    Item(&'a Item),
    /// Blobs that are told together, and their bytes.
    Blobs(usize, u64),
    /// A sentence.
    Sentence(&'a Total),
}

impl Row<'_> {
    /// What it is about, where that is one thing.
    pub(super) fn place(&self) -> Option<&Place> {
        match self {
            Self::Item(item) => Some(&item.place),
            Self::Sentence(total) => total.place.as_ref(),
            Self::Repository(_) | Self::Blobs(..) => None,
        }
    }
}

/// The rows of a box. Blobs of a repository are one row until they are asked for.
pub(super) fn rows(impact: &Impact, section: Section, has_blobs: bool) -> Vec<Row<'_>> {
    if let Some(topic) = section.topic() {
        let is_told = |total: &&Total| {
            total.topic == topic
                || topic == Topic::NotKnown
                    && matches!(total.topic, Topic::Rules | Topic::Collector)
        };
        return impact
            .totals
            .iter()
            .filter(is_told)
            .map(Row::Sentence)
            .collect();
    }
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut heading = None;
    let mut blobs = (0, 0_u64);
    for line in &impact.lines {
        match line {
            Line::Repository(name) => {
                put_blobs(&mut rows, &mut blobs);
                heading = Some(name.as_str());
            }
            Line::Item(item) if section.has(item) => {
                rows.extend(heading.take().map(Row::Repository));
                if item.kind == ItemKind::Blob && !has_blobs {
                    blobs.0 += 1;
                    blobs.1 = blobs.1.saturating_add(item.size.unwrap_or_default());
                } else {
                    rows.push(Row::Item(item));
                }
            }
            Line::Item(_) => {}
        }
    }
    put_blobs(&mut rows, &mut blobs);
    rows
}

fn put_blobs(rows: &mut Vec<Row<'_>>, blobs: &mut (usize, u64)) {
    let (count, bytes) = std::mem::take(blobs);
    if count > 0 {
        rows.push(Row::Blobs(count, bytes));
    }
}

fn items(impact: &Impact) -> impl Iterator<Item = &Item> {
    impact.lines.iter().filter_map(|line| match line {
        Line::Item(item) => Some(item),
        Line::Repository(_) => None,
    })
}
