//! The Service for clients outside, seen from this machine and from the client pod.

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::Service;

use super::services;
use super::spread::dial;
use crate::apply::Api;
use crate::e2e::secrets;
use crate::fault::check::{Outcome, Verdict};
use crate::fault::client::Target;
use crate::fault::scene::{Member, Scene};
use crate::names;
use crate::session;
use crate::spec::{ExposeTarget, ExposeType};

/// Whether the outside Service leads where the spec says.
pub(super) async fn reachable(scene: &Scene<'_>) {
    let name = scene.cluster.external_service();
    let (expected, allowed) = allowed(scene);
    let inside = async {
        let Some(target) = address(scene).await? else {
            return Ok(without_address());
        };
        let seen = dial(&allowed, || services::server(scene, target.clone())).await?;
        Ok::<_, anyhow::Error>(at(&target, seen))
    };
    scene
        .check_in_kubernetes(format!("Service {name} from a pod"), expected, inside)
        .await;
    let outside = async {
        let Some(target) = address(scene).await? else {
            return Ok(without_address());
        };
        let seen = dial(&allowed, || server(scene, &target)).await?;
        Ok::<_, anyhow::Error>(at(&target, judge_reach(seen)))
    };
    scene
        .check_in_kubernetes(format!("Service {name} from here"), expected, outside)
        .await;
}

fn without_address() -> Verdict {
    Verdict::skipped("the Service has no address: this cluster has no load balancer")
}

/// What was seen, and where: only what runs knows its address.
fn at(target: &Target, mut verdict: Verdict) -> Verdict {
    let place = format!("{}:{}: ", target.host, target.port);
    verdict.seen.insert_str(0, &place);
    verdict
}

/// Who may answer.
fn allowed(scene: &Scene<'_>) -> (&'static str, Vec<Member>) {
    match scene.cluster.spec.expose.to {
        ExposeTarget::Primary => ("only the primary answers", vec![scene.primary.clone()]),
        // The pooler spreads reads over the standbys.
        ExposeTarget::Standbys | ExposeTarget::Pooler => (
            "only standbys answer, and each of them",
            scene.standbys.clone(),
        ),
    }
}

/// Where the Service is for clients outside; none where a load balancer has given it no address.
async fn address(scene: &Scene<'_>) -> Result<Option<Target>> {
    let name = scene.cluster.external_service();
    let services: Api<Service> = Api::namespaced(scene.site.kube()?.clone(), &scene.namespace);
    let service = services
        .get(&name)
        .await
        .with_context(|| format!("Service {name}"))?;
    let port = service
        .spec
        .iter()
        .flat_map(|spec| spec.ports.iter().flatten())
        .next()
        .context("it has no port")?;
    match scene.cluster.spec.expose.kind {
        ExposeType::NodePort => {
            let number = port.node_port.context("it has no node port")?;
            Ok(Some(Target {
                port: number,
                ..scene.owner_at(node_address(scene).await?)
            }))
        }
        ExposeType::LoadBalancer | ExposeType::None => {
            let balancer = service
                .status
                .as_ref()
                .and_then(|status| status.load_balancer.as_ref());
            let first = balancer.and_then(|balancer| balancer.ingress.iter().flatten().next());
            let host =
                first.and_then(|ingress| ingress.ip.clone().or_else(|| ingress.hostname.clone()));
            Ok(host.map(|host| Target {
                port: port.port,
                ..scene.owner_at(host)
            }))
        }
    }
}

async fn node_address(scene: &Scene<'_>) -> Result<String> {
    let addresses = secrets::node_addresses(scene.site.kube()?).await?;
    addresses
        .into_iter()
        .next()
        .context("no node has an InternalIP")
}

/// The address of the server that answers a connection from this machine.
async fn server(scene: &Scene<'_>, target: &Target) -> Result<String> {
    let secrets = scene.installer.secrets();
    let password = (secrets.passwords.0).get(names::OWNER_PASSWORD_FILE);
    let password = password.context("the owner's password is not known")?;
    let certificates = secrets.certificates.as_ref();
    let target = session::Target {
        host: target.host.clone(),
        address: None,
        port: u16::try_from(target.port).context("the port")?,
        user: target.user.clone(),
        password: password.clone(),
        database: target.database.clone(),
        authority: certificates.map(|certificates| certificates.authority.clone()),
        within: scene.limits.connected,
    };
    let session = session::connect(&target).await?;
    let rows = session.rows("select host(inet_server_addr())").await?;
    let address = rows.into_iter().flatten().flatten().next();
    address.context("the server answered without a row")
}

/// Docker Desktop keeps nodes in a virtual machine: there, an address of a node says nothing about the Service.
fn judge_reach(seen: Verdict) -> Verdict {
    if cfg!(target_os = "linux") || seen.outcome == Outcome::Passed {
        return seen;
    }
    Verdict::skipped(format!(
        "addresses of nodes are not reachable from this system: {}",
        seen.seen
    ))
}
