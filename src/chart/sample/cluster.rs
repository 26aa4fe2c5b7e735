//! Clusters of specs that are made from choices of fields' values.

use serde_json::{Value, json};

use super::field::{Choice, Field, Kind, element};
use super::layout;
use crate::cluster::Cluster;
use crate::k8s;
use crate::spec::Spec;

/// The cluster of a choice. It keeps no rule: its texts are marks.
///
/// # Panics
/// When a field of the schema is none of the structs': they are one and the same.
pub(in crate::chart) fn cluster(fields: &[Field], choice: &Choice) -> Cluster {
    let mut spec = json!({});
    for (field, variant) in fields.iter().zip(choice) {
        match field.path.split_once("[].") {
            None => set(&mut spec, &field.path, field.value(*variant)),
            Some((list, part)) => set_in_elements(&mut spec, list, part, field, *variant),
        }
    }
    for (field, variant) in fields.iter().zip(choice) {
        if field.kind == Kind::Member && *variant == usize::from(field.optional) {
            let leader = layout::leader(&built(&spec));
            set(&mut spec, &field.path, json!(leader));
        }
    }
    built(&spec)
}

fn built(spec: &Value) -> Cluster {
    let spec: Spec = match k8s::read(spec) {
        Ok(spec) => spec,
        Err(error) => unreachable!("a spec made from its own schema: {error}"),
    };
    let texts = spec.postgres.init_sql.iter();
    let init_sql = texts.filter_map(|sql| sql.text.clone()).collect();
    Cluster { spec, init_sql }
}

fn set(spec: &mut Value, path: &str, value: Value) {
    let mut here = spec;
    for step in path.split('.') {
        here = &mut here[step];
    }
    *here = value;
}

/// Sets a part of each element. Before the first, elements are texts: a list of sections turns them into sections.
fn set_in_elements(spec: &mut Value, list: &str, part: &str, field: &Field, variant: usize) {
    let mut here = spec;
    for step in list.split('.') {
        here = &mut here[step];
    }
    for (index, section) in here.as_array_mut().into_iter().flatten().enumerate() {
        if section.is_string() {
            *section = json!({});
        }
        let value = match field.kind {
            Kind::Text if !field.optional || variant > 0 => json!(element(list, index, part)),
            _ => field.value(variant),
        };
        section[part] = value;
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::fields;
    use super::*;

    #[test]
    fn every_choice_makes_a_cluster() {
        let fields = fields();
        assert!(fields.len() > 40, "{}", fields.len());
        for variant in 0..4 {
            let choice = fields
                .iter()
                .map(|field| variant.min(field.variants() - 1))
                .collect();
            let cluster = cluster(&fields, &choice);
            assert_eq!(cluster.init_sql.len(), variant.min(2));
        }
    }
}
