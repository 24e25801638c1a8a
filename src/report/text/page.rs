//! Lines on a page of fixed width. Every text that passes through here is made visible, so nothing
//! from a capture can reach the terminal any other way.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::super::told::Meaning;
use super::super::untrusted::{as_visible, columns_of, columns_of_char};

/// Columns of the page; lines are broken before it.
pub(super) const PAGE_COLUMNS: usize = 100;
/// A narrower terminal is written to as if it had so many columns.
const LEAST_COLUMNS: usize = 60;
/// On a wider terminal lines are broken here all the same: longer ones are hard to read.
const MOST_COLUMNS: usize = 120;
/// Columns that the last cell of a row has at least, where it is broken.
const LEAST_CELL: usize = 16;
/// Columns of the labels at the left.
const LABEL_COLUMNS: usize = 13;
/// Columns of the left one of two columns: a display filter for one frame.
const PAIR_COLUMNS: usize = 24;
/// Columns of frame numbers at the left of two columns.
const FRAME_COLUMNS: usize = 10;
/// The colour of a meaning.
fn style_of(meaning: Meaning) -> Style {
    match meaning {
        Meaning::Good => AnsiColor::Green.on_default().bold(),
        Meaning::Bad => AnsiColor::Red.on_default().bold(),
        Meaning::Open => AnsiColor::Yellow.on_default().bold(),
        Meaning::Aside => Style::new().dimmed(),
        Meaning::Heading => Style::new().bold(),
        Meaning::Plain => Style::new(),
    }
}

/// Where the lines go.
pub(super) struct Page<'w> {
    out: &'w mut dyn Write,
    /// What will be written together: the lines of one call.
    text: String,
    color: bool,
    /// Columns before which lines are broken.
    columns: usize,
    /// Columns before which rows of tables are broken, where they are.
    row_columns: usize,
    /// Lines written.
    lines: usize,
}

impl<'w> Page<'w> {
    pub(super) fn new(out: &'w mut dyn Write, style: super::Style) -> Self {
        let columns = style.columns.map(|columns| columns.clamp(LEAST_COLUMNS, MOST_COLUMNS));
        Self {
            out,
            text: String::new(),
            color: style.color,
            columns: columns.unwrap_or(PAGE_COLUMNS),
            row_columns: style.columns.map_or(usize::MAX, |columns| columns.max(LEAST_COLUMNS)),
            lines: 0,
        }
    }

    /// Lines written so far, as a terminal of that many columns shows them.
    pub(super) fn lines(&self) -> usize {
        self.lines
    }

    /// The first line: however long, it stays one line.
    pub(super) fn answer(&mut self, word: (&str, Meaning), sentence: &str) -> io::Result<()> {
        let (word, meaning) = word;
        if !word.is_empty() {
            self.paint(word, meaning);
            self.text.push_str(": ");
        }
        self.text.push_str(&as_visible(sentence));
        self.blank()
    }

    /// What to do next.
    pub(super) fn hint(&mut self, text: &str) -> io::Result<()> {
        self.paint("hint:", Meaning::Heading);
        self.wrapped(text, "hint:".len(), "hint: ".len())
    }

    /// What explains the answer, with its strength.
    pub(super) fn finding(&mut self, indent: usize, strength: &str, text: &str) -> io::Result<()> {
        self.spaces(indent);
        let label = format!("diagnosis ({strength}):");
        self.paint(&label, Meaning::Heading);
        self.text.push(' ');
        self.wrapped(text, indent + label.len() + 1, indent + "hint: ".len())
    }

    /// Ends the line.
    pub(super) fn blank(&mut self) -> io::Result<()> {
        self.text.push('\n');
        // A line that the terminal breaks is several of its own.
        let width = self.row_columns.max(1);
        let lines = self.text.lines().map(|line| columns_of(line).div_ceil(width).max(1));
        self.lines += lines.sum::<usize>();
        let written = self.out.write_all(self.text.as_bytes());
        self.text.clear();
        written
    }

    /// A line in bold with a word of meaning at its end.
    pub(super) fn heading(&mut self, text: &str, word: (&str, Meaning)) -> io::Result<()> {
        self.paint(text, Meaning::Heading);
        let (word, meaning) = word;
        if !word.is_empty() {
            self.text.push_str(": ");
            self.paint(word, meaning);
        }
        self.blank()
    }

    /// A paragraph, indented.
    pub(super) fn paragraph(&mut self, indent: usize, text: &str) -> io::Result<()> {
        self.spaces(indent);
        self.wrapped(text, indent, indent)
    }

    /// A label and what stands beside it; continued lines keep to the right of the label.
    pub(super) fn field(&mut self, indent: usize, label: &str, text: &str) -> io::Result<()> {
        let column = indent + LABEL_COLUMNS;
        self.label(indent, label);
        self.wrapped(text, column, column)
    }

    /// A label and beside it two columns, the left one for a display filter.
    pub(super) fn pair(
        &mut self,
        indent: usize,
        label: &str,
        left: &str,
        right: &str,
    ) -> io::Result<()> {
        self.two_columns((indent, label), (left, PAIR_COLUMNS), right)
    }

    /// A label and beside it two columns, the left one for frame numbers.
    pub(super) fn framed(
        &mut self,
        indent: usize,
        label: &str,
        frames: &str,
        right: &str,
    ) -> io::Result<()> {
        self.two_columns((indent, label), (frames, FRAME_COLUMNS), right)
    }

    fn two_columns(
        &mut self,
        (indent, label): (usize, &str),
        (left, columns): (&str, usize),
        right: &str,
    ) -> io::Result<()> {
        let column = indent + LABEL_COLUMNS + columns;
        self.label(indent, label);
        self.padded(&as_visible(left), columns);
        self.wrapped(right, column, column)
    }

    /// One row of a table: every cell but the last is padded to its column's width. On a terminal the
    /// last one is broken within its own column.
    pub(super) fn row(
        &mut self,
        cells: &[String],
        widths: &[usize],
        meaning: Meaning,
        all: bool,
    ) -> io::Result<()> {
        let last = cells.len().saturating_sub(1);
        let mut column = 0;
        for (index, (cell, width)) in cells.iter().zip(widths).enumerate() {
            let cell = as_visible(cell);
            let painted = if index == 0 || all { meaning } else { Meaning::Plain };
            if index < last {
                self.paint(&cell, painted);
                self.spaces(width.saturating_sub(columns_of(&cell)) + 2);
                column += (*width).max(columns_of(&cell)) + 2;
            } else if column + columns_of(&cell) <= self.row_columns
                || column + LEAST_CELL > self.row_columns
            {
                self.paint(&cell, painted);
            } else {
                let page = std::mem::replace(&mut self.columns, self.row_columns);
                let written = self.wrapped(&cell, column, column);
                self.columns = page;
                return written;
            }
        }
        self.blank()
    }

    fn paint(&mut self, text: &str, meaning: Meaning) {
        let text = as_visible(text);
        if !self.color || meaning == Meaning::Plain {
            self.text.push_str(&text);
        } else {
            let style = style_of(meaning);
            self.text.push_str(&format!("{style}{text}{style:#}"));
        }
    }

    fn label(&mut self, indent: usize, label: &str) {
        self.spaces(indent);
        self.padded(label, LABEL_COLUMNS);
    }

    /// Adds text and spaces up to so many characters.
    fn padded(&mut self, text: &str, characters: usize) {
        self.text.push_str(text);
        self.spaces(characters.saturating_sub(text.chars().count()));
    }

    fn spaces(&mut self, number: usize) {
        self.text.extend(std::iter::repeat_n(' ', number));
    }

    /// Goes on in the next line.
    fn next_line(&mut self, indent: usize) {
        self.text.push('\n');
        self.spaces(indent);
    }

    /// Writes `text` from column `start` on, broken between words before the page's end; further
    /// lines begin at column `indent`, which is never 0 for text from a capture.
    fn wrapped(&mut self, text: &str, start: usize, indent: usize) -> io::Result<()> {
        let text = as_visible(text);
        let mut column = start;
        let mut first = true;
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let columns = columns_of(word);
            if first {
                let gap = indent.saturating_sub(start);
                self.spaces(gap);
                column += gap;
            } else if column + 1 + columns > self.columns {
                self.next_line(indent);
                column = indent;
            } else {
                self.text.push(' ');
                column += 1;
            }
            first = false;
            column = if column + columns <= self.columns {
                self.text.push_str(word);
                column + columns
            } else {
                self.broken(word, column, indent)
            };
        }
        self.blank()
    }

    /// Adds a word that does not fit into a line of its own, broken; gives the new column.
    fn broken(&mut self, word: &str, start: usize, indent: usize) -> usize {
        let mut column = start;
        for character in word.chars() {
            let columns = columns_of_char(character);
            if column + columns > self.columns && column > indent {
                self.next_line(indent);
                column = indent;
            }
            self.text.push(character);
            column += columns;
        }
        column
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn paragraph(text: &str) -> String {
        let mut out = Vec::new();
        Page::new(&mut out, crate::report::text::Style::default()).paragraph(2, text).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn long_text_is_broken_between_words_within_the_page() {
        let text = paragraph(&"word ".repeat(60));
        assert!(text.lines().count() > 1);
        assert!(text.lines().all(|line| line.starts_with("  word") && line.len() <= PAGE_COLUMNS));
    }

    #[test]
    fn word_longer_than_the_page_is_broken_and_stays_indented() {
        let text = paragraph(&"x".repeat(250));
        assert_eq!(text.lines().count(), 3);
        assert!(text.lines().all(|line| line.starts_with("  x") && line.len() <= PAGE_COLUMNS));
    }

    #[test]
    fn line_feed_in_text_breaks_no_line() {
        assert_eq!(paragraph("a\nPASS: b"), "  a\\x0aPASS: b\n");
    }
}
