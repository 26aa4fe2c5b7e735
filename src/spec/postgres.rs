//! The `postgres` section of a spec: version, parameters, access, first databases.
//!
//! Only what users write; how it becomes `postgresql.conf` and `pg_hba.conf` is the postgres component's.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::number;

/// The server: version, configuration, access.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Postgres {
    /// Major version of PostgreSQL. Data of one version is never opened by another.
    #[schemars(range(min = 15, max = 18))]
    pub version: u8,
    /// Image of the server; by default `postgres:<version>`. It keeps the contract of image/README.md.
    #[schemars(regex(pattern = r"^[!-~]+$"))]
    #[schemars(extend("examples" = ["postgres:17"]))]
    pub image: Option<String>,
    /// How the first primary's data directory is made. Read once.
    pub initdb: Initdb,
    /// Server parameters, as in postgresql.conf. A change restarts the members.
    #[schemars(extend("examples" = [{"shared_buffers": "128MB", "log_min_duration_statement": "1s"}]))]
    pub parameters: BTreeMap<String, Parameter>,
    /// Rows of pg_hba.conf, before the last one that asks every user for a password.
    #[schemars(extend("examples" = [[{"type": "host", "database": "app", "user": "app", "address": "10.0.0.0/8", "method": "scram-sha-256"}]]))]
    pub hba: Vec<HbaRow>,
    /// Database made on the first start. Read once.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z_][a-z0-9_]*$"))]
    pub database: String,
    /// Owner of the database, made on the first start. Read once.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z_][a-z0-9_]*$"))]
    pub owner: String,
    /// SQL run in the database on the first start, in this order, by the superuser. Read once.
    #[schemars(extend("examples" = [[{"text": "CREATE EXTENSION pg_trgm"}, {"file": "first.sql"}]]))]
    pub init_sql: Vec<InitSql>,
}

impl Default for Postgres {
    fn default() -> Self {
        Postgres {
            version: 17,
            image: None,
            initdb: Initdb::default(),
            parameters: BTreeMap::new(),
            hba: Vec::new(),
            database: "app".into(),
            owner: "app".into(),
            init_sql: Vec::new(),
        }
    }
}

/// How the first primary's data directory is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Initdb {
    /// Character encoding of the databases.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_]+$"))]
    pub encoding: String,
    /// Locale of the databases. `C.UTF-8` sorts alike on every image, so that indexes survive a new one.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_.@-]+$"))]
    pub locale: String,
    /// Whether data pages carry checksums.
    pub checksums: bool,
}

impl Default for Initdb {
    fn default() -> Self {
        Initdb {
            encoding: "UTF8".into(),
            locale: "C.UTF-8".into(),
            checksums: true,
        }
    }
}

/// Value of a server parameter, as written: a text, a number or a truth value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Parameter {
    /// `on` or `off`.
    Switch(bool),
    /// A whole number, in the parameter's own unit; up to [`number::LARGEST_WHOLE`] either way.
    Whole(i64),
    /// A number with a fraction.
    Fraction(f64),
    /// Any text, such as `256MB`.
    Text(String),
}

impl Parameter {
    /// The value as the server takes it, without quotes.
    pub fn text(&self) -> String {
        match self {
            Parameter::Switch(on) => if *on { "on" } else { "off" }.into(),
            Parameter::Whole(number) => number.to_string(),
            Parameter::Fraction(number) => number::text(*number),
            Parameter::Text(text) => text.clone(),
        }
    }
}

impl JsonSchema for Parameter {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Parameter".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean"]})
    }
}

/// One row of pg_hba.conf.
/// <https://www.postgresql.org/docs/current/auth-pg-hba-conf.html>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HbaRow {
    /// Which connections the row is about.
    #[serde(rename = "type")]
    pub connection: Connection,
    /// A database's name, or `all`.
    #[schemars(length(min = 1))]
    pub database: String,
    /// A user's name, or `all`.
    #[schemars(length(min = 1))]
    pub user: String,
    /// A network such as `10.0.0.0/8`, or `all`, `samenet`, `samehost`.
    pub address: Address,
    /// What the server asks for.
    pub method: Authentication,
}

/// Which connections a row of pg_hba.conf is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Connection {
    /// Over TCP, encrypted or not.
    Host,
    /// Over TCP, encrypted.
    Hostssl,
    /// Over TCP, not encrypted.
    Hostnossl,
}

/// Where a connection comes from: a network, or one of PostgreSQL's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Address(#[schemars(length(min = 1))] pub String);

/// What the server asks a client for; `trust` and `md5` are not offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Authentication {
    /// A password, proven without sending it.
    #[serde(rename = "scram-sha-256")]
    ScramSha256,
    /// Nothing: the connection is refused.
    Reject,
}

/// SQL for the first start: a text, or a file beside the spec. Just one of the two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InitSql {
    /// The SQL itself.
    #[serde(default)]
    pub text: Option<String>,
    /// Path of a file, relative to the spec's folder.
    #[serde(default)]
    pub file: Option<String>,
}
