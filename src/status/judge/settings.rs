//! Whether settings take back what the cluster promises: such that somebody made by hand, in a server, of a role or of a database.
//! What one session sets for itself nobody else sees.

use crate::spec::Durability;
use crate::status::facts::{Facts, Member};
use crate::status::finding::{Finding, Id, Severity};
use crate::status::server::Taken;

/// One finding for each member that has such settings.
pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let each = facts.members.iter();
    each.filter_map(|member| unsafe_settings(facts, member))
        .collect()
}

fn unsafe_settings(facts: &Facts, member: &Member) -> Option<Finding> {
    let server = member.server()?;
    let taken: Vec<&Taken> = server
        .taken
        .iter()
        .filter(|one| counts(facts, one))
        .collect();
    let first = taken.first()?;
    let each = taken.iter().map(|one| match &one.by {
        Some(by) => format!("{} ({by})", one.setting),
        None => one.setting.clone(),
    });
    Some(Finding {
        id: Id::SettingUnsafe,
        severity: Severity::Warning,
        subject: member.name.clone(),
        wrong: "a setting takes back what the cluster promises".into(),
        seen: each.collect::<Vec<_>>().join("; "),
        advice: format!(
            "{}. Reset it where it was made, with `alter system`, `alter role` or `alter database`, and have the server read \
             it, with `select pg_reload_conf()`; what it is meant for, one transaction can set for itself",
            consequence(&first.setting)
        ),
        command: facts.commands.sql(
            "select name, setting, source, sourcefile from pg_settings where name ~ 'fsync|full_page_writes|synchronous_commit|\
             transaction_read_only'; select setrole::regrole, setconfig from pg_db_role_setting",
        ),
    })
}

/// Whether it takes something back here: that commits wait is promised only where the cluster was told so.
fn counts(facts: &Facts, taken: &Taken) -> bool {
    let waits = matches!(
        facts.durability,
        Some(Durability::Sync | Durability::Quorum)
    );
    waits || !taken.setting.starts_with("synchronous_commit")
}

fn consequence(setting: &str) -> &'static str {
    match setting.split(' ').next() {
        Some("synchronous_commit") => {
            "its commits wait for no standby: what is acknowledged may be on the primary alone"
        }
        Some("default_transaction_read_only") => {
            "who comes with no word of its own is refused every write"
        }
        _ => "after a crash of the machine the data here may be broken, and nothing says so",
    }
}
