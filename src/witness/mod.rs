//! The driver: the only module that knows the whole pipeline.

mod anomaly;
mod evidence;

pub use anomaly::{Anomaly, Direction};
pub use evidence::{CaptureSummary, Connection, Evidence};
