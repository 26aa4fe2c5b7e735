//! What the schema does not say of a valid spec: forms of texts, and fields that depend on each other.
//!
//! The only file of this test that names fields. A rule that is missing here shows as specs that are refused.

use serde_json::{Value, json};

use crate::dice::Dice;
use crate::texts::{Lines, any, matching};

/// Fields that a chart cannot have.
const NEVER_SET: [&str; 1] = ["postgres.initSql[].file"];
/// Fields without which, or as null, what is around them is refused.
const ALWAYS_A_VALUE: [&str; 1] = ["postgres.initSql[].text"];
/// Words that the rules refuse whatever else there is.
const NEVER_SAID: [(&str, &str); 1] = [("whenStandbysAreGone", "degrade")];

const LABEL_WORD: &str = "[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?";
const DOMAIN: &str = "[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?(\\.[a-z0-9]{1,8}){0,2}";
const PARAMETER: &str = "[a-z_][a-z0-9_]{0,20}(\\.[a-z_][a-z0-9_]{0,20})?";
const NETWORKS: [&str; 9] = [
    "all",
    "samenet",
    "samehost",
    "0.0.0.0/0",
    "10.0.0.0/8",
    "192.168.1.7/32",
    "::/0",
    "fd00::/8",
    "fd12:3456::1/128",
];
const PARAMETERS: [&str; 8] = [
    "work_mem",
    "random_page_cost",
    "jit",
    "log_line_prefix",
    "log_min_duration_statement",
    "max_parallel_workers",
    "auto_explain.log_min_duration",
    "search_path",
];
const IMAGES: [&str; 3] = [
    "registry.example:5000/team/image:1",
    "image@sha256:0000",
    "localhost/pgherd:dev",
];

pub(crate) fn is_never_set(path: &str) -> bool {
    NEVER_SET.contains(&path)
}

pub(crate) fn is_always_a_value(path: &str) -> bool {
    ALWAYS_A_VALUE.contains(&path)
}

/// Whether the rules refuse a word of an enum.
pub(crate) fn is_never_said(path: &str, word: &str) -> bool {
    NEVER_SAID.contains(&(path, word))
}

/// One of an enum's words.
pub(crate) fn word(path: &str, words: &[String], dice: &mut Dice) -> String {
    let said: Vec<&String> = words
        .iter()
        .filter(|word| !is_never_said(path, word))
        .collect();
    (*dice.one(&said)).clone()
}

/// A text for a field whose form the schema does not describe.
pub(crate) fn text(path: &str, dice: &mut Dice) -> Option<String> {
    Some(match path {
        path if path.ends_with("nnotations.<key>") => label_key(dice),
        path if path.ends_with("labels.<key>") => label_key(dice),
        path if path.ends_with("labels.<value>") => label_value(dice),
        "scheduling.nodeSelector.<key>" | "scheduling.tolerations[].key" => label_key(dice),
        "scheduling.nodeSelector.<value>" => label_value(dice),
        "postgres.parameters.<key>" if dice.happens(30) => (*dice.one(&PARAMETERS)).into(),
        "postgres.parameters.<key>" => matching(dice, PARAMETER),
        "postgres.parameters.<value>" => any(dice, Lines::One, 0),
        "postgres.hba[].database" | "postgres.hba[].user" => hba_name(dice),
        "postgres.hba[].address" => (*dice.one(&NETWORKS)).into(),
        "postgres.image" | "pooler.image" | "metrics.image" if dice.happens(50) => {
            (*dice.one(&IMAGES)).into()
        }
        _ => return None,
    })
}

fn label_key(dice: &mut Dice) -> String {
    let name = if dice.happens(10) {
        "y".into()
    } else {
        matching(dice, LABEL_WORD)
    };
    if dice.happens(50) {
        name
    } else {
        format!("{}/{name}", matching(dice, DOMAIN))
    }
}

fn label_value(dice: &mut Dice) -> String {
    match dice.between(1, 4) {
        1 => (*dice.one(&[
            "",
            "on",
            "0x1f",
            "1e3",
            "null",
            "017",
            "2026-11-21",
            "1_000",
            "12",
        ]))
        .into(),
        2 => matching(dice, "[A-Za-z0-9]{63}"),
        _ => matching(dice, LABEL_WORD),
    }
}

fn hba_name(dice: &mut Dice) -> String {
    if dice.happens(10) {
        return "all".into();
    }
    let name = any(dice, Lines::One, 1).replace([',', '"', '\n', '\r'], "");
    let name = name.trim_start_matches(['+', '/', '@']);
    if name.is_empty() {
        "app".into()
    } else {
        name.into()
    }
}

/// Makes fields agree that depend on each other.
pub(crate) fn agree(spec: &mut Value, schema: &Value, dice: &mut Dice) {
    let mut fields = Fields { spec, schema };
    primary(&mut fields, dice);
    encoding(&mut fields, dice);
    encryption(&mut fields);
    durability(&mut fields, dice);
    tolerations(&mut fields, dice);
    drain(&mut fields, dice);
    expose(&mut fields);
    network_policy(&mut fields, dice);
    issuer(&mut fields);
    pooler(&mut fields, dice);
    storage(&mut fields);
    metrics(&mut fields, dice);
    for section in ["extra", "pooler.extra"] {
        extra(&mut fields, section);
    }
    for section in ["resources", "pooler.resources", "metrics.resources"] {
        for field in ["cpu", "memory"] {
            amounts(&mut fields, section, field);
        }
    }
}

/// A spec whose fields are asked for and set by path.
struct Fields<'a> {
    spec: &'a mut Value,
    schema: &'a Value,
}

impl Fields<'_> {
    fn written(&self, path: &str) -> Option<&Value> {
        path.split('.')
            .try_fold(&*self.spec, |value, name| value.get(name))
    }

    /// What is written, or else the default.
    fn get(&self, path: &str) -> Value {
        let default = || {
            path.split('.')
                .fold(self.schema, |schema, name| &schema["properties"][name])["default"]
                .clone()
        };
        self.written(path).cloned().unwrap_or_else(default)
    }

    fn set(&mut self, path: &str, value: Value) {
        *path
            .split('.')
            .fold(&mut *self.spec, |value, name| &mut value[name]) = value;
    }
}

/// Any member can lead.
fn primary(fields: &mut Fields, dice: &mut Dice) {
    if fields.get("primary").is_string() {
        let text = |path: &str| fields.get(path).as_str().unwrap().to_owned();
        let standbys = fields.get("members").as_u64().unwrap() - 1;
        let pod = if dice.happens(30) {
            format!("{}-{}-0", text("name"), text("roles.primary"))
        } else {
            let ordinal = dice.between(0, i64::try_from(standbys).unwrap() - 1);
            format!("{}-{}-{ordinal}", text("name"), text("roles.standby"))
        };
        fields.set("primary", json!(pod));
    }
}

/// The default locale takes UTF8 alone.
fn encoding(fields: &mut Fields, dice: &mut Dice) {
    let locale = fields.get("postgres.initdb.locale");
    if fields.written("postgres.initdb.encoding").is_some() && locale == "C.UTF-8" {
        if dice.happens(50) {
            fields.set("postgres.initdb.encoding", json!("UTF8"));
        } else {
            fields.set("postgres.initdb.locale", json!("C"));
        }
    }
}

/// Commits that wait need standbys, and a word on what happens without them.
fn durability(fields: &mut Fields, dice: &mut Dice) {
    let few = fields.get("members").as_i64().unwrap() < 3;
    if fields.get("durability") == "quorum" && few {
        fields.set("durability", json!(dice.one(&["async", "sync"])));
    }
    if fields.get("durability") != "async" {
        fields.set("whenStandbysAreGone", json!("block"));
    }
}

/// Without encryption, no row is about encrypted connections.
fn encryption(fields: &mut Fields) {
    if fields.get("tls.mode") != "off" || fields.written("postgres.hba").is_none() {
        return;
    }
    let mut rows = fields.get("postgres.hba");
    for row in rows.as_array_mut().into_iter().flatten() {
        if row["type"] == "hostssl" {
            row["type"] = json!("host");
        }
    }
    fields.set("postgres.hba", rows);
}

/// `Equal` needs a key, `Exists` compares no value.
fn tolerations(fields: &mut Fields, dice: &mut Dice) {
    let mut tolerations = fields.get("scheduling.tolerations");
    for toleration in tolerations.as_array_mut().into_iter().flatten() {
        let has_key = toleration.get("key").is_some_and(Value::is_string);
        if toleration.get("operator") != Some(&json!("Exists")) && !has_key {
            if dice.happens(75) {
                toleration["operator"] = json!("Exists");
            } else {
                toleration["key"] = json!(label_key(dice));
            }
        }
        let has_value = toleration.get("value").is_some_and(Value::is_string);
        if toleration.get("operator") == Some(&json!("Exists")) && has_value {
            toleration["value"] = json!("");
        }
    }
    if fields.written("scheduling.tolerations").is_some() {
        fields.set("scheduling.tolerations", tolerations);
    }
}

/// A drain has to be able to stop one standby.
fn drain(fields: &mut Fields, dice: &mut Dice) {
    let most = fields.get("members").as_i64().unwrap() - 2;
    let kept = fields.get("disruption.minStandbys").as_i64();
    if kept.is_some_and(|kept| kept > most) {
        fields.set("disruption.minStandbys", json!(dice.between(0, most)));
    }
}

/// A node port needs its type, and what leads to the pooler a pooler.
fn expose(fields: &mut Fields) {
    if fields.get("expose.nodePort").is_number() {
        if fields.written("expose.type") == Some(&json!("None")) {
            fields.set("expose.nodePort", Value::Null);
        } else {
            fields.set("expose.type", json!("NodePort"));
        }
    }
    if fields.get("expose.to") == "pooler" {
        fields.set("pooler.kind", json!("pgpool"));
    }
}

/// Everybody needs no list, and clients outside are not found by selectors.
fn network_policy(fields: &mut Fields, dice: &mut Dice) {
    let clients = "networkPolicy.clients";
    if fields.get(clients) == "anywhere" && fields.get("networkPolicy.from")[0].is_object() {
        fields.set("networkPolicy.from", json!([]));
    }
    let is_exposed = fields.get("expose.type") != "None";
    if !is_exposed || fields.get("networkPolicy.enabled") != true {
        return;
    }
    let mut from = fields.get("networkPolicy.from");
    let peers = from.as_array_mut().unwrap();
    if fields.get(clients) == "anywhere" || peers.iter().any(|peer| peer["ipBlock"].is_object()) {
        return;
    }
    match peers.first_mut() {
        Some(peer) => {
            *peer = json!({"ipBlock": {"cidr": "::/0"}});
            fields.set("networkPolicy.from", from);
        }
        _ if dice.happens(50) => fields.set(clients, json!("anywhere")),
        _ => fields.set("networkPolicy.enabled", json!(false)),
    }
}

/// cert-manager needs an issuer.
fn issuer(fields: &mut Fields) {
    if fields.get("tls.mode") == "certManager" && fields.get("tls.issuerRef.name").is_null() {
        fields.set("tls.issuerRef.name", json!("company"));
    }
}

/// Exporters need an image, what shows metrics needs exporters, and Prometheus a way to them.
fn metrics(fields: &mut Fields, dice: &mut Dice) {
    let parts = ["podMonitor", "rules", "dashboard"].map(|part| format!("metrics.{part}.enabled"));
    let is_wanted = parts.iter().any(|part| fields.get(part) == true);
    if is_wanted && dice.happens(70) {
        fields.set("metrics.enabled", json!(true));
    }
    if fields.get("metrics.enabled") != true {
        for part in &parts {
            if fields.get(part) == true {
                fields.set(part, json!(false));
            }
        }
        return;
    }
    if fields.get("metrics.image").is_null() {
        fields.set("metrics.image", json!(dice.one(&IMAGES)));
    }
    let is_listed = |path: &str| fields.get(path)[0].is_object();
    let is_open = is_listed("networkPolicy.metrics") || is_listed("networkPolicy.members.ingress");
    let is_shut = fields.get("networkPolicy.enabled") == true && !is_open;
    if is_shut && fields.get("metrics.podMonitor.enabled") == true {
        if dice.happens(30) {
            fields.set("metrics.podMonitor.enabled", json!(false));
        } else {
            fields.set("networkPolicy.metrics", json!([{"podSelector": {}}]));
        }
    }
}

/// A pooler needs an image, and every client of every pod a connection on each server.
fn pooler(fields: &mut Fields, dice: &mut Dice) {
    if fields.get("pooler.kind") != "pgpool" {
        return;
    }
    let is_missing = fields.get("pooler.image").is_null();
    if is_missing && fields.get("expose.to") != "pooler" && dice.happens(80) {
        return fields.set("pooler.kind", json!("none"));
    }
    if is_missing {
        fields.set("pooler.image", json!(dice.one(&IMAGES)));
    }
    if dice.happens(50) {
        fields.set("pooler.replicas", json!(dice.between(1, 2)));
        fields.set("pooler.maxClients", json!(dice.between(1, 12)));
        return;
    }
    let number = |path: &str| fields.get(path).as_i64().unwrap();
    let enough = number("pooler.replicas") * (number("pooler.maxClients") + 100) + 200;
    fields.set("postgres.parameters.max_connections", json!(enough));
}

/// A volume for WAL has room for what is written between two checkpoints; a class is that of a volume.
fn storage(fields: &mut Fields) {
    let size = fields.get("storage.walSize");
    if amount(&size).is_some_and(|size| size < 4.0 * 1024_f64.powi(3)) {
        fields.set("storage.walSize", json!("4Gi"));
    }
    if size.is_null() && fields.get("storage.walClassName").is_string() {
        fields.set("storage.walClassName", Value::Null);
    }
}

/// What is added has names of its own, and mounts volumes that are there.
fn extra(fields: &mut Fields, section: &str) {
    let volume = |fields: &Fields| fields.get(&format!("{section}.volumes"))[0]["name"].clone();
    for list in ["env", "volumes", "initContainers", "containers"] {
        let path = format!("{section}.{list}");
        let mut objects = fields.get(&path);
        for (index, object) in objects.as_array_mut().into_iter().flatten().enumerate() {
            let name = object["name"].as_str().unwrap();
            let separator = if list == "env" { "_" } else { "-" };
            object["name"] = json!(format!("{name}{separator}{}{index}", list.len()));
        }
        if fields.written(&path).is_some() {
            fields.set(&path, objects);
        }
    }
    let (path, volume) = (format!("{section}.volumeMounts"), volume(fields));
    let mut mounts = fields.get(&path);
    for mount in mounts.as_array_mut().into_iter().flatten() {
        if volume.is_string() {
            mount["name"] = volume.clone();
        }
    }
    if fields.written(&path).is_some() {
        fields.set(&path, mounts);
    }
}

/// A request is not above its limit.
fn amounts(fields: &mut Fields, section: &str, field: &str) {
    let (asked, most) = (
        format!("{section}.requests.{field}"),
        format!("{section}.limits.{field}"),
    );
    let (request, limit) = (fields.get(&asked), fields.get(&most));
    if let (Some(low), Some(high)) = (amount(&request), amount(&limit))
        && low > high
    {
        let (is_asked, is_bound) = (
            fields.written(&asked).is_some(),
            fields.written(&most).is_some(),
        );
        if is_asked {
            fields.set(&most, request);
        }
        if is_bound {
            fields.set(&asked, limit);
        }
    }
}

/// Kubernetes' amounts as numbers of one unit.
fn amount(written: &Value) -> Option<f64> {
    let written = written.as_str()?;
    let end = written
        .find(|c: char| c.is_ascii_alphabetic())
        .unwrap_or(written.len());
    let factor = match &written[end..] {
        "m" => 0.001,
        "Ki" => 1024_f64,
        "Mi" => 1024_f64.powi(2),
        "Gi" => 1024_f64.powi(3),
        "Ti" => 1024_f64.powi(4),
        _ => 1.0,
    };
    Some(written[..end].parse::<f64>().unwrap() * factor)
}
