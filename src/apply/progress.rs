//! Says on stderr how far things are: moving lines on a terminal, plain lines elsewhere. Never writes to stdout.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::terminal::folded;

/// Columns of the sign that turns before a moving line, and of the blank behind it.
const SIGN: usize = 2;
/// Blanks before what a line goes on with.
const INDENT: usize = 2;

/// Where progress is shown. A second one would tear this one's lines; pass it by reference, or make one from it.
pub struct Progress {
    voice: Voice,
    started: Instant,
    /// What each line begins with.
    about: String,
}

/// How lines are shown.
#[derive(Clone)]
enum Voice {
    /// They move.
    Moving(MultiProgress),
    /// Each stays where it is.
    Plain,
    /// Not at all.
    Silent,
}

/// The line of one object or step.
pub struct Line<'a> {
    progress: &'a Progress,
    label: String,
    bar: Option<ProgressBar>,
    last: Mutex<String>,
}

impl Progress {
    /// Progress on stderr.
    pub fn on_stderr() -> Progress {
        let moving = std::io::stderr().is_terminal()
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Progress {
            voice: if moving {
                Voice::Moving(MultiProgress::new())
            } else {
                Voice::Plain
            },
            started: Instant::now(),
            about: String::new(),
        }
    }

    /// Progress that nobody is told of: of many things at once, whoever does them tells.
    pub fn silent() -> Progress {
        Progress {
            voice: Voice::Silent,
            started: Instant::now(),
            about: String::new(),
        }
    }

    /// The same place, for one of several things that are done side by side: each line begins with its name.
    #[must_use]
    pub fn about(&self, name: &str) -> Progress {
        Progress {
            voice: self.voice.clone(),
            started: self.started,
            about: format!("{name}: "),
        }
    }

    /// A line of its own, for something that is done at once.
    pub fn say(&self, label: &str, words: &str) {
        let text = format!("{}{label}: {words}", self.about);
        match &self.voice {
            // An error means that the terminal is gone, and with it the reader.
            Voice::Moving(bars) => drop(bars.println(folded(&text, INDENT, columns()))),
            Voice::Plain => plain(self.started, &text),
            Voice::Silent => (),
        }
    }

    /// A line that changes until it is finished.
    pub fn line(&self, label: &str) -> Line<'_> {
        let bars = match &self.voice {
            Voice::Moving(bars) => Some(bars),
            Voice::Plain | Voice::Silent => None,
        };
        let bar = bars.map(|bars| {
            let bar = bars.add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                bar.set_style(style);
            }
            bar.set_message(format!("{}{label}:", self.about));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Line {
            progress: self,
            label: label.into(),
            bar,
            last: Mutex::new(String::new()),
        }
    }
}

impl Line<'_> {
    /// Shows the words; the same words twice are shown once.
    pub fn update(&self, words: &str) {
        let Ok(mut last) = self.last.lock() else {
            return;
        };
        if *last == words {
            return;
        }
        words.clone_into(&mut last);
        let Some(bar) = &self.bar else {
            return self.progress.say(&self.label, words);
        };
        let text = format!("{}{}: {words}", self.progress.about, self.label);
        bar.set_message(folded(&text, SIGN + INDENT, columns().saturating_sub(SIGN)));
    }

    /// Shows the last words and leaves them there.
    pub fn finish(self, words: &str) {
        match &self.bar {
            Some(bar) => {
                bar.finish_and_clear();
                self.progress.say(&self.label, words);
            }
            None => self.update(words),
        }
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Columns of the terminal, as it is now.
fn columns() -> usize {
    Term::stderr().size().1.into()
}

fn plain(started: Instant, text: &str) {
    // At once: stderr has no buffer, and what other programs say to it meanwhile would come between the parts.
    let line = format!("{:>6.1}s {text}\n", started.elapsed().as_secs_f64());
    // Where it is closed there is nobody to tell.
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}
