//! Has the pods run that the objects ask for, and the Services serve. What Kubernetes' controllers do.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::blueprint::Blueprint;
use super::child::Settings;
use super::cut::{Ways, between, of_clients, ways};
use super::folder::Folder;
use super::keeper::keeper;
use super::link::{self, Link};
use super::service;
use super::state::State;
use super::store::Stamp;
use crate::k8s::corev1::Service;

/// How often it looks whether there is something to do.
const LOOK: Duration = Duration::from_millis(20);
/// How often it compares what there is with what there has to be where nothing says so: a clock may miss a change that
/// follows another at once.
const WHOLE_LOOK: Duration = Duration::from_secs(1);

/// Has everything run until it is told to end or this is dropped; then nothing is started any more. Returns why it cannot,
/// where it was not told.
pub(super) async fn run(
    folder: Folder,
    settings: Settings,
    mut told: watch::Receiver<bool>,
) -> Option<anyhow::Error> {
    let mut node = Node {
        folder,
        settings,
        lives: JoinSet::new(),
        alive: BTreeSet::new(),
        services: BTreeMap::new(),
        links: BTreeSet::new(),
        ways: ways(),
        serving: JoinSet::new(),
        settled: None,
    };
    let error = tokio::select! {
        _ = told.wait_for(|told| *told) => None,
        error = node.keep() => Some(error),
    };
    node.lives.shutdown().await;
    node.serving.shutdown().await;
    error
}

struct Node {
    folder: Folder,
    settings: Settings,
    /// The lives of pods; each ends with its name.
    lives: JoinSet<(String, Result<()>)>,
    /// The pods that live.
    alive: BTreeSet<String>,
    /// The Services that serve.
    services: BTreeMap<String, tokio::task::AbortHandle>,
    /// The links between members. They stay: a member that is gone is one that does not answer.
    links: BTreeSet<Link>,
    /// What becomes of connections on their way.
    ways: Ways,
    serving: JoinSet<Result<()>>,
    /// When there was what there has to be, and by which objects; none where something is on its way.
    settled: Option<(Stamp, Instant)>,
}

impl Node {
    /// Looks again and again. Returns only where it cannot.
    async fn keep(&mut self) -> anyhow::Error {
        loop {
            if let Err(error) = self.look() {
                return error;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    fn look(&mut self) -> Result<()> {
        while let Some(ended) = self.lives.try_join_next() {
            let (name, ended) = ended?;
            ended?;
            self.alive.remove(&name);
            self.settled = None;
        }
        while let Some(ended) = self.serving.try_join_next() {
            match ended {
                Ok(ended) => ended?,
                Err(aborted) if aborted.is_cancelled() => (),
                Err(panicked) => return Err(panicked.into()),
            }
        }
        self.ways.look(&self.folder)?;
        let stamp = self.folder.stamp()?;
        if let Some((same, at)) = &self.settled
            && *same == stamp
            && at.elapsed() < WHOLE_LOOK
        {
            return Ok(());
        }
        let is_settled = self.compare()?;
        self.settled = is_settled.then(|| (stamp, Instant::now()));
        Ok(())
    }

    /// Compares what there is with what there has to be, and does what is missing; whether nothing was.
    fn compare(&mut self) -> Result<bool> {
        let wanted = self.folder.wanted()?;
        let names: Vec<String> = wanted.iter().map(|pod| pod.name.clone()).collect();
        let members = wanted.iter().filter(|pod| pod.is_member());
        let members: Vec<String> = members.map(|pod| pod.name.clone()).collect();
        self.folder
            .write_hosts(&members, &self.settings.namespace)?;
        self.serve()?;
        self.link(&members);
        self.end_unwanted(&names)?;
        for pod in &wanted {
            if !self.alive.contains(&pod.name) {
                self.begin(pod.clone())?;
            }
        }
        self.replace(&wanted)?;
        let states = self.folder.states()?;
        let is_wanted = |state: &State| wanted.contains(&state.blueprint);
        Ok(states.len() == wanted.len() && states.iter().all(is_wanted))
    }

    fn begin(&mut self, pod: Blueprint) -> Result<()> {
        let name = pod.name.clone();
        let address = self.folder.address_of(&format!("pod/{name}"))?;
        fs::create_dir_all(self.folder.pod(&name))?;
        let keeper = keeper(&self.folder, &self.settings, pod, address);
        self.alive.insert(name.clone());
        self.lives.spawn(async move { (name, keeper.live().await) });
        Ok(())
    }

    /// Has every Service serve, and those that are gone no longer.
    fn serve(&mut self) -> Result<()> {
        let mut there = Vec::new();
        for service in self.folder.list::<Service>("Service")? {
            let name = service.object.metadata.name.unwrap_or_default();
            let spec = service.object.spec.unwrap_or_default();
            if spec.cluster_ip.as_deref() == Some("None") {
                continue;
            }
            if !self.services.contains_key(&name) {
                let way = self.ways.way(of_clients(&name));
                let serving = service::serve(self.folder.clone(), name.clone(), way);
                self.services
                    .insert(name.clone(), self.serving.spawn(serving));
            }
            there.push(name);
        }
        self.services.retain(|name, serving| {
            let stays = there.contains(name);
            if !stays {
                serving.abort();
            }
            stays
        });
        Ok(())
    }

    /// Has every member reach every other.
    fn link(&mut self, members: &[String]) {
        let pairs = members
            .iter()
            .flat_map(|from| members.iter().map(move |to| (from, to)));
        for (from, to) in pairs.filter(|(from, to)| from != to) {
            let link = Link {
                from: from.clone(),
                to: to.clone(),
            };
            if self.links.insert(link.clone()) {
                let way = self.ways.way(between(&link.from, &link.to));
                self.serving
                    .spawn(link::serve(self.folder.clone(), link, way));
            }
        }
    }

    /// Ends the pods that nothing asks for.
    fn end_unwanted(&self, wanted: &[String]) -> Result<()> {
        for state in self.folder.states()? {
            if !wanted.contains(&state.blueprint.name) {
                self.folder.tell_once(&state)?;
            }
        }
        Ok(())
    }

    /// Replaces pods that are no longer what their StatefulSet makes, from the last one on, one at a time: the next when all
    /// others are ready.
    fn replace(&self, wanted: &[Blueprint]) -> Result<()> {
        let mut sets: BTreeMap<&String, Vec<(&Blueprint, State)>> = BTreeMap::new();
        for pod in wanted {
            if let (Some(set), Some(state)) = (&pod.owner, self.folder.state(&pod.name)?) {
                sets.entry(set).or_default().push((pod, state));
            }
        }
        for pods in sets.values() {
            let is_old = |(pod, state): &&(&Blueprint, State)| state.blueprint != **pod;
            let Some((_, old)) = pods.iter().rev().find(is_old) else {
                continue;
            };
            let is_current = |(pod, state): &(&Blueprint, State)| state.blueprint == **pod;
            let newer = pods.iter().filter(|one| is_current(one));
            if newer.map(|(_, state)| state).all(|state| state.is_ready) {
                self.folder.tell_once(old)?;
            }
        }
        Ok(())
    }
}
