//! The chart, rendered by the real helm: what it must agree with, and the specs with which it is asked.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod around;
mod compare;
mod cover;
mod coverage;
mod dice;
mod documents;
mod equal;
mod generate;
mod helm;
mod kubernetes;
mod numbers;
mod random;
mod refuse;
mod rules;
mod texts;
