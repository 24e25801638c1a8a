//! What packets that are not TCP can carry, and what they are called.

use crate::capture::LinkType;
use crate::net::Carried;
use crate::tls::dtls;

use super::link_types;

/// Whether packets may carry TLS.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Class {
    /// They cannot.
    Other,
    /// They may, by themselves or in what is encrypted or not read.
    NotFollowed(Kind),
}

/// A kind of packets that are not followed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Kind {
    AddressFamily(u16),
    EtherType(u16),
    LinkType(LinkType),
    Named(&'static str),
    Ppp(u16),
    Protocol(u8),
    UdpPort(u16),
}

/// What the first bytes of a datagram show for sure.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Datagram {
    Dtls,
    Quic,
    WireGuard,
}

impl Datagram {
    pub(super) fn recognise(payload: &[u8]) -> Option<Self> {
        if dtls::begins_record(payload) {
            return Some(Self::Dtls);
        }
        match *payload {
            // A long header (RFC 9000 section 17.2) of version 1, version 2 (RFC 9369), a draft
            // (29 to 34 were in use), or Version Negotiation.
            [0xc0..=0xff, 0, 0, 0, 1, connection, ..]
            | [0xc0..=0xff, 0x6b, 0x33, 0x43, 0xcf, connection, ..]
            | [0xc0..=0xff, 0xff, 0, 0, 0x17..=0x22, connection, ..]
            | [0xc0..=0xff, 0, 0, 0, 0, connection, ..]
                if connection <= 20 =>
            {
                Some(Self::Quic)
            }
            // Handshake initiation and response, of fixed lengths.
            [1, 0, 0, 0, ..] if payload.len() == 148 => Some(Self::WireGuard),
            [2, 0, 0, 0, ..] if payload.len() == 92 => Some(Self::WireGuard),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Dtls => "DTLS",
            Self::Quic => "QUIC",
            Self::WireGuard => "WireGuard",
        }
    }
}

impl Class {
    pub(super) fn of(carried: Carried, datagram: Option<Datagram>) -> Self {
        Self::NotFollowed(match carried {
            Carried::Udp(ports) if datagram.is_none() && is_plain_service(ports) => {
                return Self::Other;
            }
            Carried::Udp(ports) => Kind::UdpPort(telling(ports)),
            // OSI, AppleTalk, IPX.
            Carried::AddressFamily(7 | 16 | 23) | Carried::Control => return Self::Other,
            Carried::AddressFamily(family) => Kind::AddressFamily(family),
            Carried::EtherType(number) if is_plain_ethertype(number) => return Self::Other,
            Carried::EtherType(number) => Kind::EtherType(number),
            // Link and network control protocols; OSI, AppleTalk, IPX.
            Carried::Ppp(0x4000.. | 0x0023 | 0x0029 | 0x002b) => return Self::Other,
            Carried::Ppp(number) => Kind::Ppp(number),
            Carried::Protocol(number) if is_plain_protocol(number) => return Self::Other,
            Carried::Protocol(number) => Kind::Protocol(number),
            Carried::Named(name) => Kind::Named(name),
        })
    }
}

/// Whether one of the ports is of a service that carries neither TLS nor packets: DNS, DHCP, NTP,
/// NetBIOS, SNMP, IKE, syslog, RIP, Kerberos, announcements and flow records.
///
/// Not RADIUS, which carries the handshakes of EAP-TLS.
pub(super) fn is_plain_service(ports: [u16; 2]) -> bool {
    ports.iter().any(|port| {
        matches!(
            port,
            7 | 9 | 19 | 37 | 53 | 67
                ..=69
                    | 88
                    | 111
                    | 123
                    | 137
                    | 138
                    | 161
                    | 162
                    | 319
                    | 320
                    | 389
                    | 464
                    | 500
                    | 514
                    | 520
                    | 521
                    | 546
                    | 547
                    | 1434
                    | 1900
                    | 1985
                    | 2055
                    | 3222
                    | 3702
                    | 3784
                    | 4739
                    | 5350
                    | 5351
                    | 5353
                    | 5355
                    | 6343
                    | 17500
        )
    })
}

/// The port that says what a datagram is: a known one, else the lower.
fn telling([source, destination]: [u16; 2]) -> u16 {
    let is_known = |port: u16| known_port(port).is_some() || matches!(port, 443 | 51820);
    match (is_known(source), is_known(destination)) {
        (true, false) => source,
        (false, true) => destination,
        _ => source.min(destination),
    }
}

fn known_port(port: u16) -> Option<&'static str> {
    Some(match port {
        853 => "DNS over DTLS or QUIC",
        1194 => "OpenVPN",
        1812 | 1813 | 1645 | 1646 => "RADIUS",
        2083 => "RADIUS over DTLS",
        2123 | 2152 => "GTP",
        3391 => "remote desktop gateway",
        3478 | 5349 => "STUN, TURN",
        4433 | 4443 => return None,
        4500 => "ESP",
        5246 | 5247 => "CAPWAP",
        5684 => "CoAP over DTLS",
        10800 | 10801 => "VXLAN of Azure Gateway Load Balancer",
        _ => return None,
    })
}

/// Whether what an EtherType names serves an Ethernet itself, an industrial bus or a network
/// without IP.
///
/// Not EAPOL, which carries the handshakes of EAP-TLS.
fn is_plain_ethertype(number: u16) -> bool {
    matches!(
        number,
        // Numbers of Linux: frames without a type, CAN.
        0x0001 | 0x000c..=0x000e
            // IEEE 802.3 lengths where they are none, GRE keepalives, OSI.
            | 0x0000 | 0x00fe
            // ARP, NHRP, wake on LAN, AVTP, SRP, reverse ARP, DEC.
            | 0x0806 | 0x0842 | 0x2001 | 0x22ea | 0x22f0 | 0x6000..=0x6007 | 0x8035
            // AppleTalk, AARP, IPX, QNX.
            | 0x809b | 0x80f3 | 0x8137 | 0x8138 | 0x8204
            // Flow control, slow protocols, PPPoE discovery, HomePlug, Realtek.
            | 0x8808 | 0x8809 | 0x8863 | 0x886d | 0x887b | 0x8899
            // PROFINET, EtherCAT, IEC 61850, LLDP, SERCOS, HomePlug AV, MRP, LLTD.
            | 0x8892 | 0x88a4 | 0x88ab | 0x88b8..=0x88ba | 0x88cc | 0x88cd | 0x88d9 | 0x88e1 | 0x88e3
            // PTP, NC-SI, MVRP, MMRP, PRP, CFM, FCoE, 802.11 management, RoCE version 1.
            | 0x88f5..=0x88f8 | 0x88fb | 0x8902 | 0x8906 | 0x890d | 0x8914 | 0x8915
            // TTEthernet, loopback, Broadcom, Cisco.
            | 0x891d | 0x9000 | 0x9003 | 0x900a
    )
}

fn is_plain_protocol(number: u8) -> bool {
    // IGMP, GGP, EGP, IGP, EIGRP, OSPF, RSVP, no next header, PIM, VRRP, IS-IS, HIP, Shim6 control.
    matches!(number, 2 | 3 | 8 | 9 | 46 | 59 | 88 | 89 | 103 | 112 | 124 | 139)
}

impl Kind {
    /// Its name, with what its datagrams show.
    pub(super) fn name(self, datagram: Option<Datagram>) -> String {
        let named = |number: String, name: Option<&str>| match name {
            Some(name) => format!("{number} ({name})"),
            None => number,
        };
        match self {
            Self::AddressFamily(family) => format!("address family {family}"),
            Self::EtherType(number) => named(format!("EtherType {number:#06x}"), ethertype(number)),
            Self::LinkType(link_type) => link_types::name(link_type),
            Self::Named(name) => name.to_owned(),
            Self::Ppp(number) => named(format!("PPP protocol {number:#06x}"), ppp(number)),
            Self::Protocol(number) => named(format!("IP protocol {number}"), protocol(number)),
            Self::UdpPort(port) => match datagram {
                Some(datagram) => format!("{} (UDP port {port})", datagram.name()),
                None => named(format!("UDP port {port}"), known_port(port)),
            },
        }
    }
}

fn ethertype(number: u16) -> Option<&'static str> {
    Some(match number {
        0x876b => "compressed TCP/IP headers",
        0x888e => "EAPOL",
        0x88c7 => "802.11 preauthentication",
        0x8947 => "GeoNetworking",
        _ => return None,
    })
}

fn ppp(number: u16) -> Option<&'static str> {
    Some(match number {
        0x002d | 0x002f => "compressed TCP/IP headers",
        0x0053 | 0x0055 => "encrypted",
        0x00fb | 0x00fd => "compressed",
        _ => return None,
    })
}

fn protocol(number: u8) -> Option<&'static str> {
    Some(match number {
        33 => "DCCP",
        50 => "ESP",
        55 => "IP mobility",
        94 => "IPIP",
        98 => "ENCAP",
        108 => "IPComp",
        115 => "L2TPv3",
        132 => "SCTP",
        135 => "mobility header",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(carried: Carried) -> Option<String> {
        match Class::of(carried, None) {
            Class::Other => None,
            Class::NotFollowed(kind) => Some(kind.name(None)),
        }
    }

    #[test]
    fn what_may_carry_tls_is_named_and_the_rest_is_other() {
        for carried in [
            Carried::Control,
            Carried::EtherType(0x0806),
            Carried::EtherType(0x88cc),
            Carried::Ppp(0xc021),
            Carried::Protocol(2),
            Carried::Udp([40_000, 53]),
            Carried::Udp([123, 123]),
        ] {
            assert_eq!(class(carried), None, "{carried:?}");
        }
        for (carried, name) in [
            (Carried::EtherType(0x8947), "EtherType 0x8947 (GeoNetworking)"),
            (Carried::EtherType(0x888e), "EtherType 0x888e (EAPOL)"),
            (Carried::Protocol(50), "IP protocol 50 (ESP)"),
            (Carried::Protocol(200), "IP protocol 200"),
            (Carried::Ppp(0xfd), "PPP protocol 0x00fd (compressed)"),
            (Carried::Udp([40_000, 51_820]), "UDP port 51820"),
            (Carried::Udp([443, 50_000]), "UDP port 443"),
            (Carried::Udp([1812, 1645]), "UDP port 1645 (RADIUS)"),
            (Carried::Named("MACsec, encrypted"), "MACsec, encrypted"),
        ] {
            assert_eq!(class(carried).as_deref(), Some(name));
        }
    }

    #[test]
    fn quic_and_wireguard_are_named_by_content_only_where_it_is_certain() {
        let quic = [0xc3, 0, 0, 0, 1, 8, 1, 2, 3];
        assert_eq!(Datagram::recognise(&quic), Some(Datagram::Quic));
        assert_eq!(Datagram::recognise(&[0x43, 0, 0, 0, 1, 8]), None, "a short header");
        assert_eq!(Datagram::recognise(&[0xc3, 1, 1, 1, 1, 8]), None, "no known version");
        let initiation = [&[1, 0, 0, 0][..], &[7; 144]].concat();
        assert_eq!(Datagram::recognise(&initiation), Some(Datagram::WireGuard));
        assert_eq!(Datagram::recognise(&[1, 0, 0, 0, 7]), None);
        assert_eq!(Datagram::recognise(&[]), None);
        assert_eq!(Kind::UdpPort(443).name(Some(Datagram::Quic)), "QUIC (UDP port 443)");
    }
}
