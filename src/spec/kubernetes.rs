//! Fields in the words of Kubernetes: their schema, and what is wrong with what is written there.
//!
//! The schema says the kind alone: what an object of it may hold is known to the API's types, which are asked here.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use serde_path_to_error::Segment;

use super::finding::Finding;
use super::path::Path;
use super::scalar::is_no_line;
use crate::k8s::{self, corev1, networkingv1};

/// The keyword of a schema that names the kind of an object of Kubernetes' API.
pub const KIND: &str = "x-kubernetes";

/// A kind, the field that its objects in a list need, if any, and where `kubectl explain` describes it.
const KINDS: [(&str, &str, &str); 8] = [
    ("Affinity", "", "pod.spec.affinity"),
    ("Container", "name", "pod.spec.containers"),
    ("EnvVar", "name", "pod.spec.containers.env"),
    ("NetworkPolicyEgressRule", "", "networkpolicy.spec.egress"),
    ("NetworkPolicyIngressRule", "", "networkpolicy.spec.ingress"),
    ("NetworkPolicyPeer", "", "networkpolicy.spec.ingress.from"),
    ("Volume", "name", "pod.spec.volumes"),
    ("VolumeMount", "name", "pod.spec.containers.volumeMounts"),
];

pub(super) fn variables(_: &mut SchemaGenerator) -> Schema {
    list("EnvVar", &json!({"name": "TZ", "value": "Europe/Berlin"}))
}

pub(super) fn volumes(_: &mut SchemaGenerator) -> Schema {
    list(
        "Volume",
        &json!({"name": "certificates", "configMap": {"name": "company-certificates"}}),
    )
}

pub(super) fn mounts(_: &mut SchemaGenerator) -> Schema {
    list(
        "VolumeMount",
        &json!({"name": "certificates", "mountPath": "/etc/company", "readOnly": true}),
    )
}

pub(super) fn init_containers(_: &mut SchemaGenerator) -> Schema {
    let container = json!({
        "name": "wait-for-vault",
        "image": "registry.example/vault-client:1",
        "command": ["wait-for-vault"],
    });
    list("Container", &container)
}

pub(super) fn containers(_: &mut SchemaGenerator) -> Schema {
    let container = json!({"name": "log-shipper", "image": "registry.example/log-shipper:1"});
    list("Container", &container)
}

pub(super) fn clients(_: &mut SchemaGenerator) -> Schema {
    let namespace = json!({"matchLabels": {"kubernetes.io/metadata.name": "shop"}});
    list(
        "NetworkPolicyPeer",
        &json!({"namespaceSelector": namespace}),
    )
}

pub(super) fn scrapers(_: &mut SchemaGenerator) -> Schema {
    let namespace = json!({"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}});
    list(
        "NetworkPolicyPeer",
        &json!({"namespaceSelector": namespace}),
    )
}

pub(super) fn ingress_rules(_: &mut SchemaGenerator) -> Schema {
    let namespace = json!({"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}});
    let rule = json!({
        "from": [{"namespaceSelector": namespace}],
        "ports": [{"protocol": "TCP", "port": 9719}],
    });
    list("NetworkPolicyIngressRule", &rule)
}

pub(super) fn egress_rules(_: &mut SchemaGenerator) -> Schema {
    let rule = json!({
        "to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}],
        "ports": [{"protocol": "TCP", "port": 443}],
    });
    list("NetworkPolicyEgressRule", &rule)
}

pub(super) fn affinity(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["object", "null"],
        KIND: "Affinity",
        "examples": [{"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
            {"matchExpressions": [{"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["a", "b"]}]},
        ]}}}],
    })
}

fn list(kind: &str, example: &Value) -> Schema {
    let known = KINDS.iter().find(|(name, ..)| *name == kind);
    let required = known.map(|(_, key, _)| *key);
    let required: Vec<&str> = required.filter(|key| !key.is_empty()).into_iter().collect();
    json_schema!({
        "type": "array",
        "items": {"type": "object", KIND: kind, "required": required},
        "examples": [[example]],
    })
}

/// What is wrong with a document's objects of Kubernetes' kinds; those of another type are the schema's to judge.
pub(super) fn findings(schema: &Value, document: &Value) -> Vec<Finding> {
    let mut found = Vec::new();
    walk(schema, document, &Path::default(), &mut found);
    found
}

fn walk(schema: &Value, value: &Value, at: &Path, found: &mut Vec<Finding>) {
    if let Some(kind) = schema[KIND].as_str() {
        if value.is_object() {
            found.extend(object(kind, value, at));
        }
        return;
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(value) = value.get(name) {
            walk(field, value, &at.key(name), found);
        }
    }
    for (index, element) in value.as_array().into_iter().flatten().enumerate() {
        walk(&schema["items"], element, &at.index(index), found);
    }
}

/// What is wrong with an object: of the wrong type, or not as it comes back from the API's types, which leave out what
/// they do not know and fill in what is missing.
fn object(kind: &str, value: &Value, at: &Path) -> Vec<Finding> {
    let hint = KINDS
        .iter()
        .find(|(name, ..)| *name == kind)
        .map(|(.., explained)| format!("`kubectl explain {explained}` describes it"));
    let mut found = Vec::new();
    match read_back(kind, value) {
        Ok(read) => {
            compare(value, &read, at, &mut found);
            texts(value, at, &mut found);
        }
        Err(error) => found.push(Finding::key(
            below(at, error.path()),
            format!("not as Kubernetes has it: {}", error.inner()),
        )),
    }
    for finding in &mut found {
        finding.hint.clone_from(&hint);
    }
    found
}

fn read_back(kind: &str, value: &Value) -> Result<Value, k8s::ReadError> {
    match kind {
        "Affinity" => typed::<corev1::Affinity>(value),
        "Container" => typed::<corev1::Container>(value),
        "EnvVar" => typed::<corev1::EnvVar>(value),
        "NetworkPolicyEgressRule" => typed::<networkingv1::NetworkPolicyEgressRule>(value),
        "NetworkPolicyIngressRule" => typed::<networkingv1::NetworkPolicyIngressRule>(value),
        "NetworkPolicyPeer" => typed::<networkingv1::NetworkPolicyPeer>(value),
        "Volume" => typed::<corev1::Volume>(value),
        "VolumeMount" => typed::<corev1::VolumeMount>(value),
        other => unreachable!("a kind that no field has: {other}"),
    }
}

fn typed<T: DeserializeOwned + Serialize>(value: &Value) -> Result<Value, k8s::ReadError> {
    let object: T = k8s::read(value)?;
    Ok(json!(object))
}

fn compare(written: &Value, read: &Value, at: &Path, found: &mut Vec<Finding>) {
    match (written, read) {
        (Value::Object(written), Value::Object(read)) => {
            for (key, value) in written {
                match read.get(key) {
                    _ if value.is_null() => {
                        found.push(Finding::key(at.key(key), "a field without a value"));
                    }
                    Some(read) => compare(value, read, &at.key(key), found),
                    None => {
                        let what = format!("Kubernetes knows no field {key:?} here");
                        found.push(Finding::key(at.key(key), what));
                    }
                }
            }
            let missing = read.keys().filter(|key| !written.contains_key(*key));
            found.extend(
                missing.map(|key| Finding::key(at.key(key), format!("missing field {key:?}"))),
            );
        }
        (Value::Array(written), Value::Array(read)) => {
            for (index, (written, read)) in written.iter().zip(read).enumerate() {
                compare(written, read, &at.index(index), found);
            }
        }
        _ => {}
    }
}

/// Texts that one reader of YAML takes otherwise than another: the chart could not pass them through.
fn texts(value: &Value, at: &Path, found: &mut Vec<Finding>) {
    match value {
        Value::String(text) if text.split('\n').any(is_no_line) => {
            let what = "a control character, a line separator or a byte order mark";
            found.push(Finding::key(at.clone(), what));
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                texts(item, &at.index(index), found);
            }
        }
        Value::Object(fields) => {
            for (key, value) in fields {
                texts(value, &at.key(key), found);
            }
        }
        _ => {}
    }
}

fn below(at: &Path, path: &serde_path_to_error::Path) -> Path {
    path.iter().fold(at.clone(), |at, segment| match segment {
        Segment::Seq { index } => at.index(*index),
        Segment::Map { key } => at.key(key),
        Segment::Enum { variant } => at.key(variant),
        Segment::Unknown => at,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::findings;
    use crate::spec::schema;

    fn said(document: &Value) -> Vec<String> {
        let found = findings(&schema(), document);
        found
            .iter()
            .map(|finding| format!("{}: {}", finding.path, finding.what))
            .collect()
    }

    #[test]
    fn what_kubernetes_does_not_know_is_found_where_it_is() {
        let container = |more: Value| {
            let mut container = json!({"name": "a", "image": "b"});
            for (key, value) in more.as_object().unwrap() {
                container[key] = value.clone();
            }
            json!({"extra": {"containers": [{"name": "first"}, container]}})
        };
        assert_eq!(
            said(&container(json!({"ports": [{"containerPort": 80}]}))),
            [""; 0]
        );
        for (more, expected) in [
            (
                json!({"imagePullPolice": "Always"}),
                "extra.containers[1].imagePullPolice: Kubernetes knows no field \"imagePullPolice\" here",
            ),
            (
                json!({"ports": [{"containerPort": 80, "port": 1}]}),
                "extra.containers[1].ports[0].port: Kubernetes knows no field \"port\" here",
            ),
            (
                json!({"ports": [{"containerPort": "80"}]}),
                "extra.containers[1].ports[0].containerPort: not as Kubernetes has it: invalid type: string \"80\", expected i32",
            ),
            (
                json!({"ports": [{}]}),
                "extra.containers[1].ports[0].containerPort: missing field \"containerPort\"",
            ),
            (
                json!({"resources": {"limits": null}}),
                "extra.containers[1].resources.limits: a field without a value",
            ),
        ] {
            assert_eq!(said(&container(more)), [expected]);
        }
    }
}
