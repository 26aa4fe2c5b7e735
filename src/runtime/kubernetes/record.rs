//! A cluster's facts as a ConfigMap, and among them the record of who leads, written only where nobody else has written
//! meanwhile.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::Patch;
use serde_json::json;

use super::{Place, denied, params};
use crate::apply::{Api, reason};
use crate::cluster::{LeaderRecord, RecordPart};
use crate::runtime::Recorded;

impl Place {
    pub(in crate::runtime) async fn facts(
        &self,
        name: &str,
    ) -> Result<BTreeMap<String, String>, String> {
        let found = self.api::<ConfigMap>().get_opt(name).await;
        let found = found.map_err(denied("ConfigMaps"))?;
        Ok(found.and_then(|map| map.data).unwrap_or_default())
    }

    pub(in crate::runtime) async fn keep_fact(
        &self,
        name: &str,
        key: &str,
        text: &str,
    ) -> Result<bool> {
        let maps: Api<ConfigMap> = self.api();
        let data = maps.get(name).await?.data.unwrap_or_default();
        if data.get(key).is_some_and(|kept| kept == text) {
            return Ok(false);
        }
        let patch = Patch::Merge(json!({"data": {(key): text}}));
        maps.patch(name, &params(), &patch).await?;
        Ok(true)
    }

    pub(in crate::runtime) async fn recorded(&self, record: &LeaderRecord) -> Result<Recorded> {
        let name = &record.config_map;
        let maps: Api<ConfigMap> = self.api();
        let live = maps.get_opt(name).await;
        let live =
            live.map_err(|error| anyhow!("looking at ConfigMap/{name}: {}", reason(&error)))?;
        // Members make the one in annotations when the first of them leads.
        let live = live.map_or_else(
            || match record.part {
                RecordPart::Data => Err(anyhow!("there is no ConfigMap/{name}")),
                RecordPart::Annotations => Ok(ConfigMap::default()),
            },
            Ok,
        )?;
        let part = match record.part {
            RecordPart::Data => live.data.as_ref(),
            RecordPart::Annotations => live.metadata.annotations.as_ref(),
        };
        let word = part.and_then(|part| part.get(record.key));
        Ok(Recorded {
            word: word.map_or_else(String::new, |word| word.trim().to_owned()),
            version: live.metadata.resource_version,
        })
    }

    pub(in crate::runtime) async fn write_record(
        &self,
        record: &LeaderRecord,
        read: &Recorded,
        text: &str,
    ) -> Result<bool> {
        let name = &record.config_map;
        // With the version of another moment the server refuses it.
        let patch = json!({
            "metadata": {"resourceVersion": read.version},
            "data": {(record.key): text},
        });
        let maps: Api<ConfigMap> = self.api();
        match maps.patch(name, &params(), &Patch::Merge(patch)).await {
            Ok(_) => Ok(true),
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
            Err(error) => Err(anyhow!("changing ConfigMap/{name}: {}", reason(&error))),
        }
    }
}
