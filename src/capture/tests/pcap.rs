use super::*;

const STANDARD: u32 = 0xa1b2_c3d4;
const NANOSECONDS: u32 = 0xa1b2_3c4d;
const MODIFIED: u32 = 0xa1b2_cd34;

fn header(order: Order, magic: u32, version: (u16, u16), network: u32) -> Bytes {
    Bytes::new(order)
        .u32(magic)
        .u16(version.0)
        .u16(version.1)
        .u32(0)
        .u32(0)
        .u32(262_144)
        .u32(network)
}

fn record(bytes: Bytes, fraction: u32, lengths: (u32, u32), extra: &[u8], data: &[u8]) -> Bytes {
    bytes.u32(1_000).u32(fraction).u32(lengths.0).u32(lengths.1).bytes(extra).bytes(data)
}

fn seen(number: u64, nanoseconds: i64, digits: u8, data: &[u8], original: u32) -> Seen {
    let timestamp = Some((1_000_000_000_000 + nanoseconds, digits));
    Seen::Packet(number, timestamp, 1, 0, data.to_vec(), original)
}

/// Three packets, the last one cut by the snap length.
pub(super) fn sample(order: Order) -> Vec<u8> {
    let file = header(order, STANDARD, (2, 4), 1);
    let file = record(file, 1, (5, 5), &[], b"first");
    let file = record(file, 2, (0, 0), &[], b"");
    record(file, 999_999, (3, 70_000), &[], b"cut").1
}

#[test]
fn both_byte_orders_and_resolutions_are_read() {
    for order in [Order::Big, Order::Little] {
        assert_eq!(
            read(&sample(order)),
            [
                seen(1, 1_000, 6, b"first", 5),
                seen(2, 2_000, 6, b"", 0),
                seen(3, 999_999_000, 6, b"cut", 70_000)
            ]
        );
        let file = header(order, NANOSECONDS, (2, 4), 1);
        let file = record(file, 999_999_999, (2, 2), &[], b"ns").1;
        assert_eq!(read(&file), [seen(1, 999_999_999, 9, b"ns", 2)]);
    }
}

#[test]
fn ixia_files_have_a_length_after_the_header() {
    let file = header(Order::Big, 0x1c00_01ac, (2, 4), 1).u32(18);
    assert_eq!(read(&record(file, 7, (2, 2), &[], b"hw").1), [seen(1, 7, 9, b"hw", 2)]);
    let file = header(Order::Little, 0x1c00_01ab, (2, 4), 1).u32(18);
    assert_eq!(read(&record(file, 7, (2, 2), &[], b"sw").1), [seen(1, 7_000, 6, b"sw", 2)]);
}

#[test]
fn modified_record_headers_are_read_under_either_magic() {
    // Interface, protocol and packet type, then padding.
    let extras: [(u32, &[u8], &[u8]); 4] = [
        (MODIFIED, &[2, 0, 0, 0, 0, 8, 4, 9], &[0, 0, 0, 2, 8, 0, 4, 9]),
        (STANDARD, &[2, 0, 0, 0, 0, 8, 4, 9], &[0, 0, 0, 2, 8, 0, 4, 9]),
        (MODIFIED, &[2, 0, 0, 0, 0, 8, 4, 9, 9, 9, 9, 9], &[0, 0, 0, 2, 8, 0, 4, 9, 9, 9, 9, 9]),
        (STANDARD, &[0x01, 0xb6, 0xbf, 0x9f], &[0x9f, 0xbf, 0xb6, 0x01]),
    ];
    for (magic, little, big) in extras {
        for (order, extra) in [(Order::Little, little), (Order::Big, big)] {
            let file = header(order, magic, (2, 4), 1);
            let file = record(file, 1, (5, 5), extra, b"hello");
            let file = record(file, 2, (5, 9), extra, b"world").1;
            let expected = [seen(1, 1_000, 6, b"hello", 5), seen(2, 2_000, 6, b"world", 9)];
            assert_eq!(read(&file), expected, "{magic:x} {order:?} {extra:?}");
        }
    }
}

#[test]
fn damage_in_the_first_records_makes_no_variant() {
    let file = header(Order::Little, STANDARD, (2, 4), 1);
    let file = record(file, 1, (5, 5), &[], b"first");
    let file = record(file, 1, (0x0100_0000, 5), &[], b"lying");
    let seen_here = read(&file.1);
    assert_eq!(seen_here[0], seen(1, 1_000, 6, b"first", 5));
    assert_eq!(
        damage(&seen_here),
        [(1, "the record at offset 45 has a length of 16777216 bytes, limit 262144")]
    );
}

#[test]
fn lengths_stood_the_other_way_round_before_version_2_3() {
    for (version, lengths) in
        [((2, 0), (9, 2)), ((2, 2), (9, 2)), ((543, 0), (9, 2)), ((2, 3), (9, 2)), ((2, 3), (2, 9))]
    {
        let file = header(Order::Little, STANDARD, version, 1);
        let file = record(file, 1, lengths, &[], b"ab").1;
        assert_eq!(read(&file), [seen(1, 1_000, 6, b"ab", 9)], "{version:?} {lengths:?}");
    }
    let error = open(&header(Order::Little, STANDARD, (1, 2), 1).1).unwrap_err();
    assert_eq!(error.to_string(), "pcap file has the unknown version 1.2");
}

#[test]
fn aix_writes_interface_types_and_nanoseconds() {
    let file = header(Order::Big, STANDARD, (2, 2), 6);
    let file = record(file, 123_456_789, (9, 2), &[], b"ab").1;
    assert_eq!(read(&file), [seen(1, 123_456_789, 9, b"ab", 9)]);
}

#[test]
fn link_type_field_holds_the_fcs_length() {
    let file = header(Order::Little, STANDARD, (2, 4), 0x2400_0001);
    let file = record(file, 1, (2, 2), &[], b"ab").1;
    assert!(matches!(read(&file)[..], [Seen::Packet(1, _, 1, 4, ..)]));
    // Without the bit that makes it valid.
    let file = header(Order::Little, STANDARD, (2, 4), 0x2000_0001);
    let file = record(file, 1, (2, 2), &[], b"ab").1;
    assert!(matches!(read(&file)[..], [Seen::Packet(1, _, 1, 0, ..)]));
    let error = open(&header(Order::Little, STANDARD, (2, 4), 0x0030_0001).1).unwrap_err();
    assert_eq!(error.to_string(), "pcap file has the unknown link type 0x00300001");
}

#[test]
fn header_only_is_a_capture_without_packets() {
    let header = header(Order::Big, STANDARD, (2, 4), 1).1;
    assert_eq!(read(&header), []);
    for end in 4..header.len() {
        let error = open(&header[..end]).unwrap_err();
        let expected = format!("pcap file ends within its header, after {end} bytes");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn cut_file_says_what_is_missing() {
    let sample = sample(Order::Little);
    let cut = |end: usize| read(&sample[..end]);
    assert_eq!(
        damage(&cut(25)),
        [(0, "the file ends within the record at offset 24, 15 bytes are missing")]
    );
    assert_eq!(
        damage(&cut(44)),
        [(0, "the file ends within the record at offset 24, 1 bytes are missing")]
    );
    assert_eq!(cut(45), [seen(1, 1_000, 6, b"first", 5)]);
    assert_eq!(
        damage(&cut(sample.len() - 1)),
        [(2, "the file ends within the record at offset 61, 1 bytes are missing")]
    );
}

#[test]
fn more_captured_than_on_the_wire_is_said_once() {
    let file = header(Order::Little, STANDARD, (2, 4), 1);
    let file = record(file, 1, (2, 2), &[], b"ab");
    let file = record(file, 1, (2, 1), &[], b"cd");
    let file = record(file, 1, (2, 0), &[], b"ef").1;
    assert_eq!(
        read(&file),
        [
            seen(1, 1_000, 6, b"ab", 2),
            Seen::Damage(2, "frame 2 has 2 bytes captured of 1 on the wire".into()),
            seen(2, 1_000, 6, b"cd", 2),
            seen(3, 1_000, 6, b"ef", 2)
        ]
    );
}

#[test]
fn longest_packet_is_wiresharks_and_that_of_usb_is_longer() {
    let data = vec![7; 262_145];
    for (network, expected) in [(1, 0), (249, 1)] {
        let file = header(Order::Little, STANDARD, (2, 4), network);
        let file = record(file, 1, (262_145, 262_145), &[], &data).1;
        assert_eq!(packets(&read(&file)).len(), expected);
    }
    let file = header(Order::Little, STANDARD, (2, 4), 1);
    let file = record(file, 1, (262_144, 262_144), &[], &data[1..]).1;
    assert_eq!(read(&file), [seen(1, 1_000, 6, &data[1..], 262_144)]);
    // USB has no limit of its own but that of all blocks.
    let file = header(Order::Little, STANDARD, (2, 4), 249);
    let file = record(file, 1, (u32::MAX, u32::MAX), &[], &data).1;
    assert_eq!(
        damage(&read(&file)),
        [(0, "the record at offset 24 has a length of 4294967295 bytes, limit 16777216")]
    );
}

#[test]
fn a_long_file_is_read_through_a_small_window() {
    let mut file = header(Order::Big, STANDARD, (2, 4), 1);
    let data: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    for number in 0..100_u32 {
        let part = &data[usize::try_from(number).unwrap()..];
        file = record(file, number, (length(part), length(part)), &[], part);
    }
    let seen_here = read(&file.1);
    assert_eq!(seen_here.len(), 100);
    assert_eq!(seen_here[99], seen(100, 99_000, 6, &data[99..], 99_901));
}
