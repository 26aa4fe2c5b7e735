//! Writes who leads into the text of a spec: one line is changed or added, comments and all else stay. Pure.

use crate::cluster::Cluster;
use crate::spec;
use crate::validate;

/// What has to become of a spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The text with the new primary.
    Text(String),
    /// The text is not one that can be changed by a line: the user does it.
    ByHand,
}

/// The keys behind one of which a new line belongs, the best first.
const NEIGHBOURS: [&str; 3] = ["members", "topology", "name"];

/// The text of a spec in which `pod` leads. It is read again: only when nothing else is different, it is returned.
pub fn with_primary(source: &spec::Source, cluster: &Cluster, pod: &str) -> Edit {
    let Some(text) = edited(source.text, pod) else {
        return Edit::ByHand;
    };
    let again = validate::read(&spec::Source {
        text: &text,
        ..*source
    });
    let mut wanted = cluster.clone();
    wanted.spec.primary = Some(pod.to_owned());
    match again.as_deref() {
        Ok([read]) if read.spec == wanted.spec => Edit::Text(text),
        _ => Edit::ByHand,
    }
}

fn edited(text: &str, pod: &str) -> Option<String> {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let place = |lines: &[String], key: &str| {
        let starts = |line: &String| {
            line.strip_prefix(key)
                .is_some_and(|rest| rest.starts_with(':'))
        };
        lines.iter().position(starts)
    };
    if let Some(line) = place(&lines, "primary") {
        lines[line] = with_value(&lines[line], pod)?;
        return Some(lines.concat());
    }
    let neighbour = NEIGHBOURS.iter().find_map(|key| place(&lines, key))?;
    let end = if lines[neighbour].ends_with("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    if !lines[neighbour].ends_with('\n') {
        lines[neighbour].push('\n');
    }
    lines.insert(neighbour + 1, format!("primary: {pod}{end}"));
    Some(lines.concat())
}

/// A line `primary: shop-primary-0   # reason` with another value; its comment and line break stay.
fn with_value(line: &str, pod: &str) -> Option<String> {
    let (key, rest) = line.split_once(':')?;
    let value = rest.split(" #").next()?.trim();
    if value.is_empty() {
        let end = rest.trim_start_matches([' ', '\t']);
        return (end.trim().is_empty() || end.starts_with('#')).then(|| {
            let gap = if end.trim().is_empty() { "" } else { " " };
            format!("{key}: {pod}{gap}{end}")
        });
    }
    Some(format!("{key}:{}", rest.replacen(value, pod, 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str) -> Edit {
        let source = spec::Source {
            name: "shop.yaml",
            text,
            folder: None,
        };
        let cluster = validate::read(&source).expect("a spec").remove(0);
        with_primary(&source, &cluster, "shop-standby-1")
    }

    #[test]
    fn one_line_is_changed_or_added() {
        for (text, expected) in [
            (
                "# ours\nname: shop\ntopology: streaming\nmembers: 3 # few\nstorage: {size: 1Gi}\n",
                "# ours\nname: shop\ntopology: streaming\nmembers: 3 # few\nprimary: shop-standby-1\nstorage: {size: 1Gi}\n",
            ),
            (
                "topology: streaming\nprimary:   shop-primary-0  # since May\nname: shop\n",
                "topology: streaming\nprimary:   shop-standby-1  # since May\nname: shop\n",
            ),
            (
                "name: shop\r\nprimary: \"shop-standby-0\"\r\ntopology: streaming\r\n",
                "name: shop\r\nprimary: shop-standby-1\r\ntopology: streaming\r\n",
            ),
            (
                "name: shop\ntopology: streaming",
                "name: shop\ntopology: streaming\nprimary: shop-standby-1\n",
            ),
            (
                "name: shop\nprimary:\ntopology: streaming\n",
                "name: shop\nprimary: shop-standby-1\ntopology: streaming\n",
            ),
        ] {
            assert_eq!(changed(text), Edit::Text(expected.into()), "{text}");
        }
    }

    #[test]
    fn what_is_no_plain_line_is_left_to_its_owner() {
        for text in [
            "{name: shop, topology: streaming}\n",
            "name: shop\ntopology: streaming\nprimary: >-\n  shop-primary-0\n",
        ] {
            assert_eq!(changed(text), Edit::ByHand, "{text}");
        }
    }
}
