//! A random spec, walked out of the schema: a new field joins by itself. What the schema cannot say is in `rules`.

use serde_json::{Map, Value, json};

use pgherd::spec::KUBERNETES;

use crate::dice::Dice;
use crate::kubernetes;
use crate::rules;
use crate::texts::{self, Lines};

/// In how many of 100 cases a section, and any other field, is written.
const SECTION: i64 = 85;
const FIELD: i64 = 60;
/// In how many of 100 cases a field that may be null is.
const NULL: i64 = 30;
/// In how many of 100 cases a number or text is at the end of its range.
const EDGE: i64 = 15;

/// A random document of a schema; most keep the rules across fields, too.
pub(crate) fn spec(schema: &Value, dice: &mut Dice) -> Value {
    let mut spec = section("", schema, dice);
    rules::agree(&mut spec, schema, dice);
    spec
}

fn section(path: &str, schema: &Value, dice: &mut Dice) -> Value {
    let required = schema["required"].as_array();
    let mut fields = Map::new();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let below = join(path, name);
        let needed = required.is_some_and(|names| names.contains(&json!(name)));
        let percent = match field.get("properties") {
            _ if needed || rules::is_always_a_value(&below) => 100,
            _ if rules::is_never_set(&below) => 0,
            Some(_) => SECTION,
            None => FIELD,
        };
        if dice.happens(percent) {
            fields.insert(name.clone(), value(&below, field, dice));
        }
    }
    Value::Object(fields)
}

/// The path of a field below another.
pub(crate) fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.into()
    } else {
        format!("{path}.{name}")
    }
}

fn value(path: &str, schema: &Value, dice: &mut Dice) -> Value {
    if is_nullable(schema) && !rules::is_always_a_value(path) && dice.happens(NULL) {
        return Value::Null;
    }
    if let Some(kind) = schema[KUBERNETES].as_str() {
        return kubernetes::object(kind, dice);
    }
    let words = words(schema);
    if !words.is_empty() {
        return json!(dice.one(&words));
    }
    let types = types(schema);
    match *dice.one(&types) {
        "object" if schema.get("properties").is_some() => section(path, schema, dice),
        "object" => map(path, &schema["additionalProperties"], dice),
        "array" => (0..dice.count(0, 3))
            .map(|_| value(&format!("{path}[]"), &schema["items"], dice))
            .collect(),
        "string" => json!(text(path, schema, dice)),
        "integer" => whole(schema, dice),
        "number" => number(dice),
        "boolean" => json!(dice.happens(50)),
        other => panic!("{path}: no random value of type {other:?}"),
    }
}

fn map(path: &str, schema: &Value, dice: &mut Dice) -> Value {
    let count = dice.count(0, 3);
    let mut entries = Map::new();
    while entries.len() < count {
        let key = text(&format!("{path}.<key>"), &json!({}), dice);
        let value = value(&format!("{path}.<value>"), schema, dice);
        entries.insert(key, value);
    }
    Value::Object(entries)
}

fn text(path: &str, schema: &Value, dice: &mut Dice) -> String {
    if let Some(text) = rules::text(path, dice) {
        return text;
    }
    let least = usize::try_from(schema["minLength"].as_u64().unwrap_or(0)).unwrap();
    let most = schema["maxLength"]
        .as_u64()
        .map(|most| usize::try_from(most).unwrap());
    let Some(pattern) = schema["pattern"].as_str() else {
        return texts::any(dice, Lines::Many, least);
    };
    let longest = most.filter(|_| dice.happens(EDGE));
    for _ in 0..100 {
        let mut text = texts::matching(dice, pattern);
        while longest.is_some_and(|longest| text.chars().count() < longest) {
            text.push_str(&texts::matching(dice, pattern));
        }
        let text: String = text.chars().take(most.unwrap_or(usize::MAX)).collect();
        if jsonschema::is_valid(schema, &json!(text)) {
            return text;
        }
    }
    panic!("{path}: no text found for {pattern}")
}

fn whole(schema: &Value, dice: &mut Dice) -> Value {
    let (least, most) = (schema["minimum"].as_i64(), schema["maximum"].as_i64());
    let (least, most) = (least.unwrap_or(0), most.unwrap_or(1 << 31));
    match dice.between(1, 100) {
        percent if percent <= EDGE => json!(least),
        percent if percent <= 2 * EDGE => json!(most),
        _ => json!(dice.between(least, most)),
    }
}

/// A number of any size that a 64-bit float holds, half of them whole.
fn number(dice: &mut Dice) -> Value {
    let most = 1 << dice.between(1, 53);
    if dice.happens(50) {
        return json!(dice.between(-most, most));
    }
    let number = match dice.between(1, 4) {
        1 => f64::from_bits(dice.bits()),
        2 => 1e-7,
        3 => 1e21,
        _ => 0.125 * f64::from(i32::try_from(dice.between(-800, 800)).unwrap()),
    };
    if number.is_finite() {
        json!(number)
    } else {
        json!(0.1)
    }
}

/// Whether a field takes null.
pub(crate) fn is_nullable(schema: &Value) -> bool {
    let either = schema["anyOf"].as_array();
    schema["type"] == "null"
        || schema["type"]
            .as_array()
            .is_some_and(|types| types.contains(&json!("null")))
        || either.is_some_and(|either| either.iter().any(is_nullable))
}

/// The words of an enum, however the schema nests them.
pub(crate) fn words(schema: &Value) -> Vec<String> {
    let nested = ["oneOf", "anyOf"]
        .into_iter()
        .filter_map(|keyword| schema[keyword].as_array());
    let own = schema["const"].as_str().map(Into::into);
    own.into_iter()
        .chain(nested.flatten().flat_map(words))
        .collect()
}

/// The types of a field, but null.
pub(crate) fn types(schema: &Value) -> Vec<&str> {
    let several = schema["type"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let types = schema["type"].as_str().into_iter().chain(several);
    types.filter(|name| *name != "null").collect()
}
