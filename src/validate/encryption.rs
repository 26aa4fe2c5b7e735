//! Encryption: what a certificate by cert-manager needs.
//!
//! An issuer is accepted in other modes, so that the mode can be switched in one line.

use crate::spec::TlsMode;
use crate::spec::draft::Draft;
use crate::spec::finding::Finding;
use crate::spec::path::path;

pub(super) fn findings(draft: &Draft) -> Vec<Finding> {
    let (mode, issuer) = (&["tls", "mode"][..], &["tls", "issuerRef", "name"][..]);
    let tls = &draft.spec.tls;
    let missing = draft.knows(&[mode, issuer])
        && tls.mode == TlsMode::CertManager
        && tls.issuer_ref.name.is_none();
    let finding = missing.then(|| Finding {
        hint: Some("`kubectl get issuers,clusterissuers` shows who there is; for the latter, set kind: ClusterIssuer".into()),
        ..Finding::key(path(issuer), "missing field \"name\": cert-manager asks this issuer to sign")
    });
    finding.into_iter().collect()
}
