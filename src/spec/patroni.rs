//! What a spec says of Patroni, with the topology of that name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Patroni, with `topology: patroni`: its image, and how soon it acts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Patroni {
    /// Image of the servers: PostgreSQL with Patroni, as `image/` builds it. Has to be given with `topology: patroni`; there is
    /// no public one to begin with. A change restarts the members.
    #[schemars(regex(pattern = r"^[!-~]+$"))]
    #[schemars(extend("examples" = ["registry.example.com/database/pgherd-patroni:17"]))]
    pub image: Option<String>,
    /// How soon a member that is silent is given up.
    pub timing: Timing,
}

/// How soon a member that is silent is given up: numbers of Patroni that go together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Timing {
    /// After 20 s at the latest. Looks every 2 s, and bears an API server that is away for 5 s without a second thought.
    #[default]
    Fast,
    /// After 30 s at the latest. Looks every 10 s: less to do for the API server, as Patroni's own defaults.
    Steady,
}

/// Seconds that Patroni counts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds {
    /// How long a leader may be silent.
    pub ttl: u16,
    /// Between two looks.
    pub loop_wait: u16,
    /// How long the API server and PostgreSQL are asked again.
    pub retry_timeout: u16,
}

impl Timing {
    /// Its word in a spec.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Timing::Fast => "fast",
            Timing::Steady => "steady",
        }
    }

    /// The numbers. They keep `loop_wait + 2 * retry_timeout <= ttl`, or else Patroni changes them by itself:
    /// <https://patroni.readthedocs.io/en/latest/dynamic_configuration.html>.
    #[must_use]
    pub const fn seconds(self) -> Seconds {
        match self {
            Timing::Fast => Seconds {
                ttl: 20,
                loop_wait: 2,
                retry_timeout: 5,
            },
            Timing::Steady => Seconds {
                ttl: 30,
                loop_wait: 10,
                retry_timeout: 10,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Timing;

    #[test]
    fn patroni_takes_the_numbers_as_they_are() {
        for timing in [Timing::Fast, Timing::Steady] {
            let seconds = timing.seconds();
            assert!(
                seconds.loop_wait + 2 * seconds.retry_timeout <= seconds.ttl,
                "{timing:?}"
            );
        }
    }
}
