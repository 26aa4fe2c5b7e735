//! Patroni's settings as files: what is the same on every member. What differs between members, and passwords, start.sh writes
//! beside them, into memory.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

use super::layout::{self, layout};
use crate::cluster::{Cluster, LeaderRecord, RecordedSettings};
use crate::k8s::{corev1, files_map};
use crate::names;
use crate::spec::{Durability, WhenStandbysAreGone};

/// The ConfigMap with them.
pub(super) fn config_map(cluster: &Cluster) -> corev1::ConfigMap {
    files_map(cluster, name(cluster), files(cluster))
}

/// Its name.
pub(super) fn name(cluster: &Cluster) -> String {
    cluster.named("patroni")
}

/// The files, by their names. Patroni reads a folder of them as one.
pub(super) fn files(cluster: &Cluster) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("durability.yml".into(), durability_yml(cluster)),
        ("patroni.yml".into(), patroni_yml(cluster)),
        ("timing.yml".into(), timing_yml(cluster)),
    ])
}

/// What all members share, as Patroni's own record has it once the leader's agent has read the files; the servers' parameters, which it
/// adds, are not among it.
pub(in crate::topology) fn recorded_settings(cluster: &Cluster) -> RecordedSettings {
    let record = LeaderRecord {
        config_map: format!("{}-config", layout::scope(cluster)),
        key: "config",
        ..layout(cluster).leader
    };
    let dynamic = |text: &String| {
        let file: Value = serde_saphyr::from_str(text).unwrap_or_default();
        file.pointer("/bootstrap/dcs").cloned()
    };
    let parts = files(cluster).values().filter_map(dynamic).collect();
    RecordedSettings {
        record,
        parts,
        pause: "pause",
        durability: (
            "synchronous_mode",
            [Durability::Async, Durability::Sync, Durability::Quorum]
                .map(|one| (one, synchronous_mode(one))),
        ),
    }
}

/// <https://patroni.readthedocs.io/en/latest/yaml_configuration.html>
fn patroni_yml(cluster: &Cluster) -> String {
    let mut file = format!(
        "# Made by pgherd. What differs between members stands beside it, in /run/pgherd/patroni.\n\
         scope: {}\n",
        layout::scope(cluster)
    );
    let _ = write!(
        file,
        "bootstrap:
  # By the first member to have the initialize key, which makes the cluster.
  post_init: {scripts}/first.sh
  # What every member has to know alike: the agent has Patroni's own record follow this.
  dcs:
    # Members that all answer each other go on while the API server does not.
    failsafe_mode: true
    # A standby that is further behind than this, in bytes, is not promoted.
    maximum_lag_on_failover: 16777216
    # A stop that takes longer gives the lead away.
    primary_stop_timeout: 60
    check_timeline: true
    postgresql:
      use_pg_rewind: true
      use_slots: true
      # Removing is putting aside here, until a whole copy is in place.
      remove_data_directory_on_rewind_failure: true
      remove_data_directory_on_diverged_timelines: true
kubernetes:
  labels:
    {instance}: {name}
  scope_label: {scope_label}
  role_label: {role_label}
  leader_label_value: {leads}
  follower_label_value: {follows}
  standby_leader_label_value: {leads}
",
        scripts = names::STARTED_SCRIPTS,
        instance = names::INSTANCE_LABEL,
        name = cluster.name(),
        scope_label = layout::SCOPE_LABEL,
        role_label = layout::ROLE_LABEL,
        leads = layout::LEADS,
        follows = layout::FOLLOWS,
    );
    file.push_str(&api(cluster));
    file.push_str(&server());
    file
}

/// How soon a silent member is given up. A file of its own, as what commits wait for is: in the chart, each depends on its own
/// values.
fn timing_yml(cluster: &Cluster) -> String {
    let seconds = cluster.spec.patroni.timing.seconds();
    format!(
        "# Made by pgherd.
bootstrap:
  dcs:
    ttl: {}
    loop_wait: {}
    retry_timeout: {}
",
        seconds.ttl, seconds.loop_wait, seconds.retry_timeout,
    )
}

/// What commits wait for.
fn durability_yml(cluster: &Cluster) -> String {
    let strict = cluster.spec.when_standbys_are_gone == Some(WhenStandbysAreGone::Block);
    let synchronous = match synchronous_mode(cluster.spec.durability) {
        Value::String(word) => word,
        other => other.to_string(),
    };
    let start_timeout = match cluster.spec.durability {
        // With a server that is back before anyone else leads, nothing is lost.
        Durability::Async => 300,
        // Another member has all that was acknowledged: none waits for the server that crashed.
        Durability::Sync | Durability::Quorum => 0,
    };
    format!(
        "# Made by pgherd.
bootstrap:
  dcs:
    synchronous_mode: {synchronous}
    synchronous_mode_strict: {strict}
    primary_start_timeout: {start_timeout}
"
    )
}

/// What Patroni calls it.
fn synchronous_mode(durability: Durability) -> Value {
    match durability {
        Durability::Async => Value::Bool(false),
        Durability::Sync => Value::Bool(true),
        Durability::Quorum => "quorum".into(),
    }
}

/// The REST API: probes, members and patronictl ask it; what changes something needs its password.
fn api(cluster: &Cluster) -> String {
    let mut lines = format!("restapi:\n  listen: '*:{}'\n", layout::API_PORT);
    if cluster.is_encrypted() {
        let folder = names::TLS_MOUNT;
        let _ = write!(
            lines,
            "  certfile: {folder}/{certificate}
  keyfile: {folder}/{key}
ctl:
  cacert: {folder}/{authority}
",
            certificate = names::CERTIFICATE_FILE,
            key = names::CERTIFICATE_KEY_FILE,
            authority = names::AUTHORITY_FILE,
        );
    }
    lines
}

fn server() -> String {
    format!(
        "postgresql:
  listen: '*:{port}'
  data_dir: {data}/data
  # Read before Patroni's own settings.
  custom_conf: {config}/postgresql.conf
  parameters:
    hba_file: {config}/pg_hba.conf
    unix_socket_directories: {socket}
  pgpass: {run}/pgpass.patroni
  use_unix_socket: true
  use_unix_socket_repl: true
  before_stop: {scripts}/before-stop.sh
  callbacks:
    on_reload: {scripts}/metrics-role.sh
    on_role_change: {scripts}/metrics-role.sh
    on_start: {scripts}/metrics-role.sh
  create_replica_methods: [copy]
  copy: {{command: {scripts}/copy.sh, keep_data: true}}
",
        port = names::POSTGRES_PORT,
        data = names::DATA_MOUNT,
        config = names::CONFIG_MOUNT,
        socket = names::SOCKET_MOUNT,
        run = names::RUN_MOUNT,
        scripts = names::STARTED_SCRIPTS,
    )
}
