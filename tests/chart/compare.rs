//! Compares objects as JSON values: what a chart renders with what `gen` prints.
//!
//! Left out of the comparison are the labels that say which tool made an object, and the chart's own hooks.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

/// Labels that say by which tool an object was made.
const IGNORED_LABELS: [&str; 2] = ["app.kubernetes.io/managed-by", "helm.sh/chart"];
/// On what only Helm runs, such as the pods of `helm test`.
const HOOK: &str = "helm.sh/hook";
/// Longer values are cut when they are shown.
const LONGEST: usize = 400;

/// One difference between two lists of objects.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Difference {
    /// Kind and name.
    pub(crate) object: String,
    /// JSON path; `$` for the whole object.
    pub(crate) path: String,
    /// What `gen` prints, where it prints anything.
    pub(crate) expected: Option<Value>,
    /// What the chart renders, where it renders anything.
    pub(crate) found: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference {
            object,
            path,
            expected,
            found,
        } = self;
        writeln!(out, "{object} {path}")?;
        writeln!(out, "  gen:   {}", shown(expected.as_ref()))?;
        write!(out, "  chart: {}", shown(found.as_ref()))
    }
}

fn shown(value: Option<&Value>) -> String {
    let text = value.map_or("nothing".into(), Value::to_string);
    if text.chars().count() <= LONGEST {
        return text;
    }
    let beginning: String = text.chars().take(LONGEST).collect();
    format!("{beginning}...")
}

/// Every difference, in the order of kinds and names.
pub(crate) fn differences(expected: &[Value], found: &[Value]) -> Vec<Difference> {
    let (expected, mut found) = (by_name(expected), by_name(found));
    let mut differences = Vec::new();
    for (object, expected) in expected {
        let found = found.remove(&object);
        differ(
            &object,
            "$",
            Some(&expected),
            found.as_ref(),
            &mut differences,
        );
    }
    for (object, found) in found {
        differ(&object, "$", None, Some(&found), &mut differences);
    }
    differences
}

/// Objects by kind and name; a name that comes again is called so.
fn by_name(objects: &[Value]) -> BTreeMap<String, Value> {
    let mut named = BTreeMap::new();
    for object in objects {
        if object["metadata"]["annotations"].get(HOOK).is_some() {
            continue;
        }
        let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
        let mut name = format!(
            "{} {}",
            text(&object["kind"]),
            text(&object["metadata"]["name"])
        );
        while named.contains_key(&name) {
            name += " again";
        }
        let mut object = object.clone();
        leave_out_labels(&mut object);
        named.insert(name, object);
    }
    named
}

fn leave_out_labels(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::Object(labels)) = fields.get_mut("labels") {
                labels.retain(|name, _| !IGNORED_LABELS.contains(&name.as_str()));
            }
            fields.values_mut().for_each(leave_out_labels);
        }
        Value::Array(elements) => elements.iter_mut().for_each(leave_out_labels),
        _ => {}
    }
}

fn differ(
    object: &str,
    path: &str,
    expected: Option<&Value>,
    found: Option<&Value>,
    differences: &mut Vec<Difference>,
) {
    if expected == found {
        return;
    }
    match (expected, found) {
        (Some(Value::Object(expected)), Some(Value::Object(found))) => {
            let added = found.keys().filter(|name| !expected.contains_key(*name));
            for name in expected.keys().chain(added) {
                let path = format!("{path}{}", step(name));
                differ(
                    object,
                    &path,
                    expected.get(name),
                    found.get(name),
                    differences,
                );
            }
        }
        (Some(Value::Array(expected)), Some(Value::Array(found))) => {
            for index in 0..expected.len().max(found.len()) {
                let path = format!("{path}[{index}]");
                differ(
                    object,
                    &path,
                    expected.get(index),
                    found.get(index),
                    differences,
                );
            }
        }
        (Some(Value::String(expected)), Some(Value::String(found))) if expected.contains('\n') => {
            let (line, expected, found) = first_line(expected, found);
            differences.push(Difference {
                object: object.into(),
                path: format!("{path} line {line}"),
                expected,
                found,
            });
        }
        _ => differences.push(Difference {
            object: object.into(),
            path: path.into(),
            expected: expected.cloned(),
            found: found.cloned(),
        }),
    }
}

fn step(name: &str) -> String {
    let is_word = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_word {
        format!(".{name}")
    } else {
        format!("[{name:?}]")
    }
}

/// The first line in which two texts differ; the first line has number 1.
fn first_line(expected: &str, found: &str) -> (usize, Option<Value>, Option<Value>) {
    let (mut expected, mut found) = (expected.split('\n'), found.split('\n'));
    let mut number = 0;
    loop {
        number += 1;
        let lines = (expected.next(), found.next());
        if lines.0 != lines.1 || lines.0.is_none() {
            return (
                number,
                lines.0.map(|line| json!(line)),
                lines.1.map(|line| json!(line)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::differences;

    fn object(name: &str, data: &Value) -> Value {
        json!({"kind": "ConfigMap", "metadata": {"name": name, "labels": {"a": "b"}}, "data": data})
    }

    /// What is said of the data of two objects that are equal otherwise.
    fn said(expected: &Value, found: &Value) -> Vec<String> {
        let differences = differences(&[object("a", expected)], &[object("a", found)]);
        let one_line = |text: String| text.replace("\n ", "");
        let texts = differences.iter().map(ToString::to_string);
        texts.map(one_line).collect()
    }

    #[test]
    fn every_kind_of_difference_is_found_and_nothing_else() {
        let cases = json!([
            [{"x": 1}, {"x": 2}, "$.data.x gen:   1 chart: 2"],
            [{"x": "1"}, {"x": 1}, "$.data.x gen:   \"1\" chart: 1"],
            [{"x": 1}, {"x": 1.0}, "$.data.x gen:   1 chart: 1.0"],
            [{"x": true}, {"x": "true"}, "$.data.x gen:   true chart: \"true\""],
            [{"x": {}}, {"x": []}, "$.data.x gen:   {} chart: []"],
            [{"x": 1}, {}, "$.data.x gen:   1 chart: nothing"],
            [{}, {"x": null}, "$.data.x gen:   nothing chart: null"],
            [{"x": null}, {}, "$.data.x gen:   null chart: nothing"],
            [{"a.b/c": 1}, {}, "$.data[\"a.b/c\"] gen:   1 chart: nothing"],
            [[1, 2], [1], "$.data[1] gen:   2 chart: nothing"],
            [[1], [1, 2], "$.data[1] gen:   nothing chart: 2"],
            [[{"x": 1}], [{"x": 2}], "$.data[0].x gen:   1 chart: 2"],
            ["a\nb\n", "a\nc\n", "$.data line 2 gen:   \"b\" chart: \"c\""],
            ["a\nb\n", "a\nb", "$.data line 3 gen:   \"\" chart: nothing"],
        ]);
        for case in cases.as_array().unwrap() {
            let expected = format!("ConfigMap a {}", case[2].as_str().unwrap());
            assert_eq!(said(&case[0], &case[1]), [expected]);
        }
        let equal = said(&json!({"x": 1, "y": [{}]}), &json!({"y": [{}], "x": 1}));
        assert!(equal.is_empty(), "{equal:?}");
        let order = said(&json!([1, 2]), &json!([2, 1]));
        assert_eq!(order.len(), 2, "the order of a list matters: {order:?}");
    }

    #[test]
    fn objects_are_missing_extra_or_twice() {
        let (a, b) = (object("a", &json!({})), object("b", &json!({})));
        let (only_a, both) = ([a.clone()], [a.clone(), b.clone()]);
        let names = |expected: &[Value], found: &[Value]| -> Vec<(String, bool)> {
            let differences = differences(expected, found).into_iter();
            differences
                .map(|one| (one.object, one.found.is_some()))
                .collect()
        };
        assert_eq!(names(&both, &[b.clone(), a.clone()]), [], "in any order");
        assert_eq!(names(&both, &only_a), [("ConfigMap b".into(), false)]);
        assert_eq!(names(&only_a, &both), [("ConfigMap b".into(), true)]);
        let twice = [a.clone(), b, a];
        assert_eq!(names(&both, &twice), [("ConfigMap a again".into(), true)]);
    }

    #[test]
    fn labels_of_the_tool_and_hooks_are_left_out() {
        let pod = |labels: &Value, annotations: &Value| {
            let metadata = json!({"name": "a", "labels": labels, "annotations": annotations});
            let spec = json!({"template": {"metadata": {"labels": labels}}});
            json!({"kind": "Pod", "metadata": metadata, "spec": spec})
        };
        let tool = |tool: &str| json!({"a": "b", "app.kubernetes.io/managed-by": tool});
        let ours = [pod(&tool("pgherd"), &json!({}))];
        let mut labels = tool("Helm");
        labels["helm.sh/chart"] = json!("pgherd-1");
        let charts = pod(&labels, &json!({}));
        let hook = pod(&json!({}), &json!({"helm.sh/hook": "test"}));
        assert_eq!(differences(&ours, &[charts, hook]), []);

        let no_label = json!({"helm.sh/chart": "kept, as it is no label"});
        let found = differences(&ours, &[pod(&json!({"a": "c"}), &no_label)]);
        assert_eq!(found.len(), 3, "{found:?}");
    }
}
