//! The labels that objects share, in a named template that is given the component.

use super::expression::Scope;
use super::named;
use super::yaml::Labels;
use crate::chart::tree::{Node, Part, Words};
use crate::{formula, names};

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
