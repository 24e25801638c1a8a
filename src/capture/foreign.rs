//! Files that are given by mistake, recognised so that the error can say what to do.

use std::fmt;

/// Bytes of a text that are looked at.
const TEXT_SAMPLE: usize = 512;

/// What a file that is no pcap or pcapng capture is, as far as its first bytes tell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Foreign {
    /// A bzip2, xz or otherwise compressed file; the name of the program that undoes it.
    Compressed(&'static str),
    /// A zip, 7z or other archive; its name.
    Archive(&'static str),
    /// A Microsoft cabinet, as `netsh trace` writes beside its Event Trace Log.
    Cabinet,
    /// DER, such as a certificate or a PFX file.
    Der,
    /// An Endace ERF file, told by what its first records hold.
    Erf,
    /// A hexadecimal dump of packets as text.
    HexDump,
    /// AIX `iptrace`.
    Iptrace,
    /// JSON.
    Json,
    /// A list of TLS secrets in the format of `SSLKEYLOGFILE`.
    KeyLog,
    /// Microsoft Network Monitor 1 or 2.
    NetworkMonitor,
    /// Citrix NetScaler `nstrace`.
    NetScaler,
    /// Savvius Omnipeek or EtherPeek.
    Omnipeek,
    /// PEM, such as a certificate.
    Pem,
    /// A pcapng capture after a transfer as text, which changed its line ends.
    PcapngAsText,
    /// Network General Sniffer or NetXRay.
    Sniffer,
    /// Solaris `snoop`, RFC 1761.
    Snoop,
    /// Text.
    Text,
    /// UTF-16 text.
    TextUtf16,
    /// Nothing that is known here.
    Unknown,
    /// XML or HTML.
    Xml,
}

impl Foreign {
    /// What the first bytes of a file say.
    pub(super) fn recognise(bytes: &[u8]) -> Self {
        match bytes {
            [0xd0, 0xcf, 0x11, 0xe0, ..] => Self::Archive("an OLE compound file"),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Self::TextUtf16,
            [0x30, 0x80..=0x84, ..] => Self::Der,
            [0x1f, 0x9d, ..] => Self::Compressed("uncompress"),
            [0x02, 0x21, 0x4c, 0x18, ..] => Self::Compressed("lz4"),
            _ if bytes.starts_with(b"RTSS") || bytes.starts_with(b"GMBU") => Self::NetworkMonitor,
            _ if bytes.starts_with(b"TRSNIFF data") => Self::Sniffer,
            _ if bytes.starts_with(b"XCP\0") || bytes.starts_with(b"VL\0\0") => Self::Sniffer,
            _ if bytes.starts_with(b"snoop\0\0\0") => Self::Snoop,
            _ if bytes.starts_with(b"iptrace ") => Self::Iptrace,
            _ if bytes.starts_with(b"\x7fver") => Self::Omnipeek,
            _ if holds(bytes.get(..64).unwrap_or(bytes), b"NetScaler") => Self::NetScaler,
            _ if bytes.starts_with(b"PK\x03\x04") => Self::Archive("a zip archive"),
            _ if bytes.starts_with(b"7z\xbc\xaf\x27\x1c") => Self::Archive("a 7z archive"),
            _ if bytes.starts_with(b"Rar!") => Self::Archive("a RAR archive"),
            _ if bytes.get(257..262) == Some(b"ustar") => Self::Archive("a tar archive"),
            _ if bytes.starts_with(b"MSCF") => Self::Cabinet,
            _ if bytes.starts_with(b"\xfd7zXZ\0") => Self::Compressed("xz"),
            _ if bytes.starts_with(b"BZh") => Self::Compressed("bzip2"),
            _ if bytes.starts_with(b"\n\r\n") || bytes.starts_with(b"\r\n\r\r\n") => {
                Self::PcapngAsText
            }
            _ => match text(bytes) {
                Self::Unknown if is_erf(bytes) => Self::Erf,
                found => found,
            },
        }
    }

    /// How to get a capture out of it, or what it is for.
    pub fn hint(self) -> Option<&'static str> {
        Some(match self {
            Self::Archive(_) => "unpack it and give the capture inside",
            Self::Cabinet => {
                "give the capture: netsh trace writes it to the .etl file beside the cabinet"
            }
            Self::Compressed(_) => "decompress it first; gzip, zstd and lz4 are read as they are",
            Self::Der => "a certificate is given with --expect-certificate",
            Self::Erf
            | Self::Iptrace
            | Self::NetScaler
            | Self::NetworkMonitor
            | Self::Sniffer
            | Self::Snoop => {
                "convert it with Wireshark's editcap: editcap -F pcapng FILE converted.pcapng"
            }
            Self::HexDump => "convert it with Wireshark's text2pcap: text2pcap FILE converted.pcap",
            Self::KeyLog => "a key log is given with --keylog, beside the capture",
            Self::Omnipeek => "save it as pcap with Omnipeek or Wireshark",
            Self::Pem => "a certificate is given with --expect-certificate",
            Self::PcapngAsText => "copy the file again, in binary mode",
            Self::TextUtf16 => {
                "let the recording tool write the file itself (tcpdump -w FILE): a redirection in \
                 PowerShell turns it into text"
            }
            Self::Json | Self::Text | Self::Xml => {
                "give what the recording tool wrote (tcpdump -w FILE), not what it printed"
            }
            Self::Unknown => return None,
        })
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Archive(name) => name,
            Self::Cabinet => "a cabinet file",
            Self::Compressed(program) => return write!(f, "a file compressed for {program}"),
            Self::Der => "a certificate or key in DER",
            Self::Erf => "an Endace ERF capture",
            Self::HexDump => "a hexadecimal dump as text",
            Self::Iptrace => "an AIX iptrace capture",
            Self::Json => "JSON",
            Self::KeyLog => "a TLS key log",
            Self::NetScaler => "a NetScaler nstrace capture",
            Self::NetworkMonitor => "a Microsoft Network Monitor capture",
            Self::Omnipeek => "an Omnipeek capture",
            Self::Pem => "a certificate or key in PEM",
            Self::PcapngAsText => "a pcapng file whose line ends were changed in a transfer",
            Self::Sniffer => "a Sniffer capture",
            Self::Snoop => "a Solaris snoop capture",
            Self::Text => "text",
            Self::TextUtf16 => "UTF-16 text",
            Self::Unknown => "a file of an unknown kind",
            Self::Xml => "XML or HTML",
        })
    }
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

/// ERF has no magic number: two records in a row must have a known type, a length that holds a
/// header, and times at most a day apart.
fn is_erf(bytes: &[u8]) -> bool {
    let record = |bytes: &[u8]| {
        let &[_, _, _, _, a, b, c, d, kind, _, e, f, ..] = bytes.first_chunk::<16>()?;
        let length = u16::from_be_bytes([e, f]);
        let known = (1..=48).contains(&(kind & 0x7f)) && length >= 16;
        known.then_some((u32::from_le_bytes([a, b, c, d]), usize::from(length)))
    };
    let Some((first, length)) = record(bytes) else { return false };
    bytes.get(length..).is_some_and(|next| {
        next.is_empty() || record(next).is_some_and(|(second, _)| second.abs_diff(first) <= 86_400)
    })
}

fn text(bytes: &[u8]) -> Foreign {
    let sample = bytes.get(..TEXT_SAMPLE).unwrap_or(bytes);
    let sample = sample.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample);
    if sample.iter().any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace()) {
        return Foreign::Unknown;
    }
    // A character may be cut at the end of the sample.
    let valid = match str::from_utf8(sample) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(sample.get(..error.valid_up_to()).unwrap_or_default())
                .unwrap_or_default()
        }
        Err(_) => return Foreign::Unknown,
    };
    let text = valid.trim_start();
    let word = text.split_ascii_whitespace().next().unwrap_or_default();
    match word {
        "" => Foreign::Unknown,
        _ if text.contains("-----BEGIN ") => Foreign::Pem,
        _ if text.contains("CLIENT_RANDOM ") || text.contains("_TRAFFIC_SECRET") => Foreign::KeyLog,
        _ if word.starts_with('{') || word.starts_with('[') => Foreign::Json,
        _ if word.starts_with('<') => Foreign::Xml,
        _ if is_hex_offset(word) => Foreign::HexDump,
        _ => Foreign::Text,
    }
}

/// `0000`, `00000000:`, `0x0000:` and the like.
fn is_hex_offset(word: &str) -> bool {
    let digits = word.trim_start_matches("0x").trim_end_matches(':');
    digits.len() >= 3 && digits.bytes().all(|digit| digit == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_files_are_named() {
        let rows: [(&[u8], Foreign); 26] = [
            (b"RTSS\x01\x01", Foreign::NetworkMonitor),
            (b"GMBU\x00\x02", Foreign::NetworkMonitor),
            (b"TRSNIFF data    \x1a", Foreign::Sniffer),
            (b"XCP\x00002.001", Foreign::Sniffer),
            (b"snoop\0\0\0\0\0\0\x02", Foreign::Snoop),
            (b"iptrace 2.0", Foreign::Iptrace),
            (b"\x7fver\0\0\0\x09", Foreign::Omnipeek),
            (b"\0\0\0\0NetScaler V20 Performance Data\0", Foreign::NetScaler),
            (b"PK\x03\x04\x14", Foreign::Archive("a zip archive")),
            (b"7z\xbc\xaf\x27\x1c", Foreign::Archive("a 7z archive")),
            (b"MSCF\0\0\0\0", Foreign::Cabinet),
            (b"\xfd7zXZ\0\0", Foreign::Compressed("xz")),
            (b"BZh91AY", Foreign::Compressed("bzip2")),
            (b"\x30\x82\x03\x0b\x30", Foreign::Der),
            (b"-----BEGIN CERTIFICATE-----\n", Foreign::Pem),
            (b"subject=CN = a\n-----BEGIN CERTIFICATE-----\n", Foreign::Pem),
            (b"CLIENT_RANDOM 00 00\n", Foreign::KeyLog),
            (b"# SSL key log\nCLIENT_HANDSHAKE_TRAFFIC_SECRET 0 0", Foreign::KeyLog),
            (b"\xef\xbb\xbf{\"id\": 1}", Foreign::Json),
            (b"<html>", Foreign::Xml),
            (b"0000  00 11 22", Foreign::HexDump),
            (b"\t0x0000:  4500", Foreign::HexDump),
            (b"10:11:12.1 IP 10.0.0.1.443 > 10", Foreign::Text),
            (b"\xff\xfe1\0", Foreign::TextUtf16),
            (b"\x0a\x0d\x0a\x6c", Foreign::PcapngAsText),
            (b"\0\x01\x02", Foreign::Unknown),
        ];
        for (bytes, expected) in rows {
            assert_eq!(Foreign::recognise(bytes), expected);
        }
    }

    #[test]
    fn erf_is_told_by_two_records() {
        let record = [0, 0, 0, 0, 1, 2, 3, 4, 2, 4, 0, 20, 0, 0, 0, 4, 9, 9, 9, 9];
        assert_eq!(Foreign::recognise(&[record, record].concat()), Foreign::Erf);
        assert_eq!(Foreign::recognise(&[record, [0xff; 20]].concat()), Foreign::Unknown);
    }

    #[test]
    fn every_known_kind_has_a_hint() {
        assert!(Foreign::Snoop.hint().is_some_and(|hint| hint.contains("editcap")));
        assert_eq!(Foreign::Unknown.hint(), None);
    }
}
