//! Frames that all carry the same segment: 10.0.0.1 or 2001:db8::1, port 49152, to 10.0.0.2 or
//! 2001:db8::2, port 443, sequence number 0x01020304, with the payload `hello`.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use super::segment::Layer;

/// One frame.
pub(super) struct Frame {
    pub(super) name: &'static str,
    pub(super) link_type: u16,
    /// Hexadecimal, a header to a line.
    hex: &'static str,
    pub(super) encapsulation: &'static [Layer],
}

impl Frame {
    pub(super) fn bytes(&self) -> Vec<u8> {
        let digits: Vec<u8> = self
            .hex
            .chars()
            .filter(|character| !character.is_whitespace())
            .map(|character| u8::try_from(character.to_digit(16).unwrap()).unwrap())
            .collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }
}

/// Ethernet, IPv4.
pub(super) static ETHERNET_IPV4: Frame = Frame {
    name: "ETHERNET_IPV4",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// Ethernet, IPv6.
pub(super) static ETHERNET_IPV6: Frame = Frame {
    name: "ETHERNET_IPV6",
    link_type: 1,
    hex: "
        020000000002 020000000001 86dd
        60000000 0019 06 40 20010db8000000000000000000000001
        20010db8000000000000000000000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// IEEE 802.1Q.
pub(super) static VLAN_TAGGED: Frame = Frame {
    name: "VLAN_TAGGED",
    link_type: 1,
    hex: "
        020000000002 020000000001 8100
        a005 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Vlan(5)],
};

/// Six tags, more than any library takes, of all types.
pub(super) static VLAN_STACKED: Frame = Frame {
    name: "VLAN_STACKED",
    link_type: 1,
    hex: "
        020000000002 020000000001 88a8
        0001 9100
        0002 8100
        0003 8100
        0004 9100
        0005 88a8
        0006 86dd
        60000000 0019 06 40 20010db8000000000000000000000001
        20010db8000000000000000000000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[
        Layer::Vlan(1),
        Layer::Vlan(2),
        Layer::Vlan(3),
        Layer::Vlan(4),
        Layer::Vlan(5),
        Layer::Vlan(6),
    ],
};

/// IEEE 802.3 with LLC and SNAP.
pub(super) static LLC_SNAP: Frame = Frame {
    name: "LLC_SNAP",
    link_type: 1,
    hex: "
        020000000002 020000000001 0035
        aaaa03 000000 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// IEEE 802.3 with LLC, IP by its own access point.
pub(super) static LLC_IP: Frame = Frame {
    name: "LLC_IP",
    link_type: 1,
    hex: "
        020000000002 020000000001 0030
        060603
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// Two labels.
pub(super) static MPLS: Frame = Frame {
    name: "MPLS",
    link_type: 1,
    hex: "
        020000000002 020000000001 8847
        00010040
        00011140
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Mpls(16), Layer::Mpls(17)],
};

/// Ethernet over MPLS with a control word.
pub(super) static MPLS_PSEUDOWIRE: Frame = Frame {
    name: "MPLS_PSEUDOWIRE",
    link_type: 1,
    hex: "
        020000000002 020000000001 8847
        00010140
        00000000
        020000000002 020000000001 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Mpls(16)],
};

/// Ethernet over MPLS without one.
pub(super) static MPLS_PSEUDOWIRE_WITHOUT_CONTROL_WORD: Frame = Frame {
    name: "MPLS_PSEUDOWIRE_WITHOUT_CONTROL_WORD",
    link_type: 1,
    hex: "
        020000000002 020000000001 8847
        00010140
        020000000002 020000000001 86dd
        60000000 0019 06 40 20010db8000000000000000000000001
        20010db8000000000000000000000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Mpls(16)],
};

/// PPP over Ethernet.
pub(super) static PPPOE: Frame = Frame {
    name: "PPPOE",
    link_type: 1,
    hex: "
        020000000002 020000000001 8864
        1100 0007 002f
        0021
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Pppoe(7)],
};

/// MACsec with an explicit channel.
pub(super) static MACSEC_INTEGRITY_ONLY: Frame = Frame {
    name: "MACSEC_INTEGRITY_ONLY",
    link_type: 1,
    hex: "
        020000000002 020000000001 88e5
        2000 00000001 0200000000010001
        0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
        00000000000000000000000000000000
    ",
    encapsulation: &[],
};

/// Cisco MetaData.
pub(super) static CISCO_METADATA: Frame = Frame {
    name: "CISCO_METADATA",
    link_type: 1,
    hex: "
        020000000002 020000000001 8909
        0101 0001 0005 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// Ethernet within Ethernet.
pub(super) static BACKBONE_BRIDGE: Frame = Frame {
    name: "BACKBONE_BRIDGE",
    link_type: 1,
    hex: "
        020000000002 020000000001 88e7
        00000001
        020000000002 020000000001 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// BSD loopback.
pub(super) static LOOPBACK_LITTLE_ENDIAN: Frame = Frame {
    name: "LOOPBACK_LITTLE_ENDIAN",
    link_type: 0,
    hex: "
        02000000
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// BSD loopback.
pub(super) static LOOPBACK_BIG_ENDIAN: Frame = Frame {
    name: "LOOPBACK_BIG_ENDIAN",
    link_type: 0,
    hex: "
        0000001e
        60000000 0019 06 40 20010db8000000000000000000000001
        20010db8000000000000000000000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// OpenBSD loopback.
pub(super) static LOOP: Frame = Frame {
    name: "LOOP",
    link_type: 108,
    hex: "
        00000018
        60000000 0019 06 40 20010db8000000000000000000000001
        20010db8000000000000000000000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// Raw IP.
pub(super) static RAW_IPV4_AS_12: Frame = Frame {
    name: "RAW_IPV4_AS_12",
    link_type: 12,
    hex: "
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// Raw IP.
pub(super) static RAW_IPV6_AS_14: Frame = Frame {
    name: "RAW_IPV6_AS_14",
    link_type: 14,
    hex: "
        60000000 0019 06 40 20010db8000000000000000000000001
        20010db8000000000000000000000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// Raw IP.
pub(super) static RAW_IPV4_AS_101: Frame = Frame {
    name: "RAW_IPV4_AS_101",
    link_type: 101,
    hex: "
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// IPv4.
pub(super) static RAW_IPV4: Frame = Frame {
    name: "RAW_IPV4",
    link_type: 228,
    hex: "
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// IPv6.
pub(super) static RAW_IPV6: Frame = Frame {
    name: "RAW_IPV6",
    link_type: 229,
    hex: "
        60000000 0019 06 40 20010db8000000000000000000000001
        20010db8000000000000000000000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// Linux cooked capture.
pub(super) static LINUX_COOKED: Frame = Frame {
    name: "LINUX_COOKED",
    link_type: 113,
    hex: "
        0000 0001 0006 020000000001 0000
        0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// Linux cooked capture.
pub(super) static LINUX_COOKED_WITH_VLAN: Frame = Frame {
    name: "LINUX_COOKED_WITH_VLAN",
    link_type: 113,
    hex: "
        0000 0001 0006 020000000001 0000
        8100 0009 86dd
        60000000 0019 06 40 20010db8000000000000000000000001
        20010db8000000000000000000000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Vlan(9)],
};

/// Linux cooked capture version 2.
pub(super) static LINUX_COOKED_V2: Frame = Frame {
    name: "LINUX_COOKED_V2",
    link_type: 276,
    hex: "
        0800 0000 00000002 0001 00 06 0200000000010000
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// PPP with address and control.
pub(super) static PPP: Frame = Frame {
    name: "PPP",
    link_type: 9,
    hex: "
        ff03 0057
        60000000 0019 06 40 20010db8000000000000000000000001
        20010db8000000000000000000000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// PPP with a protocol field of one byte.
pub(super) static PPP_COMPRESSED: Frame = Frame {
    name: "PPP_COMPRESSED",
    link_type: 9,
    hex: "
        21
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// PPP behind a direction.
pub(super) static PPP_WITH_DIRECTION: Frame = Frame {
    name: "PPP_WITH_DIRECTION",
    link_type: 204,
    hex: "
        01 ff03 0021
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// PPPoE as a link type.
pub(super) static PPPOE_SESSION: Frame = Frame {
    name: "PPPOE_SESSION",
    link_type: 51,
    hex: "
        1100 0007 002f
        0021
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Pppoe(7)],
};

/// Cisco HDLC.
pub(super) static CISCO_HDLC: Frame = Frame {
    name: "CISCO_HDLC",
    link_type: 104,
    hex: "
        0f00 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// FDDI.
pub(super) static FDDI: Frame = Frame {
    name: "FDDI",
    link_type: 10,
    hex: "
        50 020000000002 020000000001
        aaaa03 000000 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// RFC 1483.
pub(super) static ATM: Frame = Frame {
    name: "ATM",
    link_type: 100,
    hex: "
        aaaa03 000000 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// IEEE 802.11, to the access point.
pub(super) static WIRELESS: Frame = Frame {
    name: "WIRELESS",
    link_type: 105,
    hex: "
        0801 0000 020000000001 020000000002 020000000003 1000
        aaaa03 000000 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// IEEE 802.11 between access points, with quality of service and its order bit.
pub(super) static WIRELESS_FOUR_ADDRESSES: Frame = Frame {
    name: "WIRELESS_FOUR_ADDRESSES",
    link_type: 105,
    hex: "
        8883 0000 020000000001 020000000002 020000000003 1000 020000000004 0000
        00000000
        aaaa03 000000 86dd
        60000000 0019 06 40 20010db8000000000000000000000001
        20010db8000000000000000000000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// Radiotap with two words of presence, a timestamp, and padding after the wireless header.
pub(super) static RADIOTAP_PADDED: Frame = Frame {
    name: "RADIOTAP_PADDED",
    link_type: 127,
    hex: "
        0000 2100 03000080 00000000 00000000 0000000000000000 20
        0000000000000000
        8801 0000 020000000001 020000000002 020000000003 1000 0000
        0000
        aaaa03 000000 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// Prism.
pub(super) static PRISM: Frame = Frame {
    name: "PRISM",
    link_type: 119,
    hex: "
        00000044 90000000 0000000000000000
        0000000000000000000000000000000000000000000000000000000000000000
        0000000000000000000000000000000000000000000000000000000000000000
        0000000000000000000000000000000000000000000000000000000000000000
        0000000000000000000000000000000000000000000000000000000000000000
        0802 0000 020000000001 020000000002 020000000003 1000
        aaaa03 000000 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// AVS.
pub(super) static AVS: Frame = Frame {
    name: "AVS",
    link_type: 163,
    hex: "
        80211001 00000040 000000000000000000000000000000000000000000000000
        0000000000000000000000000000000000000000000000000000000000000000
        0802 0000 020000000001 020000000002 020000000003 1000
        aaaa03 000000 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// Per-Packet Information.
pub(super) static PER_PACKET_INFORMATION: Frame = Frame {
    name: "PER_PACKET_INFORMATION",
    link_type: 192,
    hex: "
        0000 0c00 01000000 00000000
        020000000002 020000000001 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// OpenBSD encapsulation.
pub(super) static ENC: Frame = Frame {
    name: "ENC",
    link_type: 109,
    hex: "
        02000000 00000000 00000000
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// OpenBSD packet filter log.
pub(super) static PACKET_FILTER_LOG: Frame = Frame {
    name: "PACKET_FILTER_LOG",
    link_type: 117,
    hex: "
        3d02 000000000000000000000000000000000000000000000000000000000000
        0000000000000000000000000000000000000000000000000000000000000000
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// IP over IEEE 1394.
pub(super) static FIREWIRE: Frame = Frame {
    name: "FIREWIRE",
    link_type: 138,
    hex: "
        0202020202020202 0101010101010101 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// ARCnet.
pub(super) static ARCNET: Frame = Frame {
    name: "ARCNET",
    link_type: 129,
    hex: "
        01 02 0000 d4 00 0001
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// Juniper Ethernet with extensions.
pub(super) static JUNIPER_ETHERNET: Frame = Frame {
    name: "JUNIPER_ETHERNET",
    link_type: 178,
    hex: "
        4d4743 81 0006 010101020101
        020000000002 020000000001 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// Netfilter log.
pub(super) static NETFILTER_LOG: Frame = Frame {
    name: "NETFILTER_LOG",
    link_type: 239,
    hex: "
        02 00 0001
        0500 0a00 61 000000
        3100 0900
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// Packet tap.
pub(super) static PACKET_TAP: Frame = Frame {
    name: "PACKET_TAP",
    link_type: 258,
    hex: "
        6c000000 01000000 01000000
        0000000000000000000000000000000000000000000000000000000000000000
        0000000000000000000000000000000000000000000000000000000000000000
        0000000000000000000000000000000000000000000000000000000000000000
        020000000002 020000000001 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// IPv4 in IPv4.
pub(super) static IPV4_IN_IPV4: Frame = Frame {
    name: "IPV4_IN_IPV4",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 0041 0001 0000 4004 0000 c0000201 c0000202
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::IpInIp],
};

/// IPv6 in IPv4.
pub(super) static IPV6_IN_IPV4: Frame = Frame {
    name: "IPV6_IN_IPV4",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 0055 0001 0000 4029 0000 c0000201 c0000202
        60000000 0019 06 40 20010db8000000000000000000000001
        20010db8000000000000000000000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::IpInIp],
};

/// IPv4 in IPv6.
pub(super) static IPV4_IN_IPV6: Frame = Frame {
    name: "IPV4_IN_IPV6",
    link_type: 1,
    hex: "
        020000000002 020000000001 86dd
        60000000 002d 04 40 20010db8 00000000 00000000 000000aa 20010db8
        00000000 00000000 000000bb
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::IpInIp],
};

/// GRE with checksum, key and sequence number.
pub(super) static GRE_ALL_FIELDS: Frame = Frame {
    name: "GRE_ALL_FIELDS",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 0051 0001 0000 402f 0000 c0000201 c0000202
        b000 0800 00000000 00000007 00000001
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Gre(Some(7))],
};

/// GRE with routing.
pub(super) static GRE_SOURCE_ROUTED: Frame = Frame {
    name: "GRE_SOURCE_ROUTED",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 0069 0001 0000 402f 0000 c0000201 c0000202
        4000 86dd 00000000
        0800 00 04 c0000203
        0000 00 00
        60000000 0019 06 40 20010db8000000000000000000000001
        20010db8000000000000000000000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Gre(None)],
};

/// Transparent Ethernet bridging.
pub(super) static GRE_ETHERNET: Frame = Frame {
    name: "GRE_ETHERNET",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 0057 0001 0000 402f 0000 c0000201 c0000202
        0000 6558
        020000000002 020000000001 8100 0003 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Gre(None), Layer::Vlan(3)],
};

/// PPP in the GRE of PPTP.
pub(super) static GRE_PPTP: Frame = Frame {
    name: "GRE_PPTP",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 0055 0001 0000 402f 0000 c0000201 c0000202
        3081 880b 00310001 00000001 00000001
        ff03 0021
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Gre(Some(3211265))],
};

/// ERSPAN type I.
pub(super) static ERSPAN_I: Frame = Frame {
    name: "ERSPAN_I",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 0053 0001 0000 402f 0000 c0000201 c0000202
        0000 88be
        020000000002 020000000001 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Gre(None)],
};

/// ERSPAN type II.
pub(super) static ERSPAN_II: Frame = Frame {
    name: "ERSPAN_II",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 005f 0001 0000 402f 0000 c0000201 c0000202
        1000 88be 00000001
        1001 0102 00000000
        020000000002 020000000001 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Gre(None), Layer::Erspan(258)],
};

/// ERSPAN type III with a platform header.
pub(super) static ERSPAN_III: Frame = Frame {
    name: "ERSPAN_III",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 006b 0001 0000 402f 0000 c0000201 c0000202
        1000 22eb 00000001
        2001 0102 00000000 00000001
        0000000000000000
        020000000002 020000000001 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Gre(None), Layer::Erspan(258)],
};

/// VXLAN.
pub(super) static VXLAN: Frame = Frame {
    name: "VXLAN",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 005f 0001 0000 4011 0000 c0000201 c0000202
        d000 12b5 004b 0000
        08000000 00100000
        020000000002 020000000001 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Vxlan(4096)],
};

/// VXLAN-GPE that carries IPv6.
pub(super) static VXLAN_GPE: Frame = Frame {
    name: "VXLAN_GPE",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 0065 0001 0000 4011 0000 c0000201 c0000202
        d000 12b6 0051 0000
        0c000002 00100000
        60000000 0019 06 40 20010db8000000000000000000000001
        20010db8000000000000000000000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Vxlan(4096)],
};

/// Geneve with one option.
pub(super) static GENEVE_WITH_OPTIONS: Frame = Frame {
    name: "GENEVE_WITH_OPTIONS",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 0067 0001 0000 4011 0000 c0000201 c0000202
        d000 17c1 0053 0000
        0200 6558 00010200
        0000 80 01 61626364
        020000000002 020000000001 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Geneve(258)],
};

/// GTP-U with a sequence number and two extension headers.
pub(super) static GTP_WITH_EXTENSIONS: Frame = Frame {
    name: "GTP_WITH_EXTENSIONS",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 005d 0001 0000 4011 0000 c0000201 c0000202
        d000 0868 0049 0000
        34ff 0039 00000009
        0001 00 85
        01 1005 40
        01 0000 00
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Gtp(9)],
};

/// Teredo with authentication and origin.
pub(super) static TEREDO: Frame = Frame {
    name: "TEREDO",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 0072 0001 0000 4011 0000 c0000201 c0000202
        d000 0dd8 005e 0000
        0001 00 00 0000000000000000 00
        0000 1234 01020304
        60000000 0019 06 40 20010db8000000000000000000000001
        20010db8000000000000000000000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Teredo],
};

/// MPLS in UDP.
pub(super) static MPLS_IN_UDP: Frame = Frame {
    name: "MPLS_IN_UDP",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 004d 0001 0000 4011 0000 c0000201 c0000202
        d000 19eb 0039 0000
        00010140
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Mpls(16)],
};

/// L2TP with a length and sequence numbers.
pub(super) static L2TP: Frame = Frame {
    name: "L2TP",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 0059 0001 0000 4011 0000 c0000201 c0000202
        d000 06a5 0045 0000
        4802 003f 0001 0002 0000 0000
        ff03 0021
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::L2tp(2)],
};

/// LISP.
pub(super) static LISP: Frame = Frame {
    name: "LISP",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 0051 0001 0000 4011 0000 c0000201 c0000202
        d000 10f5 003d 0000
        0000000000000000
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Lisp],
};

/// TaZmen Sniffer Protocol with one field.
pub(super) static TZSP: Frame = Frame {
    name: "TZSP",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 0060 0001 0000 4011 0000 c0000201 c0000202
        d000 9090 004c 0000
        01000001 00 0a01ff 01
        020000000002 020000000001 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Tzsp],
};

/// GRE in UDP.
pub(super) static GRE_IN_UDP: Frame = Frame {
    name: "GRE_IN_UDP",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 004d 0001 0000 4011 0000 c0000201 c0000202
        d000 1292 0039 0000
        0000 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::Gre(None)],
};

/// Ethernet in IP.
pub(super) static ETHER_IP: Frame = Frame {
    name: "ETHER_IP",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 0051 0001 0000 4061 0000 c0000201 c0000202
        3000
        020000000002 020000000001 0800
        4500 002d 0001 0000 4006 0000 0a000001 0a000002
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// IPv4 with an Authentication Header.
pub(super) static AUTHENTICATION_HEADER: Frame = Frame {
    name: "AUTHENTICATION_HEADER",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4500 0045 0001 0000 4033 0000 0a000001 0a000002
        06 04 0000 00000001 00000001 000000000000000000000000
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::AuthenticationHeader],
};

/// Hop-by-hop, destination, routing, atomic fragment and authentication headers.
pub(super) static IPV6_EXTENSION_HEADERS: Frame = Frame {
    name: "IPV6_EXTENSION_HEADERS",
    link_type: 1,
    hex: "
        020000000002 020000000001 86dd
        60000000 0051 00 40 20010db8000000000000000000000001
        20010db8000000000000000000000002
        3c 00 0104 00000000
        2b 00 0104 00000000
        2c 00 00 00 00000000
        33 00 0000 00000001
        06 04 0000 00000001 00000001 000000000000000000000000
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[Layer::AuthenticationHeader],
};

/// IPv4 with options.
pub(super) static IPV4_OPTIONS: Frame = Frame {
    name: "IPV4_OPTIONS",
    link_type: 1,
    hex: "
        020000000002 020000000001 0800
        4700 0035 0001 0000 4006 0000 0a000001 0a000002
        0707040a 00000900
        c000 01bb 01020304 0a0b0c0d 5018 0400 0000 0000 68656c6c6f
    ",
    encapsulation: &[],
};

/// All of them.
pub(super) static FRAMES: &[&Frame] = &[
    &ETHERNET_IPV4,
    &ETHERNET_IPV6,
    &VLAN_TAGGED,
    &VLAN_STACKED,
    &LLC_SNAP,
    &LLC_IP,
    &MPLS,
    &MPLS_PSEUDOWIRE,
    &MPLS_PSEUDOWIRE_WITHOUT_CONTROL_WORD,
    &PPPOE,
    &MACSEC_INTEGRITY_ONLY,
    &CISCO_METADATA,
    &BACKBONE_BRIDGE,
    &LOOPBACK_LITTLE_ENDIAN,
    &LOOPBACK_BIG_ENDIAN,
    &LOOP,
    &RAW_IPV4_AS_12,
    &RAW_IPV6_AS_14,
    &RAW_IPV4_AS_101,
    &RAW_IPV4,
    &RAW_IPV6,
    &LINUX_COOKED,
    &LINUX_COOKED_WITH_VLAN,
    &LINUX_COOKED_V2,
    &PPP,
    &PPP_COMPRESSED,
    &PPP_WITH_DIRECTION,
    &PPPOE_SESSION,
    &CISCO_HDLC,
    &FDDI,
    &ATM,
    &WIRELESS,
    &WIRELESS_FOUR_ADDRESSES,
    &RADIOTAP_PADDED,
    &PRISM,
    &AVS,
    &PER_PACKET_INFORMATION,
    &ENC,
    &PACKET_FILTER_LOG,
    &FIREWIRE,
    &ARCNET,
    &JUNIPER_ETHERNET,
    &NETFILTER_LOG,
    &PACKET_TAP,
    &IPV4_IN_IPV4,
    &IPV6_IN_IPV4,
    &IPV4_IN_IPV6,
    &GRE_ALL_FIELDS,
    &GRE_SOURCE_ROUTED,
    &GRE_ETHERNET,
    &GRE_PPTP,
    &ERSPAN_I,
    &ERSPAN_II,
    &ERSPAN_III,
    &VXLAN,
    &VXLAN_GPE,
    &GENEVE_WITH_OPTIONS,
    &GTP_WITH_EXTENSIONS,
    &TEREDO,
    &MPLS_IN_UDP,
    &L2TP,
    &LISP,
    &TZSP,
    &GRE_IN_UDP,
    &ETHER_IP,
    &AUTHENTICATION_HEADER,
    &IPV6_EXTENSION_HEADERS,
    &IPV4_OPTIONS,
];
