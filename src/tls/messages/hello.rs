//! ClientHello and ServerHello (RFC 5246 section 7.4.1, RFC 8446 section 4.1).

use std::sync::Arc;

use super::fingerprint::ja4;
use super::pre_shared_key::OfferedPsks;
use crate::tls::{
    CertificateType, CipherSuite, ExtensionType, HandshakeMessage, Malformed, ProtocolVersion,
    Reader,
};

/// What matters here of a ClientHello.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct ClientHello {
    /// `legacy_version`: the highest version offered, TLS 1.2 at most.
    pub version: Option<ProtocolVersion>,
    /// The client random, 32 bytes; what key logs name a connection by.
    pub random: Option<[u8; 32]>,
    /// `legacy_session_id`, at most 32 bytes; empty where none is offered.
    pub session_id: Vec<u8>,
    /// The first host name of `server_name` (RFC 6066 section 3); hostile text.
    pub server_name: Option<Arc<str>>,
    /// The ticket offered (RFC 5077 section 3.2); empty tickets only ask for one.
    pub session_ticket: Option<Vec<u8>>,
    /// TLS 1.3 is among `supported_versions`.
    pub offers_tls13: bool,
    /// `post_handshake_auth` is offered (RFC 8446 section 4.2.6).
    pub post_handshake_auth: bool,
    /// Data comes before the server's answer, if it takes it (RFC 8446 section 4.2.10).
    pub early_data: bool,
    /// The pre-shared keys offered, where their list can be read.
    pub offered_psks: Option<OfferedPsks>,
    /// Raw public keys are offered (RFC 7250).
    pub client_certificate_type: bool,
    /// Compressed certificates are understood (RFC 8879).
    pub compress_certificate: bool,
    /// An extension is offered after which the client may send messages that no standard knows,
    /// before its Certificate or its Finished: application settings, channel identifiers.
    pub other_messages: bool,
    /// What it offers may stand in an encrypted hello within it (RFC 9849).
    pub encrypted_client_hello: bool,
    /// Protocols offered (RFC 7301), with commas between them; hostile text.
    pub alpn_offered: Option<Arc<str>>,
    /// JA4, where the hello was read to its end.
    pub fingerprint: Option<Arc<str>>,
    /// The hello was read to its end.
    pub complete: bool,
}

/// What matters here of a ServerHello.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct ServerHello {
    /// The version chosen: that of `supported_versions` where it stands (RFC 8446 section 4.2.1);
    /// `None` where it may stand beyond a cut.
    pub version: Option<ProtocolVersion>,
    /// The server random, 32 bytes.
    pub random: Option<[u8; 32]>,
    /// `legacy_session_id_echo`, or the identifier of the session (TLS 1.2).
    pub session_id: Vec<u8>,
    /// The cipher suite chosen.
    pub cipher_suite: Option<CipherSuite>,
    /// The master secret is bound to the handshake (RFC 7627).
    pub extended_master_secret: bool,
    /// Block ciphers encrypt before they authenticate (RFC 7366).
    pub encrypt_then_mac: bool,
    /// MACs are cut to 80 bits (RFC 6066 section 7).
    pub truncated_hmac: bool,
    /// It is a HelloRetryRequest (RFC 8446 section 4.1.4).
    pub hello_retry_request: bool,
    /// The protocol chosen (RFC 7301), where it is in the clear; hostile text.
    pub alpn: Option<Arc<str>>,
    /// A pre-shared key was accepted (RFC 8446 section 4.2.11).
    pub pre_shared_key: bool,
    /// Which one of those offered, counted from 0; `None` where none was, or it cannot be read.
    pub selected_identity: Option<u16>,
    /// Certificates are used beside a pre-shared key (RFC 8773 section 4).
    pub certificate_with_psk: bool,
    /// In which form the client is to present itself; in TLS 1.3 EncryptedExtensions say it (RFC
    /// 7250 section 4.2).
    pub client_certificate_type: Option<CertificateType>,
    /// In which form the server presents itself.
    pub server_certificate_type: Option<CertificateType>,
    /// An extension lets the client send one more message before its Finished: next protocol
    /// negotiation or channel identifiers, both never standardised.
    pub client_message_before_finished: bool,
    /// Records are compressed (RFC 3749).
    pub compression: bool,
    /// The hello was read to its end.
    pub complete: bool,
}

/// SHA-256 of "HelloRetryRequest": the random of one (RFC 8446 section 4.1.3).
const HELLO_RETRY_REQUEST: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// `tls_cert_with_extern_psk` (RFC 8773).
const CERTIFICATE_WITH_PSK: ExtensionType = ExtensionType(33);

/// Next protocol negotiation and two forms of channel identifiers, as Chrome once sent them.
const BEFORE_FINISHED: [ExtensionType; 3] =
    [ExtensionType(0x3374), ExtensionType(0x754f), ExtensionType(0x7550)];

/// Application settings in two numberings, and channel identifiers in two, as Chrome sends them.
const OTHER_MESSAGES: [ExtensionType; 4] =
    [ExtensionType(0x4469), ExtensionType(0x44cd), ExtensionType(0x754f), ExtensionType(0x7550)];

impl ClientHello {
    /// Reads a message, or the beginning of one.
    pub fn read(message: &HandshakeMessage) -> Self {
        let mut hello = Self::default();
        hello.complete = hello.fill(Reader::new(message.body())).is_ok() && message.complete;
        if hello.complete {
            hello.fingerprint = ja4(message.body()).map(Into::into);
        }
        hello
    }

    /// Reads the body of an SSLv2-framed ClientHello, after its message type (RFC 5246 appendix
    /// E.2).
    pub fn read_v2(body: &[u8]) -> Self {
        let mut hello = Self::default();
        let mut reader = Reader::new(body);
        hello.version = reader.u16("version").ok().map(ProtocolVersion);
        hello.complete = hello.version.is_some();
        hello
    }

    fn fill(&mut self, mut reader: Reader<'_>) -> Result<(), Malformed> {
        self.version = Some(ProtocolVersion(reader.u16("legacy_version")?));
        self.random = Some(reader.array("random")?);
        self.session_id = reader.vector8("legacy_session_id")?.to_vec();
        reader.vector16("cipher_suites")?;
        reader.vector8("legacy_compression_methods")?;
        if reader.is_empty() {
            return Ok(());
        }
        for_each_extension(&mut reader, |extension, data| match extension {
            ExtensionType::SERVER_NAME => self.server_name = host_name(data),
            ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION => {
                self.alpn_offered = protocol_names(data);
            }
            ExtensionType::SESSION_TICKET => self.session_ticket = Some(data.to_vec()),
            ExtensionType::POST_HANDSHAKE_AUTH => self.post_handshake_auth = true,
            ExtensionType::EARLY_DATA => self.early_data = true,
            ExtensionType::PRE_SHARED_KEY => self.offered_psks = OfferedPsks::read(data).ok(),
            ExtensionType::CLIENT_CERTIFICATE_TYPE => self.client_certificate_type = true,
            ExtensionType::COMPRESS_CERTIFICATE => self.compress_certificate = true,
            ExtensionType::ENCRYPTED_CLIENT_HELLO => self.encrypted_client_hello = true,
            other if OTHER_MESSAGES.contains(&other) => self.other_messages = true,
            ExtensionType::SUPPORTED_VERSIONS => {
                let versions = Reader::new(data).vector8("versions").unwrap_or_default();
                self.offers_tls13 = versions
                    .as_chunks()
                    .0
                    .iter()
                    .any(|&version| ProtocolVersion(u16::from_be_bytes(version)).is_tls13());
            }
            _ => {}
        })
    }
}

impl ServerHello {
    /// Reads a message, or the beginning of one.
    pub fn read(message: &HandshakeMessage) -> Self {
        let mut hello = Self::default();
        hello.complete = hello.fill(Reader::new(message.body()), message.complete).is_ok();
        hello
    }

    /// Whether a pre-shared key takes the place of certificates.
    pub fn resumes(&self) -> bool {
        self.pre_shared_key && !self.certificate_with_psk
    }

    fn fill(&mut self, mut reader: Reader<'_>, whole: bool) -> Result<(), Malformed> {
        let version = ProtocolVersion(reader.u16("legacy_version")?);
        // TLS 1.3 hides behind 1.2 in this field: what it is stands in the extensions.
        if version < ProtocolVersion::TLS_1_2 {
            self.version = Some(version);
        }
        let random = reader.array("random")?;
        self.random = Some(random);
        self.hello_retry_request = random == HELLO_RETRY_REQUEST;
        self.session_id = reader.vector8("legacy_session_id_echo")?.to_vec();
        self.cipher_suite = Some(CipherSuite(reader.u16("cipher_suite")?));
        self.compression = reader.u8("legacy_compression_method")? != 0;
        let mut chosen = None;
        let mut end = Ok(());
        if !reader.is_empty() {
            end = for_each_extension(&mut reader, |extension, data| match extension {
                ExtensionType::SUPPORTED_VERSIONS => {
                    let version = Reader::new(data).u16("selected_version");
                    chosen.get_or_insert_with(|| version.ok().map(ProtocolVersion));
                }
                ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION => {
                    self.alpn = protocol_name(data);
                }
                ExtensionType::EXTENDED_MASTER_SECRET => self.extended_master_secret = true,
                ExtensionType::ENCRYPT_THEN_MAC => self.encrypt_then_mac = true,
                ExtensionType::TRUNCATED_HMAC => self.truncated_hmac = true,
                ExtensionType::PRE_SHARED_KEY => {
                    self.pre_shared_key = true;
                    self.selected_identity = Reader::new(data).u16("selected_identity").ok();
                }
                ExtensionType::CLIENT_CERTIFICATE_TYPE => {
                    self.client_certificate_type = CertificateType::chosen(data);
                }
                ExtensionType::SERVER_CERTIFICATE_TYPE => {
                    self.server_certificate_type = CertificateType::chosen(data);
                }
                CERTIFICATE_WITH_PSK => self.certificate_with_psk = true,
                other => self.client_message_before_finished |= BEFORE_FINISHED.contains(&other),
            });
        }
        if !whole {
            end = end.and(Err(Malformed::Ends("extensions")));
        }
        if let Some(chosen) = chosen {
            self.version = chosen;
            return end;
        }
        end?;
        self.version = Some(version);
        Ok(())
    }
}

/// Calls `each` with every extension, until one is cut.
pub(super) fn for_each_extension<'a>(
    reader: &mut Reader<'a>,
    mut each: impl FnMut(ExtensionType, &'a [u8]),
) -> Result<(), Malformed> {
    let length = usize::from(reader.u16("extensions")?);
    let whole = reader.take(length, "extensions");
    let mut extensions = Reader::new(match whole {
        Ok(extensions) => extensions,
        Err(_) => reader.rest(),
    });
    while !extensions.is_empty() {
        let extension = ExtensionType(extensions.u16("extension_type")?);
        each(extension, extensions.vector16("extension_data")?);
    }
    whole?;
    reader.end("hello")
}

/// The first name of type `host_name`.
fn host_name(data: &[u8]) -> Option<Arc<str>> {
    let mut list = Reader::new(Reader::new(data).vector16("server_name_list").ok()?);
    while !list.is_empty() {
        let name_type = list.u8("name_type").ok()?;
        let name = list.vector16("name").ok()?;
        if name_type == 0 {
            return Some(String::from_utf8_lossy(name).into());
        }
    }
    None
}

pub(super) fn protocol_name(data: &[u8]) -> Option<Arc<str>> {
    let list = Reader::new(data).vector16("protocol_name_list").ok()?;
    let name = Reader::new(list).vector8("protocol_name").ok()?;
    Some(String::from_utf8_lossy(name).into())
}

/// All names of the list, with commas between them.
fn protocol_names(data: &[u8]) -> Option<Arc<str>> {
    let mut list = Reader::new(Reader::new(data).vector16("protocol_name_list").ok()?);
    let mut names = Vec::new();
    while !list.is_empty() {
        names.push(String::from_utf8_lossy(list.vector8("protocol_name").ok()?).into_owned());
    }
    Some(names.join(", ").into())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::tls::HandshakeType;

    /// TLS 1.2 and no session, a suite of TLS 1.3, no compression.
    const FIXED: [u8; 38] = {
        let mut fixed = [7; 38];
        (fixed[0], fixed[1]) = (3, 3);
        (fixed[34], fixed[35], fixed[36], fixed[37]) = (0, 0x13, 0x01, 0);
        fixed
    };

    /// A key share that is not looked at, and TLS 1.3 in `supported_versions`.
    const EXTENSIONS: [u8; 14] = [0, 12, 0, 51, 0, 2, 0, 0, 0, 43, 0, 2, 3, 4];

    fn message(body: &[u8], complete: bool) -> HandshakeMessage {
        HandshakeMessage {
            message_type: HandshakeType::SERVER_HELLO,
            length: FIXED.len() + EXTENSIONS.len(),
            raw: [&[2, 0, 0, 52], body].concat(),
            complete,
            over_limit: false,
            frames: Vec::new(),
        }
    }

    #[test]
    fn a_server_hello_that_is_cut_before_its_extensions_does_not_tell_the_version() {
        let body = [FIXED.as_slice(), &EXTENSIONS].concat();
        let whole = ServerHello::read(&message(&body, true));
        assert_eq!((whole.version, whole.complete), (Some(ProtocolVersion::TLS_1_3), true));
        for end in 0..body.len() {
            let cut = ServerHello::read(&message(&body[..end], false));
            assert_eq!((cut.version, cut.complete), (None, false), "cut at {end}");
        }
        let without = ServerHello::read(&message(&FIXED, true));
        assert_eq!((without.version, without.complete), (Some(ProtocolVersion::TLS_1_2), true));
    }

    #[test]
    fn a_client_hello_that_is_cut_before_its_extensions_is_not_complete() {
        let body = [&FIXED[..35], &[0, 2, 0x13, 0x01, 1, 0]].concat();
        assert!(ClientHello::read(&message(&body, true)).complete);
        assert!(!ClientHello::read(&message(&body, false)).complete);
    }
}
