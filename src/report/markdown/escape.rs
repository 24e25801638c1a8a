//! Text that is shown as it is, whatever Markdown would make of it.

use crate::report::untrusted::as_visible;

/// Prose: every character that could begin markup, a link, a mention or HTML is escaped.
pub(super) fn prose(text: &str) -> String {
    let text = as_visible(text);
    let mut out = String::new();
    // At a line's beginning these would begin a list, a heading or a rule.
    let digits = text.trim_start_matches(|character: char| character.is_ascii_digit());
    let number = text.len() - digits.len();
    if text.starts_with(['-', '+', '='])
        || number > 0 && (digits.starts_with(". ") || digits.starts_with(") "))
    {
        out.push_str(text.get(..number).unwrap_or_default());
        out.push('\\');
        return out + &prose_within(digits);
    }
    prose_within(&text)
}

/// Prose that does not begin a line.
fn prose_within(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = ' ';
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '$' | '!' => {
                // Within a word an underscore marks nothing.
                if character != '_' || !before.is_alphanumeric() {
                    out.push('\\');
                }
                out.push(character);
            }
            '&' => out.push_str("&amp;"),
            // A mention, an issue's number and an address become links even behind a backslash.
            '@' => out.push_str("&#64;"),
            '#' => out.push_str("&#35;"),
            '/' if before == ':' => out.push_str("&#47;"),
            '.' if before.eq_ignore_ascii_case(&'w') => out.push_str("&#46;"),
            _ => out.push(character),
        }
        before = character;
    }
    out
}

/// A value in a code span, which no mention or link works in; fit for a table.
pub(super) fn code(text: &str) -> String {
    let text = as_visible(text);
    if text.is_empty() {
        return String::new();
    }
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let padding = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    // In a table a bar ends the cell even within code.
    let text = text.replace('|', "\\|");
    format!("{fence}{padding}{text}{padding}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_begins_no_markup() {
        assert_eq!(
            prose("<script>*a*|[x](y)`z` @team #1"),
            "\\<script\\>\\*a\\*\\|\\[x\\](y)\\`z\\` &#64;team &#35;1"
        );
        assert_eq!(prose("- a"), "\\- a");
        assert_eq!(prose("12. a"), "12\\. a");
        assert_eq!(prose("https://a www.b"), "https:&#47;/a www&#46;b");
        assert_eq!(prose("rsa_pss_rsae_sha256 _a_"), "rsa_pss_rsae_sha256 \\_a_");
        assert_eq!(prose("a\n# b\u{202e}"), "a\\\\x0a&#35; b\\\\u{202e}");
    }

    #[test]
    fn code_holds_any_backticks() {
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("``x`"), "``` ``x` ```");
        assert_eq!(code(""), "");
    }
}
