//! The section of a spec about encryption.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Encryption of connections to the servers and the pooler, and between them. A change restarts the members.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Tls {
    /// Whether connections are encrypted, and where the certificate comes from.
    pub mode: TlsMode,
    /// Name of the Secret with `tls.crt`, `tls.key` and `ca.crt`; by default `<name>-tls`, as `pgherd keygen` makes it. With
    /// `certManager`, the one that cert-manager writes.
    #[schemars(
        length(min = 1, max = 253),
        regex(pattern = r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$")
    )]
    #[schemars(extend("examples" = ["shop-certificate"]))]
    pub existing_secret: Option<String>,
    /// Who signs the certificate with `mode: certManager`; must be one that puts its authority into the Secret's `ca.crt`, as
    /// those of kind CA do.
    pub issuer_ref: Issuer,
}

/// An issuer of cert-manager.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Issuer {
    /// Name of the issuer.
    #[schemars(
        length(min = 1, max = 253),
        regex(pattern = r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$")
    )]
    #[schemars(extend("examples" = ["company"]))]
    pub name: Option<String>,
    /// Kind of the issuer: `Issuer` is one of the same namespace, `ClusterIssuer` one for all.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[A-Z][A-Za-z0-9]*$"))]
    pub kind: String,
    /// API group of the issuer's kind; other than cert-manager's own for issuers that others provide.
    #[schemars(
        length(min = 1, max = 253),
        regex(pattern = r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$")
    )]
    pub group: String,
}

impl Default for Issuer {
    fn default() -> Self {
        Issuer {
            name: None,
            kind: "Issuer".into(),
            group: "cert-manager.io".into(),
        }
    }
}

/// Whether connections are encrypted, and where the certificate comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum TlsMode {
    /// From a Secret. Connections without encryption are refused; standbys check the primary's name.
    #[default]
    Secret,
    /// From cert-manager, which has to be there already: an object Certificate asks `issuerRef` for one, with the names of every
    /// Service and member, and renews it.
    CertManager,
    /// Not at all: whoever sees the network's traffic reads the data in it, and may pose as a server.
    Off,
}
