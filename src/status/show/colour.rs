//! Colours for a terminal: how bad a finding is, and the command to type. Adds nothing to what is said.

use console::Style;

/// A line of [`table`](super::table) as a terminal shows it; the same line where colours are not wanted
/// (`NO_COLOR`, `TERM=dumb`).
pub fn coloured(line: &str) -> String {
    paint(line).map_or_else(
        || line.to_owned(),
        |(begin, painted, style)| format!("{begin}{}", style.apply_to(painted)),
    )
}

/// What stays as it is, what is painted, and how.
fn paint(line: &str) -> Option<(&str, &str, Style)> {
    let label = "  next  ";
    if let Some(command) = line.strip_prefix(label) {
        return Some((label, command, Style::new().cyan().bright()));
    }
    let style = if line.starts_with("CRITICAL ") {
        Style::new().red().bright().bold()
    } else if line.starts_with("WARNING ") {
        Style::new().yellow().bright().bold()
    } else if line == "nothing is wrong" {
        Style::new().green().bright()
    } else if line.starts_with("cluster ") {
        Style::new().bold()
    } else {
        return None;
    };
    Some(("", line, style))
}
