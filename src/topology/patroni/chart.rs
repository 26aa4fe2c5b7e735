//! What the Helm chart says of a cluster with Patroni, and what it refuses for its sake.

use crate::topology::ChartTexts;

/// The texts.
pub(in crate::topology) fn texts() -> ChartTexts {
    ChartTexts {
        description: "automatic failover by Patroni and the Kubernetes API, without an operator",
        keywords: &["patroni", "failover", "high-availability"],
        links: &[("Patroni", "https://patroni.readthedocs.io")],
        about: include_str!("chart/about.md"),
        services: &[
            ("<name>-primary", "writing and reading"),
            ("<name>-standby", "reading"),
        ],
        names: &[],
        refused: "`topology: patroni` without `patroni.image`, or with what is streaming's alone",
        refusals: include_str!("chart/refusals.yaml"),
    }
}
