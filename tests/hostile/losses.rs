//! What recording does to real captures: packets are lost in groups or one way, cut off, cut anew
//! and sent again; the answer stays the endpoints', or it cannot be told.

use mtls_witness::limits::Limits;

use super::truth::{Truth, key_log_of};
use super::{Random, captures, examine_within, records};

/// Bytes before a packet in a classic capture: times, then its length in the file and on the wire.
const RECORD: usize = 16;

/// How often each capture is damaged.
const ROUNDS: usize = 6;

#[test]
fn no_loss_gives_an_answer_against_the_endpoints() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut runs = 0;
    for (path, bytes) in captures() {
        let Some(packets) = records(&bytes).filter(|packets| packets.len() > 3) else { continue };
        let truth = Truth::of(&path);
        // Which of two transmissions is right, nobody can tell once one of them is damaged.
        if packets.len() > 200 || truth.name.contains("conflicting") {
            continue;
        }
        let keys = key_log_of(&path);
        for round in 0..ROUNDS {
            let (damage, damaged) = damaged(&packets, &mut random);
            let file = [&bytes[..24], &damaged.concat()].concat();
            // A hole is given up when the connection ends, or long before.
            let limits = if round % 2 == 0 { Limits::default() } else { impatient() };
            for keys in [Some(String::new()), keys.clone()].into_iter().flatten() {
                let context = format!("{damage}, round {round}, {} of key log", keys.len());
                truth.check(&examine_within(limits.clone(), &keys, &file), &context);
                runs += 1;
            }
        }
    }
    assert!(runs >= 1500, "only {runs} runs");
}

/// Whatever of a TLS 1.3 server's hello is missing: whether it took a pre-shared key stands there.
#[test]
fn no_cut_server_hello_gives_an_answer_against_the_endpoints() {
    const LOST: usize = 11;
    let mut runs = 0;
    for (path, bytes) in captures() {
        let (Some(packets), Some(keys)) = (records(&bytes), key_log_of(&path)) else { continue };
        let truth = Truth::of(&path);
        let hello = packets.iter().position(|packet| {
            payload(packet).is_some_and(|(begin, end)| {
                matches!(packet[begin..end], [22, 3, 3, _, _, 2, 0, ..])
            })
        });
        let Some(hello) = hello.filter(|_| truth.name.starts_with("tls13")) else { continue };
        let (begin, end) = payload(&packets[hello]).unwrap();
        let length = usize::from(packets[hello][begin + 4]) + 5;
        for from in (5..length.min(end - begin - LOST)).step_by(7) {
            let mut left = packets.clone();
            let parts = [(0, from), (from + LOST, end - begin)];
            left.splice(hello..=hello, parts.map(|(from, to)| part(&packets[hello], from, to)));
            let file = [&bytes[..24], &left.concat()].concat();
            truth.check(&examine_within(Limits::default(), &keys, &file), &format!("{from}"));
            runs += 1;
        }
    }
    assert!(runs >= 500, "only {runs} runs");
}

fn impatient() -> Limits {
    let mut limits = Limits::default();
    limits.pending_segments = 4;
    limits.pending_bytes = 1024;
    limits
}

fn damaged(packets: &[Vec<u8>], random: &mut Random) -> (&'static str, Vec<Vec<u8>>) {
    let mut left = packets.to_vec();
    let damage = match random.below(8) {
        0 => {
            left.remove(random.below(left.len()));
            left.remove(random.below(left.len()));
            "two packets lost"
        }
        1 => {
            let first = random.below(left.len() - 1);
            let last = left.len().min(first + 1 + random.below(8));
            left.drain(first..last);
            "packets lost in a row"
        }
        2 => {
            let length = 54 + random.below(1200);
            left.iter_mut().for_each(|packet| cut(packet, length));
            "snap length"
        }
        3 => {
            let one = random.below(left.len());
            let length = 34 + random.below(left[one].len());
            cut(&mut left[one], length);
            "one packet cut"
        }
        4 => {
            if let Some(source) = packets.iter().find_map(|packet| source(packet)) {
                let kept = random.below(2) == 0;
                left.retain(|packet| (self::source(packet) == Some(source)) == kept);
            }
            "one direction"
        }
        5 | 6 => {
            let most = [3, 300][random.below(2)];
            left = left.iter().flat_map(|packet| pieces(packet, most, random)).collect();
            left.remove(random.below(left.len()));
            "small segments, one lost"
        }
        _ => {
            left = left.iter().flat_map(|packet| again(packet, random)).collect();
            left.remove(random.below(left.len()));
            "segments cut anew and sent again, one lost"
        }
    };
    (damage, left)
}

/// Cuts a packet as a snap length does: it tells how long it was.
fn cut(packet: &mut Vec<u8>, length: usize) {
    packet.truncate(RECORD + length);
    let captured = u32::try_from(packet.len() - RECORD).unwrap();
    packet[8..12].copy_from_slice(&captured.to_le_bytes());
}

/// Where the TCP payload begins in the record of a packet, and where it ends: Ethernet, IPv4 that
/// is not fragmented.
fn payload(packet: &[u8]) -> Option<(usize, usize)> {
    let ip = packet.get(RECORD + 14..)?;
    let is_tcp = packet[RECORD + 12..RECORD + 14] == [8, 0]
        && *ip.first()? == 0x45
        && ip.get(6..8)?.iter().zip([0x3f, 0xff]).all(|(byte, mask)| byte & mask == 0)
        && *ip.get(9)? == 6;
    let tcp = ip.get(20..).filter(|_| is_tcp)?;
    let begin = RECORD + 14 + 20 + usize::from(*tcp.get(12)? >> 4) * 4;
    let end = RECORD + 14 + usize::from(u16::from_be_bytes([ip[2], ip[3]]));
    (begin <= end && end <= packet.len()).then_some((begin, end))
}

/// The IPv4 address that a TCP segment comes from.
fn source(packet: &[u8]) -> Option<[u8; 4]> {
    payload(packet)?;
    packet[RECORD + 14 + 12..][..4].try_into().ok()
}

/// A packet with a part of a segment's payload, from and to offsets within it.
fn part(packet: &[u8], from: usize, to: usize) -> Vec<u8> {
    const IP: usize = RECORD + 14;
    const TCP: usize = IP + 20;
    let Some((begin, end)) = payload(packet) else { return packet.to_vec() };
    let mut part = [&packet[..begin], &packet[begin + from..begin + to]].concat();
    let length = u16::try_from(part.len() - IP).unwrap();
    part[IP + 2..IP + 4].copy_from_slice(&length.to_be_bytes());
    let sequence = u32::from_be_bytes(packet[TCP + 4..TCP + 8].try_into().unwrap());
    let sequence = sequence.wrapping_add(u32::try_from(from).unwrap());
    part[TCP + 4..TCP + 8].copy_from_slice(&sequence.to_be_bytes());
    if begin + to < end {
        // Not the end of what FIN ends.
        part[TCP + 13] &= !1;
    }
    let length = u32::try_from(part.len() - RECORD).unwrap().to_le_bytes();
    part[8..12].copy_from_slice(&length);
    part[12..16].copy_from_slice(&length);
    part
}

/// A packet as several with 1 to `most` bytes each.
fn pieces(packet: &[u8], most: usize, random: &mut Random) -> Vec<Vec<u8>> {
    let Some((begin, end)) = payload(packet).filter(|(begin, end)| begin < end) else {
        return vec![packet.to_vec()];
    };
    let mut pieces = Vec::new();
    let mut from = 0;
    while from < end - begin {
        let to = (from + 1 + random.below(most)).min(end - begin);
        pieces.push(part(packet, from, to));
        from = to;
    }
    pieces
}

/// A packet, or parts of it that overlap or stand in another order.
fn again(packet: &[u8], random: &mut Random) -> Vec<Vec<u8>> {
    let Some(length) = payload(packet).map(|(begin, end)| end - begin).filter(|length| *length > 2)
    else {
        return vec![packet.to_vec()];
    };
    let middle = 1 + random.below(length - 1);
    match random.below(4) {
        0 => vec![part(packet, 0, middle), part(packet, middle / 2, length)],
        1 => vec![part(packet, middle, length), packet.to_vec()],
        2 => vec![part(packet, middle, length), part(packet, 0, middle)],
        _ => vec![packet.to_vec()],
    }
}
