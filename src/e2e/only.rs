//! Which checks of a cluster are made. Names are known before anything runs by a rehearsal: the same code, in which
//! nothing is looked at and every check writes down its name.

use std::collections::BTreeSet;
use std::sync::Mutex;

use crate::fault::check::{Kind, Wanted};

/// A check that would be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Planned {
    /// Its name without what it comes after.
    pub(super) name: String,
    /// What it comes after, as the beginning of its name in the report.
    pub(super) phase: &'static str,
    /// What it is.
    pub(super) kind: Kind,
    /// When it is made.
    pub(super) wanted: Wanted,
}

impl Planned {
    /// The name in the report.
    pub(super) fn title(&self) -> String {
        format!("{}{}", self.phase, self.name)
    }
}

/// The part of a cluster's checks that is made.
#[derive(Debug)]
pub(super) enum Part {
    /// Every check.
    Whole,
    /// Those with these names, which are those of the report.
    Chosen(BTreeSet<String>),
    /// None: they are written down here.
    Rehearsal(Mutex<Vec<Planned>>),
}

/// The names of the checks that are made where those are asked for whose name has a text; none where there is no such.
///
/// What comes after the faults is looked at where a fault is made. Who asks for it by that word wants all of them.
pub(super) fn chosen(planned: &[Planned], text: &str) -> BTreeSet<String> {
    let is_asked = |one: &Planned| one.title().contains(text);
    let is_by_phase = |one: &Planned| is_asked(one) && !one.name.contains(text);
    let phase = planned.iter().position(is_by_phase);
    let before = &planned[..phase.unwrap_or(0)];
    let faults = before.iter().filter(|one| one.kind == Kind::Fault);
    let mut open: Vec<&Planned> = planned
        .iter()
        .filter(|one| is_asked(one))
        .chain(faults)
        .collect();
    if !open.iter().any(|one| one.kind == Kind::Fault) {
        open.retain(|one| one.phase.is_empty());
    }
    if !open.is_empty() {
        open.extend(planned.iter().filter(|one| one.wanted == Wanted::Always));
    }
    let mut names = BTreeSet::new();
    while let Some(one) = open.pop() {
        if !names.insert(one.title()) {
            continue;
        }
        if let Wanted::With(others) = &one.wanted {
            let is_needed =
                |other: &&Planned| other.phase == one.phase && others.contains(&other.name);
            open.extend(planned.iter().filter(is_needed));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(name: &str, kind: Kind, wanted: Wanted) -> Planned {
        Planned {
            name: name.into(),
            phase: "",
            kind,
            wanted,
        }
    }

    fn plan() -> Vec<Planned> {
        let with = |name: &str| Wanted::With(vec![name.into()]);
        let mut plan = vec![
            planned("apply", Kind::SetUp, Wanted::Always),
            planned("write", Kind::Look, with("drop")),
            planned("rows", Kind::Look, with("write")),
            planned("drop", Kind::Look, with("write")),
            planned("apply again", Kind::Look, Wanted::Asked),
            planned("delete the pod", Kind::Fault, Wanted::Asked),
            planned("lose the volume", Kind::Fault, Wanted::Asked),
        ];
        let mut after = plan[1..4].to_vec();
        for one in &mut after {
            one.phase = "after the faults: ";
        }
        plan.extend(after);
        plan.push(planned("promote", Kind::Fault, with("lose the volume")));
        plan
    }

    fn names(text: &str) -> Vec<String> {
        chosen(&plan(), text).into_iter().collect()
    }

    #[test]
    fn what_a_check_needs_is_made_with_it() {
        assert_eq!(names("rows"), ["apply", "drop", "rows", "write"]);
        assert_eq!(names("again"), ["apply", "apply again"]);
        assert_eq!(names("promote"), ["apply", "lose the volume", "promote"]);
        assert_eq!(names("delete"), ["apply", "delete the pod"]);
    }

    #[test]
    fn without_a_match_nothing_is_made() {
        assert_eq!(names("no such check"), [""; 0]);
    }

    #[test]
    fn what_comes_after_the_faults_needs_a_fault() {
        let after = "after the faults: ";
        assert!(!names("write").contains(&format!("{after}write")));
        let all = names(after);
        for name in ["delete the pod", "lose the volume", "apply"] {
            assert!(all.contains(&name.to_owned()), "{name}");
        }
        assert!(all.contains(&format!("{after}rows")));
        assert!(!all.contains(&"rows".to_owned()) && !all.contains(&"promote".to_owned()));
        // "the" is in a fault's name and in the phase: both are asked for.
        assert!(names("the").contains(&format!("{after}drop")));
    }
}
