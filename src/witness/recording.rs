//! One capture, or several that are one recording, read to the end.

use std::fmt::Write as _;
use std::io::Read;

use super::Means;
use super::capture_run::{Finished, Run};
use super::evidence::CaptureSummary;
use super::stream::Outlet;
use crate::capture::{CaptureError, CaptureReader, Item};
use crate::decrypt::{KeyLog, RsaKey};
use crate::inspect::Shared;
use crate::limits::Limits;
use crate::net::Decoder;

/// What was recorded without a break: one capture, or several that are parts of one recording.
///
/// Frames count on from file to file while it is read. A connection's are counted, in the end, from
/// the beginning of the file in which it begins, so that they are those of that file.
#[derive(Debug)]
pub(super) struct Recording {
    decoder: Decoder,
    run: Run,
}

/// What one file of a recording says of itself.
#[derive(Debug)]
pub(super) struct FileRead {
    pub(super) summary: CaptureSummary,
    /// The packet before the first secrets that do not stand at the beginning.
    pub(super) late_secrets: Option<u64>,
    /// There are secrets in it.
    pub(super) brings_secrets: bool,
}

/// The secrets that a capture is read with.
pub(super) enum Secrets<'a> {
    /// Those in the capture are added to them.
    Growing(&'a mut KeyLog),
    /// There are to be no others.
    Fixed(&'a KeyLog),
}

impl Secrets<'_> {
    fn get(&self) -> &KeyLog {
        match self {
            Self::Growing(key_log) => key_log,
            Self::Fixed(key_log) => key_log,
        }
    }

    /// Adds secrets of the capture; `false` where they are not to be added.
    fn add(&mut self, secrets: &[u8]) -> bool {
        match self {
            Self::Growing(key_log) => {
                key_log.add(secrets);
                true
            }
            Self::Fixed(_) => false,
        }
    }
}

impl Recording {
    /// `continued` says that connections go on from file to file.
    pub(super) fn new(limits: &Limits, continued: bool) -> Self {
        Self { decoder: Decoder::new(limits), run: Run::new(limits, continued) }
    }

    /// Reads all of the next file: its place among the captures, and its name. It ends at secrets
    /// that are not to be added.
    ///
    /// # Errors
    /// Where the input cannot be read on.
    pub(super) fn read<R: Read>(
        &mut self,
        mut reader: CaptureReader<R>,
        (index, path): (usize, &str),
        mut key_log: Secrets<'_>,
        rsa_keys: &[RsaKey],
        shared: &Shared,
        mut outlet: Option<&mut Outlet<'_>>,
    ) -> Result<FileRead, CaptureError> {
        let Self { decoder, run } = self;
        let limits = run.limits.clone();
        let before = run.begin_file(index, outlet.is_none());
        let mut late_secrets = None;
        let mut brings_secrets = false;
        'file: loop {
            let means = Means { limits: &limits, key_log: key_log.get(), rsa_keys, shared };
            while let Some(mut packet) = reader.ready() {
                packet.number += before;
                run.count(&packet);
                if !run.pass(&packet, means) {
                    run.packet(&packet, decoder, means);
                    if !run.give_out(outlet.as_deref_mut()) {
                        break 'file;
                    }
                }
            }
            let Some(item) = reader.read()? else { break };
            match item {
                Item::Packet(mut packet) => {
                    packet.number += before;
                    run.count(&packet);
                    run.packet(&packet, decoder, means);
                    if !run.give_out(outlet.as_deref_mut()) {
                        break;
                    }
                }
                Item::Damage(damage) => run.damage(&damage),
                Item::Secrets(secrets) => {
                    brings_secrets = true;
                    if !key_log.add(secrets) {
                        break;
                    }
                    if run.packets > 0 {
                        late_secrets.get_or_insert(run.packets);
                    }
                }
            }
        }
        let mut summary = CaptureSummary {
            path: path.to_owned(),
            format: reader.format().to_string(),
            compression: reader.compression().map(|compression| compression.to_string()),
            recorder: reader.recorder(),
            ..CaptureSummary::default()
        };
        let file = reader.finish().map_err(CaptureError::Io)?;
        summary.bytes = file.bytes;
        summary.sha256 = file.sha256.map(|digest| {
            digest.iter().fold(String::new(), |mut text, byte| {
                let _infallible = write!(text, "{byte:02x}");
                text
            })
        });
        run.end_file(decoder, &mut summary);
        Ok(FileRead { summary, late_secrets, brings_secrets })
    }

    /// The place of the last file among the captures.
    pub(super) fn last_file(&self) -> Option<usize> {
        self.run.files.last().map(|&(index, _)| index)
    }

    /// Packets read of the last file and the number of its last one, also where it could not be read
    /// to its end.
    pub(super) fn read_of_last_file(&self) -> (u64, u64) {
        (self.run.packets, self.run.frames)
    }

    /// What came of it; connections that are still open are given out where there is an `outlet`.
    pub(super) fn finish(self, means: Means<'_>, outlet: Option<&mut Outlet<'_>>) -> Finished {
        self.run.finish(means, outlet)
    }
}
