//! Small parts of Kubernetes objects, by family; imports neither a component nor a topology.

pub mod certmanager;
mod meta;
pub mod monitoring;
pub mod network;
mod object;
pub mod pod;
pub mod service;
mod typed;
pub mod volume;

pub use k8s_openapi::api::{
    apps::v1 as appsv1, batch::v1 as batchv1, core::v1 as corev1, networking::v1 as networkingv1,
    policy::v1 as policyv1, rbac::v1 as rbacv1,
};
pub use k8s_openapi::apimachinery::pkg::{
    api::resource::Quantity, apis::meta::v1 as metav1, util::intstr::IntOrString,
};
pub use meta::{files_map, label_selector, meta, pod_meta, service_meta};
pub use object::{Manifest, Object};
pub(crate) use typed::{ReadError, read};
