//! A TCP connection: what both sides say, cut into segments.

use std::collections::VecDeque;

use super::random::Random;

pub(crate) const FIN: u8 = 0x01;
pub(crate) const SYN: u8 = 0x02;
pub(crate) const PSH: u8 = 0x08;
pub(crate) const ACK: u8 = 0x10;

/// Payload bytes of a full segment: Ethernet's 1500 less IPv4, TCP and the timestamps option.
const SEGMENT: usize = 1448;
/// Payload bytes of a full TLS record (RFC 8446 section 5.1).
const RECORD: u64 = 16384;

/// What both sides say, in turns, and how they end.
#[derive(Debug)]
pub(crate) struct Conversation {
    turns: VecDeque<(bool, Vec<u8>)>,
    transfers: VecDeque<Transfer>,
    /// What the last turns are, after the transfers.
    closing: VecDeque<(bool, Vec<u8>)>,
    closes: bool,
    stage: Stage,
    pending: VecDeque<TcpSegment>,
    /// Next sequence number of the server and of the client.
    sequence: [u32; 2],
}

/// Bytes that are made when they are sent.
#[derive(Clone, Debug)]
pub(crate) struct Transfer {
    pub(crate) from_client: bool,
    pub(crate) bytes: u64,
    pub(crate) framing: Framing,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Framing {
    /// No TLS.
    Plain,
    /// TLS records of application data that cannot be read.
    Records { is_tls13: bool },
}

#[derive(Clone, Debug)]
pub(crate) struct TcpSegment {
    pub(crate) from_client: bool,
    pub(crate) sequence: u32,
    pub(crate) acknowledgment: u32,
    pub(crate) flags: u8,
    pub(crate) payload: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    New,
    Talking,
    Ended,
}

impl Conversation {
    pub(crate) fn new(turns: Vec<(bool, Vec<u8>)>, random: &mut Random) -> Self {
        Self {
            turns: turns.into(),
            transfers: VecDeque::new(),
            closing: VecDeque::new(),
            closes: true,
            stage: Stage::New,
            pending: VecDeque::new(),
            sequence: [random.next() as u32, random.next() as u32],
        }
    }

    /// Adds bytes that are sent after the turns.
    pub(crate) fn transfer(&mut self, transfer: Transfer) {
        self.transfers.push_back(transfer);
    }

    /// Adds a turn after the transfers.
    pub(crate) fn close_with(&mut self, from_client: bool, bytes: Vec<u8>) {
        self.closing.push_back((from_client, bytes));
    }

    /// Leaves the connection open.
    pub(crate) fn stay_open(&mut self) {
        self.closes = false;
        self.closing.clear();
    }

    /// The next segment on the wire; `None` when all was said.
    pub(crate) fn next(&mut self, random: &mut Random) -> Option<TcpSegment> {
        while self.pending.is_empty() {
            match self.stage {
                Stage::Ended => return None,
                Stage::New => {
                    self.stage = Stage::Talking;
                    self.send(true, SYN, Vec::new());
                    self.send(false, SYN | ACK, Vec::new());
                    self.send(true, ACK, Vec::new());
                }
                Stage::Talking => self.talk(random),
            }
        }
        self.pending.pop_front()
    }

    fn talk(&mut self, random: &mut Random) {
        if let Some((from_client, bytes)) = self.turns.pop_front() {
            return self.say(from_client, &bytes);
        }
        if let Some(transfer) = self.transfers.front_mut() {
            let length = transfer.bytes.min(RECORD);
            transfer.bytes -= length;
            let Transfer { from_client, bytes, framing } = *transfer;
            if bytes == 0 {
                self.transfers.pop_front();
            }
            return self.say(from_client, &framing.frame(length as usize, random));
        }
        if let Some((from_client, bytes)) = self.closing.pop_front() {
            return self.say(from_client, &bytes);
        }
        self.stage = Stage::Ended;
        if self.closes {
            self.send(true, FIN | ACK, Vec::new());
            self.send(false, FIN | ACK, Vec::new());
            self.send(true, ACK, Vec::new());
        }
    }

    /// Full segments; the other side acknowledges every second one, and the last.
    fn say(&mut self, from_client: bool, bytes: &[u8]) {
        let count = bytes.len().div_ceil(SEGMENT);
        for (index, piece) in bytes.chunks(SEGMENT).enumerate() {
            let is_last = index + 1 == count;
            self.send(from_client, if is_last { PSH | ACK } else { ACK }, piece.to_vec());
            if index % 2 == 1 || is_last {
                self.send(!from_client, ACK, Vec::new());
            }
        }
    }

    fn send(&mut self, from_client: bool, flags: u8, payload: Vec<u8>) {
        let [server, client] = self.sequence;
        let (sequence, acknowledgment) =
            if from_client { (client, server) } else { (server, client) };
        let takes = payload.len() as u32 + u32::from(flags & (SYN | FIN) != 0);
        let next = &mut self.sequence[usize::from(from_client)];
        *next = next.wrapping_add(takes);
        let acknowledgment = if flags & ACK == 0 { 0 } else { acknowledgment };
        let segment = TcpSegment { from_client, sequence, acknowledgment, flags, payload };
        self.pending.push_back(segment);
    }
}

impl Framing {
    /// `length` bytes of data as they go over the wire.
    pub(crate) fn frame(self, length: usize, random: &mut Random) -> Vec<u8> {
        match self {
            Self::Plain => {
                let mut bytes = random.bytes(length);
                // Like text, and never like a TLS record's header.
                bytes.iter_mut().for_each(|byte| *byte = *byte & 0x7f | 0x20);
                bytes
            }
            Self::Records { is_tls13 } => {
                // AES-GCM: in TLS 1.2 an explicit nonce and a tag, in TLS 1.3 a type and a tag.
                let sealed = length + if is_tls13 { 17 } else { 24 };
                record(0x17, sealed, random)
            }
        }
    }
}

/// A close_notify that cannot be read.
pub(crate) fn close_notify(is_tls13: bool, random: &mut Random) -> Vec<u8> {
    if is_tls13 { record(0x17, 2 + 17, random) } else { record(0x15, 2 + 24, random) }
}

fn record(content_type: u8, length: usize, random: &mut Random) -> Vec<u8> {
    let mut bytes = vec![0; 5 + length];
    let [high, low] = (length as u16).to_be_bytes();
    bytes[..5].copy_from_slice(&[content_type, 3, 3, high, low]);
    random.fill(&mut bytes[5..]);
    bytes
}
