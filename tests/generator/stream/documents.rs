//! Streams of specs from the smallest to the one with every field, each document a cluster of its own.

/// Specs and the names of their clusters.
const SPECS: [(&str, &str); 4] = [
    (include_str!("../../../golden/minimal/spec.yaml"), "violet"),
    (include_str!("../../../e2e/classic.yaml"), "postgres"),
    (include_str!("../../../e2e/self-cloning.yaml"), "cloning"),
    (include_str!("../../../e2e/every-option.yaml"), "every"),
];
/// Where node ports begin; as many as this and the largest there is are different, which bounds a stream's length.
const FIRST_PORT: usize = 30_000;

/// One document after the other. Files that they name are in `e2e/`.
pub(crate) fn stream(count: usize) -> String {
    (0..count).map(document).collect()
}

/// The document of this index, with `---` before it.
pub(crate) fn document(index: usize) -> String {
    let (spec, name) = SPECS[index % SPECS.len()];
    let port = format!("nodePort: {}", FIRST_PORT + index);
    let spec = spec
        .replacen(
            &format!("name: {name}\n"),
            &format!("name: {name}-{index}\n"),
            1,
        )
        .replace(
            &format!("primary: {name}-"),
            &format!("primary: {name}-{index}-"),
        )
        .replace("nodePort: 32000", &port)
        .replace("nodePort: 32001", &port);
    format!("---\n{spec}")
}
