//! Where the Services lead.

use std::collections::BTreeMap;

use futures::future::join_all;
use k8s_openapi::api::core::v1;
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};
use kube::api::ListParams;

use super::{Place, denied};
use crate::cluster::{self, Cluster};
use crate::k8s::{Manifest, Object};
use crate::status::facts::{LiveService, Purpose, Service};
use crate::topology;

/// Every Service that the spec asks for, as it is; and what could not be seen.
pub(super) async fn services(
    place: &Place<'_>,
    cluster: &Cluster,
    manifests: &[Manifest],
) -> (Vec<Service>, Vec<String>) {
    let wanted = manifests
        .iter()
        .filter_map(|manifest| match &manifest.object {
            Object::Service(service) => Some((service, purpose(cluster, manifest.object.name())?)),
            _ => None,
        });
    let looked = wanted.map(async |(service, purpose)| {
        let name = service.metadata.name.clone().unwrap_or_default();
        let (live, unseen) = match live(place, &name).await {
            Ok(live) => (live, None),
            Err(error) => (None, Some(denied("Services and EndpointSlices")(error))),
        };
        let selector = selector(service);
        let service = Service {
            name,
            purpose,
            selector,
            live,
        };
        (service, unseen)
    });
    let (services, unseen): (Vec<_>, Vec<_>) = join_all(looked).await.into_iter().unzip();
    let mut unseen: Vec<String> = unseen.into_iter().flatten().collect();
    unseen.dedup();
    (services, unseen)
}

/// What a Service is for, by its name; none where status knows nothing to say of it.
fn purpose(cluster: &Cluster, name: &str) -> Option<Purpose> {
    let layout = topology::layout(cluster);
    let routes = topology::routes(cluster, &layout.leader.by_spec).into_iter();
    let mut known: Vec<(String, Purpose)> = routes
        .map(|route| (route.service, purpose_of(route.purpose)))
        .collect();
    known.extend([
        (layout.services.members, Purpose::Members),
        (cluster.pgpool_name(), Purpose::Pooler),
        // Where it is none of those that follow the lead.
        (cluster.external_service(), Purpose::Pooler),
    ]);
    known
        .into_iter()
        .find(|(known, _)| known == name)
        .map(|(_, purpose)| purpose)
}

fn purpose_of(route: cluster::Purpose) -> Purpose {
    match route {
        cluster::Purpose::Writing => Purpose::Writing,
        cluster::Purpose::Reading => Purpose::Reading,
        cluster::Purpose::ReadingAll => Purpose::ReadingAll,
    }
}

async fn live(place: &Place<'_>, name: &str) -> kube::Result<Option<LiveService>> {
    let Some(service) = place.api::<v1::Service>().get_opt(name).await? else {
        return Ok(None);
    };
    let of = ListParams::default().labels(&format!("kubernetes.io/service-name={name}"));
    let slices = place.api::<EndpointSlice>().list(&of).await?;
    let mut pods: Vec<String> = slices
        .items
        .iter()
        .flat_map(|slice| &slice.endpoints)
        .filter(|endpoint| is_served(endpoint))
        .filter_map(|endpoint| endpoint.target_ref.as_ref()?.name.clone())
        .collect();
    pods.sort();
    pods.dedup();
    Ok(Some(LiveService {
        selector: selector(&service),
        pods,
        awaits_address: awaits_address(&service),
    }))
}

/// Whether clients are led there. Nothing said is yes, by the API's own rule.
fn is_served(endpoint: &Endpoint) -> bool {
    let ready = endpoint.conditions.as_ref().and_then(|found| found.ready);
    ready.unwrap_or(true)
}

fn awaits_address(service: &v1::Service) -> bool {
    let kind = service.spec.as_ref().and_then(|spec| spec.type_.as_deref());
    let balancer = service
        .status
        .as_ref()
        .and_then(|status| status.load_balancer.as_ref());
    let addresses = balancer.and_then(|balancer| balancer.ingress.as_ref());
    kind == Some("LoadBalancer") && addresses.is_none_or(Vec::is_empty)
}

/// A Service's selector as it would be typed.
fn selector(service: &v1::Service) -> String {
    let labels: Option<&BTreeMap<String, String>> = service
        .spec
        .as_ref()
        .and_then(|spec| spec.selector.as_ref());
    let words: Vec<String> = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    words.join(",")
}
