//! Logs that are written here, and those of the corpus.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests"
)]

mod writer;

use std::path::Path;

use super::super::*;
use super::Etl;
use crate::limits::Limits;
use writer::{Log, NATIVE_802_11, buffer, ethernet, ndis, packed, pktmon, record, wireless};

/// Number, nanoseconds, link type, bytes and length on the wire of each packet; damages.
type Seen = (Vec<(u64, Option<i64>, u16, Vec<u8>, u32)>, Vec<String>);

fn read_with(bytes: &[u8], limits: &Limits) -> Result<Seen, CaptureError> {
    let mut reader = CaptureReader::new(bytes, limits, false)?;
    let (mut packets, mut damages) = (Vec::new(), Vec::new());
    while let Some(item) = reader.read().unwrap() {
        match item {
            Item::Damage(damage) => damages.push(damage.to_string()),
            Item::Packet(packet) => {
                assert_eq!(reader_digits(packet.timestamp), packet.timestamp.map(|_| 7));
                packets.push((
                    packet.number,
                    packet.timestamp.map(|timestamp| timestamp.nanoseconds),
                    packet.link_type.0,
                    packet.data.to_vec(),
                    packet.original_length,
                ));
            }
            Item::Secrets(_) => panic!("a log has no secrets"),
        }
    }
    assert!(reader.read().unwrap().is_none(), "the end stays the end");
    Ok((packets, damages))
}

fn reader_digits(timestamp: Option<Timestamp>) -> Option<u8> {
    timestamp.map(|timestamp| timestamp.digits)
}

fn read(bytes: &[u8]) -> Seen {
    read_with(bytes, &Limits::default()).unwrap()
}

fn numbers(seen: &Seen) -> Vec<u64> {
    seen.0.iter().map(|packet| packet.0).collect()
}

/// Two processors, each packet at three components, the adapter's the second one.
fn pktmon_log() -> Vec<u8> {
    let (first, second) = (ethernet(1), ethernet(2));
    let at = |time, packet: &[u8]| {
        [
            pktmon::passed(time, 42, packet, 0),
            pktmon::passed(time + 8, 13, packet, 0),
            pktmon::passed(time + 16, 80, packet, 0),
        ]
        .concat()
    };
    let components = [(42, 3), (13, 2), (80, 4)]
        .map(|(id, kind)| pktmon::component(9_000_000, id, kind))
        .concat();
    let log = Log { buffers_written: 3, ..Log::default() };
    [
        log.header(0x400),
        packed(1, &at(2_000_000, &second)),
        packed(0, &[at(1_000_000, &first), components].concat()),
    ]
    .concat()
}

#[test]
fn records_of_all_processors_are_sorted_by_time_and_each_packet_is_given_once() {
    let seen = read(&pktmon_log());
    // 2026-01-01, a tenth of a second and two of them after the start; 10 MHz.
    let start = 1_767_225_600_000_000_000;
    let expected = [
        (2, Some(start + 100_000_800), 1, ethernet(1), 60),
        (5, Some(start + 200_000_800), 1, ethernet(2), 60),
    ];
    assert_eq!(seen, (expected.to_vec(), Vec::new()));
    let log = pktmon_log();
    let reader = CaptureReader::new(&log[..], &Limits::default(), false).unwrap();
    assert_eq!(reader.format().to_string(), "etl");
    let recorder = reader.recorder().unwrap();
    assert_eq!(recorder.program.as_deref(), Some("pktmon"));
    assert_eq!(recorder.operating_system.as_deref(), Some("Windows build 20348"));
    assert_eq!((recorder.snap_length, recorder.dropped), (None, Some(0)));
}

#[test]
fn all_adapters_are_used_and_what_both_saw_is_one_packet() {
    let (sent, received) = (ethernet(1), ethernet(2));
    let components = [(1, 2), (2, 2), (3, 4)].map(|(id, kind)| pktmon::component(9, id, kind));
    let events = [
        pktmon::passed(1000, 3, &sent, 0),
        pktmon::passed(1010, 1, &sent, 0),
        pktmon::passed(1020, 2, &sent, 0),
        // Sent again: it comes again to the same adapter.
        pktmon::passed(1030, 1, &sent, 0),
        pktmon::passed(1040, 2, &sent, 0),
        // The same long after.
        pktmon::passed(90_000, 2, &sent, 0),
        pktmon::passed(100_000, 1, &received, 0),
        components.concat(),
    ];
    let file = [Log::default().header(0x400), packed(0, &events.concat())].concat();
    assert_eq!(numbers(&read(&file)), [2, 4, 6, 7]);
}

#[test]
fn without_adapters_tcpip_is_used_and_without_descriptions_all() {
    let packet = ethernet(1);
    let events = [
        pktmon::passed(1000, 3, &packet, 0),
        pktmon::passed(2000, 4, &ethernet(2), 0),
        pktmon::passed(3000, 3, &ethernet(3), 0),
    ];
    let with = |components: &[(u16, u16)]| {
        let described = components.iter().map(|&(id, kind)| pktmon::component(9, id, kind));
        let described: Vec<u8> = described.flatten().collect();
        let file = [events.concat(), described].concat();
        numbers(&read(&[Log::default().header(0x400), packed(0, &file)].concat()))
    };
    assert_eq!(with(&[(3, 3), (4, 4)]), [2]);
    assert_eq!(with(&[(3, 3), (4, 6)]), [1, 2, 3]);
    assert_eq!(with(&[]), [1, 2, 3]);
}

#[test]
fn the_same_packet_as_ethernet_and_802_11_is_one() {
    let events = [
        pktmon::passed_as(1000, 1, &ethernet(1), 1, 0),
        pktmon::passed_as(1008, 2, &wireless(1), 2, 0),
        pktmon::passed_as(1016, 3, &ethernet(1)[14..34], 3, 0),
        pktmon::passed_as(1020, 3, &ethernet(1)[34..], 6, 0),
    ];
    let file = [Log::default().header(0x400), packed(0, &events.concat())].concat();
    let (packets, damages) = read(&file);
    let kinds: Vec<_> = packets.iter().map(|packet| (packet.0, packet.2)).collect();
    // What begins with no header that is known is given as such.
    assert_eq!((kinds, damages), (vec![(1, 1), (4, 147)], vec![]));
}

#[test]
fn dropped_packets_are_counted_and_not_given() {
    let dropped = pktmon::dropped(1010, 13, &ethernet(2));
    let passed = pktmon::passed(1000, 13, &ethernet(1), 0);
    let header = Log::default().header(0x400);
    let (packets, damages) =
        read(&[&header[..], &packed(0, &[passed, dropped.clone()].concat())].concat());
    assert_eq!(packets.len(), 1);
    assert!(damages[0].contains("the host dropped 1 packets"), "{damages:?}");
    let only = [header, packed(0, &dropped)].concat();
    let error = read_with(&only, &Limits::default()).unwrap_err();
    assert!(error.to_string().contains("1 dropped"), "{error}");
}

#[test]
fn cut_packets_keep_their_length_and_name_what_they_were_cut_to() {
    let packet = [ethernet(1), vec![7; 100]].concat();
    let events = pktmon::passed(1000, 13, &packet[..128], 1160);
    let file = [Log::default().header(0x400), packed(0, &events)].concat();
    assert_eq!(read(&file).0[0].4, 1160);
    let reader = CaptureReader::new(&file[..], &Limits::default(), false).unwrap();
    assert_eq!(reader.recorder().unwrap().snap_length, Some(128));
}

#[test]
fn ndis_packets_are_put_together_of_their_parts() {
    const FIRST: u64 = 0x4000_0000;
    const LAST: u64 = 0x8000_0000;
    let (one, two, three) = (ethernet(1), ethernet(2), ethernet(3));
    let first = [
        ndis::frame(1000, 1, FIRST, &one[..20]),
        // Another thread's.
        ndis::frame(1010, 2, FIRST | LAST, &two),
        ndis::frame(1020, 1, 0, &one[20..30]),
        ndis::frame(1030, 1, LAST, &one[30..]),
        // Nothing it could be the rest of.
        ndis::frame(1040, 1, LAST, &three),
        // Never ended.
        ndis::frame(1050, 2, FIRST, &three),
        ndis::frame(1060, 3, FIRST | LAST | NATIVE_802_11, &wireless(4)),
        ndis::switch_frame(1070, FIRST | LAST, &ethernet(5)),
    ];
    let file = [Log::default().header(0x4000), buffer(0, 0x4000, &first.concat())].concat();
    let (packets, damages) = read(&file);
    let found: Vec<_> = packets.iter().map(|packet| (packet.2, &packet.3)).collect();
    let (four, five) = (wireless(4), ethernet(5));
    assert_eq!(found, [(1, &one), (1, &two), (105, &four), (1, &five)]);
    assert_eq!(damages, ["2 parts of packets stand in the log without the other parts"]);
    let reader = CaptureReader::new(&file[..], &Limits::default(), false).unwrap();
    assert!(reader.recorder().unwrap().program.unwrap().contains("netsh trace"));
}

#[test]
fn extended_items_stand_before_the_payload() {
    let plain = pktmon::passed(1000, 13, &ethernet(1), 0);
    let (header, payload) = plain.split_at(0x50);
    let items = [16, 0, 1, 0, 1, 0, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 0, 1, 0, 0, 0, 0, 0];
    let mut event = [header, &items, payload].concat();
    let length = u16::try_from(0x50 + 24 + 0x22 + 60).unwrap();
    event[..2].copy_from_slice(&length.to_le_bytes());
    event[4] = 1;
    let file = [Log::default().header(0x400), packed(0, &event)].concat();
    assert_eq!(read(&file).0[0].3, ethernet(1));
    // An item that is shorter than its header.
    event[0x50] = 4;
    let file = [Log::default().header(0x400), packed(0, &event)].concat();
    let (packets, damages) = read(&file);
    assert_eq!(
        (packets.len(), damages),
        (0, vec!["1 events with packets do not fit their records".to_owned()])
    );
}

#[test]
fn times_are_those_of_the_clock_that_the_log_names() {
    let packet = pktmon::passed(1_000_000, 13, &ethernet(1), 0);
    let time = |log: Log| {
        let file = [log.header(0x400), packed(0, &packet)].concat();
        let (packets, damages) = read(&file);
        (packets[0].1.map(|time| time - 1_767_225_600_000_000_000), damages.len())
    };
    assert_eq!(time(Log::default()), (Some(100_000_000), 0));
    assert_eq!(time(Log { frequency: 1_000_000, ..Log::default() }), (Some(1_000_000_000), 0));
    assert_eq!(time(Log { clock: 2, frequency: 0, ..Log::default() }), (Some(100_000_000), 0));
    // 2 GHz.
    assert_eq!(time(Log { clock: 3, ..Log::default() }), (Some(500_000), 0));
    assert_eq!(time(Log { pointers: 4, ..Log::default() }), (Some(100_000_000), 0));
    // Before the first record, and rounded down.
    let log = Log { first_raw: 1_000_001, frequency: 3_000_000, ..Log::default() };
    assert_eq!(time(log), (Some(-400), 0));
    assert_eq!(time(Log { clock: 9, ..Log::default() }), (None, 1));
    assert_eq!(time(Log { frequency: 0, ..Log::default() }), (None, 1));
}

#[test]
fn losses_that_the_log_states_are_told() {
    let packet = packed(0, &pktmon::passed(1000, 13, &ethernet(1), 0));
    let log = Log { events_lost: 17, buffers_lost: 2, ..Log::default() };
    let file = [log.header(0x400), packet.clone()].concat();
    assert_eq!(read(&file).1, ["2 buffers of the log were lost while it was recorded"]);
    let reader = CaptureReader::new(&file[..], &Limits::default(), false).unwrap();
    assert_eq!(reader.recorder().unwrap().dropped, Some(17));

    let log = Log { buffers_written: 4, ..Log::default() };
    let file = [log.header(0x400), packet.clone()].concat();
    assert!(read(&file).1[0].contains("2 buffers of the log are missing"));
    let log = Log { buffers_written: 4, mode: 2, ..Log::default() };
    assert_eq!(read(&[log.header(0x400), packet].concat()).1, Vec::<String>::new());
}

#[test]
fn damaged_buffers_are_told_and_the_others_read() {
    let packet = |number| pktmon::passed(1000 * u64::from(number), 13, &ethernet(number), 0);
    let mut damaged = buffer(0, 0x400, &[packet(1), packet(2)].concat());
    // The size of the second record.
    let second = 0x48 + packet(1).len().next_multiple_of(8);
    damaged[second..second + 2].copy_from_slice(&[3, 0]);
    let file = [Log::default().header(0x400), damaged, packed(0, &packet(3))].concat();
    let (packets, damages) = read(&file);
    let found: Vec<_> = packets.iter().map(|packet| packet.3.clone()).collect();
    assert_eq!(found, [ethernet(1), ethernet(3)]);
    assert!(damages[0].contains("contents of 1 buffers are damaged, the first at offset 1024"));

    // A distance before the beginning.
    let mut compressed = packed(0, &packet(1));
    compressed[0x48..0x4c].copy_from_slice(&[0xff; 4]);
    let file = [Log::default().header(0x400), compressed, packed(0, &packet(3))].concat();
    let (packets, damages) = read(&file);
    assert_eq!((packets.len(), damages.len()), (1, 1), "{damages:?}");
}

#[test]
fn lying_lengths_end_in_damage_and_not_in_memory() {
    let packet = pktmon::passed(1000, 13, &ethernet(1), 0);
    let header = Log::default().header(0x400);
    for (place, value, expected) in [
        (0, 0x47, "impossible length 71"),
        (0, 0xffff_ffff, "has a length of 4294967295 bytes"),
        (0, 0x10_0000, "bytes are missing"),
        (0x30, 0x47, "contents of 1 buffers are damaged"),
        (0x30, 0xffff_ffff, "contents of 1 buffers are damaged"),
        (0x30, 0x0400_0000, "contents of 1 buffers are damaged"),
    ] {
        let mut lying = packed(0, &packet);
        let value: u32 = value;
        lying[place..place + 4].copy_from_slice(&value.to_le_bytes());
        let (_, damages) = read(&[header.clone(), lying].concat());
        assert!(damages[0].contains(expected), "{damages:?}");
    }
    // Lengths within the payload of an event.
    for event in [
        pktmon::passed_as(1000, 13, &[], 1, 9)[..0x60].to_vec(),
        ndis::frame(1000, 1, 0xc000_0000, &ethernet(1))[..0x50 + 20].to_vec(),
    ] {
        let (packets, damages) = read(&[header.clone(), packed(0, &record(event))].concat());
        assert_eq!(packets.len(), 0);
        assert!(damages[0].contains("1 events with packets do not fit"), "{damages:?}");
    }
}

#[test]
fn what_is_sorted_and_what_is_decompressed_is_bounded() {
    let one = |number: u8| packed(0, &pktmon::passed(u64::from(number), 13, &ethernet(number), 0));
    let file = [Log::default().header(0x400), one(1), one(2), one(3)].concat();
    let limits = Limits { sorted_bytes: 700, ..Limits::default() };
    let (packets, damages) = read_with(&file, &limits).unwrap();
    assert_eq!(packets.len(), 2);
    assert!(damages[0].contains("more than 700 bytes of packets"), "{damages:?}");
    let limits = Limits { log_buffer_bytes: 0x300, ..Limits::default() };
    let error = read_with(&file, &limits).unwrap();
    assert!(error.1[0].contains("limit 768"), "{:?}", error.1);
}

#[test]
fn reserved_space_at_the_end_is_no_damage() {
    let packet = packed(0, &pktmon::passed(1000, 13, &ethernet(1), 0));
    let file = [Log::default().header(0x400), packet, vec![0; 0x9000]].concat();
    assert_eq!((read(&file).0.len(), read(&file).1), (1, vec![]));
    let (packets, damages) = read(&[file, vec![1]].concat());
    assert_eq!((packets.len(), damages.len()), (1, 1));
}

#[test]
fn no_prefix_does_harm_or_gives_other_packets() {
    let whole_log = pktmon_log();
    let mut logs = vec![whole_log];
    logs.extend(corpus());
    for log in logs {
        let whole = read_with(&log, &Limits::default());
        let step = log.len() / 400 + 1;
        for length in (0..log.len()).step_by(step) {
            let Ok((packets, damages)) = read_with(&log[..length], &Limits::default()) else {
                continue;
            };
            assert_ne!(damages, Vec::<String>::new(), "cut at {length} and not told");
            // Which of several copies is given depends on descriptions that stand at the end.
            let Ok((all, _)) = &whole else { continue };
            for packet in &packets {
                assert!(all.iter().any(|one| one.3 == packet.3), "cut at {length}");
            }
        }
    }
}

#[test]
fn any_byte_changed_does_no_harm() {
    for log in std::iter::once(pktmon_log()).chain(corpus()) {
        let step = log.len() / 150 + 1;
        for at in (0..log.len()).step_by(step) {
            for value in [0, 0xff, log[at] ^ 0x40, log[at].wrapping_add(1)] {
                let mut log = log.clone();
                log[at] = value;
                let _ = read_with(&log, &Limits::default());
            }
        }
    }
}

#[test]
fn logs_of_the_corpus_are_read() {
    let count = |name: &str| {
        let bytes = std::fs::read(Path::new(CORPUS).join(name)).unwrap();
        let (packets, damages) = read(&bytes);
        assert_eq!(damages, Vec::<String>::new(), "{name}");
        packets.len()
    };
    if corpus().is_empty() {
        return;
    }
    assert_eq!(count("server2022-20348-azure-vm-filtered.etl"), 38);
    assert_eq!(count("tls12-client-certificate-ndis.etl"), 19);
    assert_eq!(count("tls12-client-certificate-pktmon.etl"), 19);
    assert_eq!(count("tls12-client-certificate-pktmon-128-bytes.etl"), 19);
    let empty = std::fs::read(Path::new(CORPUS).join("small-no-packets.etl")).unwrap();
    assert!(Etl::recognise(&empty));
    let error = read_with(&empty, &Limits::default()).unwrap_err();
    assert!(error.to_string().contains("(ETL) without packets"), "{error}");
    assert!(error.hint().unwrap().contains("pktmon start --capture --pkt-size 0"));
}

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus-etl");

/// Small logs of other programs; none where they are not at hand.
fn corpus() -> Vec<Vec<u8>> {
    let Ok(folder) = std::fs::read_dir(CORPUS) else {
        println!("skipped: there is no ../shared/corpus-etl");
        return Vec::new();
    };
    let paths = folder.map(|entry| entry.unwrap().path());
    let mut logs: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "etl")).collect();
    logs.sort();
    logs.iter().map(|path| std::fs::read(path).unwrap()).collect()
}
