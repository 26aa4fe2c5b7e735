//! Golden files: each folder in `golden/` with a spec.yaml is a case; the objects made from it lie beside it, one file
//! per object, as kubectl reads them. `INSTA_UPDATE=always cargo test --test generator golden` writes them anew: read the diff.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pgherd::{output, spec, topology, validate};

fn cases() -> Vec<PathBuf> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(golden)
        .expect("golden/ exists")
        .map(|entry| entry.expect("an entry of golden/").path())
        .filter(|path| path.join("spec.yaml").exists())
        .collect();
    cases.sort();
    cases
}

fn files(case: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(case.join("spec.yaml")).expect("spec.yaml is readable");
    let source = spec::Source {
        name: "spec.yaml",
        text: &text,
        folder: Some(case),
    };
    let clusters =
        validate::read(&source).unwrap_or_else(|errors| panic!("{}:\n{errors}", case.display()));
    let manifests: Vec<_> = (clusters.iter())
        .flat_map(|cluster| topology::objects(cluster, None))
        .collect();
    output::files::files(&manifests)
        .into_iter()
        .map(|(path, text)| (path.display().to_string(), text))
        .collect()
}

#[test]
fn objects_are_as_reviewed() {
    let cases = cases();
    assert!(cases.len() >= 3, "golden/ has lost its cases");
    for case in cases {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&case);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| {
            for (name, text) in files(&case) {
                insta::assert_binary_snapshot!(&name, text.into_bytes());
            }
        });
    }
}

#[test]
fn no_golden_file_is_left_over() {
    for case in cases() {
        let made: BTreeSet<String> = files(&case).into_iter().map(|(name, _)| name).collect();
        let found = std::fs::read_dir(&case).expect("a case is a folder");
        for path in found.map(|entry| entry.expect("an entry of a case").path()) {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .expect("a name in UTF-8")
                .to_owned();
            let of = name
                .replace(".snap.yaml", ".yaml")
                .replace(".snap", ".yaml");
            assert!(
                name == "spec.yaml"
                    || path.extension().is_some_and(|end| end == "sql")
                    || made.contains(&of),
                "{} belongs to no object",
                path.display()
            );
        }
    }
}

#[test]
fn the_same_spec_gives_the_same_bytes() {
    for case in cases() {
        assert_eq!(files(&case), files(&case), "{}", case.display());
    }
}
