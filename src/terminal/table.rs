//! Rows under a head, as many columns side by side as a line has room for. No word is broken, however narrow it is.

use std::iter;
use std::ops::Range;

use console::measure_text_width;

use super::{FIRM_BLANK, filled};

/// Blanks between two columns.
const GAP: usize = 2;
/// Blanks before the first column and behind the last.
const MARGIN: usize = 1;
/// Blanks before columns that stand below others, beyond the margin.
const INDENT: usize = 2;

/// What a table is like.
pub(crate) struct Layout<'a> {
    /// What the columns are called.
    pub head: &'a [&'a str],
    /// How many columns say what a row is about. Where a line has no room for all, the others stand below these.
    pub titles: usize,
    /// Columns of a line.
    pub width: usize,
}

/// Columns that stand side by side.
struct Band {
    columns: Range<usize>,
    indent: usize,
    widths: Vec<usize>,
}

/// The head and the rows, each cell in lines that break between words. A line is longer than the width only where one
/// word is.
pub(crate) fn table(layout: &Layout, rows: impl Iterator<Item = Vec<String>>) -> String {
    let head = layout.head.iter().map(|&name| name.to_owned()).collect();
    let rows: Vec<Vec<String>> = iter::once(head).chain(rows).collect();
    let bands = bands(layout, &rows);
    let mut text = String::new();
    for row in &rows {
        for band in &bands {
            push(&mut text, band, row);
        }
    }
    text.replace(FIRM_BLANK, " ")
}

/// All columns in one band if they can be narrow enough. Otherwise the titles, and below them what goes beside each other.
fn bands(layout: &Layout, rows: &[Vec<String>]) -> Vec<Band> {
    let columns = 0..layout.head.len();
    let least: Vec<usize> = columns.clone().map(|one| longest(rows, one, 0)).collect();
    let parts = if taken(&least, 0) <= layout.width {
        vec![columns]
    } else {
        let mut parts = side_by_side(&least, 0..layout.titles, layout.width);
        parts.extend(side_by_side(
            &least,
            layout.titles..columns.end,
            layout.width,
        ));
        parts
    };
    let bands = parts.into_iter().map(|columns| {
        let indent = if columns.start == 0 { 0 } else { INDENT };
        Band {
            widths: widths(rows, &columns, layout.width.saturating_sub(indent)),
            columns,
            indent,
        }
    });
    bands.collect()
}

/// Cuts columns where the next has no room beside those before it.
fn side_by_side(least: &[usize], columns: Range<usize>, width: usize) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = columns.start;
    for end in columns.clone() {
        if end > start && taken(&least[start..=end], INDENT) > width {
            parts.push(start..end);
            start = end;
        }
    }
    parts.push(start..columns.end);
    parts
}

/// Columns of a line that cells of such widths take, with the blanks around them.
fn taken(widths: &[usize], indent: usize) -> usize {
    let gaps = GAP * widths.len().saturating_sub(1);
    MARGIN + indent + widths.iter().sum::<usize>() + gaps + MARGIN
}

/// As wide as the cells are; while that is too much, the widest that has a blank left to break at gets narrower. What is
/// left in the end goes to the last that can take it.
fn widths(rows: &[Vec<String>], columns: &Range<usize>, width: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = columns
        .clone()
        .map(|one| longest(rows, one, width))
        .collect();
    let least: Vec<usize> = columns.clone().map(|one| longest(rows, one, 0)).collect();
    while taken(&widths, 0) > width {
        let can = (0..widths.len()).filter(|&at| widths[at] > least[at]);
        let Some(widest) = can.max_by_key(|&at| widths[at]) else {
            break;
        };
        widths[widest] = longest(rows, columns.start + widest, widths[widest] - 1);
    }
    for at in (0..widths.len()).rev() {
        let left = width.saturating_sub(taken(&widths, 0));
        widths[at] = longest(rows, columns.start + at, widths[at] + left);
    }
    widths
}

/// How wide a column's longest line is where lines break at so many columns.
fn longest(rows: &[Vec<String>], column: usize, width: usize) -> usize {
    let lines = rows.iter().flat_map(|row| lines(&row[column], width));
    let widths = lines.map(|line| measure_text_width(&line));
    widths.max().unwrap_or_default()
}

/// A cell's own lines; those that are too long in several.
fn lines(cell: &str, width: usize) -> Vec<String> {
    let lines = cell.lines().flat_map(|line| {
        if measure_text_width(line) <= width {
            vec![line.to_owned()]
        } else {
            filled(line.split_ascii_whitespace(), width)
        }
    });
    lines.collect()
}

/// One row's cells of a band, in as many lines as the highest has.
fn push(text: &mut String, band: &Band, row: &[String]) {
    let cells = band.columns.clone().zip(&band.widths);
    let cells: Vec<Vec<String>> = cells.map(|(at, &width)| lines(&row[at], width)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or_default();
    for at in 0..height {
        let mut line = " ".repeat(MARGIN + band.indent);
        for (cell, &width) in cells.iter().zip(&band.widths) {
            let part = cell.get(at).map_or("", String::as_str);
            line.push_str(part);
            line.push_str(&" ".repeat(GAP + width.saturating_sub(measure_text_width(part))));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}
