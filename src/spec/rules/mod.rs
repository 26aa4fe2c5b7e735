//! Rules across fields: what no schema can say. Each file judges one matter and returns findings.
//!
//! A rule asks [`Draft::knows`] before it judges fields together, so that one mistake is not reported twice.

use super::finding::Finding;
use super::read::Draft;

mod access;
mod amounts;
mod durability;
mod encryption;
mod extra;
mod files;
mod images;
mod marks;
mod members;
mod metrics;
mod network;
mod network_policy;
mod owned;
mod parameters;
mod pooler;
mod storage;
mod stream;
mod values;
mod wal;

pub(super) use files::init_sql;
pub(super) use members::{PRIMARY_IS_A_MEMBER, ROLES_DIFFER, TAKEN};
pub(super) use owned::refused as refused_parameters;
pub(super) use parameters::{SWITCHES, WORDS};
pub(super) use stream::problems as stream;
pub(super) use values::is_no_line;

/// Every mistake across the fields of one spec.
pub(super) fn findings(draft: &Draft) -> Vec<Finding> {
    let rules = [
        members::findings,
        parameters::findings,
        wal::findings,
        storage::findings,
        pooler::findings,
        images::findings,
        access::findings,
        marks::findings,
        amounts::findings,
        durability::findings,
        encryption::findings,
        extra::findings,
        network_policy::findings,
        metrics::findings,
    ];
    rules.iter().flat_map(|rule| rule(draft)).collect()
}
