//! Colours for a terminal: how bad a finding is, and the command to type. Adds nothing to what is said.

use console::Style;

/// What comes before a command.
const LABEL: &str = "  next  ";

/// The lines of [`table`](super::table) as a terminal shows them; the same lines where colours are not wanted
/// (`NO_COLOR`, `TERM=dumb`).
pub fn coloured(text: &str) -> String {
    let mut in_command = false;
    let lines = text.lines().map(|line| {
        let of_command = in_command || line.starts_with(LABEL);
        in_command = of_command && line.ends_with('\\');
        let (begin, painted, style) = if of_command {
            let (begin, command) = line.split_at(LABEL.len());
            (begin, command, Style::new().cyan().bright())
        } else {
            ("", line, style(line))
        };
        format!("{begin}{}\n", style.apply_to(painted))
    });
    lines.collect()
}

/// How a line is painted that is no command.
fn style(line: &str) -> Style {
    if line.starts_with("CRITICAL ") {
        Style::new().red().bright().bold()
    } else if line.starts_with("WARNING ") {
        Style::new().yellow().bright().bold()
    } else if line == "nothing is wrong" {
        Style::new().green().bright()
    } else if line.starts_with("cluster ") {
        Style::new().bold()
    } else {
        Style::new()
    }
}
