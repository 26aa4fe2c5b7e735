//! Pgpool-II.
use crate::{
    cluster::Cluster,
    k8s::{appsv1, corev1, policyv1},
    spec::Pooler,
};
pub fn config_map(_: &Cluster, _: &Pooler) -> corev1::ConfigMap {
    Default::default()
}
pub fn service(_: &Cluster) -> corev1::Service {
    Default::default()
}
pub fn disruption_budget(_: &Cluster) -> policyv1::PodDisruptionBudget {
    Default::default()
}
pub fn deployment(_: &Cluster, _: &Pooler) -> appsv1::Deployment {
    Default::default()
}
