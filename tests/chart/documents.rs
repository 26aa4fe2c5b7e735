//! YAML as kubectl and helm read it: by the rules of YAML 1.1, so that an unquoted `on` is a truth value and `017` is 15.
//!
//! Other parsers take a template that forgets quotes for right. Anchors, aliases and tags are refused: no template of
//! a chart writes them. <https://github.com/kubernetes-sigs/yaml/blob/master/goyaml.v2/resolve.go>

use granit_parser::{Event, Parser, ScalarStyle, StrInput};
use serde_json::{Map, Value, json};

/// The documents of a stream that are not empty.
///
/// # Errors
/// What is not YAML, or not of the kind that templates write.
pub(crate) fn read(text: &str) -> Result<Vec<Value>, String> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
    };
    let mut documents = Vec::new();
    while let Some(event) = reader.next()? {
        match event {
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(..)
            | Event::DocumentEnd => {}
            event => documents.push(reader.value(event)?),
        }
    }
    documents.retain(|document| !document.is_null());
    Ok(documents)
}

struct Reader<'text> {
    parser: Parser<'text, StrInput<'text>>,
}

impl<'text> Reader<'text> {
    fn next(&mut self) -> Result<Option<Event<'text>>, String> {
        loop {
            match self.parser.next_event() {
                Some(Ok((Event::Comment(..), _))) => {}
                Some(Ok((event, _))) => return Ok(Some(event)),
                Some(Err(error)) => return Err(error.to_string()),
                None => return Ok(None),
            }
        }
    }

    fn inner(&mut self) -> Result<Event<'text>, String> {
        self.next()?
            .ok_or_else(|| "the stream ends in the middle".into())
    }

    fn value(&mut self, event: Event<'text>) -> Result<Value, String> {
        match event {
            Event::Scalar(text, style, 0, None) => Ok(match style {
                ScalarStyle::Plain => plain(&text),
                _ => json!(text),
            }),
            Event::SequenceStart(_, 0, None) => self.list(),
            Event::MappingStart(_, 0, None) => self.map(),
            other => Err(format!("an anchor, alias or tag: {other:?}")),
        }
    }

    fn list(&mut self) -> Result<Value, String> {
        let mut elements = Vec::new();
        loop {
            match self.inner()? {
                Event::SequenceEnd => return Ok(Value::Array(elements)),
                event => elements.push(self.value(event)?),
            }
        }
    }

    fn map(&mut self) -> Result<Value, String> {
        let mut entries = Map::new();
        loop {
            let key = match self.inner()? {
                Event::MappingEnd => return Ok(Value::Object(entries)),
                Event::Scalar(text, ..) => text.into_owned(),
                other => return Err(format!("a key that is no text: {other:?}")),
            };
            let event = self.inner()?;
            let value = self.value(event)?;
            if entries.insert(key.clone(), value).is_some() {
                return Err(format!("key {key:?} is written twice"));
            }
        }
    }
}

/// The value of a scalar without quotes.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            json!(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            json!(false)
        }
        _ => number(text).unwrap_or_else(|| json!(text)),
    }
}

fn number(text: &str) -> Option<Value> {
    let numeric = |c: char| c.is_ascii_digit() || "+-.".contains(c);
    if !text.starts_with(numeric) {
        return None;
    }
    let text = text.replace('_', "");
    whole(&text).map(Value::from).or_else(|| fraction(&text))
}

fn whole(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_lowercase();
    let prefixes = [("0x", 16), ("0o", 8), ("0b", 2), ("0", 8)];
    let based = prefixes
        .iter()
        .find_map(|(prefix, radix)| Some((lower.strip_prefix(prefix)?, *radix)))
        .filter(|(rest, _)| !rest.is_empty());
    let (digits, radix) = based.unwrap_or((&lower, 10));
    let is_signed_twice = digits.starts_with(['+', '-']);
    i64::from_str_radix(&format!("{sign}{digits}"), radix)
        .ok()
        .filter(|_| !is_signed_twice)
}

fn fraction(text: &str) -> Option<Value> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "+0"));
    let digits = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
    let is_number = digits.ends_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
        && exponent.starts_with(['+', '-']);
    is_number
        .then(|| text.parse().ok())
        .flatten()
        .map(|number: f64| json!(number))
}

#[test]
fn plain_scalars_are_read_as_kubectl_reads_them() {
    for (text, value) in [
        ("on", json!(true)),
        ("n", json!(false)),
        ("~", json!(null)),
        ("017", json!(15)),
        ("0x1f", json!(31)),
        ("0b11", json!(3)),
        ("1_000", json!(1000)),
        ("-1", json!(-1)),
        ("08", json!(8.0)),
        ("1.5", json!(1.5)),
        (".5", json!(0.5)),
        ("1e+3", json!(1000.0)),
        ("1e3", json!("1e3")),
        ("--1", json!("--1")),
        ("10.0.0.0/8", json!("10.0.0.0/8")),
        ("2026-11-21", json!("2026-11-21")),
        ("10Gi", json!("10Gi")),
        ("-", json!("-")),
        (".", json!(".")),
    ] {
        assert_eq!(plain(text), value, "{text:?}");
    }
}

#[test]
fn what_no_template_writes_is_refused() {
    let text = "# a\n---\na: 'on'\nb: |\n  on\n---\n---\n# b\nc: [1, {d: }]\n";
    let expected = [
        json!({"a": "on", "b": "on\n"}),
        json!({"c": [1, {"d": null}]}),
    ];
    assert_eq!(read(text).unwrap(), expected);
    for text in [
        "a: 1\na: 2\n",
        "a: &b 1\n",
        "a: !b c\n",
        "a: [\n",
        "{{ a }}\n",
    ] {
        assert!(read(text).is_err(), "{text:?}");
    }
}
