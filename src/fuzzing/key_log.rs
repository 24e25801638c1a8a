//! `key_log`.

use super::pieces::Pieces;
use crate::decrypt::KeyLog;
use crate::limits::Limits;

/// Reads a key log. Promised: memory is within the limit; no line is counted twice; however the
/// input comes in pieces, the same is read.
pub fn key_log(input: &[u8]) {
    let limits = Limits { secrets_bytes: 4096, ..Limits::default() };
    let mut whole = KeyLog::new(&limits);
    let summary = whole.add(input);
    assert!(whole.held() <= limits.secrets_bytes, "{} bytes held", whole.held());
    let lines = [
        summary.used,
        summary.unneeded,
        summary.unknown_labels,
        summary.malformed,
        summary.ignored,
    ];
    let breaks = input.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    let counted: u64 = lines.iter().sum();
    assert!(counted <= u64::try_from(breaks).unwrap_or(u64::MAX), "{summary:?}");
    assert!(summary.duplicates + summary.over_limit <= summary.used, "{summary:?}");

    for most in [1, 7, 300] {
        let mut pieces = KeyLog::new(&limits);
        let seed = u64::try_from(input.len()).unwrap_or_default();
        let read = pieces.read(Pieces::new(input, most, seed)).ok();
        assert_eq!(read, Some(summary), "in pieces of up to {most} bytes");
        assert_eq!(pieces.connections(), whole.connections());
        assert_eq!(pieces.held(), whole.held());
    }
}
