//! Text from a capture made safe for a terminal: nothing in it moves the cursor, hides, or reorders
//! what stands beside it.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// Columns after which a name from a capture is cut.
pub(super) const NAME_COLUMNS: usize = 160;

/// Marks drawn over the same letter that are let through; Thai and Hebrew need two, a pile of them
/// climbs over the neighbouring lines.
const COMBINING_MARKS: usize = 2;

/// `text` with every invisible or dangerous character written out, on one line.
///
/// Control characters become `\x1b`, characters that hide, reorder or pile up become `\u{202e}`.
/// Text that is already visible stays as it is, so applying it twice changes nothing.
pub fn visible(text: &str) -> String {
    as_visible(text).into_owned()
}

/// As `visible`, and what is visible already is not copied.
pub(super) fn as_visible(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    for character in text.chars() {
        marks = if character.width() == Some(0) { marks + 1 } else { 0 };
        if character.is_control() {
            out.push_str(&format!("\\x{:02x}", u32::from(character)));
        } else if is_deceptive(character) || marks > COMBINING_MARKS {
            out.push_str(&format!("\\u{{{:x}}}", u32::from(character)));
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// Whether there is nothing in `text` but visible ASCII, a column each.
pub(super) fn is_plain(text: &str) -> bool {
    // Looking at every byte is faster than stopping at the first: several are compared at once.
    text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'))
}

/// `text` made visible and cut to at most `columns` of a terminal, with `…` where it was cut.
pub(super) fn cut(text: &str, columns: usize) -> String {
    let text = as_visible(text);
    if columns_of(&text) <= columns {
        return text.into_owned();
    }
    let mut used = 1;
    let mut out = String::new();
    for character in text.chars() {
        used += columns_of_char(character);
        if used > columns {
            break;
        }
        out.push(character);
    }
    out.push('…');
    out
}

/// Columns that visible text takes; a combining mark counts as one, so that a pile of them has a
/// length too.
pub(super) fn columns_of(text: &str) -> usize {
    if is_plain(text) { text.len() } else { text.chars().map(columns_of_char).sum() }
}

/// Columns that one visible character takes, at least one.
pub(super) fn columns_of_char(character: char) -> usize {
    character.width().unwrap_or(1).max(1)
}

/// Whether a character hides, reorders or joins what stands around it.
fn is_deceptive(character: char) -> bool {
    matches!(character,
        // Soft hyphen, combining grapheme joiner, Arabic letter mark.
        '\u{ad}' | '\u{34f}' | '\u{61c}'
        // Hangul fillers, Khmer inherent vowels, Mongolian selectors and vowel separator.
        | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{3164}' | '\u{ffa0}'
        // Zero-width space and joiners, left-to-right and right-to-left marks.
        | '\u{200b}'..='\u{200f}'
        // Line and paragraph separator, bidirectional embeddings and overrides.
        | '\u{2028}'..='\u{202e}'
        // Word joiner, invisible operators, bidirectional isolates, deprecated format characters.
        | '\u{2060}'..='\u{206f}'
        // Braille blank, variation selectors, byte order mark, interlinear annotation.
        | '\u{2800}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
        // Shorthand and musical format controls.
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        // What no text may hold, XML least of all.
        | '\u{fffe}' | '\u{ffff}'
        // Tags and supplementary variation selectors.
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(
            visible("a\x1b[31mb\r\n\t\0\x7f\u{9b}"),
            "a\\x1b[31mb\\x0d\\x0a\\x09\\x00\\x7f\\x9b"
        );
    }

    #[test]
    fn characters_that_hide_or_reorder_are_written_out() {
        assert_eq!(visible("a\u{202e}b\u{200b}c\u{feff}"), "a\\u{202e}b\\u{200b}c\\u{feff}");
        assert_eq!(visible("a\u{2028}b\u{2066}c\u{e0041}"), "a\\u{2028}b\\u{2066}c\\u{e0041}");
    }

    #[test]
    fn ordinary_text_of_any_language_stays() {
        for text in ["CN=Contoso, O=Müller", "CN=株式会社", "e\u{301}", "ที่นี่", "a\\b"]
        {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn pile_of_combining_marks_is_written_out() {
        let pile = format!("a{}", "\u{301}".repeat(4));
        assert_eq!(visible(&pile), "a\u{301}\u{301}\\u{301}\\u{301}");
    }

    #[test]
    fn visible_text_is_left_alone_the_second_time() {
        let once = visible("\x1b\u{202e}\u{301}\u{301}\u{301}\\");
        assert_eq!(visible(&once), once);
    }

    #[test]
    fn cut_counts_columns_not_characters() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("株式会社", 6), "株式…");
        assert_eq!(cut("", 6), "");
    }
}
