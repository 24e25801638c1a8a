//! Settles from a packet capture whether a TLS client really presented its certificate.
//!
//! The crate is a one-way pipeline of small modules. Nothing in it opens a socket, reads a clock or
//! prints; the same capture gives the same bytes out.
//!
//! ```text
//!  capture ──► net ──► flow ──► tls ──► inspect ──► verdict ──► report
//!  packets     segments streams  messages Observation   ▲ Verdict   bytes
//!                                                       │
//!                                   expect ── Expectation
//! ```
//!
//! `witness` is the driver: the only module that knows the pipeline as a whole.

pub mod capture;
pub mod certificate;
pub mod decrypt;
pub mod diagnose;
pub mod expect;
pub mod flow;
#[doc(hidden)]
pub mod fuzzing;
pub mod inspect;
pub mod limits;
pub mod net;
pub mod report;
pub mod tls;
pub mod verdict;
pub mod witness;
