//! JA4: a short text that programs with the same TLS library and settings share
//! (<https://github.com/FoxIO-LLC/ja4>, whose client part is free under the BSD licence).

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::hello::for_each_extension;
use crate::tls::{ExtensionType, Malformed, ProtocolVersion, Reader};

/// JA4 of the body of a whole ClientHello; `None` where it cannot be read.
pub(super) fn ja4(body: &[u8]) -> Option<String> {
    let hello = Offered::read(body).ok()?;
    let version = match hello.version {
        ProtocolVersion::TLS_1_3 => "13",
        ProtocolVersion::TLS_1_2 => "12",
        ProtocolVersion::TLS_1_1 => "11",
        ProtocolVersion::TLS_1_0 => "10",
        ProtocolVersion::SSL_3_0 => "s3",
        _ => "00",
    };
    let name = if hello.extensions.contains(&ExtensionType::SERVER_NAME.0) { 'd' } else { 'i' };
    let (ciphers, extensions) = (hello.ciphers.len().min(99), hello.extensions.len().min(99));
    let mut sorted = hello.ciphers;
    sorted.sort_unstable();
    let not_hashed =
        [ExtensionType::SERVER_NAME.0, ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION.0];
    let mut named = hello.extensions;
    named.retain(|extension| !not_hashed.contains(extension));
    named.sort_unstable();
    let mut second = listed(&named);
    if !hello.signature_schemes.is_empty() {
        second = format!("{second}_{}", listed(&hello.signature_schemes));
    }
    Some(format!(
        "t{version}{name}{ciphers:02}{extensions:02}{}_{}_{}",
        hello.protocol,
        digest(&listed(&sorted)),
        if named.is_empty() { NOTHING.to_owned() } else { digest(&second) }
    ))
}

/// In place of the digest of nothing.
const NOTHING: &str = "000000000000";

/// What of a hello is fingerprinted, in its order and without reserved values.
struct Offered {
    version: ProtocolVersion,
    ciphers: Vec<u16>,
    extensions: Vec<u16>,
    signature_schemes: Vec<u16>,
    /// First and last character of the first protocol offered.
    protocol: String,
}

impl Offered {
    fn read(body: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body);
        let version = ProtocolVersion(reader.u16("legacy_version")?);
        reader.take(32, "random")?;
        reader.vector8("legacy_session_id")?;
        let ciphers = numbers(reader.vector16("cipher_suites")?);
        reader.vector8("legacy_compression_methods")?;
        let mut offered = Self {
            version,
            ciphers,
            extensions: Vec::new(),
            signature_schemes: Vec::new(),
            protocol: "00".to_owned(),
        };
        if reader.is_empty() {
            return Ok(offered);
        }
        for_each_extension(&mut reader, |extension, data| {
            if !is_reserved(extension.0) {
                offered.extensions.push(extension.0);
            }
            match extension {
                ExtensionType::SUPPORTED_VERSIONS => {
                    let versions = Reader::new(data).vector8("versions").unwrap_or_default();
                    let highest = numbers(versions).into_iter().max();
                    offered.version = highest.map_or(offered.version, ProtocolVersion);
                }
                ExtensionType::SIGNATURE_ALGORITHMS => {
                    let listed = Reader::new(data).vector16("schemes").unwrap_or_default();
                    offered.signature_schemes = numbers(listed);
                }
                ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION => {
                    let list = Reader::new(data).vector16("list").unwrap_or_default();
                    let first = Reader::new(list).vector8("name").unwrap_or_default();
                    offered.protocol = ends_of(first);
                }
                _ => {}
            }
        })?;
        Ok(offered)
    }
}

/// First and last character of a protocol's name, or of its octets in hex where one is neither a
/// letter nor a digit.
fn ends_of(name: &[u8]) -> String {
    let (Some(&first), Some(&last)) = (name.first(), name.last()) else {
        return "00".to_owned();
    };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return format!("{}{}", char::from(first), char::from(last));
    }
    format!("{:x}{:x}", first >> 4, last & 0x0f)
}

/// Values that clients offer so that servers get used to unknown ones (RFC 8701).
fn is_reserved(number: u16) -> bool {
    let [high, low] = number.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

fn numbers(octets: &[u8]) -> Vec<u16> {
    let pairs = octets.as_chunks().0.iter().map(|&pair| u16::from_be_bytes(pair));
    pairs.filter(|&number| !is_reserved(number)).collect()
}

fn listed(numbers: &[u16]) -> String {
    let mut text = String::with_capacity(numbers.len() * 5);
    for number in numbers {
        let comma = if text.is_empty() { "" } else { "," };
        // Writing into a String cannot fail.
        let _ = write!(text, "{comma}{number:04x}");
    }
    text
}

fn digest(text: &str) -> String {
    if text.is_empty() {
        return NOTHING.to_owned();
    }
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(6).map(|octet| format!("{octet:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector8(contents: &[u8]) -> Vec<u8> {
        [&[u8::try_from(contents.len()).unwrap_or_default()], contents].concat()
    }

    fn vector16(contents: &[u8]) -> Vec<u8> {
        [&u16::try_from(contents.len()).unwrap_or_default().to_be_bytes(), contents].concat()
    }

    fn list(numbers: &[u16]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    }

    /// The example of the specification, `t13d1516h2_8daaf6152771_e5627efa2ab1`, in another order
    /// and with reserved values.
    #[test]
    fn example_of_the_specification_is_met() {
        let ciphers = [
            0x0a0a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
            0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
        ];
        let schemes = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601];
        let extensions: Vec<u8> = [
            0x8a8a_u16, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005,
            0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015,
        ]
        .iter()
        .flat_map(|&extension| {
            let data = match extension {
                0x000d => vector16(&list(&schemes)),
                0x0010 => vector16(&[vector8(b"h2"), vector8(b"http/1.1")].concat()),
                0x002b => vector8(&list(&[0xdada, 0x0304, 0x0303])),
                _ => Vec::new(),
            };
            [extension.to_be_bytes().to_vec(), vector16(&data)].concat()
        })
        .collect();
        let body = [
            &[3, 3][..],
            &[7; 32],
            &vector8(&[]),
            &vector16(&list(&ciphers)),
            &vector8(&[0]),
            &vector16(&extensions),
        ]
        .concat();
        assert_eq!(ja4(&body).as_deref(), Some("t13d1516h2_8daaf6152771_e5627efa2ab1"));
        for end in 0..body.len() {
            let cut = body.get(..end).and_then(ja4);
            assert!(cut.is_none() || end == 39 + 2 * ciphers.len(), "cut at {end}");
        }
    }
}
