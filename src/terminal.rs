//! Words in the columns of a terminal: lines that break between words, and tables of them. Pure: asks no terminal.

use console::measure_text_width;

mod table;

pub(crate) use table::{Layout, table};

/// A blank at which no line breaks, as between a number and its unit. Tables show it as any other.
const FIRM_BLANK: char = '\u{a0}';

/// Words that stay on one line.
pub(crate) fn together(words: &str) -> String {
    words.replace(' ', &FIRM_BLANK.to_string())
}

/// Words in lines of at most so many columns, each after the first behind an indent. A word is never broken.
pub(crate) fn wrapped(text: &str, indent: usize, width: usize) -> String {
    filled(text.split_ascii_whitespace(), width.saturating_sub(indent))
        .join(&format!("\n{}", " ".repeat(indent)))
}

/// The lines of a text; those that are too long go on behind an indent.
pub fn folded(text: &str, indent: usize, width: usize) -> String {
    let lines = text.lines().map(|line| {
        if measure_text_width(line) <= width {
            line.to_owned()
        } else {
            wrapped(line, indent, width)
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Words, one blank between them, in as few lines as they take.
pub(crate) fn filled<'a>(words: impl Iterator<Item = &'a str>, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut column = 0;
    for word in words {
        let length = measure_text_width(word);
        match lines.last_mut() {
            Some(line) if column + 1 + length <= width => {
                line.push(' ');
                line.push_str(word);
                column += 1 + length;
            }
            _ => {
                lines.push(word.to_owned());
                column = length;
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{folded, wrapped};

    #[test]
    fn lines_break_between_words_and_keep_their_indent() {
        assert_eq!(wrapped("one two three", 2, 9), "one two\n  three");
        assert_eq!(wrapped("a-very-long-word b", 2, 9), "a-very-long-word\n  b");
        assert_eq!(wrapped("", 2, 9), "");
    }

    #[test]
    fn wide_characters_count_as_what_they_take() {
        assert_eq!(wrapped("数据 数据", 0, 9), "数据 数据");
        assert_eq!(wrapped("数据 数据", 0, 8), "数据\n数据");
    }

    #[test]
    fn lines_that_fit_stay_as_they_are() {
        assert_eq!(folded("a  b\n  c\none two", 2, 6), "a  b\n  c\none\n  two");
        assert_eq!(folded("", 2, 6), "");
    }
}
