//! A connection that told everything, or that is no TLS so far: it is watched, in little memory.

use std::net::SocketAddr;

use super::Means;
use super::connection::Tracker;
use super::endpoints::ordered;
use super::evidence::OtherKind;
use super::life::Life;
use super::quiet::Quiet;
use super::side::SideReader;
use crate::flow::{Heading, Side};
use crate::net::Segment;
use crate::tls::preamble::{self, Start};
use crate::tls::{Probe, RecordHeader};

/// What is left of a connection of which no more is read.
#[derive(Debug)]
pub(super) struct Over {
    pub(super) life: Life,
    /// Who sent the last payload.
    last: Side,
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
    /// What stood before TLS, should it still begin, where that is known.
    pub(super) preamble: Option<&'static str>,
}

impl Over {
    pub(super) fn is_tls(&self) -> bool {
        matches!(self.nature, Nature::Tls(_))
    }

    /// Whether a segment begins TLS where it was talk so far: a hello in answer to the other side, or
    /// after a loss anything that begins like a record.
    pub(super) fn is_ended_by(&self, side: Side, heading: &Heading, segment: &Segment<'_>) -> bool {
        if self.is_tls() || segment.payload.is_empty() {
            return false;
        }
        if self.life.is_ahead(side, segment) {
            return RecordHeader::probe(segment.payload) != Probe::IsNot;
        }
        let acknowledgment = heading.acknowledgment;
        let answers =
            self.last != side || self.life.numbers.acknowledges_more(side, acknowledgment);
        answers && is_hello(segment.payload)
    }

    /// Learns from a segment that fits.
    pub(super) fn note(&mut self, side: Side, heading: &Heading, segment: &Segment<'_>) {
        self.life.note(side, heading, segment);
        if !segment.payload.is_empty() {
            self.last = side;
        }
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
        let Some(in_order) = self.life.numbers.in_order(side, sequence, acknowledgment) else {
            return false;
        };
        if !payload.is_empty() {
            let answers = self.last != side || in_order.acknowledges_more;
            if answers && !self.is_tls() && is_hello(payload) {
                return false;
            }
            self.last = side;
        }
        self.life.numbers.advance(in_order, u32::try_from(payload.len()).unwrap_or_default());
        true
    }
}

/// Whether talk begins as a request or a response of HTTP/1 does (RFC 9112 sections 3 and 4).
fn begins_like_http(prefix: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 9] = [
        b"DELETE ",
        b"GET ",
        b"HEAD ",
        b"HTTP/1.",
        b"OPTIONS ",
        b"PATCH ",
        b"POST ",
        b"PUT ",
        b"TRACE ",
    ];
    BEGINNINGS.iter().any(|beginning| prefix.starts_with(beginning))
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
        let mut tracker = Self::new(stream, quiet, side);
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
        Over { life: self.life.clone(), last: self.last, nature: Nature::Tls(None) }
    }

    /// What it is where it is no TLS.
    pub(super) fn other_kind(&self) -> Option<OtherKind> {
        let [first, second] = &self.sides;
        let is_http = [first, second].iter().any(|side| begins_like_http(side.prefix()));
        is_http.then_some(OtherKind::PlainHttp)
    }

    /// Both ends; the sender of the first packet stands first.
    pub(super) fn ordered_endpoints(&self) -> [SocketAddr; 2] {
        ordered(self.endpoints.addresses(), self.first)
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
            preamble: self.talk.filter(|name| *name != "unknown").or(preamble),
        }
    }
}
