//! A capture: what it is, who recorded it, and what became of its packets.

use serde::Serialize;

use super::{AnomalyRecord, Each};
use crate::report::times;
use crate::witness::{Anomaly, CaptureSummary, Coverage, NotFollowed, Recorder};

#[derive(Serialize)]
pub(super) struct CaptureRecord<'a> {
    path: &'a str,
    sha256: Option<&'a str>,
    format: Option<&'a str>,
    compression: Option<&'a str>,
    packets: u64,
    bytes: u64,
    first_packet_at: Option<String>,
    last_packet_at: Option<String>,
    complete: bool,
    recorder: Option<RecorderRecord<'a>>,
    coverage: CoverageRecord<'a>,
    anomalies: Each<'a, Anomaly, AnomalyRecord<'a>>,
    anomalies_omitted: u64,
    error: Option<&'a str>,
}

impl<'a> CaptureRecord<'a> {
    pub(super) fn new(capture: &'a CaptureSummary) -> Self {
        Self {
            path: &capture.path,
            sha256: capture.sha256.as_deref(),
            format: Some(capture.format.as_str()).filter(|format| !format.is_empty()),
            compression: capture.compression.as_deref(),
            packets: capture.packets,
            bytes: capture.bytes,
            first_packet_at: capture.first_packet_at.and_then(times::packet_time),
            last_packet_at: capture.last_packet_at.and_then(times::packet_time),
            complete: capture.incomplete.is_empty() && capture.error.is_none(),
            recorder: capture.recorder.as_ref().map(RecorderRecord::new),
            coverage: CoverageRecord::new(&capture.coverage),
            anomalies: Each(&capture.anomalies, AnomalyRecord::new),
            anomalies_omitted: capture.anomalies_omitted,
            error: capture.error.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct RecorderRecord<'a> {
    program: Option<&'a str>,
    operating_system: Option<&'a str>,
    filters: &'a [String],
    snap_length: Option<u32>,
    dropped: Option<u64>,
}

impl<'a> RecorderRecord<'a> {
    fn new(recorder: &'a Recorder) -> Self {
        Self {
            program: recorder.program.as_deref(),
            operating_system: recorder.operating_system.as_deref(),
            filters: &recorder.filters,
            snap_length: recorder.snap_length,
            dropped: recorder.dropped,
        }
    }
}

#[derive(Serialize)]
struct CoverageRecord<'a> {
    tls: u64,
    tcp_without_tls: u64,
    other: u64,
    unreadable: u64,
    not_followed: Vec<NotFollowedRecord<'a>>,
    further: u64,
}

impl<'a> CoverageRecord<'a> {
    fn new(coverage: &'a Coverage) -> Self {
        Self {
            tls: coverage.tls,
            tcp_without_tls: coverage.tcp_without_tls,
            other: coverage.other,
            unreadable: coverage.unreadable,
            not_followed: coverage.not_followed.iter().map(NotFollowedRecord::new).collect(),
            further: coverage.not_followed_further,
        }
    }
}

#[derive(Serialize)]
struct NotFollowedRecord<'a> {
    what: &'a str,
    packets: u64,
    first_frame: u64,
}

impl<'a> NotFollowedRecord<'a> {
    fn new(kind: &'a NotFollowed) -> Self {
        Self { what: &kind.what, packets: kind.packets, first_frame: kind.first_frame }
    }
}
