//! Watches who leads and where clients are led, as the API tells it, with the time at which it did. Changes nothing.

use anyhow::Result;
use futures::TryStreamExt as _;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::Resource;
use kube::api::WatchParams;
use serde::de::DeserializeOwned;

use super::Place;
use crate::cluster::{LeaderRecord, RecordPart};
use crate::runtime::watched::{Seen, Told};

impl Place {
    /// Tells what changes, until it is dropped.
    pub(in crate::runtime) async fn watch_lead(
        &self,
        record: &LeaderRecord,
        services: &[String],
        tell: &dyn Fn(Seen),
    ) -> Result<()> {
        let named = format!("metadata.name={}", record.config_map);
        let key = WatchParams::default().fields(&named);
        let labelled = format!("kubernetes.io/service-name in ({})", services.join(","));
        let led = WatchParams::default().labels(&labelled);
        let keys = self.watched(&key, |map: &ConfigMap| {
            tell(Seen::now(Told::Key(word(map, record))));
        });
        let slices = self.watched(&led, |slice: &EndpointSlice| {
            let labels = slice.metadata.labels.as_ref();
            let service = labels.and_then(|labels| labels.get("kubernetes.io/service-name"));
            tell(Seen::now(Told::Led {
                service: service.cloned().unwrap_or_default(),
                to: addresses(slice),
            }));
        });
        tokio::try_join!(keys, slices).map(drop)
    }

    /// Looks at each state of some objects as it comes; a watch that ends is begun again.
    async fn watched<K>(&self, params: &WatchParams, see: impl Fn(&K)) -> Result<()>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
            + Clone
            + DeserializeOwned
            + 'static,
    {
        loop {
            let mut states = Box::pin(self.api::<K>().watch(params).await?);
            while let Some(one) = states.try_next().await? {
                see(&one);
            }
        }
    }
}

/// What the record says.
fn word(map: &ConfigMap, record: &LeaderRecord) -> String {
    let part = match record.part {
        RecordPart::Data => map.data.as_ref(),
        RecordPart::Annotations => map.metadata.annotations.as_ref(),
    };
    let word = part.and_then(|part| part.get(record.key));
    word.map_or_else(String::new, |word| word.trim().to_owned())
}

/// Where clients are led by a slice.
fn addresses(slice: &EndpointSlice) -> Vec<String> {
    let ready = slice.endpoints.iter().filter(|one| {
        let conditions = one.conditions.as_ref();
        conditions.is_none_or(|known| known.ready != Some(false))
    });
    ready
        .flat_map(|one| one.addresses.iter().cloned())
        .collect()
}
