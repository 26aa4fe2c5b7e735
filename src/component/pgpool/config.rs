//! Yields pgpool.conf and `pool_hba.conf`. Host names are not in them: the start script adds those in the pod.

use std::fmt::Write;

use super::setting::{Setting, off, on, text, whole, word};
use crate::cluster::Cluster;
use crate::names;
use crate::spec::Pooler;

/// Children beside those that serve clients. They answer the clients for which there is no place, and the kubelet's
/// probes. Without one, both would wait in the kernel's queue until it is full and the kubelet ends a pod that works.
const RESERVED_CHILDREN: u16 = 1;

/// Processes of one pod, each with at most one connection to each server (`max_pool`).
pub(super) fn children(pooler: &Pooler) -> u32 {
    u32::from(pooler.max_clients) + u32::from(RESERVED_CHILDREN)
}

/// pgpool.conf, but for the two `backend_hostname`s that the start script appends.
pub(super) fn pgpool_conf(cluster: &Cluster, pooler: &Pooler) -> String {
    let settings = connections(pooler)
        .into_iter()
        .chain(servers())
        .chain(routing());
    let mut text = String::from(
        "# Written by pgherd. start-pgpool.sh appends the host names of the servers.\n",
    );
    for Setting { name, value, why } in settings {
        let _ = write!(text, "\n# {why}\n{name} = {value}\n");
    }
    if cluster.is_encrypted() {
        text.push_str(TLS);
    }
    text
}

/// Paths of [`names::TLS_MOUNT`]. Pgpool-II reads the files when it starts.
/// <https://www.pgpool.net/docs/46/en/html/runtime-ssl.html>
const TLS: &str = "
# clients connect encrypted, and so does the pooler to servers whose certificate the authority has signed
ssl = on
ssl_cert = '/etc/pgherd/tls/tls.crt'
ssl_key = '/etc/pgherd/tls/tls.key'
ssl_ca_cert = '/etc/pgherd/tls/ca.crt'
";

/// `pool_hba.conf`: who may connect, and how.
pub(super) fn pool_hba_conf(cluster: &Cluster) -> String {
    let admitted = cluster.admitted();
    format!(
        "# Written by pgherd.\n\
         # type  database  user  address  method\n\
         \n\
         # The superuser works on the servers themselves, and its password is not in these pods.\n\
         host  all  {}  all  reject\n\
         \n\
         # Only a role with an entry in pool_passwd passes: the owner of the database.\n\
         {admitted}  all  all  all  scram-sha-256\n",
        names::SUPERUSER
    )
}

/// How clients come in, and the processes that serve them.
fn connections(pooler: &Pooler) -> Vec<Setting> {
    vec![
        text("listen_addresses", "*", "Clients come from other pods."),
        whole(
            "port",
            names::PGPOOL_PORT,
            "Above 1024, as no capability is left to open a lower one.",
        ),
        text(
            "unix_socket_directories",
            names::RUN_MOUNT,
            "The only folder that is writable.",
        ),
        text(
            "pcp_listen_addresses",
            "localhost",
            "Administration is not offered to other pods.",
        ),
        text(
            "pcp_socket_dir",
            names::RUN_MOUNT,
            "The only folder that is writable.",
        ),
        text(
            "wd_ipc_socket_dir",
            names::RUN_MOUNT,
            "The only folder that is writable.",
        ),
        text(
            "pid_file_name",
            "pgpool.pid",
            "Beside this file, in the folder that is writable.",
        ),
        text(
            "logdir",
            names::RUN_MOUNT,
            "For pgpool_status, which is discarded at each start.",
        ),
        text("log_destination", "stderr", "The container's log."),
        on("enable_pool_hba", "Who may connect is in pool_hba.conf."),
        text(
            "pool_passwd",
            "pool_passwd",
            "Made by the start script, beside this file, in memory.",
        ),
        off(
            "allow_clear_text_frontend_auth",
            "No password goes over the network.",
        ),
        word(
            "process_management_mode",
            "static",
            "Memory is taken at the start, not when clients come.",
        ),
        whole(
            "num_init_children",
            children(pooler),
            "One process per client of pooler.maxClients, and those reserved below.",
        ),
        whole(
            "reserved_connections",
            RESERVED_CHILDREN,
            "A client too many is told so, where it would wait without an answer, and probes are answered.",
        ),
        whole(
            "max_pool",
            1,
            "One connection to each server per process, so that the sum is known.",
        ),
        whole(
            "connection_life_time",
            300,
            "Seconds; an unused connection does not outlive a primary for long.",
        ),
        whole(
            "child_life_time",
            300,
            "Seconds; an unused process is replaced and its memory given back.",
        ),
    ]
}

/// The two Services behind which the servers are. Pods know which of them leads; Pgpool-II does not decide anything.
fn servers() -> Vec<Setting> {
    vec![
        word(
            "backend_clustering_mode",
            "streaming_replication",
            "The servers replicate by themselves.",
        ),
        whole(
            "backend_port0",
            names::POSTGRES_PORT,
            "The Service for writing.",
        ),
        text(
            "backend_flag0",
            "ALWAYS_PRIMARY|DISALLOW_TO_FAILOVER",
            "Its Service leads to the primary, whoever that is, and is never marked as down.",
        ),
        whole(
            "backend_weight0",
            0,
            "Reads go here only where no standby answers, or where they have to.",
        ),
        whole(
            "backend_port1",
            names::POSTGRES_PORT,
            "The Service for reading.",
        ),
        text(
            "backend_flag1",
            "DISALLOW_TO_FAILOVER",
            "Its Service leads to the standbys that are ready.",
        ),
        whole("backend_weight1", 1, "All reads that can go to a standby."),
        off(
            "failover_on_backend_error",
            "A server that does not answer costs its sessions, not the backend.",
        ),
        off(
            "failover_on_backend_shutdown",
            "A restarting server is not a lost one.",
        ),
        text("failover_command", "", "Pgpool-II promotes nobody."),
        text("follow_primary_command", "", "Pgpool-II rebuilds nobody."),
        off(
            "auto_failback",
            "Nothing is ever detached, so nothing comes back.",
        ),
        off("detach_false_primary", "Who leads is decided elsewhere."),
        off(
            "use_watchdog",
            "Pooler pods share no state and need not know one another.",
        ),
        whole(
            "health_check_period",
            0,
            "The pods' readiness keeps a lost server out of its Service.",
        ),
        whole(
            "sr_check_period",
            0,
            "Behind the Service for reading, it would measure any standby.",
        ),
        whole(
            "connect_timeout",
            3000,
            "Milliseconds; a session goes on without the standby of a lost node.",
        ),
    ]
}

/// Which server gets which query.
fn routing() -> Vec<Setting> {
    vec![
        on("load_balance_mode", "Reads are spread over the standbys."),
        text(
            "disable_load_balance_on_write",
            "transaction",
            "A transaction that has written reads from the primary, so that it sees what it wrote.",
        ),
        text(
            "primary_routing_query_pattern_list",
            ".*txid_current *[(].*;.*pg_current_xact_id *[(].*",
            "Both write, and PostgreSQL says of neither that it is volatile: a standby refuses them.",
        ),
        word(
            "relcache_query_target",
            "primary",
            "Facts of tables come from where they are always current.",
        ),
        whole(
            "relcache_expire",
            300,
            "Seconds; by default a process never learns that a table has become another.",
        ),
        off(
            "memory_cache_enabled",
            "Results are never older than the servers'.",
        ),
        off(
            "enable_shared_relcache",
            "It lives in the memory of the cache that is off.",
        ),
        whole(
            "memqcache_total_size",
            1_048_576,
            "Bytes, the least: this memory is taken even where the cache is off.",
        ),
        whole(
            "memqcache_max_num_cache",
            1000,
            "By default the index of the cache that is off takes 64 MB more.",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::setting::Value;
    use super::*;

    #[test]
    fn texts_need_no_quoting() {
        let settings = connections(&Pooler::default())
            .into_iter()
            .chain(servers())
            .chain(routing());
        for Setting { name, value, why } in settings {
            assert!(!why.contains('\n'), "{name}: the reason is one line");
            if let Value::Text(text) = value {
                assert!(
                    !text.contains(['\'', '\\', '\n']),
                    "{name} has a text that cannot be quoted: {text}"
                );
            }
        }
    }
}
