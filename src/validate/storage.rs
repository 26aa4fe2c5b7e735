//! The volume for WAL: what has to fit on it, and what is said of one that is not there.

use super::amounts;
use super::values::{MEGABYTE, bytes};
use crate::spec::draft::Draft;
use crate::spec::finding::Finding;
use crate::spec::path::path;

/// PostgreSQL's own default of `max_wal_size`, in MB.
const MAX_WAL_SIZE: f64 = 1024.0;
/// pgherd's default of `wal_keep_size`, in MB.
const WAL_KEEP_SIZE: f64 = 256.0;
/// Slots may keep this part of the volume, unless the spec says otherwise.
const SLOTS_PART: f64 = 4.0;
/// WAL between two checkpoints may take this part of the volume, and no more than PostgreSQL's default, unless the spec
/// says otherwise; server.sh says why.
const CHECKPOINT_PART: f64 = 8.0;

pub(super) fn findings(draft: &Draft) -> Vec<Finding> {
    class_alone(draft).into_iter().chain(room(draft)).collect()
}

fn class_alone(draft: &Draft) -> Option<Finding> {
    let storage = &draft.spec.storage;
    let known = draft.knows(&[&["storage"]]);
    (known && storage.wal_class_name.is_some() && storage.wal_size.is_none()).then(|| Finding {
        hint: Some("set storage.walSize, or remove the class".into()),
        ..Finding::value(
            path(&["storage", "walClassName"]),
            "a class without a volume for WAL:",
        )
    })
}

/// A server that finds no room for WAL stops, so what is written between two checkpoints has to fit beside what is kept
/// for standbys.
fn room(draft: &Draft) -> Option<Finding> {
    let parameters = &draft.spec.postgres.parameters;
    let of = |name: &str, default: f64| {
        let known = draft.knows(&[&["postgres", "parameters", name]]);
        let written = parameters.get(name).filter(|_| known);
        written.map_or(Some(default), |value| {
            Some(bytes(value, MEGABYTE)? / MEGABYTE)
        })
    };
    let size = draft.spec.storage.wal_size.as_deref();
    let size = size.filter(|_| draft.knows(&[&["storage", "walSize"]]))?;
    let megabytes = amounts::memory(size)? / MEGABYTE;
    let checkpoint = of(
        "max_wal_size",
        MAX_WAL_SIZE.min(megabytes / CHECKPOINT_PART),
    )?;
    let slots = of("max_slot_wal_keep_size", megabytes / SLOTS_PART)?;
    let keep = of("wal_keep_size", WAL_KEEP_SIZE)?;
    let kept = slots.max(keep);
    (checkpoint + kept > megabytes).then(|| Finding {
        hint: Some(format!(
            "max_wal_size ({checkpoint} MB) and the greater of what slots ({slots} MB) and wal_keep_size ({keep} MB) keep \
             for standbys have to fit, or the server stops for want of room"
        )),
        ..Finding::value(path(&["storage", "walSize"]), "too small for its WAL:")
    })
}
