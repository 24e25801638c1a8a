//! Segments -> two ordered byte streams.
