//! Labels, ports, paths and words that objects, scripts and commands agree on. Names of a cluster's objects are
//! `cluster/names.rs`'s.
//!
//! A name here is seen by users and by running clusters: changing one is a migration, not a refactoring.

/// Value of `app.kubernetes.io/name` on every object.
pub const APPLICATION: &str = "postgresql";
/// Who manages the objects, in `app.kubernetes.io/managed-by` and as the field manager of server-side apply.
pub const MANAGER: &str = "pgherd";
/// Label that says who manages an object.
pub const MANAGED_BY_LABEL: &str = "app.kubernetes.io/managed-by";
/// Label with the cluster's name; part of every selector.
pub const INSTANCE_LABEL: &str = "app.kubernetes.io/instance";
/// Label with the part that an object plays; part of every selector.
pub const COMPONENT_LABEL: &str = "app.kubernetes.io/component";
/// Label that the StatefulSet controller puts on a pod: its ordinal (Kubernetes 1.28).
pub const POD_INDEX_LABEL: &str = "apps.kubernetes.io/pod-index";
/// Label on the pods of every member, whatever its StatefulSet: what the headless Service selects.
pub const MEMBER_LABEL: &str = "pgherd/member";
/// Annotation on pods: when their kubelets were last asked to bring changed ConfigMaps and Secrets.
pub const REFRESHED_ANNOTATION: &str = "pgherd/refreshed";
/// Component of the pooler's objects, and name of its port.
pub const PGPOOL: &str = "pgpool";
/// Component of what belongs to every member.
pub const SERVER: &str = "server";
/// Component of the chart's test.
pub const HELM_TEST: &str = "helm-test";
/// Component of the Jobs that copy the primary's data.
pub const SYNC: &str = "sync";

/// What the exporters of metrics are called: their container and port, and the objects that are about them.
pub const METRICS: &str = "metrics";
/// The role that the exporters log in as. Not a plain `metrics`, which may be a role of the user's own: pg_hba.conf rejects
/// this one from the network.
pub const METRICS_ROLE: &str = "pgherd_metrics";
/// Port of the exporters, as Prometheus knows it.
pub const METRICS_PORT: i32 = 9187;
/// Where the exporter's script and queries are mounted.
pub const METRICS_MOUNT: &str = "/etc/pgherd/metrics";
/// Folder of the server's socket, which the exporter comes through.
pub const SOCKET_MOUNT: &str = "/var/run/postgresql";
/// Label of scraped series with the cluster's name; alerts and the dashboard tell clusters apart by it.
pub const CLUSTER_SERIES_LABEL: &str = "pgherd_cluster";

/// Name of the server's container.
pub const POSTGRES_CONTAINER: &str = "postgres";
/// Name of the server's port, in containers and Services.
pub const POSTGRES_PORT_NAME: &str = "postgresql";
/// Port of the server.
pub const POSTGRES_PORT: i32 = 5432;
/// Port of Pgpool-II in its container; its Services listen on [`POSTGRES_PORT`].
pub const PGPOOL_PORT: i32 = 9999;

/// Name of the claim template; claims are called `data-<pod>`.
pub const DATA_VOLUME: &str = "data";
/// Where a member's volume is mounted. Not the image's own VOLUME path: below a mount of a parent, containerd
/// would cover that path with a throw-away volume and the data would be lost with the container.
pub const DATA_MOUNT: &str = "/var/lib/pgherd";
/// Name of the claim template for WAL, where it has a volume of its own.
pub const WAL_VOLUME: &str = "wal";
/// Where that volume is mounted.
pub const WAL_MOUNT: &str = "/var/lib/pgherd-wal";
/// Where postgresql.conf and pg_hba.conf are mounted.
pub const CONFIG_MOUNT: &str = "/etc/pgherd/config";
/// Where the facts of the cluster are mounted that change without a restart: who leads, how many members there are.
pub const CLUSTER_MOUNT: &str = "/etc/pgherd/cluster";
/// The fact who leads: a member as `<set>-<ordinal>`.
pub const PRIMARY_FACT: &str = "primary";
/// The fact how many members there are.
pub const MEMBERS_FACT: &str = "members";
/// The fact what a commit waits for.
pub const DURABILITY_FACT: &str = "durability";
/// The fact, no part of the spec, with the system identifier of the data that the cluster has.
pub const IDENTIFIER_FACT: &str = "system-identifier";
/// Where the scripts are mounted.
pub const SCRIPTS_MOUNT: &str = "/etc/pgherd/scripts";
/// Where a member that elects who leads keeps the scripts that it was started with: those that are mounted change under it.
pub const STARTED_SCRIPTS: &str = "/run/pgherd/scripts";
/// Where the SQL of the first start is mounted.
pub const INIT_MOUNT: &str = "/etc/pgherd/init";
/// Where the Secret's files are mounted.
pub const CREDENTIALS_MOUNT: &str = "/etc/pgherd/credentials";
/// File of the superuser's password, in the Secret and in every mount of it.
pub const SUPERUSER_PASSWORD_FILE: &str = "superuser";
/// File of the replication role's password.
pub const REPLICATION_PASSWORD_FILE: &str = "replication";
/// File of the database owner's password.
pub const OWNER_PASSWORD_FILE: &str = "owner";
/// File of the password of the exporters' role. A Secret that an older pgherd made lacks it: there are no metrics then, and
/// `pgherd rotate passwords` adds it.
pub const METRICS_PASSWORD_FILE: &str = "metrics";
/// File of the certificate, in the Secret and in every mount of it.
pub const CERTIFICATE_FILE: &str = "tls.crt";
/// File of the certificate's key.
pub const CERTIFICATE_KEY_FILE: &str = "tls.key";
/// File of the authority's certificate, which clients check the other by.
pub const AUTHORITY_FILE: &str = "ca.crt";
/// File of the authority's key. In a Secret of its own, which no pod mounts.
pub const AUTHORITY_KEY_FILE: &str = "ca.key";
/// Where the certificate's files are mounted.
pub const TLS_MOUNT: &str = "/etc/pgherd/tls";
/// Memory-backed folder for what is derived from credentials at start, such as password files.
pub const RUN_MOUNT: &str = "/run/pgherd";
/// The superuser's name.
pub const SUPERUSER: &str = "postgres";
/// The replication role's name.
pub const REPLICATOR: &str = "replicator";
