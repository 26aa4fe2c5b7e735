//! Another major version of PostgreSQL than specs name, where that is asked for: what of a run is not as its specs say, the
//! report has to say.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

use super::On;
use crate::cluster::Cluster;

/// What is not as a spec says, by the name of its cluster.
pub type Differences = BTreeMap<String, String>;

/// Has clusters run this major version; returns where that is not their specs' own.
///
/// # Errors
/// When a spec names an image that would be pulled: which one has the other version is not known.
pub fn of_version(clusters: &mut [Cluster], version: u8, on: &On) -> Result<Differences> {
    let mut differences = Differences::new();
    for cluster in clusters {
        let postgres = &mut cluster.spec.postgres;
        let own = std::mem::replace(&mut postgres.version, version);
        if own == version {
            continue;
        }
        // Processes have no image.
        let image = postgres.image.take();
        let image = image.filter(|_| *on == On::Kubernetes);
        ensure!(
            image.is_none(),
            "{}: its spec names the image {}, which has PostgreSQL {own}\nhint: without --postgres it is taken",
            cluster.name(),
            image.unwrap_or_default()
        );
        let words = format!("PostgreSQL {version} instead of the spec's {own}");
        differences.insert(cluster.name().into(), words);
    }
    Ok(differences)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Source;
    use crate::validate;

    fn clusters(text: &str) -> Vec<Cluster> {
        let source = Source {
            name: "spec",
            text,
            folder: None,
        };
        validate::read(&source).unwrap()
    }

    #[test]
    fn what_differs_is_told_and_what_does_not_is_not() {
        let mut clusters = clusters(
            "{name: old, topology: streaming, postgres: {version: 16}}\n---\n{name: new, topology: streaming, postgres: {version: 18}}",
        );
        let differences = of_version(&mut clusters, 18, &On::Kubernetes).unwrap();
        let told = "PostgreSQL 18 instead of the spec's 16".to_owned();
        assert_eq!(differences, BTreeMap::from([("old".to_owned(), told)]));
        assert!(clusters.iter().all(|one| one.spec.postgres.version == 18));
    }

    #[test]
    fn an_image_that_would_be_pulled_is_not_replaced() {
        let spec =
            "{name: own, topology: streaming, postgres: {version: 16, image: 'postgres:16'}}";
        let error = of_version(&mut clusters(spec), 18, &On::Kubernetes).unwrap_err();
        assert!(error.to_string().contains("postgres:16"), "{error}");
        assert!(
            of_version(&mut clusters(spec), 16, &On::Kubernetes)
                .unwrap()
                .is_empty()
        );
        let mut clusters = clusters(spec);
        of_version(&mut clusters, 18, &On::Processes).unwrap();
        assert_eq!(clusters[0].postgres_image(), "postgres:18");
    }
}
