//! The fields as the spec's schema has them. Knows the schema only.

use serde_json::{Value, json};

use super::field::{Field, Kind};
use crate::spec;

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

#[cfg(test)]
mod tests {
    use super::*;

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
