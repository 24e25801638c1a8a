//! The driver: the only module that knows the whole pipeline.

mod anomaly;
mod capture_run;
mod closing;
mod connection;
mod copies;
mod decryption;
mod ending;
mod endpoints;
mod evidence;
mod ledger;
mod life;
mod lives;
mod oddities;
mod over;
mod passed_over;
mod passing;
mod quiet;
mod recording;
mod records;
mod results;
mod resumption;
mod search;
mod segments;
mod sessions;
mod side;
mod slots;
mod stream;
mod wrapped;

use std::io::Read;

pub use crate::capture::Recorder;
pub use anomaly::{Anomaly, Direction, code};
pub use copies::same_handshakes;
pub use evidence::{
    CaptureSummary, Closed, Connection, Copied, Coverage, Evidence, Incomplete, NotFollowed,
    OtherKind, OtherStreams, UNUSABLE_CAPTURE,
};
pub use stream::{Sink, Streamed};

use crate::capture::{CaptureError, CaptureReader, Format, Item};
use crate::decrypt::{KeyLog, KeyLogSummary, KeyLogUse, RsaKey};
use crate::inspect::Shared;
use crate::limits::Limits;
use capture_run::Finished;
use recording::{FileRead, Recording, Secrets};
use stream::Outlet;

/// Reads captures, one after another, and says what they show.
///
/// ```
/// use mtls_witness::{limits::Limits, witness::Witness};
///
/// let pcap = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
/// let mut witness = Witness::new(Limits::default());
/// witness.examine("empty.pcap", pcap.as_slice())?;
/// let evidence = witness.finish();
/// assert_eq!(evidence.captures[0].packets, 0);
/// # Ok::<(), mtls_witness::capture::CaptureError>(())
/// ```
#[derive(Debug)]
pub struct Witness {
    limits: Limits,
    hash: bool,
    continued: bool,
    /// The recording of which the captures are parts, where they are.
    recording: Option<Recording>,
    /// The secrets of all captures were read before the first of them.
    secrets_first: bool,
    key_log: KeyLog,
    /// Some of the secrets stood in captures.
    brought_secrets: bool,
    rsa_keys: Vec<RsaKey>,
    shared: Shared,
    evidence: Evidence,
    /// Captures that were streamed, or begun to be.
    streamed: usize,
}

impl Witness {
    /// A witness that keeps within `limits`.
    pub fn new(limits: Limits) -> Self {
        let key_log = KeyLog::new(&limits);
        let shared = Shared::new(&limits);
        Self {
            limits,
            hash: false,
            continued: false,
            recording: None,
            secrets_first: false,
            key_log,
            brought_secrets: false,
            rsa_keys: Vec::new(),
            shared,
            evidence: Evidence::default(),
            streamed: 0,
        }
    }

    /// Asks for the SHA-256 of every capture file; it costs time and only some outputs show it.
    #[must_use]
    pub fn hash_captures(mut self, hash: bool) -> Self {
        self.hash = hash;
        self
    }

    /// Says that the captures to come are parts of one recording, in the order given: connections
    /// and sessions go on from one into the next.
    #[must_use]
    pub fn continue_across_files(mut self, continued: bool) -> Self {
        self.continued = continued;
        self
    }

    /// Adds the secrets that stand in a capture, and nothing else of it. For the parts of one
    /// recording that is done with all of them before the first is examined: none is read twice
    /// then.
    ///
    /// # Errors
    /// Where nothing of it can be read.
    pub fn secrets_of<R: Read>(&mut self, input: R) -> Result<(), CaptureError> {
        self.secrets_first = true;
        let mut reader = CaptureReader::new(input, &self.limits, false)?;
        if reader.format() != Format::Pcapng {
            return Ok(());
        }
        loop {
            while reader.ready().is_some() {}
            match reader.read()? {
                Some(Item::Secrets(secrets)) => {
                    self.key_log.add(secrets);
                    self.brought_secrets = true;
                }
                Some(_) => {}
                None => return Ok(()),
            }
        }
    }

    /// Adds the secrets of a key log (RFC 9850) for the captures to come.
    ///
    /// # Errors
    /// Where it cannot be read; lines that are no secrets are no error, and counted.
    pub fn key_log<R: Read>(&mut self, input: R) -> std::io::Result<KeyLogSummary> {
        self.key_log.read(input)
    }

    /// What each key log that was added had to do with the captures so far, in the order in which they
    /// were added.
    pub fn key_log_uses(&self) -> Vec<KeyLogUse> {
        self.key_log.uses()
    }

    /// Adds a server's RSA key, for handshakes in which the client encrypted its premaster secret
    /// with it (RFC 5246 section 7.4.7.1).
    pub fn rsa_key(&mut self, key: RsaKey) {
        self.rsa_keys.push(key);
    }

    /// Adds a capture, which the user named `path`, and its connections.
    ///
    /// Secrets in the capture are used from where they stand; [`Witness::examine_file`] uses them
    /// for all of it.
    ///
    /// # Errors
    /// Where nothing of it can be read; nothing is added then. A damaged capture is read as far as
    /// it goes, and that is no error.
    pub fn examine<R: Read>(&mut self, path: &str, input: R) -> Result<(), CaptureError> {
        let read = self.read(path, input)?;
        self.add(read, true);
        Ok(())
    }

    /// Adds a capture that can be opened `again`: that is done where secrets stand in it after
    /// packets.
    ///
    /// # Errors
    /// As [`Witness::examine`].
    pub fn examine_file<R: Read>(
        &mut self,
        path: &str,
        input: R,
        again: impl FnOnce() -> std::io::Result<R>,
    ) -> Result<(), CaptureError> {
        let mut read = self.read(path, input)?;
        if read.file.late_secrets.is_some() && !self.continued {
            read = self.read(path, again().map_err(CaptureError::Io)?)?;
        }
        self.add(read, self.continued && !self.secrets_first);
        Ok(())
    }

    /// Reads a capture while others are read, on another thread; [`Witness::take`] adds what it
    /// shows. `None` where it has to be examined in its turn: it brings secrets, which may be those
    /// of later captures too.
    ///
    /// # Errors
    /// As [`Witness::examine`].
    pub fn examine_aside<R: Read>(
        &self,
        path: &str,
        input: R,
    ) -> Result<Option<Aside>, CaptureError> {
        if self.continued || self.brought_secrets {
            return Ok(None);
        }
        let reader = CaptureReader::new(input, &self.limits, self.hash)?;
        let mut recording = Recording::new(&self.limits, false);
        let Self { key_log, rsa_keys, shared, .. } = self;
        let secrets = Secrets::Fixed(key_log);
        let file = recording.read(reader, (0, path), secrets, rsa_keys, shared, None)?;
        if file.brings_secrets {
            return Ok(None);
        }
        let finished = recording.finish(self.means(), None);
        Ok(Some(Aside(CaptureRead { file, finished })))
    }

    /// Adds a capture that was examined aside, in its turn; `false` where it has to be examined
    /// again, for an earlier one brought secrets.
    #[must_use]
    pub fn take(&mut self, Aside(mut read): Aside) -> bool {
        if self.brought_secrets {
            return false;
        }
        let index = self.evidence.captures.len();
        read.finished.connections.iter_mut().for_each(|connection| connection.capture = index);
        self.add(read, true);
        true
    }

    /// Reads a capture and gives its connections to `each`, every one as soon as nothing more can be
    /// learned of it. None is kept: memory depends on the connections in flight.
    ///
    /// `last_frame` of a connection that goes on after that is the frame up to which it was read. A
    /// connection is linked to the one that it resumes within `Limits::sessions` and
    /// `Limits::waiting_connections`. Secrets of the capture are used from where they stand, or
    /// for all of it after [`Witness::secrets_of`]. Captures are never parts of one recording.
    ///
    /// # Errors
    /// As [`Witness::examine`]; connections may have been given out before the input failed.
    pub fn stream<R: Read>(
        &mut self,
        path: &str,
        input: R,
        each: &mut Sink<'_>,
    ) -> Result<Streamed, CaptureError> {
        let index = self.streamed;
        self.streamed += 1;
        let secrets_first = std::mem::take(&mut self.secrets_first);
        let reader = CaptureReader::new(input, &self.limits, self.hash)?;
        let mut recording = Recording::new(&self.limits, false);
        let mut each = |connection| each(connection);
        let mut outlet = Outlet::new(&mut each, &self.limits);
        let Self { key_log, rsa_keys, shared, .. } = self;
        let secrets = Secrets::Growing(key_log);
        let file =
            recording.read(reader, (index, path), secrets, rsa_keys, shared, Some(&mut outlet))?;
        let finished = recording.finish(self.means(), Some(&mut outlet));
        outlet.finish();
        let FileRead { mut summary, late_secrets, brings_secrets } = file;
        summary.coverage.add(&finished.coverage);
        let other_streams = finished.other_streams;
        self.brought_secrets |= brings_secrets;
        if !secrets_first {
            note_late_secrets(&mut summary, late_secrets);
        }
        Ok(Streamed { summary, other_streams })
    }

    fn read<R: Read>(&mut self, path: &str, input: R) -> Result<CaptureRead, CaptureError> {
        let reader = CaptureReader::new(input, &self.limits, self.hash)?;
        let index = self.evidence.captures.len();
        let recording = self.recording.take();
        let mut recording =
            recording.unwrap_or_else(|| Recording::new(&self.limits, self.continued));
        let Self { key_log, rsa_keys, shared, .. } = self;
        let secrets = Secrets::Growing(key_log);
        let file = recording.read(reader, (index, path), secrets, rsa_keys, shared, None);
        if self.continued {
            self.recording = Some(recording);
            return Ok(CaptureRead { file: file?, finished: Finished::default() });
        }
        let file = file?;
        let finished = recording.finish(self.means(), None);
        Ok(CaptureRead { file, finished })
    }

    fn add(&mut self, read: CaptureRead, once: bool) {
        let CaptureRead { file, finished } = read;
        let FileRead { mut summary, late_secrets, brings_secrets } = file;
        self.brought_secrets |= brings_secrets;
        if once {
            note_late_secrets(&mut summary, late_secrets);
        }
        summary.coverage.add(&finished.coverage);
        self.evidence.captures.push(summary);
        self.evidence.add(finished.connections);
        self.evidence.add_others(finished.other_streams, finished.others);
    }

    /// Adds a capture that could not be opened or read, and why.
    pub fn unusable(&mut self, path: &str, why: String) {
        // What was read of it belongs to the recording all the same.
        let last = self.evidence.captures.len();
        let recording = self.recording.as_ref();
        let recording = recording.filter(|recording| recording.last_file() == Some(last));
        let (packets, frames) = recording.map(Recording::read_of_last_file).unwrap_or_default();
        self.evidence.captures.push(CaptureSummary {
            path: path.to_owned(),
            error: Some(why),
            packets,
            frames,
            ..CaptureSummary::default()
        });
    }

    /// What was seen in all captures, with resumed sessions linked to the handshakes that made them.
    pub fn finish(mut self) -> Evidence {
        if let Some(recording) = self.recording.take() {
            let finished = recording.finish(self.means(), None);
            if let Some(last) = self.evidence.captures.last_mut() {
                last.coverage.add(&finished.coverage);
            }
            self.evidence.add(finished.connections);
            self.evidence.add_others(finished.other_streams, finished.others);
        }
        let Evidence { captures, connections, .. } = &mut self.evidence;
        copies::mark(connections, self.continued);
        resumption::link(connections, captures, self.continued);
        self.evidence
    }

    fn means(&self) -> Means<'_> {
        let Self { limits, key_log, rsa_keys, shared, .. } = self;
        Means { limits, key_log, rsa_keys, shared }
    }
}

fn note_late_secrets(summary: &mut CaptureSummary, late_secrets: Option<u64>) {
    if let Some(frame) = late_secrets {
        summary.anomalies.push(Anomaly {
            code: code::LATE_SECRETS,
            frame: Some(frame),
            direction: None,
            detail: "secrets stand after packets, and were used only from there on".to_owned(),
        });
    }
}

/// What a capture shows that was read beside others.
#[derive(Debug)]
pub struct Aside(CaptureRead);

/// What one capture gave.
#[derive(Debug)]
struct CaptureRead {
    file: FileRead,
    finished: Finished,
}

/// What every connection is read with.
#[derive(Clone, Copy)]
struct Means<'a> {
    limits: &'a Limits,
    key_log: &'a KeyLog,
    rsa_keys: &'a [RsaKey],
    shared: &'a Shared,
}

impl Means<'_> {
    /// Whether anything may be decrypted.
    fn has_secrets(self) -> bool {
        !self.key_log.is_empty() || !self.rsa_keys.is_empty()
    }
}
