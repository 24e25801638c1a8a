//! What keeps connections with the same addresses and ports apart.

use std::net::IpAddr;

use super::segment::Layer;

/// A digest of the networks and tunnels around a packet, the same for both directions; 0 is none.
///
/// Its key is constant, so that results are reproducible. Only what both directions share counts:
/// not MPLS labels, nor the session and tunnel identifiers that each end of L2TP and GTP chooses
/// for itself, nor what carries copies of packets to an analyser.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Surroundings(u64);

impl Surroundings {
    pub(super) fn digest(self) -> u64 {
        self.0
    }

    /// Goes into a layer, whose packet has these addresses where it is within IP.
    pub(super) fn enter(&mut self, layer: Layer, ends: [IpAddr; 2]) {
        let (kind, identifier) = match layer {
            // A tag without a VLAN carries a priority only.
            Layer::Vlan(0) => return,
            Layer::Vlan(identifier) => return self.add(1, identifier.into()),
            Layer::Pppoe(session) => return self.add(2, session.into()),
            Layer::IpInIp => (3, 0),
            Layer::Gre(None) => (4, 0),
            Layer::Gre(Some(key)) => (5, key.into()),
            Layer::Vxlan(network) => (6, network.into()),
            Layer::Geneve(network) => (7, network.into()),
            Layer::Gtp(_) => (8, 0),
            Layer::L2tp(_) => (9, 0),
            // The first is no network; those of Teredo and LISP may differ by direction, and their
            // inner addresses are unique; the others carry copies.
            Layer::AuthenticationHeader
            | Layer::Erspan(_)
            | Layer::Lisp
            | Layer::Mpls(_)
            | Layer::Named(_)
            | Layer::OnPort(_)
            | Layer::Teredo
            | Layer::Tzsp => return,
        };
        self.add(kind, identifier);
        self.tunnel(ends);
    }

    /// Goes into a service instance of a backbone (IEEE 802.1ah).
    pub(super) fn service_instance(&mut self, identifier: u32) {
        self.add(10, identifier.into());
    }

    /// Goes into a tunnel between two ends, whichever of them sent the packet.
    pub(super) fn tunnel(&mut self, mut ends: [IpAddr; 2]) {
        ends.sort_unstable();
        for end in ends {
            let bits = match end {
                IpAddr::V4(address) => u128::from(address.to_bits()),
                IpAddr::V6(address) => address.to_bits(),
            };
            let [high, low] = [bits >> 64, bits & u128::from(u64::MAX)]
                .map(|half| u64::try_from(half).unwrap_or_default());
            self.add(high, low);
        }
    }

    fn add(&mut self, kind: u64, value: u64) {
        let digest = mix(mix(self.0 ^ kind.wrapping_add(1)) ^ value);
        self.0 = digest.max(1);
    }
}

/// The finisher of MurmurHash3 after a step of a Weyl sequence, as in SplitMix64.
fn mix(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
