//! What a certificate says of itself. Pure: knows no clock, and no key.

use k8s_openapi::jiff::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::pem::{Pem, parse_x509_pem};
use x509_parser::prelude::FromDer;

/// What clients see of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The authority's number for it, in hexadecimal digits.
    pub serial: String,
    /// When it ends to be valid.
    pub expires: Timestamp,
    /// The names and addresses it is for.
    pub names: Vec<String>,
}

/// Reads the first certificate of a text in PEM; nothing where there is none.
pub fn read(pem: &str) -> Option<Shown> {
    read_der(&first(pem)?.contents)
}

/// Reads a certificate as TLS has it; nothing where it is none.
pub fn read_der(der: &[u8]) -> Option<Shown> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let names = certificate.subject_alternative_name().ok()?;
    let names = names.iter().flat_map(|names| &names.value.general_names);
    Some(Shown {
        serial: certificate.raw_serial_as_string(),
        expires: Timestamp::from_second(certificate.validity().not_after.timestamp()).ok()?,
        names: names.filter_map(name).collect(),
    })
}

/// Whether the first certificate is signed by the key of the second, both in PEM.
pub fn is_signed_by(certificate: &str, authority: &str) -> bool {
    let (Some(certificate), Some(authority)) = (first(certificate), first(authority)) else {
        return false;
    };
    let (Ok(certificate), Ok(authority)) = (certificate.parse_x509(), authority.parse_x509())
    else {
        return false;
    };
    let signed = certificate.verify_signature(Some(authority.public_key()));
    signed.is_ok() && certificate.issuer() == authority.subject()
}

/// Whether a client that comes by a name finds it among those of a certificate: itself, or with `*` for its first part.
/// <https://www.rfc-editor.org/rfc/rfc9525#section-6.3>
pub fn covers(names: &[String], name: &str) -> bool {
    let starred = name.split_once('.').map(|(_, rest)| format!("*.{rest}"));
    names
        .iter()
        .any(|one| one == name || Some(one) == starred.as_ref())
}

fn first(pem: &str) -> Option<Pem> {
    parse_x509_pem(pem.as_bytes()).ok().map(|(_, pem)| pem)
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let four = <[u8; 4]>::try_from(*bytes).map(std::net::IpAddr::from);
            let six = <[u8; 16]>::try_from(*bytes).map(std::net::IpAddr::from);
            four.or(six).ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::certificate::{issue, renew};
    use crate::spec;
    use crate::validate;

    #[test]
    fn what_was_put_in_is_read_and_its_authority_known() {
        let source = spec::Source {
            name: "spec",
            text: "{name: shop, topology: streaming}",
            folder: None,
        };
        let cluster = validate::read(&source).unwrap().remove(0);
        let names = ["shop-primary", "*.shop-members", "10.0.0.7", "::1"].map(str::to_owned);
        let first = issue(&cluster, &names).unwrap();
        let shown = read(&first.certificate).unwrap();
        assert_eq!(shown.names, names);
        let days = shown.expires.duration_since(Timestamp::now()).as_hours() / 24;
        assert!((364..=365).contains(&days), "{days}");
        let again = renew(&cluster, &first.authority, &first.authority_key, &names).unwrap();
        assert_ne!(read(&again.certificate).unwrap().serial, shown.serial);
        assert!(is_signed_by(&again.certificate, &first.authority));
        let other = issue(&cluster, &names).unwrap();
        assert!(!is_signed_by(&other.certificate, &first.authority));
        assert_eq!(read("nothing"), None);
    }
}
