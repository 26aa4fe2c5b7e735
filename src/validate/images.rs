//! The server's image: its tag must not contradict `postgres.version`.

use crate::spec::draft::Draft;
use crate::spec::finding::Finding;
use crate::spec::path::path;

pub(super) fn findings(draft: &Draft) -> Vec<Finding> {
    let postgres = &draft.spec.postgres;
    let known = draft.knows(&[&["postgres", "version"], &["postgres", "image"]]);
    let tagged = postgres
        .image
        .as_deref()
        .filter(|_| known)
        .and_then(major)
        .filter(|tagged| *tagged != u32::from(postgres.version));
    tagged
        .map(|tagged| Finding {
            allowed: Some(format!("an image of PostgreSQL {}", postgres.version)),
            hint: Some(format!("the tag says {tagged}, postgres.version says {}; data of one version is never opened by another", postgres.version)),
            ..Finding::value(path(&["postgres", "image"]), "contradicts the version:")
        })
        .into_iter()
        .collect()
}

/// The major version in an image's tag. Only repositories called `postgres` or `postgresql` are known to tag by
/// PostgreSQL's version; others, and images by digest alone, say nothing.
fn major(image: &str) -> Option<u32> {
    let named = image.split('@').next()?;
    let (repository, tag) = named.rsplit('/').next()?.split_once(':')?;
    if !matches!(repository, "postgres" | "postgresql") {
        return None;
    }
    let digits = tag
        .find(|c: char| !c.is_ascii_digit())
        .map_or(tag, |end| &tag[..end]);
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn tags_of_official_images_are_read() {
        for (image, version) in [
            ("postgres:17", Some(17)),
            ("postgres:17.5-trixie", Some(17)),
            ("registry:5000/postgres:17", Some(17)),
            (
                "registry.example/library/postgres:16-bookworm@sha256:0000",
                Some(16),
            ),
            ("registry:5000/postgres", None),
            ("postgres:latest", None),
            ("postgres@sha256:0000", None),
            ("example.com/team/pgherd:3.1", None),
            ("", None),
        ] {
            assert_eq!(major(image), version, "{image:?}");
        }
    }
}
