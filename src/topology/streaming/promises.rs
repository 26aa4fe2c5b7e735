//! What the members of a streaming cluster do and say when something breaks. The words are those of the scripts.

use std::time::Duration;

use crate::cluster::{ByHand, Promises, StandbyCopy, Vacancy};

/// The promises of a streaming cluster.
pub(in crate::topology) fn promises() -> Promises {
    Promises {
        restarted: Duration::from_secs(60),
        handed_over: Duration::from_secs(5),
        copy: StandbyCopy {
            begins: "copying from",
            ends: "clone complete",
            besides: Duration::from_secs(60),
        },
        vacancy: Vacancy {
            refusal: "refusing to make a new cluster",
            by_member: " has data.",
            by_facts: "this one has data, with the system identifier ",
        },
        by_hand: ByHand {
            finding: "two-primaries",
            not_leading: "refusing to lead",
            not_following: "the data here is a primary's",
        },
        second_server: "another container uses this volume",
    }
}

#[cfg(test)]
mod tests {
    use super::super::scripts;
    use super::*;

    #[test]
    fn every_word_is_in_the_script_that_says_it() {
        let promises = promises();
        let files = scripts::files();
        for (file, words) in [
            ("clone.sh", promises.copy.begins),
            ("clone.sh", promises.copy.ends),
            ("initialise.sh", promises.vacancy.refusal),
            ("initialise.sh", promises.vacancy.by_member),
            ("initialise.sh", promises.vacancy.by_facts),
            ("history.sh", promises.by_hand.not_leading),
            ("history.sh", promises.by_hand.not_following),
            ("start.sh", promises.second_server),
        ] {
            assert!(files[file].contains(words), "{file} does not say {words:?}");
        }
    }
}
