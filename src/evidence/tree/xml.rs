//! XML into trees: elements are fields of the element that they stand in, attributes too.

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use super::{Lists, Span, SyntaxError, TEXT, Tree, Value};

/// At most so deep: as deep as JSON is read.
const DEPTH: usize = 128;

/// A document: its root is an object with one field, the root element.
pub(crate) struct Document<'a> {
    /// The values.
    pub(crate) tree: Tree<'a>,
    /// What keeps the rest from being read.
    pub(crate) error: Option<SyntaxError>,
}

/// Which elements and attributes are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Namespaces {
    /// Those of the root's namespace, and attributes without one: what others add to a document says nothing here.
    Own,
    /// All, by their local names.
    All,
}

/// The namespace and the local name of the root element; none where `text` has none.
pub(crate) fn root(text: &str) -> Option<(String, String)> {
    let mut reader = NsReader::from_str(text);
    loop {
        let (namespace, event) = reader.read_resolved_event().ok()?;
        match event {
            Event::Start(start) | Event::Empty(start) => {
                let name = start.local_name().as_ref().to_owned();
                return Some((text_of(&namespace), name));
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

fn text_of(namespace: &ResolveResult<'_>) -> String {
    match namespace {
        ResolveResult::Bound(namespace) => namespace.as_ref().to_owned(),
        ResolveResult::Unbound | ResolveResult::Unknown(_) => String::new(),
    }
}

/// The tree of a document. What came before an error is in it. Entities of a document type are not read: they stand as
/// they are written. Cost: `O(n)`.
pub(crate) fn tree(text: &str, lists: Lists, namespaces: Namespaces, cap: usize) -> Document<'_> {
    let mut builder = Builder {
        tree: Tree::new(text, lists, cap),
        open: Vec::new(),
        namespace: None,
        namespaces,
    };
    let mut reader = NsReader::from_str(text);
    let read = builder.run(&mut reader);
    while !builder.open.is_empty() && builder.end().is_ok() {}
    builder.tree.close_all();
    let error = read.err().map(|what| {
        if what.line != 0 {
            return what;
        }
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let before = text
            .as_bytes()
            .get(..at.min(text.len()))
            .unwrap_or_default();
        SyntaxError::new(before.split(|byte| *byte == b'\n').count(), what.what)
    });
    Document {
        tree: builder.tree,
        error,
    }
}

/// An element that has not ended.
struct Open {
    node: usize,
    text: Option<Text>,
    /// Whether it has anything but text.
    is_object: bool,
}

enum Text {
    Source(Span),
    Own(String),
}

struct Builder<'a> {
    tree: Tree<'a>,
    open: Vec<Open>,
    namespace: Option<String>,
    namespaces: Namespaces,
}

fn wrong(error: &quick_xml::Error) -> SyntaxError {
    SyntaxError::new(0, format!("is not XML: {error}"))
}

impl<'a> Builder<'a> {
    fn run(&mut self, reader: &mut NsReader<&'a [u8]>) -> Result<(), SyntaxError> {
        loop {
            let (namespace, event) = reader
                .read_resolved_event()
                .map_err(|error| wrong(&error))?;
            match event {
                Event::Start(start) => {
                    if self.is_foreign(&namespace) {
                        let end = start.to_end().into_owned();
                        reader
                            .read_to_end(end.name())
                            .map_err(|error| wrong(&error))?;
                        continue;
                    }
                    self.start(&start)?;
                }
                Event::Empty(start) => {
                    if self.is_foreign(&namespace) {
                        continue;
                    }
                    self.start(&start)?;
                    self.end()?;
                    if self.open.is_empty() {
                        return Ok(());
                    }
                }
                Event::End(_) => {
                    self.end()?;
                    if self.open.is_empty() {
                        return Ok(());
                    }
                }
                Event::Text(text) => self.text(&text.xml10_content()),
                Event::CData(text) => self.text(&text.xml10_content()),
                Event::GeneralRef(reference) => self.reference(&reference),
                Event::Eof => return Err(SyntaxError::new(0, "is not XML: it ends too early")),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }

    fn is_foreign(&mut self, namespace: &ResolveResult<'_>) -> bool {
        let namespace = text_of(namespace);
        match &self.namespace {
            None => {
                self.namespace = Some(namespace);
                false
            }
            Some(own) => self.namespaces == Namespaces::Own && *own != namespace,
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), SyntaxError> {
        if self.open.len() >= DEPTH {
            return Err(SyntaxError::new(0, "is nested too deep"));
        }
        if self.open.is_empty() {
            self.tree.push(Span::EMPTY, Value::Object)?;
        }
        if let Some(holder) = self.open.last_mut() {
            holder.is_object = true;
        }
        let key = self.tree.owned(start.local_name().as_ref());
        let node = self.tree.nodes.len();
        self.tree.push(key, Value::Object)?;
        let mut open = Open {
            node,
            text: None,
            is_object: false,
        };
        for attribute in start.attributes().with_checks(false) {
            let Ok(attribute) = attribute else { continue };
            let (name, prefix) = attribute.key.decompose();
            let is_declaration = attribute.key.as_namespace_binding().is_some();
            if is_declaration || (prefix.is_some() && self.namespaces == Namespaces::Own) {
                continue;
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = value.unwrap_or_else(|_| attribute.value.clone());
            let key = self.tree.owned(name.as_ref());
            let value = self.tree.owned(&value);
            self.tree.push(key, Value::Text(value))?;
            open.is_object = true;
        }
        self.open.push(open);
        Ok(())
    }

    fn text(&mut self, text: &str) {
        let Some(open) = self.open.last_mut() else {
            return;
        };
        match &mut open.text {
            // White space between elements is none of their text.
            None if text.trim().is_empty() => {}
            None => {
                let own = self.tree.source.as_bytes().as_ptr_range();
                let is_of_source = own.contains(&text.as_ptr());
                open.text = Some(if is_of_source {
                    Text::Source(self.tree.borrowed(text))
                } else {
                    Text::Own(text.to_owned())
                });
            }
            Some(Text::Own(known)) => known.push_str(text),
            Some(Text::Source(span)) => {
                let mut known = self.tree.resolve(*span).to_owned();
                known.push_str(text);
                open.text = Some(Text::Own(known));
            }
        }
    }

    fn reference(&mut self, reference: &BytesRef<'_>) {
        let name = reference.xml10_content();
        match reference.resolve_char_ref() {
            Ok(Some(character)) => self.text(character.encode_utf8(&mut [0; 4])),
            _ => match resolve_predefined_entity(&name) {
                Some(text) => self.text(text),
                None => self.text(&format!("&{name};")),
            },
        }
    }

    fn end(&mut self) -> Result<(), SyntaxError> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let text = match open.text {
            None => Span::EMPTY,
            Some(Text::Own(text)) => self.tree.owned(text.trim()),
            Some(Text::Source(span)) => {
                let text = self.tree.resolve(span);
                match span {
                    Span::Source(start, _) => {
                        let skipped = text.len() - text.trim_start().len();
                        let skipped = u32::try_from(skipped).unwrap_or(0);
                        let length = u32::try_from(text.trim().len()).unwrap_or(0);
                        Span::Source(start.saturating_add(skipped), length)
                    }
                    Span::Side(..) => span,
                }
            }
        };
        if open.is_object {
            if !self.tree.resolve(text).is_empty() {
                let key = self.tree.owned(TEXT);
                self.tree.push(key, Value::Text(text))?;
            }
        } else if let Some(node) = self.tree.nodes.get_mut(open.node) {
            node.value = Value::Text(text);
        }
        self.tree.close();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::At;
    use super::*;

    fn read(text: &str, lists: Lists) -> Document<'_> {
        tree(text, lists, Namespaces::Own, 1000)
    }

    #[test]
    fn elements_and_attributes_are_fields() {
        let text =
            "<?xml version='1.0'?><!-- c --><b:bom xmlns:b='urn:x' xmlns:y='urn:y' version='1'>
            <b:name> a &amp; <![CDATA[<b>]]> &#65; </b:name><y:other><b:name>z</b:name></y:other>
            <b:hash alg='M&lt;' y:alg='no'>ff</b:hash><b:empty/></b:bom>";
        let document = read(text, Lists::Wrapped);
        assert_eq!(document.error, None);
        let bom = document.tree.root().unwrap().get("bom").unwrap();
        let keys: Vec<&str> = bom.fields().map(At::key).collect();
        assert_eq!(keys, ["version", "name", "hash", "empty"]);
        assert_eq!(bom.get("name").unwrap().text(), Some("a & <b> A"));
        let hash = bom.get("hash").unwrap();
        assert_eq!(hash.text(), Some("ff"));
        assert_eq!(hash.get("alg").unwrap().text(), Some("M<"));
        assert_eq!(bom.get("empty").unwrap().text(), Some(""));
        assert_eq!(bom.get("empty").unwrap().items().count(), 0);
        assert_eq!(root(text), Some(("urn:x".to_owned(), "bom".to_owned())));
    }

    #[test]
    fn lists_are_repeated_or_wrapped() {
        let text = "<d><p><n>1</n></p><q/><p><n>2</n></p></d>";
        let document = read(text, Lists::Repeated);
        let d = document.tree.root().unwrap().get("d").unwrap();
        let names: Vec<_> = d.list("p").filter_map(|at| at.get("n")?.text()).collect();
        assert_eq!(names, ["1", "2"]);
        assert_eq!(
            d.list("p").nth(1).unwrap().get("n").unwrap().place(),
            "d.p[1].n"
        );
        let text = "<d><ps><p>1</p><p>2</p></ps></d>";
        let document = read(text, Lists::Wrapped);
        let d = document.tree.root().unwrap().get("d").unwrap();
        let names: Vec<_> = d.list("ps").filter_map(At::text).collect();
        assert_eq!(names, ["1", "2"]);
    }

    #[test]
    fn what_stands_before_an_error_is_read() {
        let document = read("<d>\n<a>1</a>\n<b>2</c>", Lists::Wrapped);
        assert_eq!(document.error.unwrap().line, 3);
        let d = document.tree.root().unwrap().get("d").unwrap();
        assert_eq!(d.get("a").unwrap().text(), Some("1"));
        let deep = "<a>".repeat(100_000);
        assert!(
            read(&deep, Lists::Wrapped)
                .error
                .unwrap()
                .what
                .contains("too deep")
        );
        assert!(read("", Lists::Wrapped).error.is_some());
    }
}
