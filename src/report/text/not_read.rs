//! What of the configuration was seen and passed over.

use std::io;

use super::page::Page;
use super::{Detail, Style};
use crate::expect::{Expectation, NotRead};

/// Lists it, once for all expectations; of much, the first, and how much more there is.
pub(super) fn write<'e>(
    expectations: impl Iterator<Item = &'e Expectation>,
    style: Style,
    indent: usize,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let mut all: Vec<&NotRead> = expectations.flat_map(|one| &one.not_read).collect();
    all.sort();
    all.dedup();
    let shown = if style.detail == Detail::Everything { all.len() } else { SHOWN };
    for (index, one) in all.iter().take(shown).enumerate() {
        page.field(indent, if index == 0 { "not read" } else { "" }, &one.to_string())?;
    }
    let more = all.len().saturating_sub(shown);
    if more > 0 {
        let noun = if more == 1 { "file or resource" } else { "files and resources" };
        let text = format!("{more} more {noun} of the configuration; -v and JSON list all");
        page.field(indent, "", &text)?;
    }
    Ok(())
}

/// Entries that are listed where not everything is asked for.
const SHOWN: usize = 6;
