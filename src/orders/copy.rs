//! Has a standby copy its data anew from another member, beside what it has.

use anyhow::Result;

use super::{leader, order, refused, require_members};
use crate::leader::Ground;

/// Copies a member's data anew, and waits until it streams with the copy. What it had goes once the copy is whole.
///
/// # Errors
/// When nobody leads, the member does or is none, or the copy does not stream within the time; it may go on then.
pub async fn copy_anew(ground: &Ground<'_>, pod: &str) -> Result<()> {
    let doing = "copying the data anew";
    require_members(ground, doing, std::slice::from_ref(&pod.to_owned()))?;
    let leads = leader(ground, doing).await?;
    if leads == pod {
        let reason = format!(
            "{pod} leads: `{}` hands the lead over first",
            ground.commands.pgherd("switchover")
        );
        return Err(refused(doing, vec![reason]));
    }
    let line = ground.progress.line(pod);
    line.update(&format!("copying beside its data; {leads} leads"));
    let said = order(ground, pod, "copy").await?;
    line.finish(&said);
    Ok(())
}
