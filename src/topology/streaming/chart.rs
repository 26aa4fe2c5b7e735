//! What the Helm chart says of streaming replication, and what it refuses for its sake.

use crate::topology::ChartTexts;

/// The texts. Names of Services in them have the default roles.
pub(in crate::topology) fn texts() -> ChartTexts {
    ChartTexts {
        description: "streaming replication on the official image: a primary and its standbys, without an operator",
        keywords: &["replication", "standby"],
        links: &[(
            "Streaming replication in PostgreSQL's manual",
            "https://www.postgresql.org/docs/current/warm-standby.html",
        )],
        about: include_str!("chart/about.md"),
        services: &[
            ("<name>-primary", "writing and reading"),
            ("<name>-standby", "reading"),
        ],
        names: &[("roles", "`primary` and `standby`")],
        // Its line break is where the page has one.
        refused: "roles with\na name that is taken, a `primary` that is no member or cannot lead",
        refusals: include_str!("chart/refusals.yaml"),
    }
}
