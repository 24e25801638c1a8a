//! DER made by hand, for tests.

/// One element with a definite length.
pub(super) fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u32::try_from(contents.len()).unwrap_or(u32::MAX).to_be_bytes();
    let header = match contents.len() {
        0..0x80 => vec![tag, length[3]],
        0x80..0x100 => vec![tag, 0x81, length[3]],
        0x100..0x10000 => vec![tag, 0x82, length[2], length[3]],
        0x10000..0x100_0000 => vec![tag, 0x83, length[1], length[2], length[3]],
        _ => vec![tag, 0x84, length[0], length[1], length[2], length[3]],
    };
    [header.as_slice(), contents].concat()
}

/// `AttributeTypeAndValue` with an encoded OID and a value of the given tag.
pub(super) fn attribute(oid: &[u8], tag: u8, value: &[u8]) -> Vec<u8> {
    tlv(0x30, &[tlv(0x06, oid), tlv(tag, value)].concat())
}
