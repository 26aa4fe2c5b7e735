//! Server parameters that a spec cannot set, and why.
//!
//! Only names; values that break something are the parameters rule's. Settings that pgherd writes into
//! postgresql.conf for itself stand there, with their reasons.

use super::guards::Reasons;
use crate::component::postgres::{DEFAULTS, Owner};

const LAYOUT: &str = "pgherd mounts, probes and connects by it";
const IDENTITY: &str = "each member gets its own at start";
const ROLE: &str = "who leads and who follows is pgherd's";
const SYNC: &str = "`durability` says which standbys a commit waits for";
const RECOVERY: &str = "recovery from an archive comes with backups, which pgherd has not yet";
const TLS: &str = "`tls` says how connections are encrypted";
const FILE: &str = "postgresql.conf is made whole from the spec: write the settings here";
const FIXED: &str = "the server shows it but cannot be told; initdb or the build decides";

const OWNED: [(&str, &str); 43] = [
    ("port", LAYOUT),
    ("data_directory", LAYOUT),
    ("config_file", LAYOUT),
    ("hba_file", LAYOUT),
    ("ident_file", LAYOUT),
    ("external_pid_file", LAYOUT),
    ("unix_socket_permissions", LAYOUT),
    ("unix_socket_group", LAYOUT),
    ("cluster_name", IDENTITY),
    ("primary_conninfo", IDENTITY),
    ("primary_slot_name", IDENTITY),
    ("promote_trigger_file", ROLE),
    ("synchronous_standby_names", SYNC),
    ("restore_command", RECOVERY),
    ("archive_cleanup_command", RECOVERY),
    ("recovery_end_command", RECOVERY),
    ("include", FILE),
    ("include_dir", FILE),
    ("include_if_exists", FILE),
    ("ssl", TLS),
    ("block_size", FIXED),
    ("data_checksums", FIXED),
    ("data_directory_mode", FIXED),
    ("debug_assertions", FIXED),
    ("huge_pages_status", FIXED),
    ("in_hot_standby", FIXED),
    ("integer_datetimes", FIXED),
    ("is_superuser", FIXED),
    ("lc_collate", FIXED),
    ("lc_ctype", FIXED),
    ("max_function_args", FIXED),
    ("max_identifier_length", FIXED),
    ("max_index_keys", FIXED),
    ("num_os_semaphores", FIXED),
    ("segment_size", FIXED),
    ("server_encoding", FIXED),
    ("server_version", FIXED),
    ("server_version_num", FIXED),
    ("shared_memory_size", FIXED),
    ("shared_memory_size_in_huge_pages", FIXED),
    ("ssl_library", FIXED),
    ("wal_block_size", FIXED),
    ("wal_segment_size", FIXED),
];

/// Families of parameters by how their names begin.
const FAMILIES: [(&str, &str); 2] = [("recovery_target", RECOVERY), ("ssl_", TLS)];

/// Why a spec cannot set the parameter of this name, where it cannot.
pub(super) fn reason(name: &str) -> Option<String> {
    let (names, beginnings) = refused();
    let family = || {
        beginnings
            .into_iter()
            .find(|(beginning, _)| name.starts_with(beginning))
    };
    let alone = names.get(name).cloned();
    alone.or_else(|| family().map(|(_, reason)| reason))
}

/// The parameters that a spec cannot set, by name and by how names begin, with the reasons.
pub(super) fn refused() -> (Reasons, Reasons) {
    let written = DEFAULTS
        .iter()
        .filter(|setting| setting.owner == Owner::Pgherd);
    let written = written.map(|setting| {
        let reason = format!("pgherd sets it to {}: {}", setting.value, setting.why);
        (setting.name, reason)
    });
    let alone = OWNED.iter().map(|(name, reason)| (*name, (*reason).into()));
    let families = FAMILIES
        .iter()
        .map(|(name, reason)| (*name, (*reason).into()));
    (alone.chain(written).collect(), families.collect())
}
