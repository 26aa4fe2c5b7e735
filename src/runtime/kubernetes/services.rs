//! Where Services lead, and having them lead elsewhere.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow};
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};
use kube::api::{ListParams, Patch};
use serde_json::{Map, Value, json};

use super::{Place, denied, params};
use crate::apply::{Api, reason};
use crate::cluster::Route;
use crate::runtime::{LiveService, selector};

impl Place {
    /// A Service and the pods that it leads to.
    pub(in crate::runtime) async fn live_service(
        &self,
        name: &str,
    ) -> Result<Option<LiveService>, String> {
        let live = self.live(name).await;
        live.map_err(denied("Services and EndpointSlices"))
    }

    async fn live(&self, name: &str) -> kube::Result<Option<LiveService>> {
        let Some(service) = self.api::<Service>().get_opt(name).await? else {
            return Ok(None);
        };
        let of = ListParams::default().labels(&format!("kubernetes.io/service-name={name}"));
        let slices = self.api::<EndpointSlice>().list(&of).await?;
        let mut pods: Vec<String> = slices
            .items
            .iter()
            .flat_map(|slice| &slice.endpoints)
            .filter(|endpoint| is_served(endpoint))
            .filter_map(|endpoint| endpoint.target_ref.as_ref()?.name.clone())
            .collect();
        pods.sort();
        pods.dedup();
        let labels = service
            .spec
            .as_ref()
            .and_then(|spec| spec.selector.as_ref());
        Ok(Some(LiveService {
            selector: selector(labels),
            pods,
            awaits_address: awaits_address(&service),
        }))
    }

    /// Gives Services other selectors.
    pub(in crate::runtime) async fn point_services(&self, routes: &[Route]) -> Result<()> {
        let services: Api<Service> = self.api();
        for route in routes {
            let name = &route.service;
            let live = services.get_opt(name).await;
            let live =
                live.map_err(|error| anyhow!("looking for Service/{name}: {}", reason(&error)))?;
            let live = live
                .with_context(|| format!("there is no Service/{name}"))?
                .spec
                .and_then(|spec| spec.selector)
                .unwrap_or_default();
            let patch = Patch::Merge(json!({"spec": {"selector": changes(live, &route.selector)}}));
            let patched = services.patch(name, &params(), &patch).await;
            patched.map_err(|error| anyhow!("changing Service/{name}: {}", reason(&error)))?;
        }
        Ok(())
    }
}

/// Whether clients are led there. Nothing said is yes, by the API's own rule.
fn is_served(endpoint: &Endpoint) -> bool {
    let ready = endpoint.conditions.as_ref().and_then(|found| found.ready);
    ready.unwrap_or(true)
}

fn awaits_address(service: &Service) -> bool {
    let kind = service.spec.as_ref().and_then(|spec| spec.type_.as_deref());
    let balancer = service
        .status
        .as_ref()
        .and_then(|status| status.load_balancer.as_ref());
    let addresses = balancer.and_then(|balancer| balancer.ingress.as_ref());
    kind == Some("LoadBalancer") && addresses.is_none_or(Vec::is_empty)
}

/// The change from one selector to another. In a merge patch, a key that goes has to be null.
fn changes(
    live: BTreeMap<String, String>,
    wanted: &BTreeMap<String, String>,
) -> Map<String, Value> {
    let gone = live.into_keys().map(|key| (key, Value::Null));
    let mut changes: Map<String, Value> = gone.collect();
    let wanted = wanted.iter();
    changes.extend(wanted.map(|(key, value)| (key.clone(), value.clone().into())));
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_that_goes_is_taken_away() {
        let selector = |words: &[(&str, &str)]| -> BTreeMap<String, String> {
            let words = words.iter();
            words
                .map(|(key, value)| ((*key).into(), (*value).into()))
                .collect()
        };
        let live = selector(&[("app", "shop"), ("pod", "shop-primary-0")]);
        let wanted = selector(&[("app", "shop"), ("component", "primary")]);
        assert_eq!(
            Value::from(changes(live, &wanted)),
            json!({"app": "shop", "pod": null, "component": "primary"})
        );
    }
}
