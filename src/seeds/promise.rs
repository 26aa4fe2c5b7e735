//! When a cluster promised what: while its durability is one by which a standby has to have a row before it is acknowledged,
//! no loss of one server may lose it.

use super::history::History;
use super::stage::Stage;
use crate::spec::Durability;

/// The times of a sequence in which less was promised.
#[derive(Clone, Debug, Default)]
pub(super) struct Promise {
    /// Since when the primary alone has to have a row; none while a standby has to, too.
    pub(super) weak_since: Option<f64>,
    /// From when to when that was so.
    pub(super) weak: Vec<(f64, f64)>,
    /// When a standby was given the lead without the old primary's last words.
    pub(super) promoted: Vec<f64>,
}

/// What is promised at first.
pub(super) fn promise(durability: Durability) -> Promise {
    Promise {
        weak_since: (durability == Durability::Async).then_some(0.0),
        ..Promise::default()
    }
}

impl Promise {
    /// Tells a history what was promised when.
    pub(super) fn tell(self, history: &mut History) {
        history.weak = self.weak;
        let still = self.weak_since.map(|since| (since, f64::MAX));
        history.weak.extend(still);
        history.promoted = self.promoted;
    }
}

impl Stage<'_> {
    /// Notes that the spec is about to promise something else. Less from now on; more only once that is
    /// [confirmed](Stage::confirm_promise).
    pub(super) fn change_promise(&self, before: Durability, after: Durability) {
        let now = self.now();
        let mut promise = self.promise.borrow_mut();
        if before != Durability::Async && after == Durability::Async {
            promise.weak_since.get_or_insert(now);
        }
    }

    /// Notes that the server itself says that commits wait for standbys.
    pub(super) fn confirm_promise(&self) {
        let now = self.now();
        let mut promise = self.promise.borrow_mut();
        if let Some(since) = promise.weak_since.take() {
            promise.weak.push((since, now));
        }
    }

    /// Notes that a standby is given the lead now.
    pub(super) fn note_promotion(&self) {
        let now = self.now();
        self.promise.borrow_mut().promoted.push(now);
    }
}
