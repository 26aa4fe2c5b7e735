//! Which fields, words and nulls a number of specs have: counted by the schema, so that a new field is asked for.

use std::collections::{BTreeMap, BTreeSet};

use pgherd::spec::KUBERNETES;
use serde_json::{Value, json};

use crate::generate::{is_nullable, join, types, words};
use crate::rules;

/// What is true of a spec, such as `expose.type = NodePort`, in the words that a reader gets.
type Marks = BTreeSet<String>;

/// In how many specs each thing was found that the schema allows.
#[derive(Debug)]
pub(crate) struct Coverage {
    specs: usize,
    counts: BTreeMap<String, usize>,
}

impl Coverage {
    /// Counts what is in the specs.
    pub(crate) fn of<'a>(schema: &Value, specs: impl IntoIterator<Item = &'a Value>) -> Coverage {
        let mut expected = Marks::new();
        possible("", schema, true, &mut expected);
        let mut coverage = Coverage {
            specs: 0,
            counts: expected.iter().map(|mark| (mark.clone(), 0)).collect(),
        };
        for spec in specs {
            coverage.specs += 1;
            let mut found = Marks::new();
            present("", schema, spec, &mut found);
            let left_out: Vec<String> = expected
                .iter()
                .filter_map(|mark| mark.strip_suffix(" set"))
                .filter(|path| !found.contains(&format!("{path} set")))
                .map(|path| format!("{path} left out"))
                .collect();
            found.extend(left_out);
            for mark in found {
                if let Some(count) = coverage.counts.get_mut(&mark) {
                    *count += 1;
                }
            }
        }
        coverage
    }

    /// One line for each thing, with the part of the specs that have it in per cent.
    pub(crate) fn table(&self) -> String {
        let line =
            |(mark, count): (&String, &usize)| format!("{:5.1} %  {mark}\n", self.percent(*count));
        self.counts.iter().map(line).collect()
    }

    /// What is in less than `least` per cent of the specs.
    pub(crate) fn below(&self, least: f64) -> Vec<&str> {
        let rare = self
            .counts
            .iter()
            .filter(|(_, count)| self.percent(**count) < least);
        rare.map(|(mark, _)| mark.as_str()).collect()
    }

    fn percent(&self, count: usize) -> f64 {
        let number = |count: usize| f64::from(u32::try_from(count).unwrap());
        100.0 * number(count) / number(self.specs)
    }
}

/// Everything that the schema allows and no rule forbids.
fn possible(path: &str, schema: &Value, is_required: bool, marks: &mut Marks) {
    if rules::is_never_set(path) {
        return;
    }
    let mut add = |what: &str| marks.insert(format!("{path} {what}"));
    if !path.is_empty() {
        add("set");
        if !is_required {
            add("left out");
        }
    }
    if is_nullable(schema) && !rules::is_always_a_value(path) {
        add("= null");
        add("= a value");
    }
    for word in &words(schema) {
        add(&format!("= {word}"));
    }
    for kind in types(schema) {
        match kind {
            "boolean" => {
                add("= true");
                add("= false");
            }
            "array" => (0..=3).for_each(|count| _ = add(&format!("has {count}"))),
            "object" if schema.get("properties").is_none() && schema.get(KUBERNETES).is_none() => {
                (0..=3).for_each(|count| _ = add(&format!("has {count}")));
            }
            _ => {}
        }
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let required = schema["required"].as_array();
        // In an element, a required field is missing where the list is.
        let is_required =
            path.is_empty() && required.is_some_and(|names| names.contains(&json!(name)));
        possible(&join(path, name), field, is_required, marks);
    }
    if schema["items"]["properties"].is_object() {
        possible(&format!("{path}[]"), &schema["items"], false, marks);
    }
}

/// What a spec has.
fn present(path: &str, schema: &Value, value: &Value, marks: &mut Marks) {
    let mut add = |what: String| marks.insert(format!("{path} {what}"));
    add("set".into());
    match value {
        Value::Null => _ = add("= null".into()),
        Value::Bool(on) => _ = add(format!("= {on}")),
        Value::String(word) if !words(schema).is_empty() => _ = add(format!("= {word}")),
        Value::Array(elements) => {
            add(format!("has {}", elements.len()));
            for element in elements {
                present(&format!("{path}[]"), &schema["items"], element, marks);
            }
        }
        Value::Object(fields) => {
            add(format!("has {}", fields.len()));
            for (name, field) in fields {
                present(&join(path, name), &schema["properties"][name], field, marks);
            }
        }
        _ => {}
    }
    if !value.is_null() {
        marks.insert(format!("{path} = a value"));
    }
}
