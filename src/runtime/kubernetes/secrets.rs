//! Secrets as they are stored, and changes to them that fail where somebody else has changed one meanwhile.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1;
use kube::api::Patch;
use serde_json::{Map, Value, json};

use super::{Place, params};
use crate::apply::{Api, Error, typed};
use crate::runtime::Secret;

impl Place {
    /// A Secret; none where there is none.
    pub(in crate::runtime) async fn secret(&self, name: &str) -> Result<Option<Secret>, Error> {
        let api: Api<v1::Secret> = self.api();
        let found = api.get_opt(name).await;
        let found = found.map_err(Error::request(format!("reading Secret/{name}")))?;
        Ok(found.map(|found| secret(name, found)))
    }

    /// Writes files, or removes those without a text, all or none of them.
    pub(in crate::runtime) async fn write_secret(
        &self,
        read: &Secret,
        files: &BTreeMap<String, Option<String>>,
    ) -> Result<Secret, Error> {
        let api: Api<v1::Secret> = self.api();
        let patch = Patch::Merge(patch(read.version.as_deref(), files));
        let doing = format!("changing Secret/{}", read.name);
        let changed = api.patch(&read.name, &params(), &patch).await;
        let changed = changed.and_then(typed).map_err(Error::request(doing))?;
        Ok(secret(&read.name, changed))
    }
}

fn secret(name: &str, found: v1::Secret) -> Secret {
    let data = found.data.unwrap_or_default().into_iter();
    Secret {
        name: name.into(),
        files: data.map(|(file, bytes)| (file, bytes.0)).collect(),
        version: found.metadata.resource_version,
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
