//! A cluster's facts and Secrets, and where its Services lead: objects of the place, changed only where nobody else has
//! changed them meanwhile.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::json;

use super::{FACTS, Place};
use crate::apply::Error;
use crate::cluster::{LeaderRecord, Route};
use crate::k8s::corev1::{ConfigMap, Secret as Stored, Service};
use crate::runtime::{LiveService, Recorded, Secret, selector};

impl Place {
    pub(in crate::runtime) fn facts(&self, name: &str) -> Result<BTreeMap<String, String>, String> {
        let facts = || {
            let map = self.folder.get::<ConfigMap>("ConfigMap", name)?;
            let mut facts = map.and_then(|map| map.object.data).unwrap_or_default();
            let kept = self.folder.get::<BTreeMap<String, String>>(FACTS, name)?;
            facts.extend(kept.map(|kept| kept.object).unwrap_or_default());
            anyhow::Ok(facts)
        };
        facts().map_err(|error| format!("{error:#}"))
    }

    pub(in crate::runtime) fn keep_fact(&self, name: &str, key: &str, text: &str) -> Result<bool> {
        if self
            .facts(name)
            .map_err(anyhow::Error::msg)?
            .get(key)
            .is_some_and(|kept| kept == text)
        {
            return Ok(false);
        }
        self.folder.renew(FACTS, name, |kept| {
            let mut kept = kept.unwrap_or_else(|| json!({}));
            kept[key] = text.into();
            kept
        })
    }

    pub(in crate::runtime) fn recorded(&self, record: &LeaderRecord) -> Result<Recorded> {
        let name = &record.config_map;
        let map = self.folder.get::<ConfigMap>("ConfigMap", name)?;
        let map = map.with_context(|| format!("there is no ConfigMap/{name}"))?;
        let word = map
            .object
            .data
            .as_ref()
            .and_then(|data| data.get(record.key));
        Ok(Recorded {
            word: word.map_or_else(String::new, |word| word.trim().to_owned()),
            version: Some(map.version.to_string()),
        })
    }

    pub(in crate::runtime) fn write_record(
        &self,
        record: &LeaderRecord,
        read: &Recorded,
        text: &str,
    ) -> Result<bool> {
        let version = read.version.as_deref().map(str::parse).transpose()?;
        self.folder
            .change("ConfigMap", &record.config_map, version, |map| {
                map["data"][record.key] = text.into();
            })
    }

    pub(in crate::runtime) fn point_services(&self, routes: &[Route]) -> Result<()> {
        for route in routes {
            self.folder
                .change("Service", &route.service, None, |service| {
                    service["spec"]["selector"] = json!(route.selector);
                })?;
        }
        Ok(())
    }

    pub(in crate::runtime) fn live_service(
        &self,
        name: &str,
    ) -> Result<Option<LiveService>, String> {
        let live = || {
            let Some(found) = self.folder.get::<Service>("Service", name)? else {
                return Ok(None);
            };
            let labels = found.object.spec.and_then(|spec| spec.selector);
            let pods = self.folder.led_to(name)?.into_iter();
            anyhow::Ok(Some(LiveService {
                selector: selector(labels.as_ref()),
                pods: pods.map(|pod| pod.blueprint.name).collect(),
                awaits_address: false,
            }))
        };
        live().map_err(|error| format!("{error:#}"))
    }

    pub(in crate::runtime) fn secret(&self, name: &str) -> Result<Option<Secret>, Error> {
        let found = self
            .folder
            .get::<Stored>("Secret", name)
            .map_err(Error::place)?;
        Ok(found.map(|found| Secret {
            name: name.into(),
            files: (found.object.data.unwrap_or_default().into_iter())
                .map(|(file, bytes)| (file, bytes.0))
                .collect(),
            version: Some(found.version.to_string()),
        }))
    }

    pub(in crate::runtime) fn write_secret(
        &self,
        read: &Secret,
        files: &BTreeMap<String, Option<String>>,
    ) -> Result<Secret, Error> {
        let version = read
            .version
            .as_deref()
            .and_then(|version| version.parse().ok());
        let written = self.folder.change("Secret", &read.name, version, |secret| {
            for (file, text) in files {
                match text {
                    Some(text) => {
                        let bytes = k8s_openapi::ByteString(text.clone().into_bytes());
                        secret["data"][file] = json!(bytes);
                    }
                    None => {
                        if let Some(data) = secret["data"].as_object_mut() {
                            data.remove(file);
                        }
                    }
                }
            }
        });
        let name = &read.name;
        if !written.map_err(Error::place)? {
            let changed = anyhow::anyhow!("Secret/{name} was changed meanwhile");
            return Err(Error::place(changed));
        }
        let now = self.secret(name)?;
        now.ok_or_else(|| Error::place(anyhow::anyhow!("Secret/{name} is gone")))
    }
}
