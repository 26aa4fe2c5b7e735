//! Objects like those of a cluster, small enough to read in a snapshot.

use pgherd::k8s::{Manifest, Object, appsv1, corev1};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// A script with what makes other emitters fall back to one quoted line.
pub(crate) const SCRIPT: &str =
    "#!/bin/sh\nset -eu\n\nif [ -s \"$PGDATA/PG_VERSION\" ]; then\n\texec postgres # on: tab\nfi\n";

/// One manifest of each kind that the tests look at, in the order of `apply`.
pub(crate) fn manifests() -> Vec<Manifest> {
    vec![
        manifest(
            "Configuration and scripts",
            typed::<corev1::ConfigMap>(config_map()),
        ),
        manifest("Passwords", typed::<corev1::Secret>(secret())),
        manifest("For writing", typed::<corev1::Service>(service())),
        manifest("The standbys", typed::<appsv1::StatefulSet>(stateful_set())),
    ]
}

/// A manifest with its comment.
pub(crate) fn manifest(comment: &str, object: impl Into<Object>) -> Manifest {
    Manifest {
        comment: comment.into(),
        object: object.into(),
    }
}

/// A `ConfigMap` with the texts as keys and values, and as the values of numbered labels.
pub(crate) fn texts(texts: &[String]) -> Manifest {
    let data: Map<String, Value> = texts
        .iter()
        .map(|text| (text.clone(), text.as_str().into()))
        .collect();
    let labels: Map<String, Value> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| (format!("label-{index}"), text.as_str().into()))
        .collect();
    let object = json!({"metadata": {"name": "texts", "labels": labels}, "data": data});
    manifest("Texts", typed::<corev1::ConfigMap>(object))
}

fn typed<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn config_map() -> Value {
    json!({
        "metadata": {"name": "shop-config", "namespace": "database", "labels": {"app.kubernetes.io/name": "postgresql"}},
        "data": {
            "image": "not a field",
            "name": "nor this",
            "postgresql.conf": "archive_mode = on\n",
            "start.sh": SCRIPT,
        },
    })
}

fn secret() -> Value {
    json!({
        "metadata": {"name": "shop-credentials", "namespace": "database"},
        "type": "Opaque",
        "data": {"superuser": "c2VjcmV0"},
    })
}

fn service() -> Value {
    json!({
        "metadata": {"name": "shop-primary", "namespace": "database"},
        "spec": {
            "selector": {"app.kubernetes.io/instance": "shop"},
            "ports": [{"port": 5432, "name": "postgresql", "targetPort": "postgresql", "nodePort": 32000}],
            "type": "NodePort",
        },
    })
}

fn stateful_set() -> Value {
    json!({
        "metadata": {"name": "shop-standby", "namespace": "database"},
        "spec": {
            "serviceName": "shop-primary",
            "replicas": 2,
            "podManagementPolicy": "Parallel",
            "updateStrategy": {"type": "RollingUpdate"},
            "selector": {"matchLabels": {"app.kubernetes.io/instance": "shop"}},
            "template": {
                "metadata": {"labels": {"app.kubernetes.io/instance": "shop"}, "annotations": {"pgherd/checksum": "0123"}},
                "spec": {
                    "containers": [container()],
                    "volumes": [
                        {"name": "config", "configMap": {"name": "shop-config", "defaultMode": 365}},
                        {"name": "run", "emptyDir": {}},
                    ],
                    "tolerations": [{"key": "dedicated", "operator": "Equal", "value": "yes", "effect": "NoSchedule"}],
                    "securityContext": {"runAsNonRoot": true, "runAsUser": 999, "seccompProfile": {"type": "RuntimeDefault"}},
                },
            },
            "volumeClaimTemplates": [{
                "metadata": {"name": "data"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}},
            }],
        },
    })
}

fn container() -> Value {
    json!({
        "name": "postgres",
        "image": "postgres:17",
        "imagePullPolicy": "IfNotPresent",
        "command": ["/etc/pgherd/scripts/start.sh"],
        "args": ["-c", "archive_mode=on"],
        "env": [
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "HOT", "value": "on"},
        ],
        "ports": [{"name": "postgresql", "containerPort": 5432}],
        "readinessProbe": {"exec": {"command": ["pg_isready", "-q"]}, "periodSeconds": 5, "timeoutSeconds": 3},
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
        "volumeMounts": [{"name": "config", "mountPath": "/etc/pgherd/config", "readOnly": true}],
    })
}
