//! A Secret as it is stored, and changes to it that fail where somebody else has changed it meanwhile.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::{Map, Value, json};

use super::Rotation;
use crate::apply::Error;
use crate::credentials::{FILES, METRICS, Passwords};
use crate::names::MANAGER;

/// A Secret at one moment.
pub(super) struct Stored {
    api: Api<Secret>,
    name: String,
    version: Option<String>,
    data: BTreeMap<String, ByteString>,
}

/// Reads a Secret.
pub(super) async fn read(on: &Rotation<'_>, name: &str) -> Result<Stored, Error> {
    let api: Api<Secret> = Api::namespaced(on.client.clone(), on.namespace);
    let found = api.get_opt(name).await;
    let found = found.map_err(Error::request(format!("reading Secret/{name}")))?;
    let Some(secret) = found else {
        return Err(Error::Request {
            doing: format!("reading Secret/{name}"),
            reason: format!(
                "it is not there\nhint: nothing was made yet that could be replaced; `pgherd keygen -n {}` makes it",
                on.namespace
            ),
        });
    };
    Ok(Stored {
        api,
        name: name.into(),
        version: secret.metadata.resource_version,
        data: secret.data.unwrap_or_default(),
    })
}

impl Stored {
    /// One file of it, as text without the line break at its end.
    pub(super) fn text(&self, file: &str) -> Result<&str> {
        let bytes = self.data.get(file);
        let bytes = bytes.with_context(|| format!("Secret/{} has no file {file}", self.name))?;
        let text = std::str::from_utf8(&bytes.0);
        let text = text.with_context(|| format!("Secret/{}: {file} is not text", self.name))?;
        Ok(text.trim_end_matches('\n'))
    }

    /// Every password, from the files that end in this. One for the exporters is there, or is not.
    pub(super) fn passwords(&self, ending: &str) -> Result<Passwords> {
        let read = FILES.iter().map(|file| {
            let text = self.text(&format!("{file}{ending}"))?;
            Ok(((*file).to_owned(), text.to_owned()))
        });
        let mut passwords = read.collect::<Result<BTreeMap<_, _>>>()?;
        if let Ok(text) = self.text(&format!("{METRICS}{ending}")) {
            passwords.insert(METRICS.into(), text.to_owned());
        }
        Ok(Passwords(passwords))
    }

    /// Writes files, or removes those without a text, all or none of them.
    ///
    /// Fails where the Secret is no longer what was read, so that two rotations at once cannot mix their passwords.
    pub(super) async fn write(
        &mut self,
        files: &BTreeMap<String, Option<String>>,
    ) -> Result<(), Error> {
        let params = PatchParams {
            field_manager: Some(MANAGER.into()),
            ..PatchParams::default()
        };
        let patch = Patch::Merge(patch(self.version.as_deref(), files));
        let doing = format!("changing Secret/{}", self.name);
        let changed = self.api.patch(&self.name, &params, &patch).await;
        let changed = changed.map_err(Error::request(doing))?;
        self.version = changed.metadata.resource_version;
        self.data = changed.data.unwrap_or_default();
        Ok(())
    }
}

fn patch(version: Option<&str>, files: &BTreeMap<String, Option<String>>) -> Value {
    let data: Map<String, Value> = files
        .iter()
        .map(|(file, text)| {
            let bytes = text
                .as_ref()
                .map(|text| ByteString(text.clone().into_bytes()));
            (file.clone(), json!(bytes))
        })
        .collect();
    json!({"metadata": {"resourceVersion": version}, "data": data})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_written_and_removed_at_one_version() {
        let files = [("owner", Some("new")), ("owner.next", None)];
        let files = files.map(|(file, text)| (file.to_owned(), text.map(str::to_owned)));
        assert_eq!(
            patch(Some("7"), &BTreeMap::from(files)),
            json!({
                "metadata": {"resourceVersion": "7"},
                "data": {"owner": "bmV3", "owner.next": null},
            })
        );
    }
}
