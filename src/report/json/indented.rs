//! The layout of a report for people: one value a line, two spaces a level.

use std::io::{self, Write};

use serde_json::ser::Formatter;

/// Lays out as serde_json's own pretty printer does, with one write for each line's beginning.
#[derive(Debug, Default)]
pub(super) struct Indented {
    depth: usize,
    /// Whether the list or object that ends next has something in it.
    has_value: bool,
}

/// The beginning of a further line.
const FURTHER: &str = ",\n                                ";
/// Bytes of it before the spaces.
const BREAK: usize = 2;

impl Indented {
    /// Begins a line; `from` is 0 after another value, and 1 where there is none.
    fn line<W: ?Sized + Write>(&self, from: usize, out: &mut W) -> io::Result<()> {
        let end = FURTHER.len().min(BREAK + 2 * self.depth);
        out.write_all(FURTHER.get(from..end).unwrap_or_default().as_bytes())?;
        for _ in (end - BREAK) / 2..self.depth {
            out.write_all(b"  ")?;
        }
        Ok(())
    }

    fn begin<W: ?Sized + Write>(&mut self, bracket: &[u8], out: &mut W) -> io::Result<()> {
        self.depth += 1;
        self.has_value = false;
        out.write_all(bracket)
    }

    fn end<W: ?Sized + Write>(&mut self, bracket: &[u8], out: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.has_value {
            self.line(1, out)?;
        }
        out.write_all(bracket)
    }
}

impl Formatter for Indented {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(b"[", out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(b"]", out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.line(usize::from(first), out)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(b"{", out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(b"}", out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.line(usize::from(first), out)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde::Serialize;
    use serde_json::{Serializer, Value, json};

    use super::*;

    #[test]
    fn layout_is_that_of_the_pretty_printer() {
        let mut nested = json!([[], {}, [[], 1], {"a": {}, "b": [null, "c"], "d": {"e": []}}]);
        for _ in 0..40 {
            let mut out = Vec::new();
            nested
                .serialize(&mut Serializer::with_formatter(&mut out, Indented::default()))
                .unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), format!("{nested:#}"));
            nested = Value::Array(vec![nested, json!({"further": 1}), json!([])]);
        }
    }
}
