//! A screen of its own that is drawn again and again, as `top` has it, and is given back whatever happens.

use std::io::IsTerminal;

use anyhow::Result;
use console::{Term, measure_text_width};

use crate::cli::print;
use crate::status::coloured;

/// Switches to the terminal's second screen and hides the cursor.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
/// Shows the cursor and gives the first screen back, as it was.
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";
/// Goes to the first character.
const HOME: &str = "\x1b[H";
/// Clears the rest of a line.
const REST_OF_LINE: &str = "\x1b[K";
/// Clears what is below.
const BELOW: &str = "\x1b[J";

/// Where what is watched is drawn: a terminal's screen, or lines one after the other.
pub(super) struct Screen {
    terminal: Option<Term>,
}

impl Screen {
    /// Texts one after the other.
    pub(super) fn of_lines() -> Screen {
        Screen { terminal: None }
    }

    /// The terminal's second screen; where stdout is no terminal, texts one after the other.
    pub(super) fn of_terminal() -> Screen {
        let terminal = std::io::stdout().is_terminal().then(Term::stdout);
        if let Some(terminal) = &terminal {
            // Where the terminal is gone, so is the reader.
            let _ = terminal.write_str(ENTER);
        }
        Screen { terminal }
    }

    /// Characters of a line; none where it is no terminal.
    pub(super) fn width(&self) -> Option<u16> {
        let terminal = self.terminal.as_ref()?;
        terminal.size_checked().map(|(_, columns)| columns)
    }

    /// Draws a text in place of the last one; what does not fit below is left out and counted.
    pub(super) fn draw(&mut self, text: &str) -> Result<()> {
        let Some(terminal) = &self.terminal else {
            print(text)?;
            return Ok(());
        };
        let (height, width) = terminal.size();
        let mut drawn = String::from(HOME);
        for line in coloured(&fitting(text, height.into(), width.into())).lines() {
            drawn.push_str(line);
            drawn.push_str(REST_OF_LINE);
            drawn.push('\n');
        }
        drawn.push_str(BELOW);
        terminal.write_str(&drawn)?;
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if let Some(terminal) = &self.terminal {
            let _ = terminal.write_str(LEAVE);
        }
    }
}

/// The lines that fit, one less than there are, because the cursor ends below the last.
fn fitting(text: &str, height: usize, width: usize) -> String {
    let rows = |line: &str| measure_text_width(line).max(1).div_ceil(width.max(1));
    let all: usize = text.lines().map(rows).sum();
    if all < height {
        return text.to_owned();
    }
    // One more is for the line that says so.
    let room = height.saturating_sub(2);
    let mut used = 0;
    let mut lines: Vec<String> = text
        .lines()
        .take_while(|line| {
            used += rows(line);
            used <= room
        })
        .map(str::to_owned)
        .collect();
    let more = text.lines().count() - lines.len();
    lines.push(format!(
        "... {more} more lines: make the terminal higher, or leave --watch out"
    ));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::fitting;

    #[test]
    fn what_does_not_fit_is_counted() {
        assert_eq!(fitting("a\nb\nc\n", 4, 80), "a\nb\nc\n");
        let shown = fitting("a\nb\nc\nd\n", 4, 80);
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[2].starts_with("... 2 more"), "{lines:?}");
        // A line that is too long takes two.
        assert_eq!(fitting("aaaa\nb\nc\n", 4, 3).lines().count(), 2);
    }
}
