//! Random numbers that are the same for the same seed, on every machine and with every version of every library.

/// A generator of random numbers (SplitMix64, <https://prng.di.unimi.it/splitmix64.c>).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice that fall alike for the same seed.
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// Any 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number from `least` to `most`, both included.
    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        let choices = i128::from(most) - i128::from(least) + 1;
        let offset = i128::from(self.bits()) % choices;
        i64::try_from(i128::from(least) + offset).unwrap()
    }

    /// Whether something happens that does so in `percent` of all cases.
    pub(crate) fn happens(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }

    /// A number of elements, `least` to `most`.
    pub(crate) fn count(&mut self, least: usize, most: usize) -> usize {
        let range = (i64::try_from(least).unwrap(), i64::try_from(most).unwrap());
        usize::try_from(self.between(range.0, range.1)).unwrap()
    }

    /// One of several.
    pub(crate) fn one<'a, T>(&mut self, several: &'a [T]) -> &'a T {
        let last = several.len() - 1;
        &several[self.count(0, last)]
    }
}
