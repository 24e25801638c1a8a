//! What fuzzers run: each function takes any bytes at all, and panics where a promise is broken.
//!
//! No part of the interface: `fuzz/` has a target for each, with one line in it, and
//! `tests/fuzzing` runs each over the prefixes of valid inputs and over damaged ones, so that
//! `cargo test` needs no fuzzer. What a function asserts is more than that nothing panics; its
//! documentation says what.

mod apim;
mod capture;
mod certificate;
mod choices;
mod expect;
mod key_log;
mod net;
mod pieces;
mod port_reuse;
mod segments;
mod stream;
mod stream_model;
mod tcp_recording;
mod tls;
mod witness;

pub use apim::{backend_configuration, policy_document};
pub use capture::capture_reader;
pub use certificate::certificate_der;
pub use expect::{certificate_file, expect_thumbprint};
pub use key_log::key_log;
pub use net::{check_plain, net_decode};
pub use port_reuse::port_reuse;
pub use segments::segmentation;
pub use stream::stream_operations;
pub use tls::{handshake_messages, tls_records};
pub use witness::whole_pipeline;
