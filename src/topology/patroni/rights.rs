//! What the members' account may do with the API: in its own namespace, with the fewest verbs.

use crate::cluster::Cluster;
use crate::k8s::{meta, rbacv1};
use crate::names;

/// The rights. Patroni keeps its ConfigMaps and labels its pods; agent.py keeps the EndpointSlice of the Service for writing.
/// Not by names: kustomize changes those of objects and not those in rules.
/// <https://patroni.readthedocs.io/en/latest/kubernetes.html>
pub(super) fn role(cluster: &Cluster) -> rbacv1::Role {
    rbacv1::Role {
        metadata: meta(cluster, cluster.name(), names::SERVER),
        rules: Some(vec![
            rule(
                "",
                "configmaps",
                &["create", "get", "list", "patch", "watch"],
            ),
            rule("", "pods", &["get", "list", "patch", "watch"]),
            rule("", "services", &["get"]),
            rule(
                "discovery.k8s.io",
                "endpointslices",
                &["create", "get", "patch"],
            ),
        ]),
    }
}

/// Gives them to the account.
pub(super) fn binding(cluster: &Cluster) -> rbacv1::RoleBinding {
    rbacv1::RoleBinding {
        metadata: meta(cluster, cluster.name(), names::SERVER),
        role_ref: rbacv1::RoleRef {
            api_group: "rbac.authorization.k8s.io".into(),
            kind: "Role".into(),
            name: cluster.name().into(),
        },
        subjects: Some(vec![rbacv1::Subject {
            kind: "ServiceAccount".into(),
            name: cluster.name().into(),
            namespace: cluster.spec.namespace.clone(),
            ..Default::default()
        }]),
    }
}

fn rule(group: &str, resource: &str, verbs: &[&str]) -> rbacv1::PolicyRule {
    rbacv1::PolicyRule {
        api_groups: Some(vec![group.into()]),
        resources: Some(vec![resource.into()]),
        verbs: verbs.iter().map(|verb| (*verb).into()).collect(),
        ..Default::default()
    }
}
