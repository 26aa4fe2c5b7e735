//! The objects of one kind, as kube's `Api` has them, with one difference: what crosses the wire is JSON of any kind, and
//! becomes a type in one place. kube reads and writes each type by itself, straight from and to the text; for the types of
//! Kubernetes that alone was a tenth of what the compiler has to translate. Decides nothing.

use std::marker::PhantomData;

use futures::{Stream, StreamExt as _, future};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::{ClusterResourceScope, NamespaceResourceScope};
use kube::api::{
    DeleteParams, DynamicObject, ListParams, ObjectList, Patch, PatchParams, PostParams,
    WatchEvent, WatchParams,
};
use kube::core::{ApiResource, PartialObjectMeta};
use kube::{Client, Error, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::k8s;

/// The objects of a kind in a namespace, or in no namespace.
pub(crate) struct Api<K> {
    untyped: kube::Api<DynamicObject>,
    kind: PhantomData<fn() -> K>,
}

/// By hand, as the derived one asks it of the kind, too.
impl<K> Clone for Api<K> {
    fn clone(&self) -> Api<K> {
        Api {
            untyped: self.untyped.clone(),
            kind: PhantomData,
        }
    }
}

impl<K: Resource<DynamicType = ()>> Api<K> {
    /// Those of a namespace.
    pub(crate) fn namespaced(client: Client, namespace: &str) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope>,
    {
        let kind = ApiResource::erase::<K>(&());
        Api {
            untyped: kube::Api::namespaced_with(client, namespace, &kind),
            kind: PhantomData,
        }
    }

    /// Those of a kind that is in no namespace.
    pub(crate) fn all(client: Client) -> Api<K>
    where
        K: Resource<Scope = ClusterResourceScope>,
    {
        let kind = ApiResource::erase::<K>(&());
        Api {
            untyped: kube::Api::all_with(client, &kind),
            kind: PhantomData,
        }
    }
}

impl<K> Api<K> {
    /// As they are read, before anything is typed.
    pub(crate) fn untyped(&self) -> &kube::Api<DynamicObject> {
        &self.untyped
    }

    /// What is said of an object around its content, or none where there is none of this name.
    ///
    /// # Errors
    /// What the API server said, or why it could not be asked.
    pub(crate) async fn get_metadata_opt(
        &self,
        name: &str,
    ) -> Result<Option<PartialObjectMeta<DynamicObject>>, Error> {
        self.untyped.get_metadata_opt(name).await
    }

    /// Changes an object that is there, or applies one.
    ///
    /// # Errors
    /// As of [`Api::get_metadata_opt`].
    pub(crate) async fn patch(
        &self,
        name: &str,
        params: &PatchParams,
        patch: &Patch<Value>,
    ) -> Result<DynamicObject, Error> {
        self.untyped.patch(name, params, patch).await
    }

    /// Asks for an object to be deleted. Does not wait until it is gone.
    ///
    /// # Errors
    /// As of [`Api::get_metadata_opt`].
    pub(crate) async fn delete(&self, name: &str, params: &DeleteParams) -> Result<(), Error> {
        self.untyped.delete(name, params).await.map(drop)
    }
}

impl<K: Clone + DeserializeOwned> Api<K> {
    /// An object.
    ///
    /// # Errors
    /// As of [`Api::get_metadata_opt`]; also where there is none of this name.
    pub(crate) async fn get(&self, name: &str) -> Result<K, Error> {
        typed(self.untyped.get(name).await?)
    }

    /// An object, or none where there is none of this name.
    ///
    /// # Errors
    /// As of [`Api::get_metadata_opt`].
    pub(crate) async fn get_opt(&self, name: &str) -> Result<Option<K>, Error> {
        self.untyped.get_opt(name).await?.map(typed).transpose()
    }

    /// What changes among those that are asked for, and what there is at first; ends after a while.
    ///
    /// # Errors
    /// As of [`Api::get_metadata_opt`].
    pub(crate) async fn watch(
        &self,
        params: &WatchParams,
    ) -> Result<impl Stream<Item = Result<K, Error>> + use<K>, Error> {
        let events = self.untyped.watch(params, "0").await?;
        Ok(events.filter_map(|event| {
            future::ready(match event {
                Ok(WatchEvent::Added(one) | WatchEvent::Modified(one)) => Some(typed(one)),
                Ok(_) => None,
                Err(error) => Some(Err(error)),
            })
        }))
    }

    /// All that are asked for.
    ///
    /// # Errors
    /// As of [`Api::get_metadata_opt`].
    pub(crate) async fn list(&self, params: &ListParams) -> Result<ObjectList<K>, Error> {
        let listed = self.untyped.list(params).await?;
        let items: Result<Vec<K>, Error> = listed.items.into_iter().map(typed).collect();
        Ok(ObjectList {
            types: listed.types,
            metadata: listed.metadata,
            items: items?,
        })
    }
}

impl<K: Serialize> Api<K> {
    /// Makes an object that is not there yet.
    ///
    /// # Errors
    /// As of [`Api::get_metadata_opt`].
    pub(crate) async fn create(
        &self,
        params: &PostParams,
        object: &K,
    ) -> Result<DynamicObject, Error> {
        let object = serde_json::to_value(object).and_then(serde_json::from_value);
        let object = object.map_err(Error::SerdeError)?;
        self.untyped.create(params, &object).await
    }
}

impl Api<Pod> {
    /// The same, for what only kube's own can: logs, commands and connections, none of which reads a pod.
    pub(crate) fn streams(&self) -> kube::Api<Pod> {
        let client = self.untyped.clone().into_client();
        match self.untyped.namespace() {
            Some(namespace) => kube::Api::namespaced(client, namespace),
            None => kube::Api::all(client),
        }
    }
}

/// An object of any kind as one of its own.
pub(crate) fn typed<K: DeserializeOwned>(object: DynamicObject) -> Result<K, Error> {
    let value = serde_json::to_value(object).map_err(Error::SerdeError)?;
    k8s::read(&value).map_err(|error| Error::SerdeError(error.into_inner()))
}
