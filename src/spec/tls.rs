//! The section of a spec about encryption.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Encryption of connections to the servers and the pooler, and between them. A change restarts the members.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Tls {
    /// Whether connections are encrypted, and where the certificate comes from.
    pub mode: TlsMode,
    /// Name of the Secret with `tls.crt`, `tls.key` and `ca.crt`; by default `<name>-tls`, as `pgherd keygen` makes it.
    #[schemars(
        length(min = 1, max = 253),
        regex(pattern = r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$")
    )]
    #[schemars(extend("examples" = ["shop-certificate"]))]
    pub existing_secret: Option<String>,
}

/// Whether connections are encrypted, and where the certificate comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum TlsMode {
    /// From a Secret. Connections without encryption are refused; standbys check the primary's name.
    #[default]
    Secret,
    /// Not at all: whoever sees the network's traffic reads the data in it, and may pose as a server.
    Off,
}
