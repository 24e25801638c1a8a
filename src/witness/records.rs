//! One record after the other: what each gives, where its bytes are there and where not.

use super::side::{Context, Details, Phase, SideReader, reason};
use crate::inspect::{Event, ObscuredReason, ProtectedRecord};
use crate::tls::{
    Alert, AlertDescription, AlertLevel, ContentType, HandshakeMessage, HandshakeType, Probe,
    RecordHeader,
};

impl SideReader {
    pub(super) fn record(&mut self, context: Context<'_>, events: &mut Vec<Event>) -> bool {
        let header = match self.record_header() {
            Probe::Is(header) => header,
            Probe::IsNot if self.is_followed_by_clear_talk() => {
                self.phase = Phase::OtherTalk;
                return true;
            }
            Probe::IsNot => {
                let length = self.stream.piece().map_or(0, |(piece, _)| piece.len());
                self.stream.consume(u64::try_from(length).unwrap_or(u64::MAX));
                return self.lose(ObscuredReason::Malformed, context, events);
            }
            Probe::NeedMore => {
                return match self.hole_to_give_up(context) {
                    Some(hole) => {
                        self.skip_hole(hole);
                        self.lose(reason(hole), context, events)
                    }
                    None => false,
                };
            }
        };
        // A ChangeCipherSpec is sent in handshakes alone.
        self.has_handshake_record |= [ContentType::CHANGE_CIPHER_SPEC, ContentType::HANDSHAKE]
            .contains(&header.content_type);
        let is_readable = match header.content_type {
            ContentType::HANDSHAKE => !self.protected,
            ContentType::ALERT => self.reads_alert(header.length),
            _ => false,
        };
        let waits = context.wait_for_server
            || context.wait_to_change && header.content_type == ContentType::CHANGE_CIPHER_SPEC;
        if !is_readable && waits && !context.give_up && !self.impatient {
            self.impatient = self.stream.held() > context.limits.pending_bytes;
            return self.impatient;
        }
        let length = u64::from(header.length);
        if is_readable {
            self.consume_record_header();
            self.phase = match header.content_type {
                ContentType::ALERT => Phase::InAlert(length),
                _ => Phase::InHandshake(length),
            };
            return true;
        }
        // Lengths of application data tell something of TLS 1.3 only.
        let tells =
            context.protects != Some(true) || header.content_type != ContentType::APPLICATION_DATA;
        if self.unfollowed.is_none() && tells {
            self.record_lengths.note(header.content_type, header.length, context.limits);
        }
        if context.wanted.includes(header.content_type) {
            self.consume_record_header();
            let record = ProtectedRecord {
                content_type: header.content_type,
                version: header.version,
                fragment: Vec::new(),
                frames: Vec::new(),
            };
            self.phase = Phase::InProtected(Box::new((length, record)));
            return true;
        }
        if self.is_wrapped() {
            self.consume_record_header();
            self.phase = Phase::Passing(length);
        } else {
            self.stream.consume(RecordHeader::LENGTH + length);
        }
        if header.content_type == ContentType::CHANGE_CIPHER_SPEC {
            // Unknown only where the ServerHello is not in the capture: TLS 1.2 is then the one in
            // which it means something.
            if context.protects != Some(false) {
                self.protected = true;
                self.finish(events);
            }
            events.push(Event::ChangeCipherSpec);
        } else {
            events.push(Event::Protected(header.content_type));
        }
        true
    }

    pub(super) fn handshake(&mut self, context: Context<'_>, events: &mut Vec<Event>) -> bool {
        let Phase::InHandshake(remaining) = self.phase else {
            return false;
        };
        if remaining == 0 {
            self.phase = Phase::AtRecord;
            return true;
        }
        let limit = self.within_packet(remaining);
        if let Some((piece, frame)) = self.stream.piece() {
            let own = piece.get(..limit).unwrap_or(piece);
            let length = u64::try_from(own.len()).unwrap_or(u64::MAX);
            let joiner = self.details.get_or_insert_default().joiner(context.limits);
            joiner.push(own, &[frame]);
            self.consume(length);
            self.phase = Phase::InHandshake(remaining - length);
        } else if let Some(hole) = self.hole_to_give_up(context) {
            let details = self.details_mut();
            details.message_cut_by = Some(reason(hole));
            let joiner = details.joiner(context.limits);
            joiner.push_missing(hole.length.min(remaining));
            let is_lost = joiner.is_lost();
            let hides_header = self.skip_hole_in_record(hole);
            if hides_header || hole.length > remaining {
                return self.lose(reason(hole), context, events);
            }
            self.phase = Phase::InHandshake(remaining - hole.length);
            if is_lost {
                self.drain(events);
                events.push(Event::Lost(reason(hole)));
                return true;
            }
        } else {
            return false;
        }
        self.details_mut().handshake.end = self.stream.position();
        self.drain(events);
        true
    }

    pub(super) fn protected_record(
        &mut self,
        context: Context<'_>,
        events: &mut Vec<Event>,
    ) -> bool {
        let limit = self.within_packet(u64::MAX);
        let Phase::InProtected(within) = &mut self.phase else {
            return false;
        };
        let (remaining, record) = &mut **within;
        if *remaining == 0 {
            record.frames.sort_unstable();
            record.frames.dedup();
            if let Phase::InProtected(within) = std::mem::replace(&mut self.phase, Phase::AtRecord)
            {
                events.push(Event::Record(within.1));
            }
            return true;
        }
        let Some((piece, frame)) = self.stream.piece() else {
            let remaining = *remaining;
            let Some(hole) = self.hole_to_give_up(context) else {
                return false;
            };
            let hides_header = self.skip_hole_in_record(hole);
            let Some(rest) = remaining.checked_sub(hole.length).filter(|_| !hides_header) else {
                return self.lose(reason(hole), context, events);
            };
            // Without all of its bytes it cannot be opened; where the next one begins is known.
            if self.is_wrapped() {
                self.phase = Phase::Passing(rest);
            } else {
                self.stream.consume(rest);
                self.phase = Phase::AtRecord;
            }
            let reason = reason(hole);
            self.unfollowed.get_or_insert(reason);
            events.push(Event::Lost(reason));
            return true;
        };
        let limit = limit.min(usize::try_from(*remaining).unwrap_or(usize::MAX));
        let own = piece.get(..limit).unwrap_or(piece);
        record.fragment.extend_from_slice(own);
        record.frames.push(frame);
        let length = u64::try_from(own.len()).unwrap_or(u64::MAX);
        *remaining -= length;
        self.consume(length);
        true
    }

    /// Whether a record of alerts of this length is in the clear.
    ///
    /// Where it is not known what came before, one of another length than an alert's is encrypted.
    fn reads_alert(&self, length: u16) -> bool {
        let is_followed = self.start_lost.is_none() && self.unfollowed.is_none();
        !self.protected && (is_followed || length == 2)
    }

    /// Reads alerts, which one record may hold several of, and several records one (RFC 5246 section
    /// 6.2.1).
    pub(super) fn alert(&mut self, context: Context<'_>, events: &mut Vec<Event>) -> bool {
        let Phase::InAlert(remaining) = self.phase else {
            return false;
        };
        let Some(rest) = remaining.checked_sub(1) else {
            self.phase = Phase::AtRecord;
            return true;
        };
        let Some((&[byte, ..], frame)) = self.stream.piece() else {
            return match self.hole_to_give_up(context) {
                Some(hole) => {
                    self.skip_hole(hole);
                    self.lose(reason(hole), context, events)
                }
                None => false,
            };
        };
        self.consume(1);
        self.phase = Phase::InAlert(rest);
        let begun = &mut self.details_mut().alert_level;
        match begun.take() {
            Some(level) => {
                let (level, description) = (AlertLevel(level), AlertDescription(byte));
                events.push(Event::Alert { alert: Alert { level, description }, frame });
            }
            None => *begun = Some(byte),
        }
        true
    }

    pub(super) fn sslv2_hello(&mut self, context: Context<'_>, events: &mut Vec<Event>) -> bool {
        let Phase::InSslv2Hello(within) = &mut self.phase else {
            return false;
        };
        let (remaining, hello) = &mut **within;
        let Some((piece, frame)) = self.stream.piece() else {
            return match self.hole_to_give_up(context) {
                Some(hole) => {
                    self.skip_hole(hole);
                    self.lose(reason(hole), context, events)
                }
                None => false,
            };
        };
        let own = piece.get(..usize::try_from(*remaining).unwrap_or(usize::MAX)).unwrap_or(piece);
        hello.raw.extend_from_slice(own);
        if hello.frames.last() != Some(&frame) {
            hello.frames.push(frame);
        }
        let length = u64::try_from(own.len()).unwrap_or(u64::MAX);
        *remaining -= length;
        if *remaining == 0 {
            let mut whole = hello.clone();
            whole.frames.sort_unstable();
            events.push(Event::Sslv2ClientHello(whole));
            self.phase = Phase::AtRecord;
        }
        self.stream.consume(length);
        true
    }

    /// Gives out the messages that ended; a stream that begins within a connection may be
    /// encrypted, and then its first message makes no sense.
    pub(super) fn drain(&mut self, events: &mut Vec<Event>) {
        let Some(details) = &mut self.details else {
            return;
        };
        let Details { joiner: Some(joiner), message_cut_by, .. } = &mut **details else {
            return;
        };
        while let Some(message) = joiner.next_message() {
            if let Some(reason) = self.start_lost.filter(|_| !makes_sense(&message)) {
                joiner.lose();
                joiner.drain().for_each(drop);
                self.protected = true;
                events.push(Event::Lost(reason));
                return;
            }
            let cut_by = match (message.complete, message.over_limit) {
                (true, _) => None,
                (false, true) => Some(ObscuredReason::LimitReached),
                (false, false) => Some(message_cut_by.take().unwrap_or(ObscuredReason::EndedEarly)),
            };
            events.push(Event::Message { message, cut_by });
        }
    }

    pub(super) fn lose(
        &mut self,
        reason: ObscuredReason,
        context: Context<'_>,
        events: &mut Vec<Event>,
    ) -> bool {
        let reason = match (reason, self.start_lost) {
            // What does not look like TLS after an unknown beginning may be an unlucky guess.
            (ObscuredReason::Malformed, Some(start_lost)) => start_lost,
            (reason, _) => reason,
        };
        let details = self.details_mut();
        details.message_cut_by = Some(reason);
        details.alert_level = None;
        details.joiner(context.limits).lose();
        self.details_mut().handshake.end = self.stream.position();
        self.drain(events);
        events.push(Event::Lost(reason));
        self.unfollowed.get_or_insert(reason);
        self.phase = Phase::Lost;
        self.at_segment = true;
        true
    }
}

/// Whether a message is one that TLS sends in the clear.
fn makes_sense(message: &HandshakeMessage) -> bool {
    message.message_type.name().is_some()
        && (message.complete || message.message_type == HandshakeType::CERTIFICATE)
}
