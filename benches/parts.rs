//! How long each part of `pgherd gen` takes: reading and validating a spec, building its objects, writing them.
//! <https://docs.rs/criterion>

use std::hint::black_box;
use std::io;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use pgherd::cluster::Cluster;
use pgherd::{output, spec, topology, validate};

/// From the smallest spec to the one with every field.
const SPECS: [(&str, &str); 3] = [
    ("minimal", include_str!("../golden/minimal/spec.yaml")),
    ("classic", include_str!("../e2e/classic.yaml")),
    ("every option", include_str!("../e2e/every-option.yaml")),
];

fn read(text: &str) -> Vec<Cluster> {
    let source = spec::Source {
        name: "spec.yaml",
        text,
        folder: Some(Path::new("e2e")),
    };
    validate::read(&source).expect("a spec that keeps every rule")
}

fn validation(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("validation");
    for (name, text) in SPECS {
        group.bench_with_input(BenchmarkId::from_parameter(name), text, |bencher, text| {
            bencher.iter(|| read(black_box(text)));
        });
    }
}

fn building(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("building");
    for (name, text) in SPECS {
        let clusters = read(text);
        group.bench_with_input(
            BenchmarkId::from_parameter(name),
            &clusters[0],
            |bencher, cluster| {
                bencher.iter(|| topology::objects(black_box(cluster), None));
            },
        );
    }
}

fn emission(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("emission");
    for (name, text) in SPECS {
        let manifests = topology::objects(&read(text)[0], None);
        group.bench_with_input(
            BenchmarkId::from_parameter(name),
            &manifests,
            |bencher, manifests| {
                bencher.iter(|| {
                    output::yaml::write(&mut io::sink(), black_box(manifests).iter().cloned())
                });
            },
        );
    }
}

criterion_group!(parts, validation, building, emission);
criterion_main!(parts);
