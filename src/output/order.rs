//! The order in which a reader expects the fields of an API object; values are never changed.
//!
//! The types write their fields in the alphabet's order: a `ConfigMap` would show its scripts before
//! its name, a container its arguments before its image.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

/// Every field with a place of its own. One list serves every kind, because no two kinds want the same
/// two fields in opposite orders.
const ORDER: &[&str] = &[
    // any object, then its metadata
    "apiVersion",
    "kind",
    "metadata",
    "name",
    "generateName",
    "namespace",
    // an alert: what it is about, then how it is labelled
    "alert",
    "expr",
    "for",
    "labels",
    "annotations",
    // members of lists: tolerations, expressions, variables, items of a volume
    "key",
    "operator",
    "value",
    "values",
    "valueFrom",
    "effect",
    "tolerationSeconds",
    // what an object is of, then what it holds
    "type",
    "immutable",
    "stringData",
    "data",
    "binaryData",
    "spec",
    // NetworkPolicy: which pods, then from where and to where, then the ports
    "podSelector",
    "namespaceSelector",
    "ipBlock",
    "policyTypes",
    "ingress",
    "egress",
    "from",
    "to",
    // Service
    "clusterIP",
    "publishNotReadyAddresses",
    "externalTrafficPolicy",
    "internalTrafficPolicy",
    // StatefulSet, Deployment, Job, PodDisruptionBudget, claim
    "serviceName",
    "replicas",
    "podManagementPolicy",
    "updateStrategy",
    "strategy",
    "rollingUpdate",
    "minReadySeconds",
    "progressDeadlineSeconds",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "completions",
    "parallelism",
    "backoffLimit",
    "activeDeadlineSeconds",
    "minAvailable",
    "maxSurge",
    "maxUnavailable",
    "unhealthyPodEvictionPolicy",
    "storageClassName",
    "accessModes",
    "selector",
    "template",
    "volumeClaimTemplates",
    // pod: who it is and how it lives
    "serviceAccountName",
    "automountServiceAccountToken",
    "imagePullSecrets",
    "enableServiceLinks",
    "hostname",
    "subdomain",
    "restartPolicy",
    "terminationGracePeriodSeconds",
    "priorityClassName",
    // container
    "image",
    "imagePullPolicy",
    "workingDir",
    "command",
    "args",
    "env",
    "envFrom",
    "ports",
    "startupProbe",
    "readinessProbe",
    "livenessProbe",
    "lifecycle",
    "resources",
    "securityContext",
    "volumeMounts",
    "volumeDevices",
    // pod: where it runs and what it holds
    "nodeSelector",
    "affinity",
    "topologySpreadConstraints",
    "tolerations",
    "initContainers",
    "containers",
    "volumes",
    // probe
    "exec",
    "httpGet",
    "tcpSocket",
    "initialDelaySeconds",
    "periodSeconds",
    "timeoutSeconds",
    "successThreshold",
    "failureThreshold",
    // port and mount
    "path",
    "port",
    "containerPort",
    "targetPort",
    "nodePort",
    "protocol",
    "mountPath",
    "subPath",
    "readOnly",
    // source of a volume
    "secretName",
    "defaultMode",
    "items",
    "mode",
    // resources: what is asked for, then the bound
    "requests",
    "limits",
    // spreading and affinity
    "weight",
    "podAffinityTerm",
    "maxSkew",
    "topologyKey",
    "whenUnsatisfiable",
    "labelSelector",
    "matchLabels",
    "matchExpressions",
    // security: the user, then what is taken from it
    "runAsNonRoot",
    "runAsUser",
    "runAsGroup",
    "fsGroup",
    "fsGroupChangePolicy",
    "supplementalGroups",
    "privileged",
    "allowPrivilegeEscalation",
    "readOnlyRootFilesystem",
    "capabilities",
    "drop",
    "add",
    "seccompProfile",
];

/// Fields below which the keys are the user's own names, not fields.
const NAMES: &[&str] = &[
    "annotations",
    "binaryData",
    "data",
    "labels",
    "limits",
    "matchLabels",
    "nodeSelector",
    "requests",
    "selector",
    "stringData",
];

static RANKS: LazyLock<HashMap<&str, usize>> = LazyLock::new(|| {
    ORDER
        .iter()
        .enumerate()
        .map(|(rank, key)| (*key, rank))
        .collect()
});

/// The value with the keys of every object in a reader's order. Keys without a place follow the others,
/// and keys that are names rather than fields (labels, data) stay, in the order in which they came.
pub fn ordered(value: Value) -> Value {
    below("", value)
}

fn below(field: &str, value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(entries(field, map)),
        Value::Array(list) => list.into_iter().map(|item| below("", item)).collect(),
        scalar => scalar,
    }
}

fn entries(field: &str, mut map: Map<String, Value>) -> Map<String, Value> {
    for (key, value) in &mut map {
        *value = below(key, value.take());
    }
    let is_in_order = || map.keys().is_sorted_by_key(|key| rank(key));
    if NAMES.contains(&field) || is_in_order() {
        return map;
    }
    let mut entries: Vec<(usize, String, Value)> = map
        .into_iter()
        .map(|(key, value)| (rank(&key), key, value))
        .collect();
    entries.sort_by_key(|(rank, _, _)| *rank);
    entries
        .into_iter()
        .map(|(_, key, value)| (key, value))
        .collect()
}

fn rank(key: &str) -> usize {
    RANKS.get(key).copied().unwrap_or(ORDER.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_one_place() {
        assert_eq!(RANKS.len(), ORDER.len());
    }
}
