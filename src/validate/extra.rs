//! What a user adds to pods: it must not replace pgherd's own parts, and what it mounts has to be there.
//!
//! What pgherd's own parts are called is asked of the builders.

use std::collections::BTreeSet;

use crate::cluster::Cluster;
use crate::component::pgpool;
use crate::k8s::corev1;
use crate::spec::draft::Draft;
use crate::spec::finding::Finding;
use crate::spec::path::{Path, path};
use crate::spec::{Extra, Pooler, PoolerKind};
use crate::topology;

const FORM: &str =
    "up to 63 lower-case letters, digits and `-`, beginning and ending with a letter or digit";
const OWN: &str = "pgherd's own; call it otherwise";

pub(super) fn findings(draft: &Draft) -> Vec<Finding> {
    let (extra, pooler) = (&draft.spec.extra, &draft.spec.pooler.extra);
    let mut findings = Vec::new();
    if !extra.is_empty() && draft.knows(&[&["extra"]]) {
        let own = topology::member(&bare(draft)).spec;
        findings.extend(added(extra, &own.unwrap_or_default(), &path(&["extra"])));
    }
    if !pooler.is_empty() && draft.knows(&[&["pooler", "extra"]]) {
        let bare = bare(draft);
        let deployment =
            pgpool::deployment(&bare, &bare.spec.pooler, &topology::layout(&bare).services).spec;
        let own = deployment.and_then(|spec| spec.template.spec);
        let at = path(&["pooler", "extra"]);
        findings.extend(added(pooler, &own.unwrap_or_default(), &at));
    }
    findings
}

/// The cluster with everything of pgherd's own and nothing added.
fn bare(draft: &Draft) -> Cluster {
    let mut spec = draft.spec.clone();
    spec.extra = Extra::default();
    spec.pooler = Pooler {
        kind: PoolerKind::Pgpool,
        extra: Extra::default(),
        ..spec.pooler
    };
    Cluster {
        spec,
        init_sql: vec![String::new()],
    }
}

fn added(extra: &Extra, own: &corev1::PodSpec, at: &Path) -> Vec<Finding> {
    let mut findings = variables(extra, own, at);
    findings.extend(containers(extra, own, at));
    findings.extend(volumes(extra, own, at));
    findings.extend(mounts(extra, own, at));
    findings
}

fn variables(extra: &Extra, own: &corev1::PodSpec, at: &Path) -> Vec<Finding> {
    let own: BTreeSet<&str> = own
        .containers
        .iter()
        .flat_map(|container| container.env.iter().flatten())
        .map(|variable| variable.name.as_str())
        .collect();
    let names = extra.env.iter().map(|variable| variable.name.as_str());
    let taken = |name: &str| own.contains(name) || name.starts_with("PGHERD_");
    repeated_or_taken(names, taken, &at.key("env"))
}

fn containers(extra: &Extra, own: &corev1::PodSpec, at: &Path) -> Vec<Finding> {
    let taken = |name: &str| own.containers.iter().any(|one| one.name == name);
    let mut findings = Vec::new();
    for (key, list) in lists(extra) {
        let at = at.key(key);
        let names = || list.iter().map(|container| container.name.as_str());
        findings.extend(repeated_or_taken(names(), taken, &at));
        findings.extend(malformed(names(), &at));
        for (index, container) in list.iter().enumerate() {
            if container.image.as_deref().unwrap_or_default().is_empty() {
                findings.push(Finding::value(at.index(index), "a container without image"));
            }
        }
    }
    let first: BTreeSet<&str> = extra
        .init_containers
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    for (index, container) in extra.containers.iter().enumerate() {
        if first.contains(container.name.as_str()) {
            let at = at.key("containers").index(index).key("name");
            findings.push(Finding::value(at, "an init container's name:"));
        }
    }
    findings
}

fn lists(extra: &Extra) -> [(&'static str, &Vec<corev1::Container>); 2] {
    [
        ("initContainers", &extra.init_containers),
        ("containers", &extra.containers),
    ]
}

fn volumes(extra: &Extra, own: &corev1::PodSpec, at: &Path) -> Vec<Finding> {
    let own = own_volumes(own);
    let at = at.key("volumes");
    let names = || extra.volumes.iter().map(|volume| volume.name.as_str());
    let mut findings = repeated_or_taken(names(), |name| own.contains(name), &at);
    findings.extend(malformed(names(), &at));
    findings
}

/// Those of the pod, and those that it mounts: what a StatefulSet claims is not among the pod's.
fn own_volumes(own: &corev1::PodSpec) -> BTreeSet<&str> {
    let volumes = own.volumes.iter().flatten();
    let mounts = own.containers.iter().flat_map(|one| &one.volume_mounts);
    volumes
        .map(|volume| volume.name.as_str())
        .chain(mounts.flatten().map(|mount| mount.name.as_str()))
        .collect()
}

/// Mounts of volumes that are not there, and over folders of pgherd's own.
fn mounts(extra: &Extra, own: &corev1::PodSpec, at: &Path) -> Vec<Finding> {
    let mut known = own_volumes(own);
    known.extend(extra.volumes.iter().map(|volume| volume.name.as_str()));
    let lacking = |mounts: &[corev1::VolumeMount], at: &Path| {
        let lacking = mounts.iter().enumerate();
        let lacking = lacking.filter(|(_, mount)| !known.contains(mount.name.as_str()));
        lacking
            .map(|(index, _)| Finding {
                hint: Some("name a volume of `volumes` beside it".into()),
                ..Finding::value(at.index(index).key("name"), "no such volume:")
            })
            .collect::<Vec<_>>()
    };
    let place = at.key("volumeMounts");
    let mut findings = lacking(&extra.volume_mounts, &place);
    for (key, list) in lists(extra) {
        for (index, container) in list.iter().enumerate() {
            let mounts = container.volume_mounts.as_deref().unwrap_or_default();
            let at = at.key(key).index(index).key("volumeMounts");
            findings.extend(lacking(mounts, &at));
        }
    }
    findings.extend(covering(&extra.volume_mounts, own, &place));
    findings
}

fn covering(mounts: &[corev1::VolumeMount], own: &corev1::PodSpec, at: &Path) -> Vec<Finding> {
    let own: Vec<&str> = own
        .containers
        .iter()
        .flat_map(|container| container.volume_mounts.iter().flatten())
        .map(|mount| mount.mount_path.as_str())
        .collect();
    let covers = mounts.iter().enumerate().filter_map(|(index, mount)| {
        let over = own.iter().find(|own| touches(own, &mount.mount_path))?;
        Some((index, *over))
    });
    covers
        .map(|(index, over)| Finding {
            hint: Some(format!("{over} is pgherd's own; mount it elsewhere")),
            ..Finding::value(at.index(index).key("mountPath"), "in the way:")
        })
        .collect()
}

/// Whether one of two folders is the other, or in it.
fn touches(one: &str, other: &str) -> bool {
    let folder = |path: &str| format!("{}/", path.trim_end_matches('/'));
    let (one, other) = (folder(one), folder(other));
    one.starts_with(&other) || other.starts_with(&one)
}

fn repeated_or_taken<'a>(
    names: impl Iterator<Item = &'a str>,
    taken: impl Fn(&str) -> bool,
    at: &Path,
) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    names
        .enumerate()
        .filter_map(|(index, name)| {
            let at = at.index(index).key("name");
            if taken(name) {
                return Some(Finding {
                    hint: Some(OWN.into()),
                    ..Finding::value(at, "a name that is taken:")
                });
            }
            (!seen.insert(name)).then(|| Finding::value(at, "a name that comes twice:"))
        })
        .collect()
}

fn malformed<'a>(names: impl Iterator<Item = &'a str>, at: &Path) -> Vec<Finding> {
    let wrong = names.enumerate().filter(|(_, name)| !is_label(name));
    wrong
        .map(|(index, _)| Finding {
            allowed: Some(FORM.into()),
            ..Finding::value(at.index(index).key("name"), "malformed:")
        })
        .collect()
}

/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names>
fn is_label(name: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    (1..=63).contains(&name.len())
        && name.chars().all(|letter| plain(letter) || letter == '-')
        && name.starts_with(plain)
        && name.ends_with(plain)
}
