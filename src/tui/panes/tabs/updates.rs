//! What is newer than the tag under the cursor, by level, and below it every tag of the repository with the reason for its
//! verdict. Of a repository: the newest of each release line.

use std::ops::Range as Rows;

use ratatui::text::{Line, Span};

use crate::graph::{Graph, NodeId};
use crate::insight::freshness::{Lines, Range, Tags, Verdict};
use crate::insight::listing;
use crate::insight::outline::What;
use crate::oci::remote_text::clean;
use crate::tui::details::offers_in_words as in_words;
use crate::tui::effect::Effect;
use crate::tui::keys::Hint;
use crate::tui::model::{Focus, Model};
use crate::tui::theme::Theme;
use crate::words::{counted, fit, fit_name, width, wrap};

use super::{Tab, TabPage, choose};

/// Columns of a tag's name.
const NAME: usize = 26;
/// Columns of a verdict.
const VERDICT: usize = 16;

/// The tab.
pub(super) struct Updates;

/// What the tab shows, and what it was made of.
#[derive(Clone, Debug, Default)]
pub struct UpdatesState {
    /// The range that the person typed; empty where none was.
    pub range: String,
    made_of: Option<(Subject, u64, String)>,
    /// What is offered, as sentences that are wrapped.
    offers: Vec<(Tone, String)>,
    tags: Vec<Told>,
}

/// How a sentence is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Heading,
    Newer,
    Plain,
    Wrong,
}

/// A tag, what it is to the one under the cursor, and why.
#[derive(Clone, Debug)]
struct Told {
    tag: String,
    verdict: Verdict,
    reason: String,
}

/// What the tab is about: a repository, and a tag of it.
type Subject = (NodeId, Option<NodeId>);

/// What the row under the cursor is about; none where updates say nothing of it.
fn subject(model: &Model) -> Option<Subject> {
    let line = model.tree.selected()?;
    match &line.entry.what {
        What::Repository(node) => Some((*node, None)),
        What::Tags(tags) => {
            let tag = *tags.first()?;
            let graph = &model.known.graph;
            Some((graph.repository(graph.repository_of(tag)?)?, Some(tag)))
        }
        _ => None,
    }
}

impl UpdatesState {
    /// Cost: that of all tags of the repository.
    fn of(graph: &Graph, (repository, tag): Subject, written: &str) -> Self {
        let listed = listing::tags(graph, repository);
        let tags = Tags::read(&listed);
        let mut state = Self {
            range: written.to_owned(),
            ..Self::default()
        };
        let range = match written {
            "" => None,
            written => match Range::parse(written) {
                Ok(range) => Some(range),
                Err(error) => {
                    state.offers.push((Tone::Wrong, format!("range {error}")));
                    None
                }
            },
        };
        let name = tag.and_then(|tag| graph.tag_name(tag));
        let current = name.and_then(|name| tags.find(name.as_str()));
        match current {
            Some(current) => state.of_tag(&tags, current, range.as_ref()),
            None => state.of_repository(&tags, range.as_ref()),
        }
        state
    }

    fn of_tag(&mut self, tags: &Tags<'_>, current: usize, range: Option<&Range>) {
        let found = tags.candidates(current, range);
        let Some(now) = tags.get(current) else { return };
        let offered = in_words(tags, &found);
        let name = clean(now.listed.name);
        self.offers
            .push(match (now.version.is_some(), offered.len()) {
                (false, _) => (Tone::Heading, format!("{name}: {now}")),
                (true, 0) => (
                    Tone::Heading,
                    format!("nothing newer than {name} of its variant"),
                ),
                (true, count) => {
                    let newer = counted(count, "tag is", "tags are");
                    (Tone::Heading, format!("{newer} newer than {name}"))
                }
            });
        self.offers
            .extend(offered.into_iter().map(|words| (Tone::Newer, words)));
        if let (Some(range), Some(inside)) = (range, found.in_range) {
            let inside = tags.get(inside).map_or("", |tag| tag.listed.name);
            let words = format!("{} (newest within {range})", clean(inside));
            self.offers.push((Tone::Newer, words));
        }
        let judged = (0..tags.all().len()).filter_map(|place| {
            let judged = tags.judge(current, place, range)?;
            Some(Told {
                tag: clean(tags.get(place)?.listed.name).into_owned(),
                verdict: judged.verdict,
                reason: judged.to_string(),
            })
        });
        self.tags = judged.collect();
        // What is newer first; then as they are listed.
        self.tags.sort_by_key(|told| {
            (
                told.verdict != Verdict::Newer,
                told.verdict == Verdict::NotAVersion,
            )
        });
    }

    fn of_repository(&mut self, tags: &Tags<'_>, range: Option<&Range>) {
        let lines = Lines::of(tags);
        let rows = lines.candidates(tags, range);
        let count = counted(rows.len(), "release line", "release lines");
        let all = counted(tags.all().len(), "tag", "tags");
        self.offers
            .push((Tone::Heading, format!("{count} in {all}")));
        for row in rows {
            let Some(tag) = tags.get(row.current) else {
                continue;
            };
            let offered = in_words(tags, &row);
            let name = clean(tag.listed.name);
            self.offers.push(if offered.is_empty() {
                (Tone::Plain, format!("{name}  is the newest"))
            } else {
                (Tone::Newer, format!("{name}  {}", offered.join(", ")))
            });
        }
    }

    fn offers(&self, theme: Theme, columns: usize) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        for (tone, words) in &self.offers {
            let (style, indent) = match tone {
                Tone::Heading => (theme.strong(), ""),
                Tone::Newer => (theme.text(), "  "),
                Tone::Plain => (theme.dim(), "  "),
                Tone::Wrong => (theme.bad(), ""),
            };
            for piece in wrap(words, columns.saturating_sub(2)) {
                lines.push(Line::styled(format!("{indent}{piece}"), style));
            }
        }
        lines.push(Line::default());
        lines
    }
}

fn told(told: &Told, theme: Theme, columns: usize) -> Line<'static> {
    let name_wide = NAME.min(columns / 2);
    let name = fit_name(&told.tag, name_wide, theme.more());
    let gap = " ".repeat((name_wide + 1).saturating_sub(width(&name)));
    let style = match told.verdict {
        Verdict::Newer | Verdict::Current => theme.strong(),
        _ => theme.text(),
    };
    let verdict = format!("{:VERDICT$}", told.verdict.name());
    let left = columns.saturating_sub(name_wide + 1 + VERDICT);
    Line::from(vec![
        Span::styled(name, style),
        Span::raw(gap),
        Span::styled(verdict, theme.dim()),
        Span::styled(fit(&told.reason, left, theme.more()), theme.dim()),
    ])
}

impl TabPage for Updates {
    fn title(&self) -> &'static str {
        "Updates"
    }

    fn count(&self, model: &Model) -> Option<usize> {
        subject(model).map(|_| 0)
    }

    fn len(&self, model: &Model, columns: usize) -> usize {
        model.updates.offers(model.theme, columns).len() + model.updates.tags.len()
    }

    fn lines(&self, model: &Model, columns: usize, rows: Rows<usize>) -> Vec<Line<'static>> {
        let state = &model.updates;
        let offers = state.offers(model.theme, columns);
        let above = offers.len();
        let tags = rows.start.saturating_sub(above)..rows.end.saturating_sub(above);
        let tags = state.tags.iter().skip(tags.start).take(tags.len());
        let tags = tags.map(|one| told(one, model.theme, columns));
        let shown = offers.into_iter().skip(rows.start).take(rows.len());
        shown.chain(tags).take(rows.len()).collect()
    }

    /// Cost: that of all tags of the repository, where something of it changed.
    fn settle(&self, model: &mut Model) -> Vec<Effect> {
        let Some(subject) = subject(model) else {
            return Vec::new();
        };
        let range = model.updates.range.clone();
        let made_of = (subject, model.known.graph.version(), range.clone());
        if model.updates.made_of.as_ref() != Some(&made_of) {
            model.updates = UpdatesState::of(&model.known.graph, subject, &range);
            model.updates.made_of = Some(made_of);
        }
        Vec::new()
    }

    fn hints(&self, model: &Model) -> Vec<Hint> {
        vec![model.keys.hint_as("updates", "range", model.theme)]
    }
}

/// To the updates; there already, to the line in which a range is typed.
pub(in crate::tui::panes) fn open(model: &mut Model) -> Vec<Effect> {
    if subject(model).is_none() {
        model.notice = Some("tags and repositories have updates; this row is neither".to_owned());
        return Vec::new();
    }
    if model.shown_tab() == Tab::Updates && model.focus == Focus::Details {
        return super::super::range::open(model);
    }
    choose(model, Tab::Updates);
    model.focus = Focus::Details;
    Vec::new()
}
