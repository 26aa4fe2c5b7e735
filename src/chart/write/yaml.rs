//! Writes values of objects as YAML with template directives, as a person would indent them.

use super::expression::{Scope, quoted};
use super::labels::Labels;
use super::presence::{any, unless_known, whens};
use super::scalar::{escaped, key, scalar};
use super::text::{self, Inline, is_one_line};
use crate::chart::package::Files;
use crate::chart::tree::{Condition, Each, Node, Part, Words};
use crate::names::MANAGED_BY_LABEL;
use crate::output::inline;

/// Blanks by which a level is indented.
pub(super) const STEP: usize = 2;

/// Lines of a template, and the files that they read.
pub(super) struct Writer<'a> {
    pub(super) lines: Vec<String>,
    pub(super) files: &'a mut Files,
    /// The object that is written.
    pub(super) group: &'a str,
    /// Whose labels are written.
    pub(super) labels: Labels,
    /// The words with which alone it is written: files that differ by them have folders called so.
    pub(super) words: Vec<String>,
    /// Labels as most objects have them, for any component.
    pub(super) shared: Option<&'a Node>,
}

impl Writer<'_> {
    pub(super) fn line(&mut self, indent: usize, text: &str) {
        if text.is_empty() {
            self.lines.push(String::new());
        } else {
            self.lines.push(format!("{:indent$}{text}", ""));
        }
    }

    pub(super) fn map(&mut self, parts: &[Part], scope: &Scope, indent: usize) {
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
            if part.key == MANAGED_BY_LABEL {
                self.keep_conventions(&scope, indent);
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
            Node::Map(_)
                if key == "labels" && indent == STEP && self.shares_labels(node, scope) => {}
            Node::Map(parts) | Node::List(parts) => {
                self.nested(key, node, &unless_known(whens(parts), when), scope, indent);
            }
            Node::Given(field) => {
                self.line(indent, &format!("{key}:"));
                self.given(&scope.value(&scope.fields[*field]), indent + STEP);
            }
            leaf => self.line(indent, &format!("{key}: {}", scalar(leaf, scope))),
        }
    }

    /// A value that passes through as it is.
    fn given(&mut self, value: &str, indent: usize) {
        self.line(
            indent,
            &format!("{{{{- toYaml {value} | nindent {indent} }}}}"),
        );
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

    fn list(&mut self, parts: &[Part], scope: &Scope, indent: usize) {
        for part in parts {
            if let Node::Given(field) = part.value {
                let value = scope.value(&scope.fields[field]);
                self.begin(&part.when, &Each::Once, scope, indent);
                if parts.len() == 1 {
                    self.given(&value, indent);
                } else {
                    self.line(indent, &format!("{{{{- with {value} }}}}"));
                    self.given(".", indent);
                    self.line(indent, "{{- end }}");
                }
                self.end(&part.when, &Each::Once, indent);
                continue;
            }
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
            let known = self.words.len();
            let words = variants.iter();
            self.words
                .extend(words.filter_map(|one| scope.fields[field].word(*one)));
            write(self, node, indent);
            self.words.truncate(known);
        }
        self.line(indent, "{{- end }}");
    }

    fn text_entry(&mut self, key: &str, words: &[Words], scope: &Scope, indent: usize) {
        match text::inline(words, scope) {
            Inline::Literal(text) if text.contains('\n') => {
                let folders = [&[self.group.to_owned()], self.words.as_slice()].concat();
                let path = format!("files/{}/{key}", folders.join("/"));
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
