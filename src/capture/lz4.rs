//! LZ4 frames one after the other, with the ends that the decoder does not tell apart told apart.

use std::io::{self, Read};

use lz4_flex::frame::FrameDecoder;

use super::compression::skip_skippable_frames;
use super::source::Source;

const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];

/// Decompresses LZ4 frames.
///
/// The decoder gives end of input both at a frame's end mark and where a frame is cut, and keeps
/// buffers sized for the frame before; so it gets one frame at a time.
pub(super) struct Lz4<R: Read> {
    decoder: FrameDecoder<Source<R>>,
    in_frame: bool,
}

impl<R: Read> Lz4<R> {
    pub(super) fn new(source: Source<R>) -> Self {
        Self { decoder: FrameDecoder::new(source), in_frame: false }
    }

    pub(super) fn source(&self) -> &Source<R> {
        self.decoder.get_ref()
    }

    pub(super) fn into_source(self) -> Source<R> {
        self.decoder.into_inner()
    }

    /// Whether another frame follows.
    fn next_frame(&mut self) -> io::Result<bool> {
        let mut source = self.decoder.get_mut().detach();
        let follows = skip_skippable_frames(&mut source).and_then(|follows| {
            if !follows || source.peek(MAGIC.len())? == MAGIC {
                return Ok(follows);
            }
            Err(io::Error::new(io::ErrorKind::InvalidData, "bytes that are no LZ4 frame follow"))
        });
        self.decoder = FrameDecoder::new(source);
        self.in_frame = follows?;
        Ok(self.in_frame)
    }
}

impl<R: Read> Read for Lz4<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        while self.in_frame || self.next_frame()? {
            match self.decoder.read(buf) {
                Ok(0) if !self.source().ended() => self.in_frame = false,
                Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
                Ok(0) | Err(_) => {
                    let error = io::ErrorKind::UnexpectedEof;
                    return Err(io::Error::new(error, "cut in an LZ4 frame"));
                }
                length => return length,
            }
        }
        Ok(0)
    }
}
