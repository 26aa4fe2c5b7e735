//! A YAML stream as a tree in which every key and value knows its place.
//!
//! Refuses what YAML allows but a spec has no use for: duplicate keys, merge keys, tags, endless aliases.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use serde_json::{Map, Value};

use super::path::{Path, Place, Step};
use super::problem::Problem;
use super::scalar;

/// More values than aliases repeat in any stream; reached by those that multiply. What is written out is no more than the
/// text is long, and is not counted: a stream may have any number of specs.
const MOST_VALUES: usize = 100_000;
/// Deeper than any spec is nested; the tree is walked by recursion.
const DEEPEST: usize = 32;

/// A value and where it begins.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) content: Content,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// A text, number, truth value or null.
    Scalar(Value),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key of a map, where it begins, and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) place: Place,
    pub(crate) value: Node,
}

impl Node {
    /// The value without its places.
    pub(crate) fn to_value(&self) -> Value {
        match &self.content {
            Content::Scalar(value) => value.clone(),
            Content::List(nodes) => nodes.iter().map(Node::to_value).collect(),
            Content::Map(entries) => Value::Object(
                entries
                    .iter()
                    .map(|entry| (entry.key.clone(), entry.value.to_value()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }

    /// The value at a path, where one is written.
    pub(crate) fn find(&self, path: &Path) -> Option<&Node> {
        path.0
            .iter()
            .try_fold(self, |node, step| match (&node.content, step) {
                (Content::Map(_), Step::Key(key)) => node.entry(key).map(|entry| &entry.value),
                (Content::List(nodes), Step::Index(index)) => nodes.get(*index),
                _ => None,
            })
    }

    /// Where the value at a path begins; where it is not written, the key of the nearest section around it.
    pub(crate) fn value_place(&self, path: &Path) -> Place {
        self.find(path)
            .map_or_else(|| self.key_place(path), |node| node.place)
    }

    /// Where the key at a path begins; where it is not written, the nearest key around it.
    pub(crate) fn key_place(&self, path: &Path) -> Place {
        let mut place = self.place;
        let mut node = self;
        for step in &path.0 {
            match (&node.content, step) {
                (Content::Map(_), Step::Key(key)) => {
                    let Some(entry) = node.entry(key) else { break };
                    (place, node) = (entry.place, &entry.value);
                }
                (Content::List(nodes), Step::Index(index)) => {
                    let Some(element) = nodes.get(*index) else {
                        break;
                    };
                    (place, node) = (element.place, element);
                }
                _ => break,
            }
        }
        place
    }

    fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.content {
            Content::Map(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }
}

/// The documents of a stream, in order. Mistakes that leave a readable tree go to `problems`.
///
/// # Errors
/// The one mistake after which nothing more can be read.
pub(crate) fn documents(
    text: &str,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Node>, Box<Problem>> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        anchors: HashMap::new(),
        repeated: 0,
        problems,
    };
    let mut documents = Vec::new();
    while let Some((event, span)) = reader.next()? {
        match event {
            Event::DocumentStart(..) => reader.anchors.clear(),
            Event::DocumentEnd | Event::StreamStart | Event::StreamEnd => {}
            node => documents.push(reader.node(node, span, 0)?),
        }
    }
    Ok(documents)
}

struct Reader<'text, 'problems> {
    parser: Parser<'text, StrInput<'text>>,
    anchors: HashMap<usize, Node>,
    /// Values that aliases have put where nothing is written.
    repeated: usize,
    problems: &'problems mut Vec<Problem>,
}

impl<'text> Reader<'text, '_> {
    fn next(&mut self) -> Result<Option<(Event<'text>, Span)>, Box<Problem>> {
        loop {
            return match self.parser.next_event() {
                Some(Ok((Event::Comment(..), _))) => continue,
                Some(Ok(event)) => Ok(Some(event)),
                Some(Err(error)) => Err(syntax(&error)),
                None => Ok(None),
            };
        }
    }

    fn inner(&mut self, from: Place) -> Result<(Event<'text>, Span), Box<Problem>> {
        self.next()?
            .ok_or_else(|| fatal(from, "the document ends in the middle", None))
    }

    fn node(
        &mut self,
        event: Event<'text>,
        span: Span,
        depth: usize,
    ) -> Result<Node, Box<Problem>> {
        let place = place(&span);
        if self.repeated > MOST_VALUES || depth > DEEPEST {
            return Err(fatal(
                place,
                "more values than a spec can have",
                Some("look for aliases that repeat each other"),
            ));
        }
        let (content, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => (
                Content::Scalar(self.scalar(&text, style, tag.as_deref(), place)),
                anchor,
            ),
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse_tag(tag.as_deref(), place);
                (self.list(place, depth)?, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse_tag(tag.as_deref(), place);
                (self.map(place, depth)?, anchor)
            }
            Event::Alias(anchor) => return self.alias(anchor, place),
            _ => return Err(fatal(place, "not a value", None)),
        };
        let node = Node { place, content };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn alias(&mut self, anchor: usize, place: Place) -> Result<Node, Box<Problem>> {
        let node = self.anchors.get(&anchor).cloned();
        let node = node.ok_or_else(|| fatal(place, "an alias that contains itself", None))?;
        self.repeated += size(&node);
        Ok(node)
    }

    fn list(&mut self, from: Place, depth: usize) -> Result<Content, Box<Problem>> {
        let mut nodes = Vec::new();
        loop {
            match self.inner(from)? {
                (Event::SequenceEnd, _) => return Ok(Content::List(nodes)),
                (event, span) => nodes.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, from: Place, depth: usize) -> Result<Content, Box<Problem>> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (event, span) = self.inner(from)?;
            if event == Event::MappingEnd {
                return Ok(Content::Map(entries));
            }
            let place = place(&span);
            let Event::Scalar(key, ..) = event else {
                return Err(fatal(place, "a key has to be a text", None));
            };
            let (event, span) = self.inner(place)?;
            let value = self.node(event, span, depth + 1)?;
            if key == "<<" {
                self.note(
                    place,
                    "merge keys are not read",
                    "write the fields out, or use an alias for a whole value",
                );
            } else if let Some(first) = entries.iter().find(|entry| entry.key == key) {
                let what = format!("key {key:?} is written twice");
                let hint = format!("the first is in line {}", first.place.line);
                self.note(place, &what, &hint);
            } else {
                entries.push(Entry {
                    key: key.into_owned(),
                    place,
                    value,
                });
            }
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, place: Place) -> Value {
        if tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str")) || style != ScalarStyle::Plain
        {
            return Value::String(text.into());
        }
        self.refuse_tag(tag, place);
        scalar::plain(text)
    }

    fn refuse_tag(&mut self, tag: Option<&Tag>, place: Place) {
        if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
            self.note(
                place,
                &format!("tag {:?} is not known", tag.original()),
                "write the value without it",
            );
        }
    }

    fn note(&mut self, place: Place, what: &str, hint: &str) {
        self.problems.push(*fatal(place, what, Some(hint)));
    }
}

fn size(node: &Node) -> usize {
    match &node.content {
        Content::Scalar(_) => 1,
        Content::List(nodes) => 1 + nodes.iter().map(size).sum::<usize>(),
        Content::Map(entries) => {
            1 + entries
                .iter()
                .map(|entry| size(&entry.value))
                .sum::<usize>()
        }
    }
}

fn place(span: &Span) -> Place {
    Place {
        line: span.start.line(),
        column: span.start.col() + 1,
    }
}

fn syntax(error: &ScanError) -> Box<Problem> {
    let place = Place {
        line: error.marker().line(),
        column: error.marker().col() + 1,
    };
    let info = error.info();
    let hint = if info.contains("tab") {
        "indent with blanks"
    } else {
        "compare the indentation of this line with the lines before it"
    };
    fatal(place, &format!("not valid YAML: {info}"), Some(hint))
}

fn fatal(place: Place, what: &str, hint: Option<&str>) -> Box<Problem> {
    Box::new(Problem {
        place,
        path: String::new(),
        what: what.into(),
        value: None,
        allowed: None,
        hint: hint.map(Into::into),
    })
}
