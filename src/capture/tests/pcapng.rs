use super::*;

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const OBSOLETE: u32 = 2;
const SIMPLE: u32 = 3;
const ENHANCED: u32 = 6;
const SECRETS: u32 = 10;

fn block(block_type: u32, contents: Bytes) -> Vec<u8> {
    let contents = contents.pad();
    let total = length(&contents.1) + 12;
    let order = contents.0;
    Bytes::new(order).u32(block_type).u32(total).bytes(&contents.1).u32(total).1
}

fn section(order: Order) -> Vec<u8> {
    let contents = Bytes::new(order).u32(0x1a2b_3c4d).u16(1).u16(0).u64(u64::MAX);
    block(SECTION, contents)
}

fn interface(order: Order, link_type: u16, snap_length: u32, options: &[u8]) -> Vec<u8> {
    let contents = Bytes::new(order).u16(link_type).u16(0).u32(snap_length).bytes(options);
    block(INTERFACE, contents)
}

fn option(order: Order, code: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap();
    Bytes::new(order).u16(code).u16(length).bytes(value).pad().1
}

fn fixed(order: Order, interface: u32, units: u64, data: &[u8], original: u32) -> Bytes {
    let contents = Bytes::new(order).u32(interface);
    let contents = match order {
        Order::Big => contents.u64(units),
        Order::Little => contents.u64(units.rotate_left(32)),
    };
    contents.u32(length(data)).u32(original).bytes(data)
}

fn packet(order: Order, interface: u32, data: &[u8]) -> Vec<u8> {
    block(ENHANCED, fixed(order, interface, 1_500_000, data, length(data)))
}

fn seen(number: u64, link_type: u16, data: &[u8]) -> Seen {
    let timestamp = Some((1_500_000_000, 6));
    Seen::Packet(number, timestamp, link_type, 0, data.to_vec(), length(data))
}

/// Two sections of different byte order, secrets, and packets of each kind.
pub(super) fn sample() -> Vec<u8> {
    let (little, big) = (Order::Little, Order::Big);
    let secrets = Bytes::new(big).u32(0x544c_534b).u32(5).bytes(b"a b c");
    let obsolete = Bytes::new(big).u16(0).u16(0xffff).u64(1_500_000).u32(3).u32(3).bytes(b"old");
    [
        section(little),
        interface(little, 1, 0, &[]),
        packet(little, 0, b"first"),
        section(big),
        block(SECRETS, secrets),
        interface(big, 113, 0, &[]),
        packet(big, 0, b"second"),
        block(0x8000_0001, Bytes::new(big).bytes(b"unknown")),
        block(OBSOLETE, obsolete),
    ]
    .concat()
}

#[test]
fn sections_have_their_own_byte_order_and_interfaces() {
    assert_eq!(
        read(&sample()),
        [
            seen(1, 1, b"first"),
            Seen::Secrets(b"a b c".to_vec()),
            seen(2, 113, b"second"),
            seen(3, 113, b"old")
        ]
    );
}

#[test]
fn interfaces_have_their_own_link_type_clock_and_fcs() {
    for order in [Order::Big, Order::Little] {
        let hour = match order {
            Order::Big => 3600_u64.to_be_bytes(),
            Order::Little => 3600_u64.to_le_bytes(),
        };
        let clock = [option(order, 9, &[0x94]), option(order, 14, &hour), option(order, 0, &[])];
        let file = [
            section(order),
            interface(order, 1, 0, &option(order, 13, &[4])),
            interface(order, 276, 0, &clock.concat()),
            block(ENHANCED, fixed(order, 1, 3 << 19, b"x", 9)),
            packet(order, 0, b"y"),
        ];
        let expected = [
            Seen::Packet(1, Some((3_601_500_000_000, 7)), 276, 0, b"x".to_vec(), 9),
            Seen::Packet(2, Some((1_500_000_000, 6)), 1, 4, b"y".to_vec(), 1),
        ];
        assert_eq!(read(&file.concat()), expected);
    }
}

#[test]
fn fcs_length_in_a_packets_flags_counts_before_the_interfaces() {
    let order = Order::Big;
    let flags = option(order, 2, &(2_u32 << 5 | 1).to_be_bytes());
    let contents = fixed(order, 0, 1_500_000, b"abcde", 5).pad().bytes(&flags);
    let file =
        [section(order), interface(order, 1, 0, &option(order, 13, &[32])), block(6, contents)];
    let file = [file.concat(), packet(order, 0, b"f")].concat();
    assert!(matches!(
        read(&file)[..],
        [Seen::Packet(1, _, 1, 2, ..), Seen::Packet(2, _, 1, 4, ..)]
    ));
}

#[test]
fn simple_packets_are_of_interface_0_and_cut_at_its_snap_length() {
    let order = Order::Little;
    let simple =
        |original: u32, data: &[u8]| block(SIMPLE, Bytes::new(order).u32(original).bytes(data));
    let file = [
        section(order),
        interface(order, 1, 6, &[]),
        interface(order, 9, 2, &[]),
        simple(60, b"recordPA"),
        simple(3, b"abc"),
        simple(60, b"abc"),
    ];
    let seen_here = read(&file.concat());
    assert_eq!(seen_here[0], Seen::Packet(1, None, 1, 0, b"record".to_vec(), 60));
    assert_eq!(seen_here[1], Seen::Packet(2, None, 1, 0, b"abc".to_vec(), 3));
    let text = "the contents of the block at offset 112 (type 0x00000003) do not fit its 20 bytes";
    assert_eq!(seen_here[2], Seen::Damage(3, text.into()));
}

#[test]
fn blocks_that_wireshark_shows_among_the_packets_are_numbered() {
    let order = Order::Little;
    let custom = |block_type| block(block_type, Bytes::new(order).u32(32473).bytes(b"text"));
    let file = [
        section(order),
        interface(order, 1, 0, &[]),
        custom(0xbad),
        packet(order, 0, b"a"),
        custom(0x4000_0bad),
        block(9, Bytes::new(order).bytes(b"__REALTIME_TIMESTAMP=1000000\n")),
        block(4, Bytes::new(order).u32(0)),
        block(5, Bytes::new(order).u32(0).u64(0)),
        packet(order, 0, b"b"),
    ]
    .concat();
    assert_eq!(read(&file), [seen(2, 1, b"a"), seen(5, 1, b"b")]);
    let mut reader = open(&file).unwrap();
    drain(&mut reader);
    assert_eq!(reader.frames(), 5);
}

#[test]
fn only_tls_secrets_without_their_padding_are_given() {
    let order = Order::Little;
    let secrets = |kind: u32, stated: u32| {
        block(SECRETS, Bytes::new(order).u32(kind).u32(stated).bytes(b"CLIENT_RANDOM"))
    };
    let file = [
        section(order),
        secrets(0x5747_4b4c, 13),
        secrets(0x544c_534b, 13),
        secrets(0x544c_534b, 17),
        secrets(0x544c_534b, 0),
    ];
    assert_eq!(
        read(&file.concat()),
        [
            Seen::Secrets(b"CLIENT_RANDOM".to_vec()),
            Seen::Damage(
                0,
                "the contents of the block at offset 100 (type 0x0000000a) do not fit its 36 \
                 bytes"
                    .into()
            ),
            Seen::Secrets(Vec::new())
        ]
    );
    let limits = Limits { block_bytes: 32, ..Limits::default() };
    let file = [section(order), secrets(0x544c_534b, 13), interface(order, 1, 0, &[])].concat();
    let mut reader = CaptureReader::new(file.as_slice(), &limits, false).unwrap();
    let text = "the decryption secrets at offset 28 are a block of 36 bytes, limit 32";
    assert_eq!(drain(&mut reader), [Seen::Damage(0, text.into())]);
}

#[test]
fn header_only_is_a_capture_without_packets() {
    let section = section(Order::Big);
    assert_eq!(read(&section), []);
    for end in 4..section.len() {
        let error = open(&section[..end]).unwrap_err();
        let expected = format!("pcapng file ends within its header, after {end} bytes");
        assert_eq!(error.to_string(), expected);
        // However the bytes come in.
        let pieces = Pieces { bytes: &section[..end], most: 1, state: 1 };
        let error = CaptureReader::new(pieces, &Limits::default(), false).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    assert_eq!(read(&[section, interface(Order::Big, 1, 0, &[])].concat()), []);
}

#[test]
fn a_corrupt_block_length_ends_the_reading_with_its_offset() {
    let order = Order::Little;
    let start = [section(order), interface(order, 1, 0, &[]), packet(order, 0, b"good")].concat();
    let after = packet(order, 0, b"lost");
    let tail = |lengths: (u32, u32)| {
        let mut bad = packet(order, 0, b"bad!");
        bad.splice(4..8, lengths.0.to_le_bytes());
        let end = bad.len() - 4;
        bad.splice(end.., lengths.1.to_le_bytes());
        let seen_here = read(&[start.clone(), bad, after.clone()].concat());
        assert_eq!(seen_here[0], seen(1, 1, b"good"));
        let [(1, text)] = damage(&seen_here)[..] else { panic!("{seen_here:?}") };
        assert_eq!(seen_here.len(), 2);
        text.to_owned()
    };
    for impossible in [0, 1, 8, u32::MAX] {
        let expected = format!("the block at offset 84 has the impossible length {impossible}");
        assert_eq!(tail((impossible, 36)), expected);
    }
    assert_eq!(
        tail((36, 40)),
        "the block at offset 84 has the length 36 before its contents and 40 after them"
    );
    assert_eq!(
        tail((40, 36)),
        "the block at offset 84 has the length 40 before its contents and 6 after them"
    );
    assert_eq!(
        tail((360, 36)),
        "the file ends within the record at offset 84, 288 bytes are missing; others that were not \
         read may stand in it"
    );
    assert_eq!(
        tail((0x7fff_fff0, 36)),
        "the record at offset 84 has a length of 2147483632 bytes, limit 16777216"
    );
}

#[test]
fn an_unknown_block_of_any_length_is_passed_over_without_holding_it() {
    let order = Order::Little;
    let unknown = block(0x0bad_cafe, Bytes::new(order).bytes(&vec![1; 3 << 20]));
    let limits = Limits { block_bytes: 1 << 10, ..Limits::default() };
    let file = [
        section(order),
        interface(order, 1, 0, &[]),
        unknown.clone(),
        packet(order, 0, b"after"),
        unknown[..unknown.len() - 2].to_vec(),
    ]
    .concat();
    let mut reader = CaptureReader::new(file.as_slice(), &limits, false).unwrap();
    let seen_here = drain(&mut reader);
    assert_eq!(seen_here[0], seen(1, 1, b"after"));
    assert_eq!(
        damage(&seen_here),
        [(
            1,
            "the file ends within the record at offset 3145828, 2 bytes are missing; others that \
             were not read may stand in it"
        )]
    );
}

#[test]
fn contents_that_do_not_fit_their_block_are_passed_over_and_counted() {
    let order = Order::Big;
    let lying = Bytes::new(order).u32(0).u64(0).u32(100).u32(100).bytes(b"short");
    let file = [
        section(order),
        interface(order, 1, 0, &[]),
        block(ENHANCED, lying),
        block(ENHANCED, Bytes::new(order).u32(0)),
        block(INTERFACE, Bytes::new(order).u32(1)),
        packet(order, 0, b"good"),
    ];
    let seen_here = read(&file.concat());
    assert_eq!(
        damage(&seen_here),
        [
            (1, "the contents of the block at offset 48 (type 0x00000006) do not fit its 40 bytes"),
            (2, "the contents of the block at offset 88 (type 0x00000006) do not fit its 16 bytes"),
            (
                2,
                "the contents of the block at offset 104 (type 0x00000001) do not fit its 16 bytes"
            )
        ]
    );
    assert_eq!(seen_here[3], seen(3, 1, b"good"));
}

#[test]
fn packets_of_an_unknown_interface_are_counted_and_said() {
    let order = Order::Little;
    let file = [
        section(order),
        interface(order, 1, 0, &[]),
        packet(order, 7, b"whose"),
        packet(order, 0, b"mine"),
        section(order),
        packet(order, 0, b"of the last section"),
    ];
    assert_eq!(
        read(&file.concat()),
        [
            Seen::Damage(1, "frame 1 is of interface 7, of which its section has 1".into()),
            seen(2, 1, b"mine"),
            Seen::Damage(3, "frame 3 is of interface 0, of which its section has 0".into())
        ]
    );
}

#[test]
fn interfaces_beyond_the_limit_are_said_once_in_a_section() {
    let order = Order::Little;
    let limits = Limits { interfaces: 2, ..Limits::default() };
    let one = [section(order), interface(order, 1, 0, &[]).repeat(5), packet(order, 1, b"a")];
    let file = [one.concat(), one.concat(), packet(order, 4, b"b")].concat();
    let mut reader = CaptureReader::new(file.as_slice(), &limits, false).unwrap();
    let seen_here = drain(&mut reader);
    assert_eq!(packets(&seen_here), [&seen(1, 1, b"a"), &seen(2, 1, b"a")]);
    assert_eq!(
        damage(&seen_here),
        [
            (0, "the section describes more than 2 interfaces, from offset 68 on"),
            (1, "the section describes more than 2 interfaces, from offset 232 on"),
            (3, "frame 3 is of interface 4, of which its section has 2")
        ]
    );
}

#[test]
fn a_resolution_that_is_unusable_or_may_be_lost_gives_no_timestamps() {
    let order = Order::Little;
    let unusable = option(order, 9, &[20]);
    let lost = option(order, 2, b"eth0")[..6].to_vec();
    let rows = [
        (unusable, "interface 0 at offset 28 has the unusable timestamp resolution 0x14"),
        (lost, "options of interface 0 at offset 28 do not fit its description"),
    ];
    for (mut options, text) in rows {
        if options.len() == 6 {
            options = [&options[..2], &[200, 0, 1, 2, 3, 4]].concat();
        }
        let file =
            [section(order), interface(order, 1, 0, &options), packet(order, 0, b"when")].concat();
        let packet = Seen::Packet(1, None, 1, 0, b"when".to_vec(), 4);
        assert_eq!(read(&file), [Seen::Damage(0, text.into()), packet]);
    }
}

#[test]
fn block_lengths_without_padding_are_read_as_wireshark_does() {
    let order = Order::Little;
    let mut unpadded = packet(order, 0, b"abc");
    assert_eq!(unpadded.len(), 36);
    unpadded.splice(4..8, [35, 0, 0, 0]);
    unpadded.splice(32..36, [35, 0, 0, 0]);
    let file =
        [section(order), interface(order, 1, 0, &[]), unpadded, packet(order, 0, b"next")].concat();
    assert_eq!(read(&file), [seen(1, 1, b"abc"), seen(2, 1, b"next")]);
}

#[test]
fn descriptions_and_secrets_without_counted_padding_are_read_too() {
    let order = Order::Big;
    let unpadded = |mut block: Vec<u8>, first: u32, second: u32| {
        let end = block.len() - 4;
        block.splice(4..8, first.to_be_bytes());
        block.splice(end.., second.to_be_bytes());
        block
    };
    let clock = interface(order, 1, 0, &option(order, 9, &[9]));
    assert_eq!(clock.len(), 28);
    let secrets = block(SECRETS, Bytes::new(order).u32(0x544c_534b).u32(5).bytes(b"a b c"));
    assert_eq!(secrets.len(), 28);
    for (first, second) in [(28, 28), (25, 25), (25, 28), (28, 25)] {
        let file = [
            unpadded(section(order), 28, 27),
            unpadded(clock.clone(), first, second),
            unpadded(secrets.clone(), first, second),
            packet(order, 0, b"when"),
        ];
        let packet = Seen::Packet(1, Some((1_500_000, 9)), 1, 0, b"when".to_vec(), 4);
        assert_eq!(read(&file.concat()), [Seen::Secrets(b"a b c".to_vec()), packet]);
    }
}

#[test]
fn a_description_longer_than_any_is_damage() {
    let order = Order::Little;
    let comments = option(order, 1, &[b'x'; 65_000]);
    let start = section(order);
    let long = interface(order, 1, 0, &comments.repeat(16));
    assert_eq!(read(&[start.clone(), long].concat()), []);
    let longer = interface(order, 1, 0, &comments.repeat(17));
    let text = "the record at offset 28 has a length of 1105088 bytes, limit 1048576";
    assert_eq!(read(&[start.clone(), longer].concat()), [Seen::Damage(0, text.into())]);
    let contents = Bytes::new(order).u32(0x1a2b_3c4d).u16(1).u16(0).u64(u64::MAX);
    let section = block(SECTION, contents.bytes(&comments.repeat(17)));
    let text = "the record at offset 28 has a length of 1105096 bytes, limit 1048576";
    assert_eq!(read(&[start, section].concat()), [Seen::Damage(0, text.into())]);
}

/// Packets are read here for speed, and pcap-parser reads the same.
#[test]
fn packet_blocks_agree_with_pcap_parser() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/captures");
    let mut compared = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "pcapng") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let mut rest = bytes.as_slice();
        let mut big_endian = false;
        let mut theirs = Vec::new();
        loop {
            if let Ok((_, section)) = pcap_parser::parse_sectionheaderblock(rest) {
                big_endian = section.big_endian();
            }
            let parsed = match big_endian {
                true => pcap_parser::parse_block_be(rest),
                false => pcap_parser::parse_block_le(rest),
            };
            let Ok((after, block)) = parsed else { break };
            rest = after;
            let (data, captured, original_length) = match block {
                pcap_parser::Block::EnhancedPacket(it) => (it.data, it.caplen, it.origlen),
                pcap_parser::Block::SimplePacket(it) => (it.data, it.origlen, it.origlen),
                _ => continue,
            };
            theirs.push((data[..usize::try_from(captured).unwrap()].to_vec(), original_length));
        }
        let mut ours = Vec::new();
        for item in read(&bytes) {
            if let Seen::Packet(.., data, original_length) = item {
                ours.push((data, original_length));
            }
        }
        assert!(ours == theirs, "{}", path.display());
        compared += ours.len();
    }
    assert!(compared > 500, "{compared} packets");
}

#[test]
fn more_captured_than_on_the_wire_is_said_once() {
    let order = Order::Little;
    let short = block(ENHANCED, fixed(order, 0, 1_500_000, b"abcd", 2));
    let file = [section(order), interface(order, 1, 0, &[]), short.clone(), short].concat();
    assert_eq!(
        read(&file),
        [
            Seen::Damage(1, "frame 1 has 4 bytes captured of 2 on the wire".into()),
            seen(1, 1, b"abcd"),
            seen(2, 1, b"abcd")
        ]
    );
}

#[test]
fn a_later_section_header_that_is_wrong_ends_the_reading() {
    let order = Order::Little;
    let start = [section(order), interface(order, 1, 0, &[]), packet(order, 0, b"good")].concat();
    let mut version = section(order);
    version[12] = 2;
    let mut magic = section(order);
    magic[8] = 0;
    let mut short = section(order);
    short.splice(4..8, [24, 0, 0, 0]);
    let rows = [
        (version, "the section at offset 84 has the unknown version 2.0"),
        (magic, "the section at offset 84 has the impossible byte-order magic 003c2b1a"),
        (short, "the block at offset 84 has the impossible length 24"),
    ];
    for (bad, text) in rows {
        let seen_here = read(&[start.clone(), bad.clone(), start.clone()].concat());
        assert_eq!(seen_here, [seen(1, 1, b"good"), Seen::Damage(1, text.into())]);
        assert!(open(&bad).is_err());
    }
}

#[test]
fn a_first_section_header_that_is_damaged_is_an_error() {
    let mut bad = section(Order::Little);
    bad[24] = 99;
    let error = open(&bad).unwrap_err();
    assert_eq!(
        error.to_string(),
        "pcapng file is damaged from its start: the block at offset 0 has the length 28 before \
         its contents and 99 after them"
    );
}
