//! Watches one object of any kind and hands on each of its states. Changes nothing.
//!
//! What comes is JSON until it is typed: a watcher of typed objects would be compiled anew for every kind.

use std::ops::ControlFlow;
use std::time::Duration;

use futures::TryStreamExt as _;
use kube::api::{DynamicObject, ListParams, WatchEvent, WatchParams};
use kube::{Error, Resource};
use serde::de::DeserializeOwned;

use super::api::{Api, typed};

/// Pause before an object is watched again, after an error or where the API server ended the watch.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Code of the API server where a watch is older than what it remembers.
const GONE: u16 = 410;

/// The object as it is, or nothing where it is not there.
type State<K> = Result<Option<K>, Error>;

/// Follows an object until a state of it is what is waited for; returns that state.
///
/// # Errors
/// The first of the API server or of the way to it.
pub(crate) async fn await_condition<K>(
    api: Api<K>,
    name: &str,
    is_met: impl Fn(Option<&K>) -> bool,
) -> Result<Option<K>, Error>
where
    K: Resource<DynamicType = ()> + DeserializeOwned,
{
    let mut seen = |state: State<K>| match state {
        Ok(object) if !is_met(object.as_ref()) => ControlFlow::Continue(()),
        end => ControlFlow::Break(end),
    };
    follow(api, name, &mut seen).await
}

/// Whether an object is gone, or another one has its name.
pub(crate) fn is_gone<K: Resource>(uid: &str) -> impl Fn(Option<&K>) -> bool + '_ {
    move |object| object.is_none_or(|object| object.meta().uid.as_deref() != Some(uid))
}

/// Hands on the state that an object has, then each that it gets, and errors, until `seen` breaks with an answer.
pub(super) async fn follow<K, T>(
    api: Api<K>,
    name: &str,
    seen: &mut dyn FnMut(State<K>) -> ControlFlow<T>,
) -> T
where
    K: Resource<DynamicType = ()> + DeserializeOwned,
{
    let mut read =
        |state: State<DynamicObject>| seen(state.and_then(|object| object.map(typed).transpose()));
    states(api.untyped(), name, &mut read).await
}

/// As [`follow`], before anything is typed.
async fn states<T>(
    api: &kube::Api<DynamicObject>,
    name: &str,
    seen: &mut dyn FnMut(State<DynamicObject>) -> ControlFlow<T>,
) -> T {
    loop {
        let watched = match watch(api, name, seen).await {
            Ok(watched) => watched,
            Err(error) => seen(Err(error)),
        };
        if let ControlFlow::Break(answer) = watched {
            return answer;
        }
        tokio::time::sleep(AGAIN_AFTER).await;
    }
}

/// One watch, until `seen` breaks or the API server ends it. It begins at a list, which also says that nothing is there.
async fn watch<T>(
    api: &kube::Api<DynamicObject>,
    name: &str,
    seen: &mut dyn FnMut(State<DynamicObject>) -> ControlFlow<T>,
) -> Result<ControlFlow<T>, Error> {
    let field = format!("metadata.name={name}");
    let listed = api.list(&ListParams::default().fields(&field)).await?;
    let version = listed.metadata.resource_version.unwrap_or_default();
    if let ControlFlow::Break(answer) = seen(Ok(listed.items.into_iter().next())) {
        return Ok(ControlFlow::Break(answer));
    }
    let params = WatchParams::default().fields(&field);
    let mut events = Box::pin(api.watch(&params, &version).await?);
    while let Some(event) = events.try_next().await? {
        let state = match event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => Some(object),
            WatchEvent::Deleted(_) => None,
            WatchEvent::Bookmark(_) => continue,
            WatchEvent::Error(status) if status.code == GONE => break,
            WatchEvent::Error(status) => return Err(Error::Api(status)),
        };
        if let ControlFlow::Break(answer) = seen(Ok(state)) {
            return Ok(ControlFlow::Break(answer));
        }
    }
    Ok(ControlFlow::Continue(()))
}
