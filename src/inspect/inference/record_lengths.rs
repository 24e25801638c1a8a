//! The lengths of one peer's encrypted records, as many as may tell something.

use crate::limits::Limits;
use crate::tls::ContentType;

/// Type and length of a peer's encrypted records, in the order of its stream.
///
/// A ChangeCipherSpec stands among them as it is; it is never encrypted at first.
#[derive(Clone, Debug, Default)]
pub struct RecordLengths {
    records: Records,
}

/// The records, where they are few without memory of their own: after a handshake of TLS 1.2 there
/// are two of each peer, and there may be many connections.
#[derive(Clone, Debug)]
enum Records {
    Few([(ContentType, u16); FEW], u8),
    Many(Vec<(ContentType, u16)>),
}

const FEW: usize = 5;

impl RecordLengths {
    /// Adds a record: `length` is that of what follows its header, in bytes.
    ///
    /// Nothing is kept beyond the limits: what comes first tells most.
    pub fn note(&mut self, content_type: ContentType, length: u16, limits: &Limits) {
        let application = self.application();
        let is_full = match content_type {
            ContentType::APPLICATION_DATA => application >= limits.application_record_lengths,
            _ => self.records.as_slice().len() - application >= limits.record_lengths,
        };
        if !is_full {
            self.records.push((content_type, length));
        }
    }

    /// Records of type application data that were noted.
    pub fn application(&self) -> usize {
        let records = self.records.as_slice().iter();
        records.filter(|(kind, _)| *kind == ContentType::APPLICATION_DATA).count()
    }

    /// Memory held, in bytes.
    pub fn held(&self) -> usize {
        match &self.records {
            Records::Few(..) => 0,
            Records::Many(records) => records.capacity() * size_of::<(ContentType, u16)>(),
        }
    }

    /// The lengths of the records of type application data: of every encrypted one in TLS 1.3.
    pub(super) fn tls13(&self) -> Vec<u16> {
        let records = self.records.as_slice().iter();
        records
            .filter(|(kind, _)| *kind == ContentType::APPLICATION_DATA)
            .map(|one| one.1)
            .collect()
    }

    /// The lengths of the handshake records before the ChangeCipherSpec of each renegotiation that
    /// has one. Before them `before_finished` messages and the Finished of the first handshake are
    /// passed over.
    pub(super) fn renegotiations(&self, before_finished: usize) -> Vec<Vec<u16>> {
        let mut records = self.records.as_slice().iter();
        let mut groups = Vec::new();
        if !records.any(|(kind, _)| *kind == ContentType::CHANGE_CIPHER_SPEC) {
            return groups;
        }
        let mut to_pass = before_finished + 1;
        let mut group = Vec::new();
        for (kind, length) in records {
            match *kind {
                ContentType::HANDSHAKE if to_pass > 0 => to_pass -= 1,
                ContentType::HANDSHAKE => group.push(*length),
                ContentType::CHANGE_CIPHER_SPEC => {
                    groups.push(std::mem::take(&mut group));
                    to_pass = before_finished + 1;
                }
                _ => {}
            }
        }
        groups
    }
}

impl Records {
    fn as_slice(&self) -> &[(ContentType, u16)] {
        match self {
            Self::Few(records, count) => records.get(..usize::from(*count)).unwrap_or(records),
            Self::Many(records) => records,
        }
    }

    fn push(&mut self, record: (ContentType, u16)) {
        match self {
            Self::Few(records, count) => match records.get_mut(usize::from(*count)) {
                Some(free) => {
                    *free = record;
                    *count += 1;
                }
                None => {
                    let many = records.iter().copied().chain([record]).collect();
                    *self = Self::Many(many);
                }
            },
            Self::Many(records) => records.push(record),
        }
    }
}

impl Default for Records {
    fn default() -> Self {
        Self::Few([(ContentType(0), 0); FEW], 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CCS: (ContentType, u16) = (ContentType::CHANGE_CIPHER_SPEC, 1);

    fn handshake(length: u16) -> (ContentType, u16) {
        (ContentType::HANDSHAKE, length)
    }

    fn noted(records: &[(ContentType, u16)]) -> RecordLengths {
        let mut lengths = RecordLengths::default();
        for (kind, length) in records {
            lengths.note(*kind, *length, &Limits::default());
        }
        lengths
    }

    #[test]
    fn renegotiations_end_with_their_change_cipher_spec() {
        let data = (ContentType::APPLICATION_DATA, 99);
        let lengths = noted(&[
            CCS,
            handshake(40),
            data,
            handshake(233),
            data,
            handshake(31),
            handshake(61),
            CCS,
            handshake(40),
            data,
            handshake(233),
            CCS,
            handshake(40),
            handshake(28),
        ]);
        assert_eq!(lengths.renegotiations(0), [vec![233, 31, 61], vec![233]]);
        assert_eq!(lengths.tls13(), [99, 99, 99]);
        assert!(noted(&[handshake(1), handshake(2)]).renegotiations(0).is_empty());
    }

    #[test]
    fn no_more_lengths_are_held_than_the_limits_allow() {
        let mut lengths = RecordLengths::default();
        let limits = Limits::default();
        for _ in 0..10_000 {
            lengths.note(ContentType::APPLICATION_DATA, 1, &limits);
            lengths.note(ContentType::HANDSHAKE, 2, &limits);
        }
        assert_eq!(lengths.application(), limits.application_record_lengths);
        assert!(lengths.held() <= 8 * (limits.application_record_lengths + limits.record_lengths));
    }
}
