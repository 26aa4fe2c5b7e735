//! Forms of texts that the schema does not describe.

use crate::dice::Dice;
use crate::texts::{Lines, any, matching};

const LABEL_WORD: &str = "[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?";
const DOMAIN: &str = "[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?(\\.[a-z0-9]{1,8}){0,2}";
const PARAMETER: &str = "[a-z_][a-z0-9_]{0,20}(\\.[a-z_][a-z0-9_]{0,20})?";
const NETWORKS: [&str; 9] = [
    "all",
    "samenet",
    "samehost",
    "0.0.0.0/0",
    "10.0.0.0/8",
    "192.168.1.7/32",
    "::/0",
    "fd00::/8",
    "fd12:3456::1/128",
];
const PARAMETERS: [&str; 8] = [
    "work_mem",
    "random_page_cost",
    "jit",
    "log_line_prefix",
    "log_min_duration_statement",
    "max_parallel_workers",
    "auto_explain.log_min_duration",
    "search_path",
];
pub(super) const IMAGES: [&str; 3] = [
    "registry.example:5000/team/image:1",
    "image@sha256:0000",
    "localhost/pgherd:dev",
];

/// A text for a field whose form the schema does not describe.
pub(crate) fn text(path: &str, dice: &mut Dice) -> Option<String> {
    Some(match path {
        path if path.ends_with("nnotations.<key>") => label_key(dice),
        path if path.ends_with("labels.<key>") => label_key(dice),
        path if path.ends_with("labels.<value>") => label_value(dice),
        "scheduling.nodeSelector.<key>" | "scheduling.tolerations[].key" => label_key(dice),
        "scheduling.nodeSelector.<value>" => label_value(dice),
        "postgres.parameters.<key>" if dice.happens(30) => (*dice.one(&PARAMETERS)).into(),
        "postgres.parameters.<key>" => matching(dice, PARAMETER),
        "postgres.parameters.<value>" => any(dice, Lines::One, 0),
        "postgres.hba[].database" | "postgres.hba[].user" => hba_name(dice),
        "postgres.hba[].address" => (*dice.one(&NETWORKS)).into(),
        "postgres.image" | "pooler.image" | "metrics.image" if dice.happens(50) => {
            (*dice.one(&IMAGES)).into()
        }
        _ => return None,
    })
}

pub(super) fn label_key(dice: &mut Dice) -> String {
    let name = if dice.happens(10) {
        "y".into()
    } else {
        matching(dice, LABEL_WORD)
    };
    if dice.happens(50) {
        name
    } else {
        format!("{}/{name}", matching(dice, DOMAIN))
    }
}

fn label_value(dice: &mut Dice) -> String {
    match dice.between(1, 4) {
        1 => (*dice.one(&[
            "",
            "on",
            "0x1f",
            "1e3",
            "null",
            "017",
            "2026-11-21",
            "1_000",
            "12",
        ]))
        .into(),
        2 => matching(dice, "[A-Za-z0-9]{63}"),
        _ => matching(dice, LABEL_WORD),
    }
}

fn hba_name(dice: &mut Dice) -> String {
    if dice.happens(10) {
        return "all".into();
    }
    let name = any(dice, Lines::One, 1).replace([',', '"', '\n', '\r'], "");
    let name = name.trim_start_matches(['+', '/', '@']);
    if name.is_empty() {
        "app".into()
    } else {
        name.into()
    }
}
