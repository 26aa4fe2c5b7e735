//! Every object name, label, port and path, in one place.
//!
//! A name here is seen by users and by running clusters: changing one is a migration, not a refactoring.

use std::collections::BTreeMap;

use crate::cluster::Cluster;
use crate::formula;

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
/// The fact, no part of the spec, with the system identifier of the data that the cluster has.
pub const IDENTIFIER_FACT: &str = "system-identifier";
/// Where the scripts are mounted.
pub const SCRIPTS_MOUNT: &str = "/etc/pgherd/scripts";
/// Where the SQL of the first start is mounted.
pub const INIT_MOUNT: &str = "/etc/pgherd/init";
/// Where the Secret's files are mounted.
pub const CREDENTIALS_MOUNT: &str = "/etc/pgherd/credentials";
/// Where the certificate's files are mounted.
pub const TLS_MOUNT: &str = "/etc/pgherd/tls";
/// Memory-backed folder for what is derived from credentials at start, such as password files.
pub const RUN_MOUNT: &str = "/run/pgherd";
/// The superuser's name.
pub const SUPERUSER: &str = "postgres";
/// The replication role's name.
pub const REPLICATOR: &str = "replicator";

impl Cluster {
    /// The cluster's name; also that of the ServiceAccount.
    pub fn name(&self) -> &str {
        &self.spec.name
    }

    /// The Secret with the passwords.
    pub fn credentials_secret(&self) -> String {
        self.spec
            .credentials
            .existing_secret
            .clone()
            .unwrap_or_else(|| self.named("credentials"))
    }

    /// The Secret with the certificate that servers and poolers show.
    pub fn tls_secret(&self) -> String {
        let existing = self.spec.tls.existing_secret.clone();
        existing.unwrap_or_else(|| self.named("tls"))
    }

    /// The object by which cert-manager makes the certificate.
    pub fn certificate(&self) -> String {
        self.named("tls")
    }

    /// The Secret with the authority that signed it. No pod mounts it.
    pub fn authority_secret(&self) -> String {
        self.named("authority")
    }

    /// The headless Service that gives every member its DNS name.
    pub fn members_service(&self) -> String {
        self.named("members")
    }

    /// The Service for writing, and the StatefulSet of the primary.
    pub fn primary(&self) -> String {
        self.named(&self.spec.roles.primary)
    }

    /// The Service for reading, and the StatefulSet of the standbys.
    pub fn standby(&self) -> String {
        self.named(&self.spec.roles.standby)
    }

    /// The Service for clients outside.
    pub fn external_service(&self) -> String {
        self.named("external")
    }

    /// The pooler's Deployment, Service and ConfigMap.
    pub fn pgpool_name(&self) -> String {
        self.named(PGPOOL)
    }

    /// The ConfigMap with postgresql.conf and pg_hba.conf.
    pub fn config(&self) -> String {
        self.named("config")
    }

    /// The ConfigMap with who leads and how many members there are.
    pub fn facts(&self) -> String {
        self.named("cluster")
    }

    /// The ConfigMap with the scripts.
    pub fn scripts(&self) -> String {
        self.named("scripts")
    }

    /// The ConfigMap with the SQL of the first start.
    pub fn init(&self) -> String {
        self.named("init")
    }

    /// The ConfigMap of the exporters, the PodMonitor that finds them, and the alerts.
    pub fn metrics_name(&self) -> String {
        self.named(METRICS)
    }

    /// The ConfigMap with the dashboard.
    pub fn dashboard(&self) -> String {
        self.named("dashboard")
    }

    /// The pod of the primary's StatefulSet, which leads unless the spec names another.
    pub fn first_pod(&self) -> String {
        format!("{}-0", self.primary())
    }

    /// The pod that leads.
    pub fn primary_pod(&self) -> String {
        let named = self.spec.primary.clone();
        named.unwrap_or_else(|| self.first_pod())
    }

    /// The pods of every member: that of the primary's StatefulSet, then those of the standbys', in order.
    pub fn member_pods(&self) -> Vec<String> {
        let standbys = (0..self.standbys()).map(|ordinal| format!("{}-{ordinal}", self.standby()));
        std::iter::once(self.first_pod()).chain(standbys).collect()
    }

    /// The pods of the members that follow, in the same order.
    pub fn standby_pods(&self) -> Vec<String> {
        let mut pods = self.member_pods();
        pods.retain(|pod| *pod != self.primary_pod());
        pods
    }

    /// Whether a member of the standbys' StatefulSet leads.
    pub fn has_moved(&self) -> bool {
        self.primary_pod() != self.first_pod()
    }

    /// The volumes that each member claims, by the name of their claim templates.
    pub fn member_volumes(&self) -> Vec<&'static str> {
        let wal = self.spec.storage.wal_size.is_some().then_some(WAL_VOLUME);
        [DATA_VOLUME].into_iter().chain(wal).collect()
    }

    /// `<cluster>-<part>`.
    pub fn named(&self, part: &str) -> String {
        format!("{}-{part}", self.spec.name)
    }

    /// Labels by which pods of one component are found. They can never change: a StatefulSet's selector is immutable.
    pub fn selector(&self, component: &str) -> BTreeMap<String, String> {
        BTreeMap::from([
            (INSTANCE_LABEL.into(), self.spec.name.clone()),
            (COMPONENT_LABEL.into(), component.into()),
        ])
    }

    /// Labels by which the pod that leads is found. Not by its name, which kustomize changes.
    pub fn leader_selector(&self) -> BTreeMap<String, String> {
        if !self.has_moved() {
            return self.selector(&self.spec.roles.primary);
        }
        let mut labels = self.selector(&self.spec.roles.standby);
        labels.insert(
            POD_INDEX_LABEL.into(),
            formula::ordinal(&self.primary_pod()),
        );
        labels
    }

    /// Labels by which the pods for reading are found. While a member of the standbys' StatefulSet leads, no label tells
    /// it from the others, so that all members answer reads, and it is one of them.
    pub fn reading_selector(&self) -> BTreeMap<String, String> {
        if self.has_moved() {
            self.member_selector()
        } else {
            self.selector(&self.spec.roles.standby)
        }
    }

    /// Labels by which the pods of all members are found, whatever their StatefulSet.
    pub fn member_selector(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            (INSTANCE_LABEL.into(), self.spec.name.clone()),
            (MEMBER_LABEL.into(), "true".into()),
        ])
    }

    /// Labels of an object of one component.
    pub fn labels(&self, component: &str) -> BTreeMap<String, String> {
        let mut labels = self.spec.labels.clone();
        labels.extend(self.selector(component));
        labels.insert("app.kubernetes.io/name".into(), APPLICATION.into());
        labels.insert(MANAGED_BY_LABEL.into(), MANAGER.into());
        labels
    }
}
