//! Decompression, recognised by magic: a compressed capture reads like a plain one.

use std::fmt;
use std::io::{self, Read};

use flate2::bufread::MultiGzDecoder;

use super::lz4::Lz4;
use super::order::distance;
use super::source::Source;
use super::zstd::Zstd;
use crate::limits::Limits;

/// Longest magic number that `Compression::recognise` looks at, in bytes.
const MAGIC: usize = 4;

/// How a capture file is compressed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Compression {
    /// RFC 1952, one or more members.
    Gzip,
    /// LZ4 frame format, one or more frames.
    Lz4,
    /// RFC 8878, one or more frames.
    Zstd,
}

impl Compression {
    fn recognise(magic: &[u8]) -> Option<Self> {
        match magic {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x04, 0x22, 0x4d, 0x18, ..] => Some(Self::Lz4),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            _ => None,
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        })
    }
}

/// The file as it was before it was compressed.
pub(super) enum Input<R: Read> {
    Gzip(Box<MultiGzDecoder<Source<R>>>),
    Lz4(Box<Lz4<R>>),
    Plain(Source<R>),
    Zstd(Box<Zstd<R>>),
}

impl<R: Read> Input<R> {
    /// Skippable frames, which LZ4 and zstd share, are passed over before the magic is looked at.
    pub(super) fn new(mut source: Source<R>, limits: &Limits) -> io::Result<Self> {
        skip_skippable_frames(&mut source)?;
        Ok(match Compression::recognise(source.peek(MAGIC)?) {
            Some(Compression::Gzip) => Self::Gzip(Box::new(MultiGzDecoder::new(source))),
            Some(Compression::Lz4) => Self::Lz4(Box::new(Lz4::new(source))),
            Some(Compression::Zstd) => Self::Zstd(Box::new(Zstd::new(source, limits))),
            None => Self::Plain(source),
        })
    }

    pub(super) fn compression(&self) -> Option<Compression> {
        match self {
            Self::Gzip(_) => Some(Compression::Gzip),
            Self::Lz4(_) => Some(Compression::Lz4),
            Self::Plain(_) => None,
            Self::Zstd(_) => Some(Compression::Zstd),
        }
    }

    pub(super) fn source(&self) -> &Source<R> {
        match self {
            Self::Gzip(decoder) => decoder.get_ref(),
            Self::Lz4(decoder) => decoder.source(),
            Self::Plain(source) => source,
            Self::Zstd(decoder) => decoder.source(),
        }
    }

    pub(super) fn into_source(self) -> Source<R> {
        match self {
            Self::Gzip(decoder) => decoder.into_inner(),
            Self::Lz4(decoder) => decoder.into_source(),
            Self::Plain(source) => source,
            Self::Zstd(decoder) => decoder.into_source(),
        }
    }
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(decoder) => decoder.read(buf),
            Self::Lz4(decoder) => decoder.read(buf),
            Self::Plain(source) => source.read(buf),
            Self::Zstd(decoder) => decoder.read(buf),
        }
    }
}

/// Passes over skippable frames (RFC 8878 section 3.1.2), and says whether the input goes on.
pub(super) fn skip_skippable_frames<R: Read>(source: &mut Source<R>) -> io::Result<bool> {
    const HEADER: usize = 8;
    while let [0x50..=0x5f, 0x2a, 0x4d, 0x18, length @ ..] = source.peek(HEADER)? {
        let length = length.first_chunk().map(|&length| u32::from_le_bytes(length));
        let skipped = match length {
            Some(length) => source.skip(distance(HEADER) + u64::from(length))? == 0,
            None => false,
        };
        if !skipped {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "cut in a skippable frame"));
        }
    }
    Ok(!source.peek(1)?.is_empty())
}
