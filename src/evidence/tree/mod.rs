//! One shape for documents in JSON, YAML, XML and tag-value: a tree of values, flat in memory.
//!
//! A reader is written once against [`At`], whatever the document was written in. Nodes are 32 bytes; texts stand in the
//! source, those that had to be unescaped in one text beside it.

pub(crate) mod glimpse;
pub(crate) mod json;
pub(crate) mod repair;
pub(crate) mod xml;
pub(crate) mod yaml;

use std::fmt::Write as _;

/// A part of a text: where it begins and how many bytes it has.
#[derive(Clone, Copy, Debug)]
enum Span {
    /// In the source.
    Source(u32, u32),
    /// In the text beside it.
    Side(u32, u32),
}

impl Span {
    const EMPTY: Self = Self::Side(0, 0);
}

#[derive(Clone, Copy, Debug)]
enum Value {
    Null,
    Bool(bool),
    /// A number as it is printed.
    Number(Span),
    Text(Span),
    List,
    Object,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    /// The name in the object that it stands in.
    key: Span,
    value: Value,
    /// The number of the node after everything that is in this one.
    end: u32,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `null`, also what YAML means by it.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A text; in XML an element that has nothing but text.
    Text,
    /// A list.
    List,
    /// An object; in XML an element with attributes or elements.
    Object,
}

/// How lists are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lists {
    /// As lists.
    Plain,
    /// An element that is repeated is a list: SPDX in XML.
    Repeated,
    /// An element holds the items, whatever they are called: CycloneDX in XML.
    Wrapped,
}

/// Why a document is not read to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub(crate) struct SyntaxError {
    /// The line, from 1; 0 where it is about the whole document.
    pub(crate) line: usize,
    /// What is wrong there.
    pub(crate) what: String,
}

impl SyntaxError {
    pub(crate) fn new(line: usize, what: impl Into<String>) -> Self {
        Self {
            line,
            what: what.into(),
        }
    }

    /// The line as a place; empty where there is none.
    pub(crate) fn place(&self) -> String {
        match self.line {
            0 => String::new(),
            line => format!("line {line}"),
        }
    }
}

/// A document, or one item of it.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    source: &'a str,
    side: String,
    nodes: Vec<Node>,
    lists: Lists,
    /// The place of the root within the whole document.
    prefix: (&'static str, Option<usize>),
    /// The line of each node, where places are lines.
    lines: Vec<u32>,
    open: Vec<u32>,
    /// At most so many nodes.
    cap: usize,
}

impl<'a> Tree<'a> {
    /// An empty tree over `source`, which is below 4 GiB, for at most `cap` nodes.
    pub(crate) fn new(source: &'a str, lists: Lists, cap: usize) -> Self {
        Self {
            source,
            side: String::new(),
            nodes: Vec::new(),
            lists,
            prefix: ("", None),
            lines: Vec::new(),
            open: Vec::new(),
            cap,
        }
    }

    /// Forgets all nodes, and keeps the memory. The root is then `key[number]` of the document.
    fn restart(&mut self, key: &'static str, number: usize) {
        self.nodes.clear();
        self.side.clear();
        self.open.clear();
        self.prefix = (key, Some(number));
    }

    /// The first value, which holds all others; none where nothing was put in.
    pub(crate) fn root(&self) -> Option<At<'_>> {
        self.at(0)
    }

    fn at(&self, index: u32) -> Option<At<'_>> {
        self.nodes.get(index as usize).map(|node| At {
            tree: self,
            index,
            node,
        })
    }

    fn resolve(&self, span: Span) -> &str {
        let (text, start, length) = match span {
            Span::Source(start, length) => (self.source, start, length),
            Span::Side(start, length) => (self.side.as_str(), start, length),
        };
        let start = start as usize;
        text.get(start..start + length as usize).unwrap_or_default()
    }

    /// A text that stands in the source.
    fn borrowed(&self, text: &str) -> Span {
        let start = text
            .as_ptr()
            .addr()
            .checked_sub(self.source.as_ptr().addr());
        let span = start.and_then(|start| {
            Some(Span::Source(
                u32::try_from(start).ok()?,
                u32::try_from(text.len()).ok()?,
            ))
        });
        span.unwrap_or(Span::EMPTY)
    }

    /// A text that stands nowhere else.
    fn owned(&mut self, text: &str) -> Span {
        let start = u32::try_from(self.side.len());
        let (Ok(start), Ok(length)) = (start, u32::try_from(text.len())) else {
            return Span::EMPTY;
        };
        self.side.push_str(text);
        Span::Side(start, length)
    }

    /// Puts a value in; one that holds others stays open until [`Self::close`].
    fn push(&mut self, key: Span, value: Value) -> Result<(), SyntaxError> {
        let end = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        if self.nodes.len() >= self.cap || end == u32::MAX {
            let what = format!("has more than {} values: the rest is not read", self.cap);
            return Err(SyntaxError::new(0, what));
        }
        self.nodes.push(Node {
            key,
            value,
            end: end + 1,
        });
        if matches!(value, Value::List | Value::Object) {
            self.open.push(end);
        }
        Ok(())
    }

    /// Ends the list or object that was opened last.
    fn close(&mut self) {
        let end = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        if let Some(open) = self.open.pop()
            && let Some(node) = self.nodes.get_mut(open as usize)
        {
            node.end = end;
        }
    }

    /// Ends all that is open: a document that stops in the middle has what came before.
    fn close_all(&mut self) {
        while !self.open.is_empty() {
            self.close();
        }
    }
}

/// A value in a tree.
#[derive(Clone, Copy)]
pub(crate) struct At<'t> {
    tree: &'t Tree<'t>,
    index: u32,
    node: &'t Node,
}

/// The field that an XML element with attributes keeps its text under.
const TEXT: &str = "#text";

impl<'t> At<'t> {
    /// What it is.
    pub(crate) fn kind(self) -> Kind {
        match self.node.value {
            Value::Null => Kind::Null,
            Value::Bool(_) => Kind::Bool,
            Value::Number(_) => Kind::Number,
            Value::Text(_) => Kind::Text,
            Value::List => Kind::List,
            Value::Object => Kind::Object,
        }
    }

    /// Whether lists are elements of XML that hold their items.
    pub(crate) fn is_wrapped(self) -> bool {
        self.tree.lists == Lists::Wrapped
    }

    /// The name under which it stands.
    pub(crate) fn key(self) -> &'t str {
        self.tree.resolve(self.node.key)
    }

    /// The text of a text; of an XML element with attributes, its text.
    pub(crate) fn text(self) -> Option<&'t str> {
        match self.node.value {
            Value::Text(span) => Some(self.tree.resolve(span)),
            Value::Object if self.tree.lists != Lists::Plain => {
                self.fields().find(|at| at.key() == TEXT)?.text()
            }
            _ => None,
        }
    }

    /// A text, number or boolean as it is written.
    pub(crate) fn scalar(self) -> Option<&'t str> {
        match self.node.value {
            Value::Number(span) => Some(self.tree.resolve(span)),
            Value::Bool(true) => Some("true"),
            Value::Bool(false) => Some("false"),
            _ => self.text(),
        }
    }

    /// The members of an object in their order; none of anything else. Cost of a step: constant.
    pub(crate) fn fields(self) -> Children<'t> {
        let next = match self.node.value {
            Value::Object => self.index + 1,
            _ => self.node.end,
        };
        Children {
            tree: self.tree,
            next,
            end: self.node.end,
        }
    }

    /// The member `key` of an object; the last where it stands twice, as in most readers.
    pub(crate) fn get(self, key: &str) -> Option<At<'t>> {
        let mut fields = self.fields().filter(|at| at.key() == key);
        match self.tree.lists {
            Lists::Plain => fields.last(),
            Lists::Repeated | Lists::Wrapped => fields.next(),
        }
    }

    /// The members called `key`.
    pub(crate) fn named(self, key: &'t str) -> impl Iterator<Item = At<'t>> {
        self.fields().filter(move |at| at.key() == key)
    }

    /// The items of the list `key`, however the document writes lists; a single value counts as a list of it.
    pub(crate) fn list(self, key: &'t str) -> impl Iterator<Item = At<'t>> {
        let (all, last) = match self.tree.lists {
            Lists::Plain => (None, self.get(key)),
            Lists::Repeated | Lists::Wrapped => (Some(self.named(key)), None),
        };
        all.into_iter().flatten().chain(last).flat_map(At::items)
    }

    /// The items of a list; of anything else but null itself.
    pub(crate) fn items(self) -> Children<'t> {
        let (next, end) = match (self.node.value, self.tree.lists) {
            (Value::List, _) | (Value::Object, Lists::Wrapped) => (self.index + 1, self.node.end),
            (Value::Null, _) => (self.node.end, self.node.end),
            (Value::Text(span), Lists::Wrapped | Lists::Repeated)
                if self.tree.resolve(span).is_empty() =>
            {
                (self.node.end, self.node.end)
            }
            _ => (self.index, self.node.end),
        };
        Children {
            tree: self.tree,
            next,
            end,
        }
    }

    /// The value as JSON. Cost: `O(n)`.
    pub(crate) fn to_json(self) -> String {
        serde_json::to_string(&self.to_value()).unwrap_or_default()
    }

    fn to_value(self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self.node.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(value),
            Value::Number(span) => {
                serde_json::from_str(self.tree.resolve(span)).unwrap_or(Json::Null)
            }
            Value::Text(span) => Json::String(self.tree.resolve(span).to_owned()),
            Value::List => self.items().map(Self::to_value).collect(),
            Value::Object => {
                let fields = self.fields();
                let fields = fields.map(|field| (field.key().to_owned(), field.to_value()));
                Json::Object(fields.collect())
            }
        }
    }

    /// Where it stands: a JSON path from the root of the document, or its line. Cost: `O(n)`; for problems.
    pub(crate) fn place(self) -> String {
        if let Some(line) = self.tree.lines.get(self.index as usize) {
            return format!("line {line}");
        }
        let mut place = self.tree.prefix.0.to_owned();
        if let Some(number) = self.tree.prefix.1 {
            let _ = write!(place, "[{number}]");
        }
        let mut at = self.tree.root();
        while let Some(holder) = at
            && holder.index != self.index
        {
            at = holder.step_towards(self.index, &mut place);
        }
        place
    }

    /// The child that `index` stands in; its name or number is added to `place`.
    fn step_towards(self, index: u32, place: &mut String) -> Option<At<'t>> {
        let is_list = matches!(self.node.value, Value::List);
        let mut children = Children {
            tree: self.tree,
            next: self.index + 1,
            end: self.node.end,
        }
        .enumerate();
        let (number, child) = children.find(|(_, child)| index < child.node.end)?;
        if is_list {
            let _ = write!(place, "[{number}]");
        } else {
            if !place.is_empty() {
                place.push('.');
            }
            let key = child.key();
            place.push_str(key);
            if self.tree.lists != Lists::Plain {
                let before = self.named(key).take_while(|at| at.index < child.index);
                let (before, all) = (before.count(), self.named(key).count());
                if all > 1 {
                    let _ = write!(place, "[{before}]");
                }
            }
        }
        Some(child)
    }
}

/// Values that stand beside one another.
#[derive(Clone)]
pub(crate) struct Children<'t> {
    tree: &'t Tree<'t>,
    next: u32,
    end: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = At<'t>;

    fn next(&mut self) -> Option<At<'t>> {
        if self.next >= self.end {
            return None;
        }
        let at = self.tree.at(self.next)?;
        self.next = at.node.end.max(self.next + 1);
        Some(at)
    }
}
