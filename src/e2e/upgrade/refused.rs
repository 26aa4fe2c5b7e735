//! Which fields Kubernetes refused to change: its own message names the object, and only the fields that may change.

use serde_json::Value;

use super::release::Objects;

/// What may change besides metadata: where an object of this kind is refused, it is for another field.
const MAY_CHANGE: [(&str, &[&str]); 3] = [
    (
        "StatefulSet",
        &[
            "replicas",
            "ordinals",
            "template",
            "updateStrategy",
            "revisionHistoryLimit",
            "persistentVolumeClaimRetentionPolicy",
            "minReadySeconds",
        ],
    ),
    (
        "Deployment",
        &[
            "replicas",
            "template",
            "strategy",
            "revisionHistoryLimit",
            "minReadySeconds",
        ],
    ),
    ("Job", &["suspend", "activeDeadlineSeconds"]),
];

/// The changed fields of objects that an error names, with both values.
pub(super) fn fields(before: &Objects, after: &Objects, error: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (label, new) in after {
        let (kind, name) = label.split_once('/').unwrap_or_default();
        let Some(old) = before.get(label) else {
            continue;
        };
        if !error.contains(&format!("\"{name}\"")) {
            continue;
        }
        let free = MAY_CHANGE.iter().find(|(other, _)| *other == kind);
        let free = free.map_or(&[][..], |(_, fields)| fields);
        let keys = |object: &Value| -> Vec<String> {
            object["spec"]
                .as_object()
                .into_iter()
                .flat_map(|spec| spec.keys().cloned())
                .collect()
        };
        let mut all = [keys(old), keys(new)].concat();
        all.sort();
        all.dedup();
        for key in all.iter().filter(|key| !free.contains(&key.as_str())) {
            let path = format!("{label}: spec.{key}");
            compare(&path, &old["spec"][key], &new["spec"][key], &mut found);
        }
    }
    found
}

/// What is said of a refused upgrade: the fields first, then helm's own words.
pub(super) fn words(fields: &[String], error: &str) -> String {
    if fields.is_empty() {
        return error.into();
    }
    // A table shows the first line only.
    format!(
        "{}\n{error}\nhint: an installed release can only be upgraded with these as they were",
        fields.join("\n")
    )
}

/// Goes down to where two values differ.
fn compare(path: &str, before: &Value, after: &Value, found: &mut Vec<String>) {
    match (before, after) {
        (one, other) if one == other => {}
        (Value::Object(old), Value::Object(new)) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                compare(&format!("{path}.{key}"), &before[key], &after[key], found);
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (one, other)) in old.iter().zip(new).enumerate() {
                compare(&format!("{path}[{index}]"), one, other, found);
            }
        }
        _ => found.push(format!("{path} was {before} and would be {after}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn set(service: &str, size: &str, image: &str) -> Objects {
        let object = json!({"spec": {
            "serviceName": service,
            "template": {"image": image},
            "volumeClaimTemplates": [{"spec": {"resources": {"requests": {"storage": size}}}}],
        }});
        Objects::from([
            ("StatefulSet/s".into(), object.clone()),
            ("StatefulSet/t".into(), object),
        ])
    }

    #[test]
    fn the_fields_that_may_not_change_are_named_of_the_object_that_was_refused() {
        let error = "cannot patch \"s\" with kind StatefulSet";
        let seen = fields(&set("a", "1Gi", "i"), &set("b", "2Gi", "j"), error);
        assert_eq!(
            seen,
            [
                "StatefulSet/s: spec.serviceName was \"a\" and would be \"b\"",
                "StatefulSet/s: spec.volumeClaimTemplates[0].spec.resources.requests.storage was \"1Gi\" and would be \"2Gi\"",
            ]
        );
        assert!(words(&seen, error).contains(error));
    }

    #[test]
    fn without_a_field_helms_words_are_all() {
        let seen = fields(&set("a", "1Gi", "i"), &set("a", "1Gi", "j"), "\"s\"");
        assert_eq!(words(&seen, "no"), "no");
    }
}
