//! What the Services are for, and where they lead.

use futures::future::join_all;

use crate::cluster::{self, Cluster};
use crate::k8s::{Manifest, Object};
use crate::runtime::{self, Runtime};
use crate::status::facts::{Purpose, Service};
use crate::topology;

/// Every Service that the spec asks for, as it is; and what could not be seen.
pub(super) async fn services(
    runtime: &Runtime,
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
        let (live, unseen) = match runtime.live_service(&name).await {
            Ok(live) => (live, None),
            Err(reason) => (None, Some(reason)),
        };
        let labels = service
            .spec
            .as_ref()
            .and_then(|spec| spec.selector.as_ref());
        let service = Service {
            name,
            purpose,
            selector: runtime::selector(labels),
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
