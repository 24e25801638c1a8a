//! A connection that told everything, or that is no TLS so far: it is watched, in little memory.

use super::life::Life;
use super::quiet::Quiet;
use crate::flow::Side;
use crate::tls::preamble::{self, Start};
use crate::tls::{Probe, RecordHeader};

/// What is left of a connection of which no more is read.
#[derive(Debug)]
pub(super) struct Over {
    pub(super) life: Life,
    pub(super) nature: Nature,
}

/// What it was.
#[derive(Debug)]
pub(super) enum Nature {
    /// TLS; the index of its connection where that is kept.
    Tls(Option<u32>),
    /// No TLS so far.
    Talk(Box<Talk>),
}

/// Two programs that talk something else than TLS, and may yet begin it.
#[derive(Debug)]
pub(super) struct Talk {
    /// How it began.
    pub(super) origin: Quiet,
    /// Who sent the last payload.
    pub(super) last: Side,
    /// What stood before TLS, should it still begin, where that is known.
    pub(super) preamble: Option<&'static str>,
}

impl Over {
    pub(super) fn is_tls(&self) -> bool {
        matches!(self.nature, Nature::Tls(_))
    }

    /// Passes over a segment that can tell nothing; `false`, and nothing is changed, where it may
    /// tell something.
    #[inline]
    pub(super) fn pass(
        &mut self,
        side: Side,
        (sequence, acknowledgment): (u32, Option<u32>),
        payload: &[u8],
    ) -> bool {
        let numbers = &mut self.life.numbers;
        if !numbers.is_next(side, sequence, acknowledgment) {
            return false;
        }
        if let Nature::Talk(talk) = &mut self.nature
            && !payload.is_empty()
        {
            let answers = talk.last != side || numbers.acknowledges_more(side, acknowledgment);
            if answers && is_hello(payload) {
                return false;
            }
            talk.last = side;
        }
        numbers.advance(side, u32::try_from(payload.len()).unwrap_or_default(), acknowledgment);
        true
    }
}

impl Talk {
    /// Whether a segment may begin TLS: a hello in answer to the other side, or after a loss anything
    /// that begins like a record.
    pub(super) fn may_end_with(&self, payload: &[u8], answers: bool, after_loss: bool) -> bool {
        if after_loss {
            !payload.is_empty() && RecordHeader::probe(payload) != Probe::IsNot
        } else {
            answers && is_hello(payload)
        }
    }
}

/// Whether a segment begins like a hello.
#[inline]
pub(super) fn is_hello(payload: &[u8]) -> bool {
    matches!(payload, [22, 3, ..])
        && match preamble::probe(payload) {
            Probe::Is(start) => start == Start::Hello,
            Probe::NeedMore => true,
            Probe::IsNot => false,
        }
}
