//! Evidence and verdicts -> bytes.
