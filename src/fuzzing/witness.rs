//! `whole_pipeline`.

use std::collections::BTreeSet;

use crate::capture::{CaptureReader, Item};
use crate::diagnose::diagnose;
use crate::expect::Expectation;
use crate::inspect::{ClientAuthentication, Handshake, HandshakeKind, Observation, Visibility};
use crate::limits::Limits;
use crate::report::text::{Detail, Style};
use crate::report::{Layout, Report, html, json, junit, markdown, sarif, text};
use crate::verdict::{Judgement, RunResult, Selection, judge, run_result};
use crate::witness::{Connection, Evidence, Witness, code};

/// Takes the input for a capture, from its bytes to the reports. Promised: twice the same evidence;
/// evidence names only frames that exist; an answer that is sure has evidence, and stays the same
/// with less memory or becomes unsure; the answers are the same where handshakes are held as a
/// whole to the end; reports are clean text and well-formed JSON.
pub fn whole_pipeline(input: &[u8]) {
    let limits = Limits::default();
    let evidence = examine(input, limits.clone());
    assert_eq!(examine(input, limits.clone()), evidence);
    let frames = Frames::of(input, &limits);
    for connection in &evidence.connections {
        frames.check(connection, &limits);
    }
    report(&evidence);

    check_settled(input, &evidence);
    let tight = examine(input, tight());
    for connection in &tight.connections {
        let same = |other: &&Connection| {
            (other.stream, other.first_frame) == (connection.stream, connection.first_frame)
        };
        if let Some(roomy) = evidence.connections.iter().find(same)
            && let (Some(tight), Some(roomy)) = (answer(connection), answer(roomy))
        {
            assert_eq!(tight, roomy, "stream {:?}: with less memory", connection.stream);
        }
    }
}

/// What a connection's first handshake says for sure; `None` where it is not sure.
pub(super) fn answer(connection: &Connection) -> Option<Vec<u8>> {
    let first = connection.observation.handshakes.first()?;
    Some(match &first.client_authentication {
        ClientAuthentication::NotRequested => b"not requested".to_vec(),
        ClientAuthentication::Declined { .. } => b"declined".to_vec(),
        ClientAuthentication::Presented(presented) => presented.chain.first()?.der.clone(),
        ClientAuthentication::PresentedKey(presented) => presented.key.public_key.spki_der.clone(),
        ClientAuthentication::Resumed { .. } => b"resumed".to_vec(),
        ClientAuthentication::Obscured(_) => return None,
    })
}

pub(super) fn examine(input: &[u8], limits: Limits) -> Evidence {
    let mut witness = Witness::new(limits).hash_captures(true);
    if let Err(error) = witness.examine_file("capture", input, || Ok(input)) {
        witness.unusable("capture", error.to_string());
    }
    witness.finish()
}

/// With secrets a handshake is held as a whole for as long as its connection lasts, and otherwise
/// settles when it is over. Secrets of another connection must change no answer.
pub(super) fn check_settled(input: &[u8], evidence: &Evidence) {
    let mut witness = Witness::new(Limits::default());
    let secret = format!("CLIENT_RANDOM {} {}\n", "5a".repeat(32), "a5".repeat(48));
    assert!(witness.key_log(secret.as_bytes()).is_ok());
    let _unusable = witness.examine_file("capture", input, || Ok(input));
    let whole = witness.finish();
    assert_eq!(whole.connections.len(), evidence.connections.len());
    for (whole, settled) in whole.connections.iter().zip(&evidence.connections) {
        // What comes again with other bytes is not compared with a handshake that settled.
        if whole.anomalies.iter().any(|anomaly| anomaly.code == code::CONFLICTING_RETRANSMISSION) {
            continue;
        }
        let [whole, other] = [whole, settled].map(|one| but_for_secrets(&one.observation));
        assert_eq!(whole, other, "stream {:?}: settled", settled.stream);
    }
}

/// An observation without what may differ where secrets are given that do not fit: words on why
/// something is not known, what was inferred in its place, and later handshakes of which nothing
/// was opened.
fn but_for_secrets(observation: &Observation) -> Observation {
    let mut bare = observation.clone();
    bare.handshakes.retain(|handshake| {
        handshake.kind == HandshakeKind::Initial || handshake.visibility != Visibility::Encrypted
    });
    for handshake in &mut bare.handshakes {
        handshake.inference = None;
        if let ClientAuthentication::Obscured(obscurity) = &mut handshake.client_authentication {
            obscurity.detail.clear();
        }
    }
    if let Some(hidden) = &mut bare.hidden {
        hidden.detail.clear();
    }
    bare
}

/// Bounds so small that they are met.
fn tight() -> Limits {
    Limits {
        fragment_bytes: 1024,
        fragment_datagrams: 2,
        active_flows: 2,
        pending_bytes: 1024,
        pending_segments: 4,
        unstarted_bytes: 512,
        unstarted_segments: 2,
        held_bytes: 8192,
        preamble_bytes: 64,
        handshake_message_bytes: 512,
        transcript_bytes: 1024,
        handshakes_per_connection: 2,
        certificates_per_chain: 1,
        alerts_per_handshake: 1,
        frames_per_message: 2,
        anomalies_per_connection: 2,
        anomalies_per_capture: 2,
        sorted_bytes: 1 << 20,
        log_buffer_bytes: 64 << 10,
        ..Limits::default()
    }
}

/// The frames of a capture.
struct Frames {
    packets: BTreeSet<u64>,
    /// Other blocks are frames too.
    count: u64,
}

impl Frames {
    fn of(input: &[u8], limits: &Limits) -> Self {
        let mut frames = Self { packets: BTreeSet::new(), count: 0 };
        let Ok(mut reader) = CaptureReader::new(input, limits, false) else { return frames };
        while let Ok(Some(item)) = reader.read() {
            if let Item::Packet(packet) = item {
                frames.packets.insert(packet.number);
            }
        }
        frames.count = reader.frames();
        frames
    }

    fn check(&self, connection: &Connection, limits: &Limits) {
        let within = connection.first_frame..=connection.last_frame;
        let exist = |frames: &[u64]| {
            assert!(frames.is_sorted_by(|a, b| a < b), "{frames:?} ascend");
            assert!(frames.len() <= limits.frames_per_message);
            for frame in frames {
                assert!(self.packets.contains(frame), "frame {frame} of {:?}", self.packets);
                assert!(within.contains(frame), "frame {frame} within {within:?}");
            }
        };
        exist(&[connection.first_frame]);
        exist(&[connection.last_frame]);
        for anomaly in &connection.anomalies {
            assert!(anomaly.frame.is_none_or(|frame| frame <= self.count), "{anomaly:?}");
        }
        for handshake in &connection.observation.handshakes {
            exist(&handshake.client_hello_frames);
            exist(&handshake.server_hello_frames);
            exist(&handshake.certificate_verify_frames);
            handshake.certificate_request.iter().for_each(|request| exist(&request.frames));
            handshake.alerts.iter().for_each(|alert| exist(&[alert.frame]));
            exist(sure_by(handshake));
        }
    }
}

/// The frames that a sure answer stands on.
fn sure_by(handshake: &Handshake) -> &[u64] {
    match &handshake.client_authentication {
        ClientAuthentication::Declined { frames } => {
            assert!(!frames.is_empty());
            frames
        }
        ClientAuthentication::Presented(presented) => {
            assert!(!presented.frames.is_empty() && !presented.chain.is_empty());
            &presented.frames
        }
        ClientAuthentication::PresentedKey(presented) => {
            assert!(!presented.frames.is_empty());
            &presented.frames
        }
        ClientAuthentication::NotRequested => {
            assert!(handshake.certificate_request.is_none());
            &[]
        }
        ClientAuthentication::Resumed { .. } => {
            assert!(handshake.protocol_version.is_some());
            &[]
        }
        ClientAuthentication::Obscured(_) => &[],
    }
}

fn report(evidence: &Evidence) {
    let expectation = Expectation::none();
    let judgements: Vec<Judgement<'_>> = evidence
        .connections
        .iter()
        .map(|connection| judge(&expectation, &connection.observation))
        .collect();
    let selection = Selection::default();
    let results: Vec<Option<RunResult>> =
        judgements.iter().map(|judgement| Some(run_result([judgement], false))).collect();
    let diagnosis = diagnose(evidence, &judgements);
    let verify = Report {
        evidence,
        expectation: Some(&expectation),
        selection: Some(&selection),
        judgements: &judgements,
        results: &results,
        result: Some(run_result(&judgements, false).of_input(evidence.is_complete())),
        of_connections: Some(run_result(&judgements, false)),
        hypotheses: &[],
        findings: &diagnosis.connections,
        run_findings: &diagnosis.run,
        parts: &[],
        left_out: None,
        command: &[],
    };
    let inspect = Report {
        expectation: None,
        selection: None,
        judgements: &[],
        results: &[],
        result: None,
        ..verify
    };
    for report in [verify, inspect] {
        let style = Style::new(false, Detail::Everything);
        let (mut shown, mut structured) = (Vec::new(), Vec::new());
        assert!(text::write(&report, style, &mut shown).is_ok());
        assert!(json::write(&report, &mut structured).is_ok());
        assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&structured).is_ok());
        let mut log = Vec::new();
        assert!(sarif::write(&report, &mut log).is_ok());
        assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&log).is_ok());
        assert!(markdown::write(&report, Layout::default(), &mut Vec::new()).is_ok());
        assert!(html::write(&report, Layout::default(), &mut Vec::new()).is_ok());
        let mut table = Vec::new();
        assert!(junit::write(&report, &mut table).is_ok());
        assert!(roxmltree::Document::parse(&String::from_utf8_lossy(&table)).is_ok());
        let shown = String::from_utf8_lossy(&shown);
        let clean = |character: char| character == '\n' || !character.is_control();
        assert!(shown.chars().all(clean), "{shown:?}");
    }
}
