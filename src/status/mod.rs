//! The state of a running cluster: who leads, who follows, what is wrong and what to do.
//!
//! `look` gathers [`Facts`], `judge` makes [`Finding`]s of them, `show` prints both. Only `look` talks to the cluster,
//! and nothing here changes it.

mod commands;
mod facts;
mod finding;
mod judge;
mod lag;
mod look;
mod server;
mod show;
mod units;

pub(crate) use commands::quoted;
pub use commands::{Commands, Located};
pub use facts::{
    Answer, Certificate, Disk, Election, Encryption, Expected, Facts, LiveService, Member, Pod,
    Pooler, Presence, Purpose, Renewal, Role, Service, Stage, Workload,
};
pub use finding::{Finding, Id, Severity};
pub use judge::judge;
pub use look::{leader, look, told_leader};
pub use server::{Copy, Sender, Server, Slot, Taken};
pub use show::{coloured, json, table};

/// Whether something is wrong: what could merely not be seen is not.
pub fn is_wrong(findings: &[Finding]) -> bool {
    findings
        .iter()
        .any(|finding| finding.severity != Severity::Note)
}
