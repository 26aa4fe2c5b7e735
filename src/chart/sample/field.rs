//! A field of a spec as the chart sees it, and its values. Knows no topology and no object.
//!
//! Every field has a few variants: set or not, each word of an enumeration, none, one or two elements, two numbers.
//! Texts are marks, so that wherever one turns up in an object, it can be told which field it came from.

use serde_json::{Map, Value, json};

use crate::formula;

/// A field that a user may set, by its path.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::chart) struct Field {
    /// Its path, such as `postgres.database`; in an element of a list, `postgres.hba[].user`.
    pub(in crate::chart) path: String,
    pub(in crate::chart) kind: Kind,
    /// Whether null is a value of it.
    pub(in crate::chart) optional: bool,
    /// The word that stands for it where an element of a list leaves it out. Others are in the chart's values.
    pub(in crate::chart) default: Option<String>,
    /// Whether its texts are letters, digits and hyphens after a letter, so that they need no quotes beside others.
    pub(in crate::chart) is_name: bool,
    /// Whether its text may be empty, which a template takes for no text.
    pub(in crate::chart) may_be_empty: bool,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::chart) enum Kind {
    Text,
    /// A number, and two values of it that turn up nowhere by chance.
    Number([i64; 2]),
    Switch,
    Words(Vec<String>),
    /// A list of texts, or of sections whose fields follow as fields of their own.
    List,
    /// Free keys with text values.
    Map,
    /// A list of objects in the words of Kubernetes, which pass through: an example of one.
    Objects(Value),
    /// One such object.
    Object(Value),
    /// A member by its pod: none, the one that leads where none is named, or another.
    Member,
}

/// A choice of a variant for every field, by position.
pub(in crate::chart) type Choice = Vec<usize>;

impl Field {
    /// How many variants there are.
    pub(in crate::chart) fn variants(&self) -> usize {
        let values = match &self.kind {
            Kind::Text | Kind::Object(_) => 1,
            Kind::Number(_) | Kind::Switch | Kind::Member => 2,
            Kind::Words(words) => words.len(),
            Kind::List | Kind::Map | Kind::Objects(_) => 3,
        };
        values + usize::from(self.optional)
    }

    /// The value of a variant; an optional field's first is null.
    pub(super) fn value(&self, variant: usize) -> Value {
        let Some(variant) = variant.checked_sub(usize::from(self.optional)) else {
            return Value::Null;
        };
        match &self.kind {
            Kind::Number(values) => json!(values[variant]),
            Kind::Switch => json!(variant == 1),
            Kind::Words(words) => json!(words[variant]),
            Kind::List => (0..variant)
                .map(|index| json!(element(&self.path, index, "")))
                .collect(),
            Kind::Map => (0..variant)
                .map(|index| {
                    let key = element(&self.path, index, "key");
                    (key, json!(element(&self.path, index, "value")))
                })
                .collect::<Map<_, _>>()
                .into(),
            Kind::Objects(example) => (0..variant)
                .map(|index| marked(example, &self.path, index))
                .collect(),
            Kind::Object(example) => marked(example, &self.path, 0),
            // The cluster says which one leads without it.
            Kind::Member if variant == 0 => Value::Null,
            Kind::Text | Kind::Member => json!(formula::mark(&["value", &self.path])),
        }
    }

    /// Whether it passes through as it is.
    pub(in crate::chart) fn passes(&self) -> bool {
        matches!(self.kind, Kind::Objects(_) | Kind::Object(_))
    }

    /// The number of a variant, where it is one.
    pub(in crate::chart) fn number(&self, variant: usize) -> Option<i64> {
        let Kind::Number(values) = self.kind else {
            return None;
        };
        values
            .get(variant.checked_sub(usize::from(self.optional))?)
            .copied()
    }

    /// The word of a variant, where it is one of an enumeration.
    pub(in crate::chart) fn word(&self, variant: usize) -> Option<String> {
        match self.kind {
            Kind::Words(_) => self.value(variant).as_str().map(str::to_owned),
            _ => None,
        }
    }
}

/// An object with marks in the place of its texts.
fn marked(example: &Value, path: &str, index: usize) -> Value {
    match example {
        Value::String(text) => json!(element(path, index, text)),
        Value::Array(items) => items.iter().map(|item| marked(item, path, index)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), marked(value, path, index)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// The mark of a part of an element of a list or map.
pub(in crate::chart) fn element(path: &str, index: usize, part: &str) -> String {
    formula::mark(&["element", path, &index.to_string(), part])
}
