//! Writes templates as a person would: an object per file, `if` and `range` where the spec has choices and counts.

use std::collections::BTreeMap;

use super::expression::{Piece, Scope, is, literal, pieces, quoted};
use super::field::Field;
use super::text::{self, Inline};
use super::tree::{Condition, Each, Node, Part, Words};
use crate::target::inline;

/// Blanks by which a level is indented.
const STEP: usize = 2;
/// Entries of metadata that a chart sets by Helm's conventions, where pgherd itself writes its own name.
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// The files of a chart by path.
pub(super) type Files = BTreeMap<String, String>;

/// The templates of all objects, and the files that they put into `ConfigMap`s.
pub(super) fn files(fields: &[Field], objects: &[Part<String>]) -> Files {
    let mut files = Files::new();
    for object in objects {
        let mut writer = Writer {
            lines: Vec::new(),
            files: &mut files,
            group: &object.key,
            labels: Labels::Object,
        };
        let scope = Scope {
            fields,
            root: "",
            ordinal: "$ordinal",
        };
        writer.file(object, &scope);
        let text = writer.lines.join("\n") + "\n";
        files.insert(format!("templates/{}.yaml", object.key), text);
    }
    files
}

struct Writer<'a> {
    lines: Vec<String>,
    files: &'a mut Files,
    /// The object that is written.
    group: &'a str,
    /// Whose labels are written.
    labels: Labels,
}

/// Whose labels are written: those of an object itself say what Helm's conventions want to know.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Labels {
    Object,
    Template,
}

impl Writer<'_> {
    fn file(&mut self, object: &Part<String>, scope: &Scope) {
        if object.when != Condition::Always {
            self.line(
                0,
                &format!("{{{{- if {} }}}}", scope.condition(&object.when)),
            );
        }
        match &object.value {
            Node::List(parts) => self.each_ordinal(&parts[0], scope),
            node => self.object(node, scope),
        }
        if object.when != Condition::Always {
            self.line(0, "{{- end }}");
        }
    }

    /// An object under its comment.
    fn object(&mut self, node: &Node, scope: &Scope) {
        let Some(Node::Text(comment)) = entry(node, "comment") else {
            return;
        };
        if let Inline::Literal(comment) = text::inline(comment, scope) {
            self.line(0, &format!("# {comment}"));
        }
        if let Some(Node::Map(parts)) = entry(node, "object") {
            self.config_data(parts, scope);
            self.map(parts, scope, 0);
        }
    }

    /// The files of a `ConfigMap` are a template of their own, so that pods can carry a checksum of them.
    fn config_data(&mut self, parts: &[Part<String>], scope: &Scope) {
        let Some(Node::Map(data)) = parts
            .iter()
            .find(|part| part.key == "data")
            .map(|part| &part.value)
        else {
            return;
        };
        let at = self.lines.len().saturating_sub(1);
        let comment = self.lines.split_off(at);
        self.line(
            0,
            &format!("{{{{- define \"pgherd.{}.data\" -}}}}", self.group),
        );
        self.map(data, scope, 0);
        self.line(0, "{{- end -}}");
        self.lines.extend(comment);
    }

    /// An object for each ordinal. What its name carries a hash of comes first, as a template of its own.
    fn each_ordinal(&mut self, part: &Part<()>, scope: &Scope) {
        let Each::Ordinal(field, plus) = part.each else {
            return;
        };
        let name = format!("pgherd.{}.template", self.group);
        let inner = Scope {
            root: "$.root",
            ordinal: "int $.ordinal",
            ..scope.clone()
        };
        let template = entry(&part.value, "object")
            .and_then(|object| entry(object, "spec"))
            .and_then(|spec| entry(spec, "template"));
        if let Some(Node::Map(parts)) = template {
            self.line(0, &format!("{{{{- define \"{name}\" -}}}}"));
            self.labels = Labels::Template;
            self.map(parts, &inner, 0);
            self.labels = Labels::Object;
            self.line(0, "{{- end -}}");
        }
        let count = scope.number(&scope.fields[field], plus);
        self.line(
            0,
            &format!("{{{{- range $ordinal := until (int ({count})) }}}}"),
        );
        self.line(
            0,
            &format!(
                "{{{{- $template := include \"{name}\" (dict \"root\" $ \"ordinal\" $ordinal) }}}}"
            ),
        );
        self.line(0, "---");
        self.object(&part.value, &scope.inside());
        self.line(0, "{{- end }}");
    }

    fn line(&mut self, indent: usize, text: &str) {
        if text.is_empty() {
            self.lines.push(String::new());
        } else {
            self.lines.push(format!("{:indent$}{text}", ""));
        }
    }

    fn map(&mut self, parts: &[Part<String>], scope: &Scope, indent: usize) {
        for part in parts {
            self.begin(&part.when, &part.each, scope, indent);
            let scope = if part.each == Each::Once {
                scope.clone()
            } else {
                scope.inside()
            };
            if is_script_template(&part.key, &part.value, &scope) {
                self.line(indent, &format!("{}:", part.key));
                self.line(
                    indent + STEP,
                    &format!("{{{{- $template | nindent {} }}}}", indent + STEP),
                );
            } else if indent == 0 && part.key == "data" {
                self.line(0, "data:");
                let include = format!("include \"pgherd.{}.data\" {}", self.group, scope.root());
                self.line(STEP, &format!("{{{{- {include} | nindent {STEP} }}}}"));
            } else {
                let key = key(&part.key, &scope);
                self.entry(&key, &part.value, &part.when, &scope, indent);
            }
            self.end(&part.when, &part.each, indent);
            if part.key == MANAGED_BY && indent == 2 * STEP && self.labels == Labels::Object {
                self.lines.pop();
                self.line(
                    indent,
                    &format!("{MANAGED_BY}: {{{{ {}.Release.Service }}}}", scope.root),
                );
                self.line(
                    indent,
                    &format!(
                        "helm.sh/chart: {{{{ include \"pgherd.chart\" {} }}}}",
                        scope.root()
                    ),
                );
            }
        }
    }

    fn begin(&mut self, when: &Condition, each: &Each, scope: &Scope, indent: usize) {
        if *when != Condition::Always {
            self.line(indent, &format!("{{{{- if {} }}}}", scope.condition(when)));
        }
        if let Each::Element(field) = each {
            self.line(
                indent,
                &format!("{{{{- {} }}}}", text::range(&scope.fields[*field], scope)),
            );
        }
    }

    fn end(&mut self, when: &Condition, each: &Each, indent: usize) {
        if matches!(each, Each::Element(_)) {
            self.line(indent, "{{- end }}");
        }
        if *when != Condition::Always {
            self.line(indent, "{{- end }}");
        }
    }

    /// A key with its value below or behind it.
    fn entry(&mut self, key: &str, node: &Node, when: &Condition, scope: &Scope, indent: usize) {
        match node {
            Node::Choice(field, arms) => match text::default(&scope.fields[*field], arms, scope) {
                Some(value) => self.line(indent, &format!("{key}: {value}")),
                None => self.arms(*field, arms, scope, indent, |writer, node, indent| {
                    writer.entry(key, node, &Condition::Always, scope, indent);
                }),
            },
            Node::Text(words) => self.text_entry(key, words, scope, indent),
            Node::Map(parts) => {
                self.nested(key, node, &unless_known(whens(parts), when), scope, indent);
            }
            Node::List(parts) => {
                self.nested(key, node, &unless_known(whens(parts), when), scope, indent);
            }
            leaf => self.line(indent, &format!("{key}: {}", scalar(leaf, scope))),
        }
    }

    /// A map or list under its key; where nothing of it need be there, the key says that it is empty.
    fn nested(
        &mut self,
        key: &str,
        node: &Node,
        whens: &[Condition],
        scope: &Scope,
        indent: usize,
    ) {
        let empty = if matches!(node, Node::List(_)) {
            "[]"
        } else {
            "{}"
        };
        if whens.is_empty() {
            return self.line(indent, &format!("{key}: {empty}"));
        }
        let sure = whens.contains(&Condition::Always);
        if !sure {
            let any = any(whens.to_vec());
            self.line(indent, &format!("{{{{- if {} }}}}", scope.condition(&any)));
        }
        self.line(indent, &format!("{key}:"));
        match node {
            Node::Map(parts) => self.map(parts, scope, indent + STEP),
            Node::List(parts) => self.list(parts, scope, indent + STEP),
            _ => {}
        }
        if !sure {
            self.line(indent, "{{- else }}");
            self.line(indent, &format!("{key}: {empty}"));
            self.line(indent, "{{- end }}");
        }
    }

    fn list(&mut self, parts: &[Part<()>], scope: &Scope, indent: usize) {
        for part in parts {
            self.begin(&part.when, &part.each, scope, indent);
            let scope = if part.each == Each::Once {
                scope.clone()
            } else {
                scope.inside()
            };
            match &part.value {
                Node::Map(parts) => {
                    let first = self.lines.len();
                    self.map(parts, &scope, indent + STEP);
                    self.hyphen(first, indent);
                }
                Node::Choice(field, arms) => {
                    self.arms(*field, arms, &scope, indent, |writer, node, indent| {
                        writer.line(indent, &format!("- {}", scalar(node, &scope)));
                    });
                }
                leaf => self.line(indent, &format!("- {}", scalar(leaf, &scope))),
            }
            self.end(&part.when, &part.each, indent);
        }
    }

    /// Puts the hyphen of a list's element before its first entry. Where that need not be there, it stands alone.
    fn hyphen(&mut self, first: usize, indent: usize) {
        let line = self.lines[first].trim_start();
        if line.starts_with("{{") {
            self.lines.insert(first, format!("{:indent$}-", ""));
        } else {
            self.lines[first] = format!("{:indent$}- {line}", "");
        }
    }

    fn arms(
        &mut self,
        field: usize,
        arms: &[(Vec<usize>, Node)],
        scope: &Scope,
        indent: usize,
        mut write: impl FnMut(&mut Self, &Node, usize),
    ) {
        for (position, (variants, node)) in arms.iter().enumerate() {
            let condition = scope.is(&scope.fields[field], variants);
            let word = match position {
                0 => format!("if {condition}"),
                last if last + 1 == arms.len() => "else".into(),
                _ => format!("else if {condition}"),
            };
            self.line(indent, &format!("{{{{- {word} }}}}"));
            write(self, node, indent);
        }
        self.line(indent, "{{- end }}");
    }

    fn text_entry(&mut self, key: &str, words: &[Words], scope: &Scope, indent: usize) {
        match text::inline(words, scope) {
            Inline::Literal(text) if text.contains('\n') => {
                let path = format!("files/{}/{key}", self.group);
                let get = format!(
                    "{}.Files.Get {} | nindent {}",
                    scope.root,
                    quoted(&path),
                    indent + STEP
                );
                self.line(indent, &format!("{key}: |"));
                self.line(indent + STEP, &format!("{{{{- {get} }}}}"));
                self.files.insert(path, text);
            }
            Inline::Literal(text) => {
                self.line(indent, &format!("{key}: {}", escaped(&inline(&text))));
            }
            Inline::Written(text) => self.line(indent, &format!("{key}: {text}")),
            Inline::Block if is_one_line(words) => {
                let [Words::Choice(field, arms)] = words else {
                    return;
                };
                let arms: Vec<(Vec<usize>, Node)> = arms
                    .iter()
                    .map(|(variants, words)| (variants.clone(), Node::Text(words.clone())))
                    .collect();
                self.arms(*field, &arms, scope, indent, |writer, node, indent| {
                    writer.entry(key, node, &Condition::Always, scope, indent);
                });
            }
            Inline::Block => {
                self.line(indent, &format!("{key}: |"));
                for line in text::block(words, scope, indent + STEP) {
                    self.lines.push(line);
                }
            }
        }
    }
}

/// What a template's own hash is over is included where it stands in the object.
fn is_script_template(key: &str, node: &Node, scope: &Scope) -> bool {
    key == "template"
        && scope.ordinal == "$ordinal"
        && scope.root == "$"
        && matches!(node, Node::Map(_))
}

fn whens<Key>(parts: &[Part<Key>]) -> Vec<Condition> {
    let when = |part: &Part<Key>| match part.each {
        // There is an element where the list is not empty; with one or two, its variants say.
        Each::Element(field) => Condition::Is(field, vec![1, 2]),
        _ => part.when.clone(),
    };
    parts.iter().map(when).collect()
}

/// One of several conditions; those of which it is one already are not said twice.
fn any(conditions: Vec<Condition>) -> Condition {
    let mut flat: Vec<Condition> = Vec::new();
    for condition in conditions {
        let parts = match condition {
            Condition::Any(parts) => parts,
            other => vec![other],
        };
        for part in parts {
            if !flat.contains(&part) {
                flat.push(part);
            }
        }
    }
    match flat.as_slice() {
        [only] => only.clone(),
        _ => Condition::Any(flat),
    }
}

/// Conditions of parts; where one of them holds for sure, as the whole is there only then, none has to be asked.
fn unless_known(whens: Vec<Condition>, known: &Condition) -> Vec<Condition> {
    let same = |one: &Condition, other: &Condition| match (one, other) {
        (Condition::Any(some), Condition::Any(others)) => {
            some.len() == others.len() && some.iter().all(|part| others.contains(part))
        }
        _ => one == other,
    };
    if !whens.is_empty() && same(&any(whens.clone()), known) {
        return vec![Condition::Always];
    }
    whens
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

/// Whether a text is a choice between texts of one line.
fn is_one_line(words: &[Words]) -> bool {
    let one_line = |words: &Vec<Words>| matches!(words.as_slice(), [Words::Plain(text)] if !text.contains('\n'));
    matches!(words, [Words::Choice(_, arms)] if arms.iter().all(|(_, words)| one_line(words)))
}

fn key(key: &str, scope: &Scope) -> String {
    let pieces = pieces(key);
    match pieces.as_slice() {
        [Piece::Literal(text)] => inline(text).into_owned(),
        [Piece::Mark(parts)] if is(parts, "element") && literal(parts, 3) == "key" => {
            "{{ $key | quote }}".into()
        }
        several => format!("{{{{ {} | quote }}}}", scope.text(several)),
    }
}

/// A value that stands on its key's line.
fn scalar(node: &Node, scope: &Scope) -> String {
    match node {
        Node::Null => "null".into(),
        Node::Switch(value) => value.to_string(),
        Node::Number(value) => value.to_string(),
        Node::Count(field, plus) => {
            format!("{{{{ {} }}}}", scope.number(&scope.fields[*field], *plus))
        }
        Node::Text(words) => match text::inline(words, scope) {
            Inline::Literal(text) => escaped(&inline(&text)),
            Inline::Written(text) => text,
            Inline::Block => unreachable!("a text of several lines in a list"),
        },
        other => unreachable!("not a scalar: {other:?}"),
    }
}

/// A text in which nothing is taken for a template.
fn escaped(text: &str) -> String {
    text.replace("{{", "{{ \"{{\" }}")
}
