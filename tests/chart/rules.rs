//! What the schema does not say of a valid spec: forms of texts, and fields that depend on each other.
//!
//! This file and its folder alone name fields in this test. A rule that is missing here shows as specs that are refused.

use serde_json::Value;

use crate::dice::Dice;

mod forms;
mod pods;
mod reach;
mod servers;

pub(crate) use forms::text;

/// Fields that a chart cannot have.
const NEVER_SET: [&str; 1] = ["postgres.initSql[].file"];
/// Fields without which, or as null, what is around them is refused.
const ALWAYS_A_VALUE: [&str; 1] = ["postgres.initSql[].text"];
pub(crate) fn is_never_set(path: &str) -> bool {
    NEVER_SET.contains(&path)
}

pub(crate) fn is_always_a_value(path: &str) -> bool {
    ALWAYS_A_VALUE.contains(&path)
}

/// Makes fields agree that depend on each other.
pub(crate) fn agree(spec: &mut Value, schema: &Value, dice: &mut Dice) {
    let mut fields = Fields { spec, schema };
    servers::topology(&mut fields);
    servers::primary(&mut fields, dice);
    servers::encoding(&mut fields, dice);
    servers::encryption(&mut fields);
    servers::durability(&mut fields, dice);
    pods::tolerations(&mut fields, dice);
    pods::drain(&mut fields, dice);
    reach::expose(&mut fields);
    reach::network_policy(&mut fields, dice);
    reach::issuer(&mut fields);
    reach::pooler(&mut fields, dice);
    servers::storage(&mut fields);
    reach::metrics(&mut fields, dice);
    for section in ["extra", "pooler.extra"] {
        pods::extra(&mut fields, section);
    }
    for section in ["resources", "pooler.resources", "metrics.resources"] {
        for field in ["cpu", "memory"] {
            pods::amounts(&mut fields, section, field);
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

    /// Leaves a field out that is no section's.
    fn leave_out(&mut self, name: &str) {
        if let Some(fields) = self.spec.as_object_mut() {
            fields.shift_remove(name);
        }
    }

    fn set(&mut self, path: &str, value: Value) {
        *path
            .split('.')
            .fold(&mut *self.spec, |value, name| &mut value[name]) = value;
    }
}
