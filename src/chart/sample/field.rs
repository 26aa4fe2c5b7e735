//! The fields of a spec as the chart sees them, and specs made from choices of their values. Knows the schema only,
//! no topology and no object.
//!
//! Every field has a few variants: set or not, each word of an enumeration, none, one or two elements, two numbers.
//! Texts are marks, so that wherever one turns up in an object, it can be told which field it came from.

use serde_json::{Map, Value, json};

use super::layout;
use crate::cluster::Cluster;
use crate::formula;
use crate::k8s;
use crate::spec::{self, Spec};

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
    fn value(&self, variant: usize) -> Value {
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
        self.value(variant).as_i64()
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

/// Every field of the spec, in the schema's order.
pub(in crate::chart) fn fields() -> Vec<Field> {
    let mut fields = Vec::new();
    walk(&spec::schema(), "", &mut fields);
    // A file cannot be read by a chart; its values hold the text.
    fields.retain(|field| field.path != "postgres.initSql[].file");
    for field in &mut fields {
        if field.path == "postgres.initSql[].text" {
            field.optional = false;
        }
    }
    fields
}

fn walk(section: &Value, path: &str, fields: &mut Vec<Field>) {
    for (name, schema) in section["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}{name}");
        if schema["properties"]
            .as_object()
            .is_some_and(|known| !known.is_empty())
        {
            walk(schema, &format!("{path}."), fields);
            continue;
        }
        let numbers = fields
            .iter()
            .filter(|field| matches!(field.kind, Kind::Number(_)));
        let number = i64::try_from(numbers.count()).unwrap_or_default();
        fields.push(Field {
            kind: kind(schema, number),
            optional: is_optional(schema),
            default: schema["default"]
                .as_str()
                .filter(|_| path.contains("[]"))
                .map(str::to_owned),
            is_name: schema["pattern"].as_str().is_some_and(|pattern| {
                pattern.starts_with("^[a-z]") && !pattern.contains(['.', '_', 'A', '\\'])
            }),
            may_be_empty: schema["pattern"].is_null() && schema["minLength"].is_null(),
            path: path.clone(),
        });
        walk(&schema["items"], &format!("{path}[]."), fields);
    }
}

fn is_optional(schema: &Value) -> bool {
    schema["type"] == "null"
        || schema["type"]
            .as_array()
            .is_some_and(|types| types.contains(&json!("null")))
        || schema["anyOf"]
            .as_array()
            .is_some_and(|either| either.iter().any(is_optional))
}

/// What a field of a schema holds; `number` tells numbers of different fields apart.
fn kind(schema: &Value, number: i64) -> Kind {
    let words = words(schema);
    if !words.is_empty() {
        return Kind::Words(words);
    }
    if schema.get(spec::MEMBER).is_some() {
        return Kind::Member;
    }
    let example = &schema["examples"][0];
    if schema.get(spec::KUBERNETES).is_some() {
        return Kind::Object(example.clone());
    }
    if schema["items"].get(spec::KUBERNETES).is_some() {
        return Kind::Objects(example[0].clone());
    }
    let is = |name: &str| {
        schema["type"] == name
            || schema["type"]
                .as_array()
                .is_some_and(|types| types.contains(&json!(name)))
    };
    if is("boolean") && !is("string") {
        Kind::Switch
    } else if is("integer") {
        // Small, as some are bytes and some make as many objects; far enough from each other to be told apart when
        // one is added or taken away.
        let first = 13 + 6 * number;
        Kind::Number([first, first + 1])
    } else if is("array") {
        Kind::List
    } else if is("object") {
        Kind::Map
    } else {
        Kind::Text
    }
}

/// The words of an enumeration, however the schema nests them.
pub(in crate::chart) fn words(schema: &Value) -> Vec<String> {
    let texts = |list: &Value, of: fn(&Value) -> &Value| -> Vec<String> {
        let list = list.as_array().into_iter().flatten();
        list.filter_map(|one| of(one).as_str().map(str::to_owned))
            .collect()
    };
    let mut words = texts(&schema["oneOf"], |one| &one["const"]);
    words.extend(texts(&schema["enum"], |one| one));
    for either in schema["anyOf"].as_array().into_iter().flatten() {
        words.extend(self::words(either));
    }
    words
}

/// The cluster of a choice. It keeps no rule: its texts are marks.
///
/// # Panics
/// When a field of the schema is none of the structs': they are one and the same.
pub(in crate::chart) fn cluster(fields: &[Field], choice: &Choice) -> Cluster {
    let mut spec = json!({});
    for (field, variant) in fields.iter().zip(choice) {
        match field.path.split_once("[].") {
            None => set(&mut spec, &field.path, field.value(*variant)),
            Some((list, part)) => set_in_elements(&mut spec, list, part, field, *variant),
        }
    }
    for (field, variant) in fields.iter().zip(choice) {
        if field.kind == Kind::Member && *variant == usize::from(field.optional) {
            let leader = layout::leader(&built(&spec));
            set(&mut spec, &field.path, json!(leader));
        }
    }
    built(&spec)
}

fn built(spec: &Value) -> Cluster {
    let spec: Spec = match k8s::read(spec) {
        Ok(spec) => spec,
        Err(error) => unreachable!("a spec made from its own schema: {error}"),
    };
    let texts = spec.postgres.init_sql.iter();
    let init_sql = texts.filter_map(|sql| sql.text.clone()).collect();
    Cluster { spec, init_sql }
}

fn set(spec: &mut Value, path: &str, value: Value) {
    let mut here = spec;
    for step in path.split('.') {
        here = &mut here[step];
    }
    *here = value;
}

/// Sets a part of each element. Before the first, elements are texts: a list of sections turns them into sections.
fn set_in_elements(spec: &mut Value, list: &str, part: &str, field: &Field, variant: usize) {
    let mut here = spec;
    for step in list.split('.') {
        here = &mut here[step];
    }
    for (index, section) in here.as_array_mut().into_iter().flatten().enumerate() {
        if section.is_string() {
            *section = json!({});
        }
        let value = match field.kind {
            Kind::Text if !field.optional || variant > 0 => json!(element(list, index, part)),
            _ => field.value(variant),
        };
        section[part] = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_makes_a_cluster() {
        let fields = fields();
        assert!(fields.len() > 40, "{}", fields.len());
        for variant in 0..4 {
            let choice = fields
                .iter()
                .map(|field| variant.min(field.variants() - 1))
                .collect();
            let cluster = cluster(&fields, &choice);
            assert_eq!(cluster.init_sql.len(), variant.min(2));
        }
    }

    #[test]
    fn numbers_are_told_apart() {
        let fields = fields();
        let mut seen = std::collections::BTreeSet::new();
        for field in &fields {
            if let Kind::Number(values) = field.kind {
                for value in values {
                    assert!(seen.insert(value), "{}", field.path);
                    assert!(value < 256, "{} is a byte in places", field.path);
                }
            }
        }
    }
}
