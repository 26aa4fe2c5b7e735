//! The templates of objects: an object per file, and named templates for what is hashed.

use std::collections::BTreeMap;

use crate::chart::package::Files;
use crate::chart::sample::field::Field;
use crate::chart::tree::{Condition, Each, Node, Part};
use crate::formula;
use expression::Scope;
use labels::Labels;
use text::Inline;
use yaml::Writer;

mod expression;
mod labels;
mod presence;
mod scalar;
mod text;
mod yaml;

/// The templates of all objects, the files that they put into `ConfigMap`s, and the template with where members are.
pub(super) fn files(fields: &[Field], objects: &[Part], layout: &[Part]) -> Files {
    let mut files = Files::new();
    let scope = Scope {
        fields,
        root: "",
        ordinal: "$ordinal",
    };
    let shared = objects.iter().find_map(|object| {
        let labels = at(&object.value, &["object", "metadata", "labels"])?;
        labels::of_any_component(labels).map(|(labels, _)| labels)
    });
    let mut templates: Vec<String> = Vec::new();
    for object in objects {
        templates.push(template(object, &scope, shared.as_ref(), &mut files));
    }
    let everything = templates.concat();
    for (object, text) in objects.iter().zip(templates) {
        let digest = format!("\"pgherd.{}.digest\"", object.key);
        let head = match at(&object.value, &["object", "data"]) {
            Some(Node::Map(parts)) if everything.contains(&digest) => {
                digest_template(&object.key, parts, &scope)
            }
            _ => String::new(),
        };
        files.insert(format!("templates/{}.yaml", object.key), head + &text);
    }
    if let Some(Node::Map(parts)) = &shared {
        let labels = labels::template(parts, &scope);
        files.insert("templates/_labels.tpl".into(), labels);
    }
    let comment =
        "The Services, the StatefulSets of members, and who leads where the values do not say.";
    let layout = named("layout", comment, layout, &scope, Labels::Template);
    files.insert("templates/_layout.tpl".into(), layout);
    files
}

/// A named template that gives a map.
fn named(name: &str, comment: &str, parts: &[Part], scope: &Scope, labels: Labels) -> String {
    let mut writer = Writer {
        lines: Vec::new(),
        files: &mut Files::new(),
        group: "",
        words: Vec::new(),
        labels,
        shared: None,
    };
    writer.line(0, &format!("{{{{/* {comment} */}}}}"));
    writer.line(0, &format!("{{{{- define \"pgherd.{name}\" -}}}}"));
    writer.map(parts, scope, 0);
    writer.line(0, "{{- end }}");
    writer.lines.join("\n") + "\n"
}

/// The value below these keys.
fn at<'a>(node: &'a Node, keys: &[&str]) -> Option<&'a Node> {
    keys.iter().try_fold(node, |node, key| entry(node, key))
}

fn template(object: &Part, scope: &Scope, shared: Option<&Node>, files: &mut Files) -> String {
    let mut writer = Writer {
        lines: Vec::new(),
        files,
        group: &object.key,
        words: Vec::new(),
        labels: Labels::Object,
        shared,
    };
    // Named templates stand outside of conditions.
    let name = define(&mut writer, object, scope);
    if object.when != Condition::Always {
        let condition = scope.condition(&object.when);
        writer.line(0, &format!("{{{{- if {condition} }}}}"));
    }
    match &object.value {
        Node::List(parts) => each_ordinal(&mut writer, &parts[0], &name, scope),
        node => one(&mut writer, node, scope),
    }
    if object.when != Condition::Always {
        writer.line(0, "{{- end }}");
    }
    writer.lines.join("\n") + "\n"
}

/// What is hashed: the files of a `ConfigMap`, for a checksum in pods, and the pods of Jobs, for the Jobs' names.
/// Returns the named template's name.
fn define(writer: &mut Writer, object: &Part, scope: &Scope) -> String {
    let inner;
    let (name, found, scope) = match &object.value {
        Node::List(parts) => {
            inner = Scope {
                root: "$.root",
                ordinal: "int $.ordinal",
                ..scope.clone()
            };
            let template = at(&parts[0].value, &["object", "spec", "template"]);
            (format!("pgherd.{}.template", object.key), template, &inner)
        }
        node => (
            format!("pgherd.{}.data", object.key),
            at(node, &["object", "data"]),
            scope,
        ),
    };
    if let Some(Node::Map(parts)) = found {
        writer.line(0, &format!("{{{{- define \"{name}\" -}}}}"));
        writer.labels = Labels::Template;
        writer.map(parts, scope, 0);
        writer.labels = Labels::Object;
        // The last text of several lines keeps its line break.
        writer.line(0, "{{ end -}}");
    }
    name
}

/// The named template with what the files of a `ConfigMap` are hashed to: a word where no value is in them.
fn digest_template(key: &str, parts: &[Part], scope: &Scope) -> String {
    let digest = match constant(parts, scope) {
        Some(files) => formula::digest(&files),
        None => {
            format!("{{{{ include \"pgherd.{key}.data\" . | fromYaml | toJson | sha256sum }}}}")
        }
    };
    format!("{{{{- define \"pgherd.{key}.digest\" -}}}}\n{digest}\n{{{{- end }}}}\n")
}

/// The files, where they are the same for every cluster.
fn constant(parts: &[Part], scope: &Scope) -> Option<BTreeMap<String, String>> {
    let file = |part: &Part| {
        let is_always = part.when == Condition::Always && part.each == Each::Once;
        match &part.value {
            Node::Text(words) if is_always => match text::inline(words, scope) {
                Inline::Literal(text) => Some((part.key.clone(), text)),
                _ => None,
            },
            _ => None,
        }
    };
    parts.iter().map(file).collect()
}

/// An object under its comment.
fn one(writer: &mut Writer, node: &Node, scope: &Scope) {
    if let Some(Node::Text(comment)) = entry(node, "comment")
        && let Inline::Literal(comment) = text::inline(comment, scope)
    {
        writer.line(0, &format!("# {comment}"));
    }
    if let Some(Node::Map(parts)) = entry(node, "object") {
        writer.map(parts, scope, 0);
    }
}

/// An object for each ordinal.
fn each_ordinal(writer: &mut Writer, part: &Part, name: &str, scope: &Scope) {
    let Each::Ordinal(field, plus) = part.each else {
        return;
    };
    let count = scope.number(&scope.fields[field], plus);
    writer.line(
        0,
        &format!("{{{{- range $ordinal := until (int ({count})) }}}}"),
    );
    let arguments = "dict \"root\" $ \"ordinal\" $ordinal";
    writer.line(
        0,
        &format!("{{{{- $template := include \"{name}\" ({arguments}) }}}}"),
    );
    writer.line(0, "---");
    one(writer, &part.value, &scope.inside());
    writer.line(0, "{{- end }}");
}

fn entry<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    match node {
        Node::Map(parts) => parts
            .iter()
            .find(|part| part.key == key)
            .map(|part| &part.value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::sample::schema;
    use crate::chart::tree::Words;

    #[test]
    fn files_that_differ_by_a_word_are_both_in_the_chart() {
        let fields = schema::fields();
        let position = fields.iter().position(|field| field.path == "tls.mode");
        let position = position.unwrap();
        let part = |key: &str, value| Part {
            when: Condition::Always,
            each: Each::Once,
            key: key.into(),
            value,
        };
        let script = |text: &str| Node::Text(vec![Words::Plain(text.into())]);
        let arms = vec![
            (vec![0], script("one\nfile\n")),
            (vec![1, 2], script("another\nfile\n")),
        ];
        let data = vec![part("start.sh", Node::Choice(position, arms))];
        let object = Node::Map(vec![part("data", Node::Map(data))]);
        let map = part("configmap-a", Node::Map(vec![part("object", object)]));
        let files = files(&fields, &[map], &[]);
        let texts: Vec<&str> = files
            .iter()
            .filter(|(path, _)| path.starts_with("files/configmap-a/"))
            .map(|(_, text)| text.as_str())
            .collect();
        assert_eq!(texts.len(), 2, "{:?}", files.keys());
        assert!(texts.contains(&"one\nfile\n") && texts.contains(&"another\nfile\n"));
    }
}
