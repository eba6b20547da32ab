//! YAML into trees.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::{Lists, Span, SyntaxError, Tree, Value};

/// At most so deep: as deep as JSON is read.
const DEPTH: usize = 128;

/// The tree of the first document of `text`. What came before an error is in it.
///
/// What an alias repeats counts against `cap` again: a file of a few lines may stand for gigabytes.
pub(crate) fn tree(text: &str, cap: usize) -> (Tree<'_>, Option<SyntaxError>) {
    let mut builder = Builder {
        tree: Tree::new(text, Lists::Plain, cap),
        open: Vec::new(),
        anchors: HashMap::new(),
        is_done: false,
    };
    let mut error = None;
    for event in Parser::new_from_str(text) {
        let taken = match event {
            Ok((event, span)) => builder.take(event, span.start.line()),
            Err(wrong) => Err(SyntaxError::new(
                wrong.marker().line(),
                format!("is not YAML: {}", wrong.info()),
            )),
        };
        if let Err(wrong) = taken {
            error = Some(wrong);
            break;
        }
        if builder.is_done {
            break;
        }
    }
    builder.tree.close_all();
    (builder.tree, error)
}

/// A list or mapping that has not ended.
struct Open {
    anchor: usize,
    start: usize,
    kind: Kind,
}

enum Kind {
    List,
    /// With the key that came last, while its value has not.
    Mapping(Option<Span>),
    /// A key that is itself a list or a mapping, and everything in it: no name of anything.
    InKey,
}

struct Builder<'a> {
    tree: Tree<'a>,
    open: Vec<Open>,
    /// Where the nodes of an anchor are.
    anchors: HashMap<usize, (usize, usize)>,
    is_done: bool,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), SyntaxError> {
        match event {
            Event::Scalar(text, style, anchor, _) => self.scalar(&text, style, anchor),
            Event::Alias(anchor) => self.alias(anchor, line),
            Event::SequenceStart(anchor, _) => self.start(anchor, Value::List, line),
            Event::MappingStart(anchor, _) => self.start(anchor, Value::Object, line),
            Event::SequenceEnd | Event::MappingEnd => {
                self.end();
                Ok(())
            }
            Event::DocumentEnd => {
                self.is_done = !self.tree.nodes.is_empty();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The key for a value that comes now; none where what comes is itself a key.
    fn key(&mut self) -> Option<Span> {
        match self.open.last_mut().map(|open| &mut open.kind) {
            Some(Kind::Mapping(key)) => key.take(),
            None | Some(Kind::List) => Some(Span::EMPTY),
            Some(Kind::InKey) => None,
        }
    }

    fn is_in_key(&self) -> bool {
        matches!(
            self.open.last(),
            Some(Open {
                kind: Kind::InKey,
                ..
            })
        )
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, anchor: usize) -> Result<(), SyntaxError> {
        if self.is_in_key() {
            return Ok(());
        }
        let Some(key) = self.key() else {
            let key = self.tree.owned(text);
            if let Some(Open {
                kind: Kind::Mapping(open),
                ..
            }) = self.open.last_mut()
            {
                *open = Some(key);
            }
            return Ok(());
        };
        let is_plain = style == ScalarStyle::Plain;
        let value = match text {
            "" | "~" | "null" | "Null" | "NULL" if is_plain => Value::Null,
            "true" | "True" | "TRUE" if is_plain => Value::Bool(true),
            "false" | "False" | "FALSE" if is_plain => Value::Bool(false),
            _ => Value::Text(self.tree.owned(text)),
        };
        let start = self.tree.nodes.len();
        self.tree.push(key, value)?;
        self.anchored(anchor, start);
        Ok(())
    }

    fn anchored(&mut self, anchor: usize, start: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, (start, self.tree.nodes.len()));
        }
    }

    fn start(&mut self, anchor: usize, value: Value, line: usize) -> Result<(), SyntaxError> {
        if self.open.len() >= DEPTH {
            return Err(SyntaxError::new(line, "is nested too deep"));
        }
        let start = self.tree.nodes.len();
        let kind = match (self.key(), value) {
            (None, _) => Kind::InKey,
            (Some(key), value) => {
                self.tree.push(key, value)?;
                match value {
                    Value::List => Kind::List,
                    _ => Kind::Mapping(None),
                }
            }
        };
        self.open.push(Open {
            anchor,
            start,
            kind,
        });
        Ok(())
    }

    fn end(&mut self) {
        let Some(open) = self.open.pop() else { return };
        if matches!(open.kind, Kind::InKey) {
            if let Some(Open {
                kind: Kind::Mapping(key),
                ..
            }) = self.open.last_mut()
            {
                *key = Some(Span::EMPTY);
            }
            return;
        }
        self.tree.close();
        self.anchored(open.anchor, open.start);
    }

    /// Repeats the nodes of an anchor.
    fn alias(&mut self, anchor: usize, line: usize) -> Result<(), SyntaxError> {
        if self.is_in_key() {
            return Ok(());
        }
        let Some(key) = self.key() else {
            if let Some(Open {
                kind: Kind::Mapping(open),
                ..
            }) = self.open.last_mut()
            {
                *open = Some(Span::EMPTY);
            }
            return Ok(());
        };
        let Some((from, to)) = self.anchors.get(&anchor).copied() else {
            let what = "is not YAML: an alias of something that is not finished";
            return Err(SyntaxError::new(line, what));
        };
        let start = self.tree.nodes.len();
        if start + (to - from) > self.tree.cap {
            let what = format!(
                "has more than {} values: the rest is not read",
                self.tree.cap
            );
            return Err(SyntaxError::new(line, what));
        }
        let moved = u32::try_from(start - from).unwrap_or(u32::MAX);
        self.tree.nodes.extend_from_within(from..to);
        for node in self.tree.nodes.iter_mut().skip(start) {
            node.end = node.end.saturating_add(moved);
        }
        if let Some(first) = self.tree.nodes.get_mut(start) {
            first.key = key;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::evidence::tree::At;

    #[test]
    fn yaml_has_the_shape_of_json() {
        let text = "a: &x {b: [1, two, null], ? [k]: v}\nc: *x\nd: |\n  one\n  two\n";
        let (tree, error) = tree(text, 100);
        assert_eq!(error, None);
        let root = tree.root().unwrap();
        let keys: Vec<&str> = root.fields().map(At::key).collect();
        assert_eq!(keys, ["a", "c", "d"]);
        let c = root.get("c").unwrap();
        let items: Vec<Option<&str>> = c.list("b").map(At::text).collect();
        assert_eq!(items, [Some("1"), Some("two"), None]);
        assert_eq!(c.list("b").nth(1).unwrap().place(), "c.b[1]");
        assert_eq!(root.get("d").unwrap().text(), Some("one\ntwo\n"));
    }

    #[test]
    fn a_file_of_a_few_lines_does_not_become_gigabytes() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..12 {
            let inner = vec![format!("*a{}", n - 1); 10].join(", ");
            let _ = writeln!(text, "a{n}: &a{n} [{inner}]");
        }
        let (tree, error) = tree(&text, 10_000);
        assert!(error.unwrap().what.contains("10000 values"));
        assert!(tree.root().is_some());
    }

    #[test]
    fn what_stands_before_an_error_is_read() {
        let (tree, error) = tree("a: 1\nb: [2\nc: 3\n", 100);
        assert!(error.is_some());
        let root = tree.root().unwrap();
        assert_eq!(root.get("a").unwrap().text(), Some("1"));
    }
}
