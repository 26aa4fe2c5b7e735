//! Services: stable addresses for PostgreSQL's port.

use std::collections::BTreeMap;

use super::{IntOrString, corev1};
use crate::names;

/// A Service inside the Kubernetes cluster that leads to the pods which `selector` finds.
pub fn cluster_ip(selector: BTreeMap<String, String>, target_port: &str) -> corev1::ServiceSpec {
    corev1::ServiceSpec {
        type_: Some("ClusterIP".into()),
        ..spec(selector, target_port)
    }
}

/// A Service that gives every pod a DNS name, ready or not: members find each other before they are ready.
pub fn headless(selector: BTreeMap<String, String>, target_port: &str) -> corev1::ServiceSpec {
    corev1::ServiceSpec {
        cluster_ip: Some("None".into()),
        publish_not_ready_addresses: Some(true),
        ..spec(selector, target_port)
    }
}

/// What every Service has: PostgreSQL's port, leading to the container port called `target_port`.
pub fn spec(selector: BTreeMap<String, String>, target_port: &str) -> corev1::ServiceSpec {
    corev1::ServiceSpec {
        selector: Some(selector),
        ports: Some(vec![corev1::ServicePort {
            name: Some(names::POSTGRES_PORT_NAME.into()),
            port: names::POSTGRES_PORT,
            target_port: Some(IntOrString::String(target_port.into())),
            ..Default::default()
        }]),
        ..Default::default()
    }
}
