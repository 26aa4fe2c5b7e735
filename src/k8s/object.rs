//! The closed list of kinds that pgherd emits, and a manifest: one object with the comment a reviewer reads over it.

use serde::Serialize;

use super::{
    appsv1, batchv1, certmanager, corev1, metav1, monitoring, networkingv1, policyv1, rbacv1,
};

/// An object of one of the kinds that pgherd emits. Matches over it name every kind, so that a new one
/// does not compile until every target has decided what to do with it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Object {
    /// Identity of the pods.
    ServiceAccount(corev1::ServiceAccount),
    /// What the pods may do with the API.
    Role(rbacv1::Role),
    /// That the pods may.
    RoleBinding(rbacv1::RoleBinding),
    /// Passwords.
    Secret(corev1::Secret),
    /// A certificate that cert-manager keeps valid.
    Certificate(certmanager::Certificate),
    /// Configuration and scripts.
    ConfigMap(corev1::ConfigMap),
    /// A stable address.
    Service(corev1::Service),
    /// Which connections the network lets through.
    NetworkPolicy(networkingv1::NetworkPolicy),
    /// What a drain has to leave running.
    PodDisruptionBudget(policyv1::PodDisruptionBudget),
    /// Members with volumes of their own.
    StatefulSet(appsv1::StatefulSet),
    /// A task that ends.
    Job(batchv1::Job),
    /// Pods without volumes.
    Deployment(appsv1::Deployment),
    /// Which pods Prometheus asks for metrics.
    PodMonitor(monitoring::PodMonitor),
    /// What Prometheus watches.
    PrometheusRule(monitoring::PrometheusRule),
}

/// An object and what it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// One line for the reader, without the `#`.
    pub comment: String,
    /// The object.
    pub object: Object,
}

impl Object {
    /// The kind, as Kubernetes writes it.
    pub fn kind(&self) -> &'static str {
        match self {
            Object::ServiceAccount(_) => "ServiceAccount",
            Object::Role(_) => "Role",
            Object::RoleBinding(_) => "RoleBinding",
            Object::Secret(_) => "Secret",
            Object::Certificate(_) => certmanager::KIND,
            Object::ConfigMap(_) => "ConfigMap",
            Object::Service(_) => "Service",
            Object::NetworkPolicy(_) => "NetworkPolicy",
            Object::PodDisruptionBudget(_) => "PodDisruptionBudget",
            Object::StatefulSet(_) => "StatefulSet",
            Object::Job(_) => "Job",
            Object::Deployment(_) => "Deployment",
            Object::PodMonitor(_) => monitoring::POD_MONITOR.kind,
            Object::PrometheusRule(_) => monitoring::PROMETHEUS_RULE.kind,
        }
    }

    /// The object's metadata.
    pub fn metadata(&self) -> &metav1::ObjectMeta {
        match self {
            Object::ServiceAccount(object) => &object.metadata,
            Object::Role(object) => &object.metadata,
            Object::RoleBinding(object) => &object.metadata,
            Object::Secret(object) => &object.metadata,
            Object::Certificate(object) => &object.metadata,
            Object::ConfigMap(object) => &object.metadata,
            Object::Service(object) => &object.metadata,
            Object::NetworkPolicy(object) => &object.metadata,
            Object::PodDisruptionBudget(object) => &object.metadata,
            Object::StatefulSet(object) => &object.metadata,
            Object::Job(object) => &object.metadata,
            Object::Deployment(object) => &object.metadata,
            Object::PodMonitor(object) => &object.metadata,
            Object::PrometheusRule(object) => &object.metadata,
        }
    }

    /// The object's name.
    pub fn name(&self) -> &str {
        self.metadata().name.as_deref().unwrap_or_default()
    }
}

macro_rules! object_from {
    ($($kind:ident: $type:ty),+ $(,)?) => {
        $(impl From<$type> for Object {
            fn from(object: $type) -> Self {
                Object::$kind(object)
            }
        })+
    };
}

object_from! {
    ServiceAccount: corev1::ServiceAccount,
    Role: rbacv1::Role,
    RoleBinding: rbacv1::RoleBinding,
    Secret: corev1::Secret,
    Certificate: certmanager::Certificate,
    ConfigMap: corev1::ConfigMap,
    Service: corev1::Service,
    NetworkPolicy: networkingv1::NetworkPolicy,
    PodDisruptionBudget: policyv1::PodDisruptionBudget,
    StatefulSet: appsv1::StatefulSet,
    Job: batchv1::Job,
    Deployment: appsv1::Deployment,
    PodMonitor: monitoring::PodMonitor,
    PrometheusRule: monitoring::PrometheusRule,
}
