//! The one object of cert-manager's that pgherd emits, with the fields that it sets; no crate is worth their weight.
//! <https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.Certificate>

use serde::Serialize;

use super::metav1::ObjectMeta;

/// The API's group.
pub const GROUP: &str = "cert-manager.io";
/// The API's version.
pub const VERSION: &str = "v1";
/// Both.
pub const API_VERSION: &str = "cert-manager.io/v1";
/// The kind.
pub const KIND: &str = "Certificate";
/// The kind's name in addresses of the API.
pub const PLURAL: &str = "certificates";

/// A certificate that cert-manager keeps valid in a Secret.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    /// [`API_VERSION`].
    pub api_version: &'static str,
    /// [`KIND`].
    pub kind: &'static str,
    /// Name and labels.
    pub metadata: ObjectMeta,
    /// What is asked for.
    pub spec: CertificateSpec,
}

/// What is asked of cert-manager.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CertificateSpec {
    /// The Secret that it writes, with `tls.crt`, `tls.key` and, where the issuer has told it, `ca.crt`.
    pub secret_name: String,
    /// Who signs.
    pub issuer_ref: IssuerRef,
    /// What the certificate is for.
    pub usages: Vec<&'static str>,
    /// How the key is made.
    pub private_key: PrivateKey,
    /// The names it is for.
    pub dns_names: Vec<String>,
}

/// Who signs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IssuerRef {
    /// Name of the issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `Issuer`, of the same namespace, `ClusterIssuer`, or a kind of another's.
    pub kind: String,
    /// API group of the kind.
    pub group: String,
}

/// How a key is made.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrivateKey {
    /// The algorithm.
    pub algorithm: &'static str,
    /// Bits.
    pub size: i32,
    /// Whether each renewal gets a key of its own.
    pub rotation_policy: &'static str,
}
