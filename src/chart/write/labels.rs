//! Labels: those that objects share, in a named template that is given the component, and what Helm's conventions want there.

use super::expression::{Scope, group, pieces};
use super::named;
use super::yaml::{STEP, Writer};
use crate::chart::tree::{Node, Part, Words};
use crate::{formula, names};

/// Whose labels are written: those of an object itself say what Helm's conventions want to know.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Labels {
    Object,
    Template,
    /// Those that objects share, in a named template.
    Shared,
}

/// Labels with a mark in the place of the component, and the component.
pub(super) fn of_any_component(labels: &Node) -> Option<(Node, Node)> {
    let Node::Map(parts) = labels else {
        return None;
    };
    let mut parts = parts.clone();
    let part = parts
        .iter_mut()
        .find(|part| part.key == names::COMPONENT_LABEL)?;
    let mark = Node::Text(vec![Words::Plain(formula::mark(&["component"]))]);
    let component = std::mem::replace(&mut part.value, mark);
    Some((Node::Map(parts), component))
}

/// The named template with the labels that objects share.
pub(super) fn template(labels: &[Part], scope: &Scope) -> String {
    let scope = Scope {
        root: "$.root",
        ..scope.clone()
    };
    let comment = "Labels of an object: (dict \"root\" ROOT \"component\" COMPONENT).";
    named("labels", comment, labels, &scope, Labels::Shared)
}

impl Writer<'_> {
    /// Labels of an object by the named template, where they are those that it writes.
    pub(super) fn shares_labels(&mut self, node: &Node, scope: &Scope) -> bool {
        if self.labels != Labels::Object {
            return false;
        }
        let component = of_any_component(node).filter(|(labels, _)| Some(labels) == self.shared);
        let Some((_, Node::Text(words))) = component else {
            return false;
        };
        let [Words::Plain(text)] = words.as_slice() else {
            return false;
        };
        let component = group(&scope.text(&pieces(text)));
        let arguments = format!("dict \"root\" {} \"component\" {component}", scope.root());
        self.line(STEP, "labels:");
        let include = format!(
            "include \"pgherd.labels\" ({arguments}) | nindent {}",
            2 * STEP
        );
        self.line(2 * STEP, &format!("{{{{- {include} }}}}"));
        true
    }

    /// In the place of the label that was written last, by which pgherd says its own name, what a chart says by Helm's
    /// conventions; in labels of a template it stays.
    pub(super) fn keep_conventions(&mut self, scope: &Scope, indent: usize) {
        let is_conventional = match self.labels {
            Labels::Object => indent == 2 * STEP,
            Labels::Template => false,
            Labels::Shared => true,
        };
        if !is_conventional {
            return;
        }
        self.lines.pop();
        let service = format!("{{{{ {}.Release.Service }}}}", scope.root);
        self.line(indent, &format!("{}: {service}", names::MANAGED_BY_LABEL));
        let chart = format!("{{{{ include \"pgherd.chart\" {} }}}}", scope.root());
        self.line(indent, &format!("helm.sh/chart: {chart}"));
    }
}
