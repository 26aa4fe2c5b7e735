//! Whether the random specs take every branch of every template: one that none takes would not be compared with `gen`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::equal::{chart, written};
use crate::helm;
use crate::random::specs;

/// What a branch says of itself where it is taken.
const MARK: &str = "# branch ";

/// Copies a folder; in the templates of objects, each branch begins with a line that says that it was taken. Returns
/// the names of all branches.
fn marked(from: &Path, to: &Path) -> BTreeSet<String> {
    let mut branches = BTreeSet::new();
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            branches.extend(marked(&path, &target));
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let text = if is_of_an_object(&path) {
            with_marks(&name(&path), &text, &mut branches)
        } else {
            text
        };
        fs::write(target, text).unwrap();
    }
    branches
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Helm's hooks are no objects of `gen`, and refusals end the render.
fn is_of_an_object(path: &Path) -> bool {
    let in_templates = path
        .parent()
        .is_some_and(|folder| folder.ends_with("templates"));
    in_templates
        && path.extension().is_some_and(|end| end == "yaml")
        && name(path) != "refusals.yaml"
}

fn with_marks(file: &str, text: &str, branches: &mut BTreeSet<String>) -> String {
    let mut out = String::new();
    for (index, line) in text.lines().enumerate() {
        out.push_str(line);
        out.push('\n');
        let directive = line.trim_start();
        let indent = &line[..line.len() - directive.len()];
        let words = directive
            .trim_start_matches("{{-")
            .trim_start_matches("{{")
            .trim_start();
        if directive.starts_with("{{")
            && ["if ", "else", "range "]
                .iter()
                .any(|word| words.starts_with(word))
        {
            let branch = format!("{file}:{}", index + 1);
            out.extend([indent, MARK, &branch, "\n"]);
            branches.insert(branch);
        }
    }
    out
}

/// Which of the branches are taken. Once all are, no more specs are rendered.
fn taken(chart: &Path, folder: &Path, branches: &BTreeSet<String>) -> BTreeSet<String> {
    let mut taken = BTreeSet::new();
    let written = written();
    for (index, sample) in specs().iter().chain(&written).enumerate() {
        if taken.is_superset(branches) {
            eprintln!("by {index} specs");
            break;
        }
        let values: PathBuf = folder.join(format!("{index}.yaml"));
        fs::write(&values, &sample.text).unwrap();
        let text = helm::template(chart, &values, "release", "default").unwrap();
        let marks = text
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix(MARK));
        taken.extend(marks.map(str::to_owned));
    }
    taken
}

#[test]
fn every_branch_of_every_template_is_taken() {
    if helm::is_left_out() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let copy = folder.path().join("pgherd");
    let branches = marked(&chart(), &copy);
    let taken = taken(&copy, folder.path(), &branches);
    let never: Vec<&String> = branches.difference(&taken).collect();
    eprintln!(
        "{} of {} branches taken",
        branches.len() - never.len(),
        branches.len()
    );
    assert!(
        branches.len() > 50,
        "only {} branches were found",
        branches.len()
    );
    assert!(never.is_empty(), "never taken: {never:#?}");
}
