//! The law of the chart: rendered with a spec as values, it gives the objects that `gen` gives for that spec.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use pgherd::output::yaml;
use pgherd::spec::schema;
use pgherd::topology;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::compare::{Difference, differences};
use crate::documents;
use crate::helm;
use crate::random::{Sample, sample, specs};

/// helm commands that run at the same time.
const AT_ONCE: usize = 2;
/// Differences after which no more specs are rendered.
const ENOUGH: usize = 10;
/// Differences of one spec that are shown; the rest is counted.
const PER_SPEC: usize = 4;

/// The chart to be judged: the committed one, of which another test says whether it is current.
pub(crate) fn chart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("charts/pgherd")
}

/// What differs between the chart and `gen`, in words; each spec that shows a difference is kept in a file.
pub(crate) fn unequal(chart: &Path, samples: &[Sample]) -> Vec<String> {
    let (next, reports) = (AtomicUsize::new(0), Mutex::new((0, Vec::new())));
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(sample) = samples.get(index) else {
                return;
            };
            let release = named(sample, index);
            let found = render(chart, sample, &release);
            let mut reports = reports.lock().unwrap();
            if reports.0 >= ENOUGH {
                return;
            }
            if let Some(report) = report(&release, found) {
                reports.0 += report.0;
                reports.1.push(report.1);
            }
        }
    };
    thread::scope(|scope| (0..AT_ONCE).for_each(|_| _ = scope.spawn(work)));
    reports.into_inner().unwrap().1
}

/// What helm is told.
struct Release {
    name: String,
    values: String,
}

/// A spec as a release, its cluster named in turn by each of the ways that a chart offers: `name`, the release's name
/// where there is none, and `fullnameOverride`, which goes before both.
fn named(sample: &Sample, index: usize) -> Release {
    let name = sample.cluster.name();
    let mut values = sample.value.clone();
    let fields = values.as_object_mut().unwrap();
    let release = match index % 3 {
        0 => "release",
        1 => {
            fields.shift_remove("name");
            name
        }
        _ => {
            fields.insert("name".into(), json!("other"));
            fields.insert("fullnameOverride".into(), json!(name));
            "release"
        }
    };
    Release {
        name: release.into(),
        values: yaml::document(&values),
    }
}

/// The differences of one spec.
///
/// # Errors
/// What helm or the parser of its output says.
fn render(chart: &Path, sample: &Sample, release: &Release) -> Result<Vec<Difference>, String> {
    let folder = TempDir::new().unwrap();
    let values = folder.path().join("spec.yaml");
    fs::write(&values, &release.values).unwrap();
    let namespace = sample.cluster.spec.namespace.as_deref();
    let namespace = namespace.unwrap_or("default");
    let text = helm::template(chart, &values, &release.name, namespace)?;
    let rendered = documents::read(&text)?;
    Ok(differences(&objects(sample), &rendered))
}

fn objects(sample: &Sample) -> Vec<Value> {
    let manifests = topology::objects(&sample.cluster, None);
    let value = |manifest: pgherd::k8s::Manifest| serde_json::to_value(manifest.object).unwrap();
    manifests.into_iter().map(value).collect()
}

/// The number of differences and their text, where there is any.
fn report(release: &Release, found: Result<Vec<Difference>, String>) -> Option<(usize, String)> {
    let lines: Vec<String> = match found {
        Ok(differences) => differences.iter().map(ToString::to_string).collect(),
        Err(error) => vec![error],
    };
    if lines.is_empty() {
        return None;
    }
    let shown = &lines[..lines.len().min(PER_SPEC)];
    let text = format!(
        "{}\nrelease {}, {} of {} differences:\n{}",
        keep(&release.values).display(),
        release.name,
        shown.len(),
        lines.len(),
        shown.join("\n")
    );
    Some((shown.len(), text))
}

/// Writes a spec into a file that stays after the test.
fn keep(text: &str) -> PathBuf {
    let file = tempfile::Builder::new()
        .prefix("pgherd-spec-")
        .suffix(".yaml")
        .tempfile();
    let (_, path) = file.unwrap().keep().unwrap();
    fs::write(&path, text).unwrap();
    path
}

/// The specs that people wrote: goldens and scenarios, with the files of `initSql` inlined, as a chart reads none; and
/// two in which everything is null that may be, but the pooler's image.
pub(crate) fn written() -> Vec<Sample> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let specs = ["golden", "e2e"].map(|folder| fs::read_dir(root.join(folder)).unwrap());
    let specs = specs
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path());
    let specs = specs.map(|path| {
        if path.is_dir() {
            path.join("spec.yaml")
        } else {
            path
        }
    });
    let mut specs: Vec<PathBuf> = specs
        .filter(|path| path.extension().is_some_and(|end| end == "yaml") && path.is_file())
        .collect();
    specs.sort();
    specs
        .iter()
        .map(|path| inlined(path))
        .chain(["init", "job"].map(bare))
        .collect()
}

fn bare(bootstrap: &str) -> Sample {
    let mut value = nulls(&schema());
    value["bootstrap"] = json!(bootstrap);
    value["name"] = json!("bare");
    value["topology"] = json!("streaming");
    value["pooler"]["kind"] = json!("pgpool");
    value["pooler"]["image"] = json!("pgherd:dev");
    value["metrics"]["enabled"] = json!(true);
    value["metrics"]["image"] = json!("pgherd:dev");
    sample(value).unwrap()
}

/// A section in which every field is null that may be, and no other is set.
fn nulls(section: &Value) -> Value {
    let fields = section["properties"].as_object().unwrap();
    let nulls = fields.iter().filter_map(|(name, field)| {
        let is_section = field["properties"]
            .as_object()
            .is_some_and(|known| !known.is_empty());
        if is_section {
            return Some((name.clone(), nulls(field)));
        }
        jsonschema::is_valid(field, &Value::Null).then(|| (name.clone(), Value::Null))
    });
    nulls.collect::<serde_json::Map<_, _>>().into()
}

fn inlined(path: &Path) -> Sample {
    let mut value: Value = serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let entries = value.pointer_mut("/postgres/initSql");
    for entry in entries.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(file) = entry["file"].as_str() {
            let text = fs::read_to_string(path.with_file_name(file)).unwrap();
            *entry = json!({"text": text});
        }
    }
    sample(value).unwrap_or_else(|errors| panic!("{}: {errors}", path.display()))
}

fn assert_equal(samples: &[Sample]) {
    let reports = unequal(&chart(), samples);
    assert!(
        reports.is_empty(),
        "the chart and gen differ:\n\n{}",
        reports.join("\n\n")
    );
    eprintln!("the chart and gen agree on {} specs", samples.len());
}

#[test]
fn the_chart_gives_the_objects_of_written_specs() {
    if !helm::is_left_out() {
        assert_equal(&written());
    }
}

#[test]
fn the_chart_gives_the_objects_of_random_specs() {
    if !helm::is_left_out() {
        assert_equal(specs());
    }
}

/// A chart that holds one spec's objects as they are is found equal for that spec, and unequal for all others.
#[test]
fn a_chart_without_choices_is_found_out() {
    if helm::is_left_out() {
        return;
    }
    let samples = &specs()[..12];
    let chart = TempDir::new().unwrap();
    let file = |name: &str, text: &str| fs::write(chart.path().join(name), text).unwrap();
    fs::create_dir(chart.path().join("templates")).unwrap();
    file("Chart.yaml", "apiVersion: v2\nname: stub\nversion: 0.1.0\n");
    let objects = yaml::render(&topology::objects(&samples[0].cluster, None));
    file("templates/all.yaml", &objects.replace("{{", "{{ \"{{\" }}"));

    assert_eq!(unequal(chart.path(), &samples[..1]), [] as [String; 0]);
    let reports = unequal(chart.path(), samples);
    assert!((3..=ENOUGH).contains(&reports.len()), "{}", reports.len());
    for report in reports {
        let spec = PathBuf::from(report.lines().next().unwrap());
        let kept = fs::read_to_string(&spec).unwrap();
        assert!(kept.contains("topology: "), "{report}");
        fs::remove_file(spec).unwrap();
    }
}

/// Helm reads a spec as pgherd does, whatever is in it. A null without a default is kept, and left out here.
#[test]
fn helm_reads_random_specs_as_they_are() {
    if helm::is_left_out() {
        return;
    }
    let chart = TempDir::new().unwrap();
    let file = |name: &str, text: &str| fs::write(chart.path().join(name), text).unwrap();
    fs::create_dir(chart.path().join("templates")).unwrap();
    file("Chart.yaml", "apiVersion: v2\nname: stub\nversion: 0.1.0\n");
    file(
        "templates/values.yaml",
        "values: {{ .Values | toJson | quote }}\n",
    );
    let values = chart.path().join("spec.yaml");
    for sample in &specs()[..40] {
        fs::write(&values, &sample.text).unwrap();
        let text = helm::template(chart.path(), &values, "release", "default").unwrap();
        let read = &documents::read(&text).unwrap()[0]["values"];
        let read: Value = serde_json::from_str(read.as_str().unwrap()).unwrap();
        assert_eq!(floats(&read), floats(&sample.value), "{}", sample.text);
    }
}

/// The value with every number as a float, and without nulls.
fn floats(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(elements) => elements.iter().map(floats).collect(),
        Value::Object(fields) => {
            let set = fields.iter().filter(|(_, field)| !field.is_null());
            Value::Object(
                set.map(|(name, field)| (name.clone(), floats(field)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}
