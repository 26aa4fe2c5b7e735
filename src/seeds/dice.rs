//! Random numbers that are the same for the same seed, on every machine and with every version of every library: a seed in a
//! file of results means the same acts for as long as the acts are chosen in the same way.

/// A generator of random numbers (SplitMix64, <https://prng.di.unimi.it/splitmix64.c>).
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

/// Dice that fall alike for the same seed.
pub(super) fn dice(seed: u64) -> Dice {
    Dice(seed)
}

impl Dice {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number from `least` to `most`, both included.
    pub(super) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.bits() % (most - least + 1)
    }

    /// Whether something happens that does so in so many of a hundred cases.
    pub(super) fn happens(&mut self, percent: u64) -> bool {
        self.between(1, 100) <= percent
    }

    /// One of several, of which each comes as often as its weight says.
    pub(super) fn weighted<T: Clone>(&mut self, choices: &[(u64, T)]) -> Option<T> {
        let all: u64 = choices.iter().map(|(weight, _)| weight).sum();
        let mut left = self.between(1, all.max(1));
        for (weight, choice) in choices {
            if left <= *weight {
                return Some(choice.clone());
            }
            left -= weight;
        }
        None
    }
}
