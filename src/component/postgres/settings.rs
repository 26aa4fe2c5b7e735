//! postgresql.conf: pgherd's settings with their reasons, then the user's.

use std::fmt::Write;

use crate::cluster::Cluster;
use crate::formula::setting as setting_text;
use crate::spec::Parameter;

/// A setting that pgherd makes for every server.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Name of the parameter.
    pub name: &'static str,
    /// Value, unquoted.
    pub value: &'static str,
    /// Why it is set, in one line.
    pub why: &'static str,
    /// Whether the spec may set it to something else.
    pub owner: Owner,
}

/// Who decides on a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The spec may set it.
    Spec,
    /// pgherd: replication, probes or scripts depend on it.
    Pgherd,
}

/// The settings of every server. Values that depend on the member are written by server.sh when it starts.
/// <https://www.postgresql.org/docs/current/runtime-config.html>
pub const DEFAULTS: [Setting; 21] = [
    pgherd(
        "listen_addresses",
        "*",
        "members and clients come over the network",
    ),
    pgherd(
        "unix_socket_directories",
        "/var/run/postgresql",
        "probes and kubectl exec come over the socket",
    ),
    pgherd("hot_standby", "on", "standbys answer queries"),
    spec(
        "wal_level",
        "replica",
        "what streaming needs; logical may be set",
    ),
    spec(
        "max_wal_senders",
        "32",
        "a standby refuses to start below the primary's value, so it does not follow the number of members",
    ),
    spec(
        "max_replication_slots",
        "32",
        "one per standby, with room for more members and for tools",
    ),
    spec("wal_log_hints", "on", "pg_rewind needs this or checksums"),
    spec(
        "wal_keep_size",
        "256MB",
        "a standby that was away shortly finds its WAL without a slot, too",
    ),
    spec(
        "wal_sender_timeout",
        "15s",
        "a standby that does not answer is given up soon",
    ),
    spec(
        "wal_receiver_timeout",
        "15s",
        "a primary that does not answer is given up soon",
    ),
    spec(
        "wal_receiver_status_interval",
        "2s",
        "the primary knows how far its standbys are",
    ),
    spec(
        "wal_retrieve_retry_interval",
        "1s",
        "a standby reconnects soon after its primary is back: commits may wait for it",
    ),
    spec(
        "hot_standby_feedback",
        "on",
        "queries on standbys are not cancelled by vacuum on the primary",
    ),
    spec(
        "tcp_keepalives_idle",
        "10",
        "dead connections are noticed within half a minute",
    ),
    spec(
        "tcp_keepalives_interval",
        "5",
        "dead connections are noticed within half a minute",
    ),
    spec(
        "tcp_keepalives_count",
        "3",
        "dead connections are noticed within half a minute",
    ),
    spec(
        "tcp_user_timeout",
        "15s",
        "data that nobody confirms ends its connection",
    ),
    spec(
        "huge_pages",
        "off",
        "on a node with huge pages, a pod without a share of them would end with SIGBUS",
    ),
    pgherd(
        "password_encryption",
        "scram-sha-256",
        "the only method that pg_hba.conf asks for",
    ),
    spec("log_destination", "stderr", "the log is the container's"),
    pgherd("logging_collector", "off", "the log is the container's"),
];

/// Paths of [`names::TLS_MOUNT`]; the server reads the files again at a reload.
const TLS: &str = "
# clients and standbys connect encrypted
ssl = on
ssl_cert_file = '/etc/pgherd/tls/tls.crt'
ssl_key_file = '/etc/pgherd/tls/tls.key'
ssl_min_protocol_version = 'TLSv1.2'
";

/// The whole file.
pub(super) fn postgresql_conf(cluster: &Cluster) -> String {
    let mut file = String::from(
        "# Made by pgherd. Set postgres.parameters in the spec instead of editing this file.\n",
    );
    for setting in DEFAULTS {
        let _ = write!(
            file,
            "\n# {}\n{} = {}\n",
            setting.why,
            setting.name,
            setting_text(setting.value)
        );
    }
    if cluster.is_encrypted() {
        file.push_str(TLS);
    }
    file.push_str("\n# what differs between members: written when a server starts\n");
    // Seen from this file's folder, /etc/pgherd/config, which is below another one where a member is no container.
    file.push_str("include_if_exists = '../../../run/pgherd/member.conf'\n");
    if !cluster.spec.postgres.parameters.is_empty() {
        file.push_str("\n# from the spec\n");
    }
    for (name, value) in &cluster.spec.postgres.parameters {
        let _ = writeln!(file, "{name} = {}", parameter(value));
    }
    file
}

const fn spec(name: &'static str, value: &'static str, why: &'static str) -> Setting {
    Setting {
        name,
        value,
        why,
        owner: Owner::Spec,
    }
}

const fn pgherd(name: &'static str, value: &'static str, why: &'static str) -> Setting {
    Setting {
        name,
        value,
        why,
        owner: Owner::Pgherd,
    }
}

/// A value of the spec. The file takes an exponent only behind a point or in quotes (`1e-7` alone is a syntax error, and
/// the server would not start), so quotes it is.
fn parameter(value: &Parameter) -> String {
    let text = value.text();
    match value {
        Parameter::Fraction(_) if text.contains('e') => format!("'{text}'"),
        Parameter::Switch(_) | Parameter::Whole(_) | Parameter::Fraction(_) => text,
        Parameter::Text(_) => setting_text(&text),
    }
}

#[cfg(test)]
mod tests {
    use super::parameter;
    use crate::spec::Parameter;

    #[test]
    fn numbers_are_bare_unless_the_file_would_misread_them() {
        for (value, expected) in [
            (Parameter::Whole(-1), "-1"),
            (Parameter::Fraction(1.1), "1.1"),
            (Parameter::Fraction(1e-7), "'1e-7'"),
            (Parameter::Fraction(1e21), "'1e+21'"),
            (Parameter::Switch(true), "on"),
        ] {
            assert_eq!(parameter(&value), expected);
        }
    }
}
