//! Who has which address. Every pod and Service has one of its own in 127.0.0.0/8, of which Linux answers every one, so that
//! all listen on the port that the spec has; and `hosts` tells scripts and clients the names.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result, bail};

use super::folder::{Folder, read_json, write, write_json};
use super::link::Link;
use super::store::Stored;
use crate::k8s::corev1::Service;
use crate::names;

/// How many nets are tried before all count as taken.
const TRIES: usize = 50;
/// The port by which a net is tried.
const PORT: u16 = 5432;

/// The addresses that were given, by who has them; the first is the net's.
type Given = BTreeMap<String, Ipv4Addr>;

impl Folder {
    /// The address of a pod or Service, as `pod/NAME` or `service/NAME`; one that has none is given one.
    pub(super) fn address_of(&self, who: &str) -> Result<String> {
        let mut given: Given = read_json(&self.addresses())?.unwrap_or_default();
        if let Some(address) = given.get(who) {
            return Ok(address.to_string());
        }
        let net = match given.values().next() {
            Some(address) => [address.octets()[1], address.octets()[2]],
            None => free_net()?,
        };
        let taken = |last: &u8| given.values().any(|address| address.octets()[3] == *last);
        let last = (1..=254).find(|last| !taken(last));
        let last = last.context("254 pods and Services have every address of this place")?;
        let address = Ipv4Addr::new(127, net[0], net[1], last);
        given.insert(who.into(), address);
        write_json(&self.addresses(), &given)?;
        Ok(address.to_string())
    }

    /// Writes who is reached under which name: members by a headless Service, and Services by themselves; for each member
    /// the others by its links.
    pub(super) fn write_hosts(&self, members: &[String], namespace: &str) -> Result<()> {
        let services = self.list::<Service>("Service")?;
        self.write_hosts_of(&services, members, namespace, None)?;
        for member in members {
            self.write_hosts_of(&services, members, namespace, Some(member))?;
        }
        Ok(())
    }

    /// The same as one member sees it, or a client.
    fn write_hosts_of(
        &self,
        services: &[Stored<Service>],
        members: &[String],
        namespace: &str,
        viewer: Option<&String>,
    ) -> Result<()> {
        let mut text = String::new();
        for service in services {
            let name = service.object.metadata.name.clone().unwrap_or_default();
            let spec = service.object.spec.as_ref();
            let is_headless = spec.and_then(|spec| spec.cluster_ip.as_deref()) == Some("None");
            if !is_headless {
                let address = self.address_of(&format!("service/{name}"))?;
                add(&mut text, &address, &name, namespace);
                continue;
            }
            for member in members {
                let address = match viewer.filter(|viewer| *viewer != member) {
                    None => self.address_of(&format!("pod/{member}"))?,
                    Some(viewer) => self.link_address(&Link {
                        from: viewer.clone(),
                        to: member.clone(),
                    })?,
                };
                add(&mut text, &address, &format!("{member}.{name}"), namespace);
                if viewer.is_none() {
                    add(&mut text, &address, &name, namespace);
                }
            }
        }
        let path = viewer.map_or_else(|| self.hosts(), |viewer| self.hosts_of(viewer));
        if std::fs::read_to_string(&path).is_ok_and(|now| now == text) {
            return Ok(());
        }
        write(&path, text.as_bytes())
    }

    /// The addresses of a name, as clients are told it; none where it is not one of this place.
    pub(super) fn find_hosts(&self, name: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.hosts()).unwrap_or_default();
        let rows = text.lines().filter_map(|row| row.split_once(' '));
        let named = rows.filter(|(_, one)| *one == name);
        named.map(|(address, _)| address.to_owned()).collect()
    }
}

/// Adds a name with an address, in each form that the cluster's DNS has.
fn add(text: &mut String, address: &str, name: &str, namespace: &str) {
    for behind in ["", ".svc", ".svc.cluster.local"] {
        let namespace = format!(".{namespace}{behind}");
        let _ = writeln!(text, "{address} {name}{namespace}");
    }
    let _ = writeln!(text, "{address} {name}");
}

/// A net of which nobody uses the port.
fn free_net() -> Result<[u8; 2]> {
    for _ in 0..TRIES {
        let net = [rand::random_range(1..=250), rand::random_range(1..=250)];
        let address = Ipv4Addr::new(127, net[0], net[1], 1);
        if TcpListener::bind((address, PORT)).is_ok() {
            return Ok(net);
        }
    }
    bail!(
        "port {PORT} is taken on {TRIES} addresses of 127.0.0.0/8\nhint: something listens on every address of this \
         machine: have it listen on its own ones ({} servers are meant to have theirs)",
        names::POSTGRES_CONTAINER
    )
}
