//! Services: each listens on its address and leads every connection to one of the pods that its selector finds and that are
//! ready, or to whichever there is where the Service says so, as kube-proxy does. Connections that are there stay where they are.

use std::time::Duration;

use anyhow::{Context, Result};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::cut::Way;
use super::folder::Folder;
use super::state::State;
use crate::k8s::corev1::{Service, ServicePort};
use crate::k8s::{IntOrString, corev1};

/// How long a pod's machine may take to answer.
const CONNECT: Duration = Duration::from_secs(1);

/// Serves a Service until this is dropped.
pub(super) async fn serve(folder: Folder, name: String, way: Way) -> Result<()> {
    let found = folder.get::<Service>("Service", &name)?;
    let spec = found
        .and_then(|found| found.object.spec)
        .unwrap_or_default();
    let address = folder.address_of(&format!("service/{name}"))?;
    let mut ports = JoinSet::new();
    for port in spec.ports.unwrap_or_default() {
        let number = u16::try_from(port.port).context("a port")?;
        let listener = TcpListener::bind((address.as_str(), number)).await;
        let listener = listener.with_context(|| format!("Service {name}: {address}:{number}"))?;
        ports.spawn(accept(
            folder.clone(),
            name.clone(),
            port,
            listener,
            way.clone(),
        ));
    }
    while ports.join_next().await.is_some() {}
    Ok(())
}

async fn accept(folder: Folder, name: String, port: ServicePort, listener: TcpListener, way: Way) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((client, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (folder, name, port) = (folder.clone(), name.clone(), port.clone());
        let way = way.clone();
        connections.spawn(async move {
            // A client whom nobody serves sees its connection end.
            let _ = forward(&folder, &name, &port, client, &way).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn forward(
    folder: &Folder,
    name: &str,
    port: &ServicePort,
    client: TcpStream,
    way: &Way,
) -> Result<()> {
    if !way.lets_in(&client).await? {
        return Ok(());
    }
    let ready = folder.led_to(name)?;
    let pod = (!ready.is_empty()).then(|| &ready[rand::random_range(0..ready.len())]);
    let pod = pod.context("no pod is ready")?;
    let number = u16::try_from(target(port, pod))?;
    let server = TcpStream::connect((pod.address.as_str(), number));
    let server = tokio::time::timeout(CONNECT, server).await??;
    way.lead(client, server).await
}

/// The number of the port that a Service's port leads to in a pod.
fn target(port: &ServicePort, pod: &State) -> i32 {
    match &port.target_port {
        None => port.port,
        Some(IntOrString::Int(number)) => *number,
        Some(IntOrString::String(name)) => {
            let containers = pod.blueprint.spec.containers.iter();
            let mut ports = containers.flat_map(|container| container.ports.iter().flatten());
            let named = |one: &&corev1::ContainerPort| one.name.as_ref() == Some(name);
            ports
                .find(named)
                .map_or(port.port, |one| one.container_port)
        }
    }
}

impl Folder {
    /// The pods that a Service leads to now.
    pub(super) fn led_to(&self, service: &str) -> Result<Vec<State>> {
        let found = self.get::<Service>("Service", service)?;
        let spec = found.and_then(|found| found.object.spec);
        let spec = spec.unwrap_or_default();
        // https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/#ServiceSpec
        let whoever = spec.publish_not_ready_addresses.unwrap_or(false);
        let selector = spec.selector.unwrap_or_default();
        let mut pods = self.states()?;
        pods.retain(|pod| {
            let labels = &pod.blueprint.labels;
            let mut selected = selector.iter();
            (whoever || pod.is_ready) && selected.all(|(key, value)| labels.get(key) == Some(value))
        });
        Ok(pods)
    }
}
