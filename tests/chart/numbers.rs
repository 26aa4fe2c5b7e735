//! Numbers of `postgres.parameters`: pgherd's text and Helm's, from the same YAML.

use std::fmt::Write;
use std::fs;

use pgherd::spec::{Parameter, Source, number};
use pgherd::validate::read;

use crate::dice::Dice;
use crate::helm;

const TEMPLATE: &str = "kind: Numbers\ntexts:\n{{- range .Values.numbers }}\n  - {{ . | toJson | quote }}\n{{- end }}\n";

/// The texts that Helm prints for numbers as YAML writes them.
fn printed_by_helm(numbers: &[String]) -> Vec<String> {
    let chart = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| fs::write(chart.path().join(name), text).unwrap();
    fs::create_dir(chart.path().join("templates")).unwrap();
    file("Chart.yaml", "apiVersion: v2\nname: stub\nversion: 0.1.0\n");
    file("templates/numbers.yaml", TEMPLATE);
    file(
        "spec.yaml",
        &format!("numbers:\n  - {}\n", numbers.join("\n  - ")),
    );
    let spec = chart.path().join("spec.yaml");
    let rendered = helm::template(chart.path(), &spec, "stub", "default").unwrap();
    let document: serde_yaml::Value = serde_yaml::from_str(&rendered).unwrap();
    serde_yaml::from_value(document["texts"].clone()).unwrap()
}

/// The texts that pgherd prints for numbers as YAML writes them.
fn printed_by_pgherd(numbers: &[String]) -> Vec<String> {
    let mut text = String::from("name: a\ntopology: streaming\npostgres:\n  parameters:\n");
    for (index, number) in numbers.iter().enumerate() {
        writeln!(text, "    x.n{index:06}: {number}").unwrap();
    }
    let source = Source {
        name: "spec",
        text: &text,
        folder: None,
    };
    let clusters = read(&source).unwrap_or_else(|errors| panic!("{errors}"));
    let parameters = &clusters[0].spec.postgres.parameters;
    parameters.values().map(Parameter::text).collect()
}

fn compare(numbers: &[String]) {
    if helm::is_left_out() {
        return;
    }
    let (helm, pgherd) = (printed_by_helm(numbers), printed_by_pgherd(numbers));
    assert_eq!((helm.len(), pgherd.len()), (numbers.len(), numbers.len()));
    for (number, (helm, pgherd)) in numbers.iter().zip(helm.iter().zip(&pgherd)) {
        assert_eq!(helm, pgherd, "helm and pgherd differ on {number}");
    }
}

#[test]
fn numbers_at_the_edges_are_printed_as_helm_prints_them() {
    let numbers = [
        "0",
        "-0",
        "0.0",
        "-0.0",
        "+1",
        "1",
        "-1",
        "0x1f",
        "0o17",
        "17.0",
        "1e3",
        "1E3",
        ".5",
        "-.5",
        "1.",
        "9007199254740992",
        "-9007199254740992",
        "9007199254740993.0",
        "1e15",
        "1e16",
        "1e20",
        "1e21",
        "1.0e+21",
        "123456789012345680000.0",
        "999999999999999900000.0",
        "1.5e21",
        "-2.5e30",
        "1e22",
        "1e23",
        "1e100",
        "1.7976931348623157e308",
        "0.000001",
        "0.00000099",
        "9.99e-7",
        "1e-7",
        "1.0e-7",
        "-1e-7",
        "1.5e-10",
        "1e-10",
        "5e-324",
        "2.2250738585072014e-308",
        "0.1",
        "1.1",
        "0.30000000000000004",
        "123456.789",
        "1e-6",
        "100000.0",
    ];
    compare(&numbers.map(str::to_owned));
}

#[test]
fn random_numbers_are_printed_as_helm_prints_them() {
    let mut dice = Dice::new(1);
    let whole = (0..1000).map(|_| {
        let bits = u32::try_from(dice.between(0, 53)).unwrap();
        let sign = if dice.happens(50) { -1 } else { 1 };
        (sign * dice.between(0, 1 << bits).min(number::LARGEST_WHOLE)).to_string()
    });
    let mut numbers: Vec<String> = whole.collect();
    while numbers.len() < 4000 {
        let number = f64::from_bits(dice.bits());
        // Every magnitude alike, and those around which people write theirs.
        let near = number.abs().log10() / 20.0;
        for number in [number, 10_f64.powf(near) * number.signum()] {
            if number.is_finite() && number != 0.0 {
                numbers.push(format!("{number:e}").replacen(
                    'e',
                    "e+",
                    usize::from(number.abs() >= 1.0),
                ));
            }
        }
    }
    compare(&numbers);
}
