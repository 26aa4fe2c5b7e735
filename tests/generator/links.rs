//! Every relative link of every page leads to a file that is there, and to a heading that is in it; docs/README.md lists
//! every page. Web addresses are not asked.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_relative_link_leads_somewhere() {
    let pages = pages(&root());
    let anchors: HashMap<_, _> = pages
        .iter()
        .map(|page| (page.clone(), anchors(&read(page))))
        .collect();
    let mut broken = Vec::new();
    for page in &pages {
        for link in links(&read(page)) {
            if !link.contains(':') && !leads_somewhere(page, &link, &anchors) {
                broken.push(format!("{}: {link}", shown(page)));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_list_of_pages_has_every_page() {
    let list = read(&root().join("docs/README.md"));
    for page in pages(&root().join("docs")) {
        let name = page.file_name().expect("a name").to_string_lossy();
        assert!(
            name == "README.md" || list.contains(&format!("({name})")),
            "{name}"
        );
    }
}

#[test]
fn anchors_are_those_of_a_git_host() {
    let text = "# Two words, and `code`\n```sh\n# no heading\n```\n## A [link](there.md)'s end\n## `a-b_c`\n## `a-b_c`\n";
    assert_eq!(
        anchors(text),
        ["two-words-and-code", "a-links-end", "a-b_c", "a-b_c-1"]
    );
}

#[test]
fn links_in_code_are_none() {
    let text = "[one](a.md) `[no](b.md)\n[no](c.md)` ![two](d.svg)\n```\n[no](e.md)\n```\n[`three`](f.md)\n";
    assert_eq!(links(text), ["a.md", "d.svg", "f.md"]);
}

fn root() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    folder.canonicalize().expect("the project's folder")
}

/// Every page below a folder, but what is hidden or built.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        if name.starts_with('.') || name == "target" {
            continue;
        }
        if path.is_dir() {
            found.extend(pages(&path));
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn leads_somewhere(page: &Path, link: &str, anchors: &HashMap<PathBuf, Vec<String>>) -> bool {
    let (file, anchor) = match link.split_once('#') {
        Some((file, anchor)) => (file, Some(anchor)),
        None => (link, None),
    };
    let target = match file {
        "" => page.to_owned(),
        file => page.parent().expect("a folder").join(file),
    };
    let Ok(target) = target.canonicalize() else {
        return false;
    };
    let has = |anchor: &str| anchors.get(&target)?.iter().find(|one| *one == anchor);
    anchor.is_none_or(|anchor| has(anchor).is_some())
}

/// The lines of a page that are no code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// Where the links and pictures of a page lead. What is between backticks, which a paragraph closes, is none.
fn links(text: &str) -> Vec<String> {
    let lines: Vec<&str> = prose(text).collect();
    let lines = lines.join("\n");
    let paragraphs = lines.split("\n\n");
    let outside = paragraphs.flat_map(|paragraph| paragraph.split('`').step_by(2));
    let ends = outside.flat_map(|piece| piece.split("](").skip(1));
    ends.filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()))
        .collect()
}

/// The anchors that a git host gives the headings of a page.
fn anchors(text: &str) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut anchors = Vec::new();
    for line in prose(text).filter(|line| line.starts_with('#')) {
        let words = without_targets(line.trim_start_matches('#').trim());
        let kept = words
            .chars()
            .filter(|one| one.is_alphanumeric() || " -_".contains(*one));
        let anchor: String = kept.collect::<String>().to_lowercase().replace(' ', "-");
        let count = seen.entry(anchor.clone()).or_default();
        anchors.push(match *count {
            0 => anchor,
            again => format!("{anchor}-{again}"),
        });
        *count += 1;
    }
    anchors
}

/// A heading's words, of links what is shown.
fn without_targets(heading: &str) -> String {
    let mut pieces = heading.split("](");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |words, piece| {
        words + piece.split_once(')').map_or(piece, |(_, rest)| rest)
    })
}

fn read(page: &Path) -> String {
    fs::read_to_string(page).unwrap_or_else(|error| panic!("{}: {error}", page.display()))
}

fn shown(page: &Path) -> String {
    page.strip_prefix(root())
        .unwrap_or(page)
        .display()
        .to_string()
}
