//! A connection that told everything, or that is no TLS so far: it is watched, in little memory.

use super::Means;
use super::connection::Tracker;
use super::life::Life;
use super::quiet::Quiet;
use super::side::SideReader;
use crate::flow::Side;
use crate::net::Segment;
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

/// Whether a segment begins like a hello, as far as it goes.
#[inline]
pub(super) fn is_hello(payload: &[u8]) -> bool {
    matches!(payload, [22, 3, ..])
        && match preamble::probe(payload) {
            Probe::Is(start) => start == Start::Hello,
            Probe::NeedMore => true,
            Probe::IsNot => false,
        }
}

/// Whether a segment surely begins with a hello: encrypted records of handshakes look like one now
/// and then.
#[inline]
pub(super) fn is_surely_hello(payload: &[u8]) -> bool {
    matches!(payload, [22, 3, ..]) && preamble::find_hello(payload) == Some(0)
}

impl Tracker {
    /// What becomes of talk that may begin TLS with `segment`.
    pub(super) fn after_talk(
        stream: Option<u64>,
        talk: Talk,
        life: Life,
        side: Side,
        segment: &Segment<'_>,
        means: Means<'_>,
    ) -> Self {
        let quiet = Quiet { life, packets: 0, ..talk.origin };
        let after_loss = quiet.life.is_ahead(side, segment);
        let next = Side::BOTH.map(|side| quiet.life.numbers.next(side));
        let preamble = talk.preamble.unwrap_or("unknown");
        let mut tracker = Self::new(stream, quiet, side, means);
        tracker.talk = Some(preamble);
        let searched = means.limits.preamble_bytes.saturating_add(1);
        for (own, next) in Side::BOTH.into_iter().zip(next) {
            let reader = own.of_mut(&mut tracker.sides);
            *reader = SideReader::after(reader.quiet(), None);
            let next = next.filter(|_| own != side || !after_loss);
            reader.go_on_at(next, searched);
        }
        tracker.last = side.other();
        tracker
    }

    /// What is left of it, once it is over.
    pub(super) fn remains(&self) -> Over {
        Over { life: self.life.clone(), nature: Nature::Tls(None) }
    }

    /// What is left of it where it was talk all the time, and may still begin TLS.
    pub(super) fn talk(&self) -> Talk {
        let [first, second] = &self.sides;
        let is_known = first.preamble_known() || second.preamble_known();
        let preamble = is_known.then(|| preamble::name(first.prefix(), second.prefix()));
        let preamble = preamble.filter(|name| *name != "unknown");
        Talk {
            origin: Quiet {
                life: self.life.clone(),
                stream: self.stream,
                endpoints: self.endpoints.clone(),
                first_frame: self.first_frame,
                started_at: self.started_at,
                encapsulation: self.encapsulation.to_vec(),
                first: self.first,
                sides: [first.quiet(), second.quiet()],
                established: true,
                packets: 0,
            },
            last: self.last,
            preamble: self.talk.filter(|name| *name != "unknown").or(preamble),
        }
    }
}
