//! `postgres.initSql`: reads the files that a spec names.
//!
//! The only rule that looks beyond the spec's text.

use std::fs;
use std::io;
use std::path::Path as Folder;

use crate::spec::InitSql;
use crate::spec::draft::Draft;
use crate::spec::finding::Finding;
use crate::spec::path::{Path, path};

/// Bytes of SQL that still fit into a `ConfigMap` beside the copy that `kubectl apply` keeps in an annotation (256 KiB).
const MOST_BYTES: usize = 200 * 1024;

/// The SQL of the first start in order, files inlined; `folder` is where relative paths begin.
///
/// # Errors
/// Every entry that is not just one of `text` and `file`, or whose file cannot be read.
pub(super) fn init_sql(
    draft: &Draft,
    folder: Option<&Folder>,
) -> Result<Vec<String>, Vec<Finding>> {
    let section = path(&["postgres", "initSql"]);
    let (mut texts, mut findings) = (Vec::new(), Vec::new());
    for (index, entry) in draft.spec.postgres.init_sql.iter().enumerate() {
        match sql(entry, &section.index(index), folder) {
            Ok(text) => texts.push(text),
            Err(finding) => findings.push(*finding),
        }
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    if bytes > MOST_BYTES {
        findings.push(Finding {
            allowed: Some(format!("{MOST_BYTES} bytes in all")),
            hint: Some(
                "it travels in a ConfigMap; load what is larger after the first start".into(),
            ),
            ..Finding::key(section, format!("too long: {bytes} bytes of SQL"))
        });
    }
    if findings.is_empty() {
        Ok(texts)
    } else {
        Err(findings)
    }
}

fn sql(entry: &InitSql, at: &Path, folder: Option<&Folder>) -> Result<String, Box<Finding>> {
    let (text, at) = match (&entry.text, &entry.file) {
        (Some(text), None) => (text.clone(), at.key("text")),
        (None, Some(file)) => (file_text(file, &at.key("file"), folder)?, at.key("file")),
        (both, _) => {
            let what = if both.is_some() {
                "both text and file"
            } else {
                "neither text nor file"
            };
            return Err(Box::new(Finding {
                allowed: Some("just one of text and file".into()),
                ..Finding::value(at.clone(), what)
            }));
        }
    };
    if text.contains('\0') {
        Err(Box::new(Finding::key(at, "SQL with a NUL character")))
    } else {
        Ok(text)
    }
}

fn file_text(file: &str, at: &Path, folder: Option<&Folder>) -> Result<String, Box<Finding>> {
    let whole = folder.unwrap_or(Folder::new("")).join(file);
    fs::read_to_string(&whole).map_err(|error| {
        Box::new(Finding {
            hint: Some("paths begin at the spec's folder".into()),
            ..Finding::value(at.clone(), format!("{}:", reason(&error)))
        })
    })
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".into(),
        io::ErrorKind::PermissionDenied => "file may not be read".into(),
        io::ErrorKind::IsADirectory => "a folder, not a file".into(),
        io::ErrorKind::InvalidData => "file is not UTF-8 text".into(),
        _ => format!("file cannot be read ({})", error.to_string().to_lowercase()),
    }
}
