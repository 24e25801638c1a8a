//! PEM blocks in a text (RFC 7468), read leniently: what people paste has lost its line breaks.

/// One block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Block<'a> {
    /// What the BEGIN line names.
    pub(super) label: &'a str,
    /// What stands between the BEGIN and the END line; `None` where the END line is missing.
    pub(super) body: Option<&'a str>,
    /// Line of the BEGIN line, from 1.
    pub(super) line: u64,
}

/// The blocks of a text, in its order; text around them is passed over.
pub(super) fn blocks(text: &str) -> impl Iterator<Item = Block<'_>> {
    let mut rest = text;
    let mut line = 1_u64;
    std::iter::from_fn(move || {
        let (before, after) = rest.split_once(BEGIN)?;
        let (label, after_label) = after.split_once(DASHES)?;
        line = line.saturating_add(line_breaks(before));
        let begins = line;
        // A BEGIN before the END belongs to another block: this one has no end.
        let until_next = after_label.split_once(BEGIN).map_or(after_label, |(own, _)| own);
        let body = until_next.split_once(END).map(|(body, _)| body);
        let next = body.and_then(|body| after_label.get(body.len()..)).unwrap_or(after_label);
        let consumed = after.get(..after.len().saturating_sub(next.len())).unwrap_or_default();
        line = line.saturating_add(line_breaks(consumed));
        rest = next;
        Some(Block { label: label.trim(), body, line: begins })
    })
}

/// The base64 digits of a body: white space of every kind is dropped, and `\n` and `\r` written
/// out, as environment variables and JSON have them.
pub(super) fn digits(body: &str) -> String {
    body.replace("\\r", "").replace("\\n", "").split_whitespace().collect()
}

fn line_breaks(text: &str) -> u64 {
    let count = text.bytes().filter(|byte| *byte == b'\n').count();
    u64::try_from(count).unwrap_or(u64::MAX)
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_with_their_lines_among_other_text() {
        let text = "Bag Attributes\n\n-----BEGIN A B-----\r\nAAAA\r\n-----END A B-----\nx\n \
                    -----BEGIN C-----BBBB-----END C-----";
        let found: Vec<_> = blocks(text).collect();
        assert_eq!(
            found,
            [
                Block { label: "A B", body: Some("\r\nAAAA\r\n"), line: 3 },
                Block { label: "C", body: Some("BBBB"), line: 7 },
            ]
        );
    }

    #[test]
    fn block_without_end_is_reported_as_such() {
        let found: Vec<_> = blocks("-----BEGIN A-----\nAA").collect();
        assert_eq!(found, [Block { label: "A", body: None, line: 1 }]);
        let found: Vec<_> =
            blocks("-----BEGIN A-----\nAA\n-----BEGIN B-----\nBB\n-----END B-----").collect();
        assert_eq!(
            found,
            [
                Block { label: "A", body: None, line: 1 },
                Block { label: "B", body: Some("\nBB\n"), line: 3 }
            ]
        );
    }

    #[test]
    fn written_out_line_breaks_are_dropped() {
        assert_eq!(digits("\\nAA\\r\\n BB\t\u{a0}CC\\n"), "AABBCC");
    }
}
