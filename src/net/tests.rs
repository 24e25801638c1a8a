//! Tests over whole frames.
