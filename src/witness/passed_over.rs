//! Packets that tell nothing of TCP, counted by cause.

use super::anomaly::{Anomalies, code};
use crate::capture::LinkType;
use crate::net::Skipped;
use crate::tls::dtls;

/// Packets that could not be followed to TCP, and DTLS, by cause: count and first frame.
#[derive(Debug, Default)]
pub(super) struct PassedOver {
    link_types: Vec<(LinkType, u64, u64)>,
    malformed: Option<(u64, u64)>,
    fragments: Option<(u64, u64)>,
    dtls: Option<(u64, u64)>,
}

impl PassedOver {
    pub(super) fn note(&mut self, skipped: Skipped, frame: u64) {
        let counter = match skipped {
            Skipped::LinkType(link_type) => {
                let known = self.link_types.iter_mut().find(|(known, ..)| *known == link_type);
                match known {
                    Some((_, count, _)) => *count += 1,
                    None => self.link_types.push((link_type, 1, frame)),
                }
                return;
            }
            Skipped::FragmentConflict | Skipped::FragmentPoolFull => &mut self.fragments,
            Skipped::Malformed(_) | Skipped::TooManyLayers => &mut self.malformed,
            _ => return,
        };
        counter.get_or_insert((0, frame)).0 += 1;
    }

    pub(super) fn note_datagram(&mut self, payload: &[u8], frame: u64) {
        if dtls::begins_record(payload) {
            self.dtls.get_or_insert((0, frame)).0 += 1;
        }
    }

    pub(super) fn report(self, anomalies: &mut Anomalies) {
        for (LinkType(number), count, frame) in self.link_types {
            let detail = format!("{count} packets of link type {number} were passed over");
            anomalies.add(code::UNSUPPORTED_LINK_TYPE, Some(frame), None, detail);
        }
        if let Some((count, frame)) = self.malformed {
            let detail = format!("{count} packets with malformed headers were passed over");
            anomalies.add(code::MALFORMED_PACKETS, Some(frame), None, detail);
        }
        if let Some((count, frame)) = self.fragments {
            let detail = format!("{count} IP fragments could not be put together");
            anomalies.add(code::FRAGMENTS_GIVEN_UP, Some(frame), None, detail);
        }
        if let Some((count, frame)) = self.dtls {
            let detail = format!("{count} UDP datagrams carry DTLS, which is not read");
            anomalies.add(code::DTLS_NOT_READ, Some(frame), None, detail);
        }
    }
}
