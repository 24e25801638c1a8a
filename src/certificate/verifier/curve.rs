//! Two curves of NIST (FIPS 186-5, SP 800-186): y² = x³ - 3x + b.

use p256::NistP256;
use p384::NistP384;

use super::residue::Prime;

/// A curve over the field of its prime, whose order is below that prime and as long.
pub(super) trait Curve<const N: usize>: Prime<N> {
    /// Points on the curve, the neutral one included. Limbs are in little-endian order.
    const ORDER: [u64; N];
}

impl Prime<4> for NistP256 {
    const PRIME: [u64; 4] = [0xffff_ffff_ffff_ffff, 0xffff_ffff, 0, 0xffff_ffff_0000_0001];
    const RADIX: [u64; 4] = [1, 0xffff_ffff_0000_0000, 0xffff_ffff_ffff_ffff, 0xffff_fffe];
    const RADIX_SQUARED: [u64; 4] =
        [3, 0xffff_fffb_ffff_ffff, 0xffff_ffff_ffff_fffe, 0x0000_0004_ffff_fffd];
    const NEGATED_INVERSE: u64 = 1;
}

impl Curve<4> for NistP256 {
    const ORDER: [u64; 4] = [
        0xf3b9_cac2_fc63_2551,
        0xbce6_faad_a717_9e84,
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_0000_0000,
    ];
}

impl Prime<6> for NistP384 {
    const PRIME: [u64; 6] = [
        0xffff_ffff,
        0xffff_ffff_0000_0000,
        0xffff_ffff_ffff_fffe,
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_ffff_ffff,
    ];
    const RADIX: [u64; 6] = [0xffff_ffff_0000_0001, 0xffff_ffff, 1, 0, 0, 0];
    const RADIX_SQUARED: [u64; 6] =
        [0xffff_fffe_0000_0001, 0x2_0000_0000, 0xffff_fffe_0000_0000, 0x2_0000_0000, 1, 0];
    const NEGATED_INVERSE: u64 = 0x1_0000_0001;
}

impl Curve<6> for NistP384 {
    const ORDER: [u64; 6] = [
        0xecec_196a_ccc5_2973,
        0x581a_0db2_48b0_a77a,
        0xc763_4d81_f437_2ddf,
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_ffff_ffff,
    ];
}
