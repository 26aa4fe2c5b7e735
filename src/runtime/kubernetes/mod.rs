//! Members as pods of a namespace: what is asked of a runtime, through the API.
//!
//! The room of kube's types: they go in when a place is made, and none comes out.

use kube::Client;
use kube::api::PatchParams;

use super::Runtime;
use crate::apply::{self, Api, Error, reason};
use crate::names;

mod beside;
mod connect;
mod exec;
mod kill;
mod member;
mod objects;
mod pods;
mod pooler;
mod record;
mod secrets;
mod services;
mod session;
mod stop;
mod volume;
mod watched;
mod workloads;

/// A namespace of a Kubernetes cluster.
#[derive(Clone)]
pub struct Place {
    client: Client,
    namespace: String,
}

/// The runtime of the clusters in a namespace.
pub fn in_namespace(client: &Client, namespace: &str) -> Runtime {
    Runtime::Kubernetes(Place {
        client: client.clone(),
        namespace: namespace.into(),
    })
}

impl Place {
    /// The API of one kind.
    fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Fails where the namespace is not there.
    pub(super) async fn require_namespace(&self) -> Result<(), Error> {
        apply::require_namespace(&self.client, &self.namespace).await
    }

    /// Has the kubelets bring mounted ConfigMaps and Secrets to every pod of a cluster now.
    pub(super) async fn refresh(&self, cluster: &str) -> Result<(), Error> {
        let pods = apply::refresh(&self.client, &self.namespace, cluster).await;
        pods.map(drop)
    }
}

/// How things are changed: in pgherd's name.
fn params() -> PatchParams {
    PatchParams {
        field_manager: Some(names::MANAGER.into()),
        ..PatchParams::default()
    }
}

/// Why something could not be seen, in words.
fn denied(what: &str) -> impl FnOnce(kube::Error) -> String {
    move |error| format!("{what}: {}", reason(&error))
}
