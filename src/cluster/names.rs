//! Names and labels of a cluster's objects, whatever its topology; those that a topology gives are in its layout.
//!
//! A name here is seen by users and by running clusters: changing one is a migration, not a refactoring.

use std::collections::BTreeMap;

use super::Cluster;
use crate::names::{
    APPLICATION, COMPONENT_LABEL, DATA_VOLUME, INSTANCE_LABEL, MANAGED_BY_LABEL, MANAGER,
    MEMBER_LABEL, METRICS, PGPOOL, WAL_VOLUME,
};

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
