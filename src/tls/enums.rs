//! Numbers on the wire, as the registries name them. Unknown values are ordinary values.

/// A newtype over a wire number with named constants; unknown numbers print as hex.
macro_rules! wire_enum {
    ($(#[$meta:meta])* $name:ident($integer:ty) { $($constant:ident = $value:literal, $text:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(pub $integer);

        impl $name {
            $(#[doc = concat!("`", $text, "`")] pub const $constant: Self = Self($value);)*

            /// The registered name, in lower case with underscores.
            pub fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($text),)*
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, "{:#x}", self.0),
                }
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
    };
}

wire_enum! {
    /// Content type of a record (RFC 8446 section 5.1).
    ContentType(u8) {
        CHANGE_CIPHER_SPEC = 0x14, "change_cipher_spec";
        ALERT = 0x15, "alert";
        HANDSHAKE = 0x16, "handshake";
        APPLICATION_DATA = 0x17, "application_data";
        HEARTBEAT = 0x18, "heartbeat";
        TLS12_CID = 0x19, "tls12_cid";
        ACK = 0x1a, "ack";
    }
}

wire_enum! {
    /// Type of a handshake message (RFC 8446 section 4, IANA TLS HandshakeType).
    HandshakeType(u8) {
        HELLO_REQUEST = 0x00, "hello_request";
        CLIENT_HELLO = 0x01, "client_hello";
        SERVER_HELLO = 0x02, "server_hello";
        HELLO_VERIFY_REQUEST = 0x03, "hello_verify_request";
        NEW_SESSION_TICKET = 0x04, "new_session_ticket";
        END_OF_EARLY_DATA = 0x05, "end_of_early_data";
        HELLO_RETRY_REQUEST_DRAFT = 0x06, "hello_retry_request_draft";
        ENCRYPTED_EXTENSIONS = 0x08, "encrypted_extensions";
        CERTIFICATE = 0x0b, "certificate";
        SERVER_KEY_EXCHANGE = 0x0c, "server_key_exchange";
        CERTIFICATE_REQUEST = 0x0d, "certificate_request";
        SERVER_HELLO_DONE = 0x0e, "server_hello_done";
        CERTIFICATE_VERIFY = 0x0f, "certificate_verify";
        CLIENT_KEY_EXCHANGE = 0x10, "client_key_exchange";
        CLIENT_CERTIFICATE_REQUEST = 0x11, "client_certificate_request";
        FINISHED = 0x14, "finished";
        CERTIFICATE_URL = 0x15, "certificate_url";
        CERTIFICATE_STATUS = 0x16, "certificate_status";
        SUPPLEMENTAL_DATA = 0x17, "supplemental_data";
        KEY_UPDATE = 0x18, "key_update";
        COMPRESSED_CERTIFICATE = 0x19, "compressed_certificate";
        NEXT_PROTOCOL = 0x43, "next_protocol";
        MESSAGE_HASH = 0xfe, "message_hash";
    }
}

wire_enum! {
    /// What an alert says (RFC 8446 section 6, IANA TLS Alerts).
    AlertDescription(u8) {
        CLOSE_NOTIFY = 0x00, "close_notify";
        UNEXPECTED_MESSAGE = 0x0a, "unexpected_message";
        BAD_RECORD_MAC = 0x14, "bad_record_mac";
        DECRYPTION_FAILED = 0x15, "decryption_failed";
        RECORD_OVERFLOW = 0x16, "record_overflow";
        DECOMPRESSION_FAILURE = 0x1e, "decompression_failure";
        HANDSHAKE_FAILURE = 0x28, "handshake_failure";
        NO_CERTIFICATE = 0x29, "no_certificate";
        BAD_CERTIFICATE = 0x2a, "bad_certificate";
        UNSUPPORTED_CERTIFICATE = 0x2b, "unsupported_certificate";
        CERTIFICATE_REVOKED = 0x2c, "certificate_revoked";
        CERTIFICATE_EXPIRED = 0x2d, "certificate_expired";
        CERTIFICATE_UNKNOWN = 0x2e, "certificate_unknown";
        ILLEGAL_PARAMETER = 0x2f, "illegal_parameter";
        UNKNOWN_CA = 0x30, "unknown_ca";
        ACCESS_DENIED = 0x31, "access_denied";
        DECODE_ERROR = 0x32, "decode_error";
        DECRYPT_ERROR = 0x33, "decrypt_error";
        TOO_MANY_CIDS_REQUESTED = 0x34, "too_many_cids_requested";
        EXPORT_RESTRICTION = 0x3c, "export_restriction";
        PROTOCOL_VERSION = 0x46, "protocol_version";
        INSUFFICIENT_SECURITY = 0x47, "insufficient_security";
        INTERNAL_ERROR = 0x50, "internal_error";
        INAPPROPRIATE_FALLBACK = 0x56, "inappropriate_fallback";
        USER_CANCELED = 0x5a, "user_canceled";
        NO_RENEGOTIATION = 0x64, "no_renegotiation";
        MISSING_EXTENSION = 0x6d, "missing_extension";
        UNSUPPORTED_EXTENSION = 0x6e, "unsupported_extension";
        CERTIFICATE_UNOBTAINABLE = 0x6f, "certificate_unobtainable";
        UNRECOGNIZED_NAME = 0x70, "unrecognized_name";
        BAD_CERTIFICATE_STATUS_RESPONSE = 0x71, "bad_certificate_status_response";
        BAD_CERTIFICATE_HASH_VALUE = 0x72, "bad_certificate_hash_value";
        UNKNOWN_PSK_IDENTITY = 0x73, "unknown_psk_identity";
        CERTIFICATE_REQUIRED = 0x74, "certificate_required";
        NO_APPLICATION_PROTOCOL = 0x78, "no_application_protocol";
        ECH_REQUIRED = 0x79, "ech_required";
    }
}

wire_enum! {
    /// How grave an alert is (RFC 8446 section 6).
    AlertLevel(u8) {
        WARNING = 0x01, "warning";
        FATAL = 0x02, "fatal";
    }
}

/// An alert message (RFC 8446 section 6).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Alert {
    /// How grave it is.
    pub level: AlertLevel,
    /// What it says.
    pub description: AlertDescription,
}

wire_enum! {
    /// Type of a hello extension (IANA TLS ExtensionType Values).
    ExtensionType(u16) {
        SERVER_NAME = 0x0000, "server_name";
        TRUNCATED_HMAC = 0x0004, "truncated_hmac";
        STATUS_REQUEST = 0x0005, "status_request";
        SUPPORTED_GROUPS = 0x000a, "supported_groups";
        SIGNATURE_ALGORITHMS = 0x000d, "signature_algorithms";
        APPLICATION_LAYER_PROTOCOL_NEGOTIATION = 0x0010, "application_layer_protocol_negotiation";
        CLIENT_CERTIFICATE_TYPE = 0x0013, "client_certificate_type";
        SERVER_CERTIFICATE_TYPE = 0x0014, "server_certificate_type";
        ENCRYPT_THEN_MAC = 0x0016, "encrypt_then_mac";
        EXTENDED_MASTER_SECRET = 0x0017, "extended_master_secret";
        COMPRESS_CERTIFICATE = 0x001b, "compress_certificate";
        SESSION_TICKET = 0x0023, "session_ticket";
        PRE_SHARED_KEY = 0x0029, "pre_shared_key";
        EARLY_DATA = 0x002a, "early_data";
        SUPPORTED_VERSIONS = 0x002b, "supported_versions";
        PSK_KEY_EXCHANGE_MODES = 0x002d, "psk_key_exchange_modes";
        CERTIFICATE_AUTHORITIES = 0x002f, "certificate_authorities";
        OID_FILTERS = 0x0030, "oid_filters";
        POST_HANDSHAKE_AUTH = 0x0031, "post_handshake_auth";
        SIGNATURE_ALGORITHMS_CERT = 0x0032, "signature_algorithms_cert";
        KEY_SHARE = 0x0033, "key_share";
        TRUST_ANCHORS = 0xca34, "trust_anchors";
        ENCRYPTED_CLIENT_HELLO = 0xfe0d, "encrypted_client_hello";
        RENEGOTIATION_INFO = 0xff01, "renegotiation_info";
    }
}

wire_enum! {
    /// SignatureScheme; in TLS 1.2 the same numbers are a hash and a signature algorithm, and the
    /// `ecdsa` ones do not name a curve (RFC 8446 section 4.2.3, RFC 5246 section 7.4.1.4.1).
    SignatureScheme(u16) {
        RSA_PKCS1_MD5 = 0x0101, "rsa_pkcs1_md5";
        DSA_MD5 = 0x0102, "dsa_md5";
        ECDSA_MD5 = 0x0103, "ecdsa_md5";
        RSA_PKCS1_SHA1 = 0x0201, "rsa_pkcs1_sha1";
        DSA_SHA1 = 0x0202, "dsa_sha1";
        ECDSA_SHA1 = 0x0203, "ecdsa_sha1";
        RSA_PKCS1_SHA224 = 0x0301, "rsa_pkcs1_sha224";
        DSA_SHA224 = 0x0302, "dsa_sha224";
        ECDSA_SHA224 = 0x0303, "ecdsa_sha224";
        RSA_PKCS1_SHA256 = 0x0401, "rsa_pkcs1_sha256";
        DSA_SHA256 = 0x0402, "dsa_sha256";
        ECDSA_SECP256R1_SHA256 = 0x0403, "ecdsa_secp256r1_sha256";
        RSA_PKCS1_SHA256_LEGACY = 0x0420, "rsa_pkcs1_sha256_legacy";
        RSA_PKCS1_SHA384 = 0x0501, "rsa_pkcs1_sha384";
        DSA_SHA384 = 0x0502, "dsa_sha384";
        ECDSA_SECP384R1_SHA384 = 0x0503, "ecdsa_secp384r1_sha384";
        RSA_PKCS1_SHA384_LEGACY = 0x0520, "rsa_pkcs1_sha384_legacy";
        RSA_PKCS1_SHA512 = 0x0601, "rsa_pkcs1_sha512";
        DSA_SHA512 = 0x0602, "dsa_sha512";
        ECDSA_SECP521R1_SHA512 = 0x0603, "ecdsa_secp521r1_sha512";
        RSA_PKCS1_SHA512_LEGACY = 0x0620, "rsa_pkcs1_sha512_legacy";
        SM2SIG_SM3 = 0x0708, "sm2sig_sm3";
        GOSTR34102012_256A = 0x0709, "gostr34102012_256a";
        RSA_PSS_RSAE_SHA256 = 0x0804, "rsa_pss_rsae_sha256";
        RSA_PSS_RSAE_SHA384 = 0x0805, "rsa_pss_rsae_sha384";
        RSA_PSS_RSAE_SHA512 = 0x0806, "rsa_pss_rsae_sha512";
        ED25519 = 0x0807, "ed25519";
        ED448 = 0x0808, "ed448";
        RSA_PSS_PSS_SHA256 = 0x0809, "rsa_pss_pss_sha256";
        RSA_PSS_PSS_SHA384 = 0x080a, "rsa_pss_pss_sha384";
        RSA_PSS_PSS_SHA512 = 0x080b, "rsa_pss_pss_sha512";
        ECDSA_BRAINPOOLP256R1TLS13_SHA256 = 0x081a, "ecdsa_brainpoolP256r1tls13_sha256";
        ECDSA_BRAINPOOLP384R1TLS13_SHA384 = 0x081b, "ecdsa_brainpoolP384r1tls13_sha384";
        ECDSA_BRAINPOOLP512R1TLS13_SHA512 = 0x081c, "ecdsa_brainpoolP512r1tls13_sha512";
        MLDSA44 = 0x0904, "mldsa44";
        MLDSA65 = 0x0905, "mldsa65";
        MLDSA87 = 0x0906, "mldsa87";
    }
}

wire_enum! {
    /// Kind of certificate that a TLS 1.2 server accepts (IANA TLS ClientCertificateType).
    ClientCertificateType(u8) {
        RSA_SIGN = 0x01, "rsa_sign";
        DSS_SIGN = 0x02, "dss_sign";
        RSA_FIXED_DH = 0x03, "rsa_fixed_dh";
        DSS_FIXED_DH = 0x04, "dss_fixed_dh";
        RSA_EPHEMERAL_DH = 0x05, "rsa_ephemeral_dh";
        DSS_EPHEMERAL_DH = 0x06, "dss_ephemeral_dh";
        FORTEZZA_DMS = 0x14, "fortezza_dms";
        ECDSA_SIGN = 0x40, "ecdsa_sign";
        RSA_FIXED_ECDH = 0x41, "rsa_fixed_ecdh";
        ECDSA_FIXED_ECDH = 0x42, "ecdsa_fixed_ecdh";
        GOST_SIGN256 = 0x43, "gost_sign256";
        GOST_SIGN512 = 0x44, "gost_sign512";
    }
}

wire_enum! {
    /// In which form a peer presents itself (IANA TLS Certificate Types).
    CertificateType(u8) {
        X509 = 0x00, "x509";
        OPEN_PGP = 0x01, "openpgp";
        RAW_PUBLIC_KEY = 0x02, "raw_public_key";
        IEEE_1609_DOT_2 = 0x03, "1609dot2";
    }
}

impl CertificateType {
    /// What a server chose, from the data of its extension (RFC 7250 section 3).
    pub fn chosen(data: &[u8]) -> Option<Self> {
        match data {
            &[number] => Some(Self(number)),
            _ => None,
        }
    }
}

/// A protocol version (RFC 8446 section 4.2.1).
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ProtocolVersion(pub u16);

impl ProtocolVersion {
    /// SSL 2.0, by the number in its own hello.
    pub const SSL_2_0: Self = Self(0x0002);
    /// SSL 3.0 (RFC 6101).
    pub const SSL_3_0: Self = Self(0x0300);
    /// TLS 1.0 (RFC 2246).
    pub const TLS_1_0: Self = Self(0x0301);
    /// TLS 1.1 (RFC 4346).
    pub const TLS_1_1: Self = Self(0x0302);
    /// TLS 1.2 (RFC 5246).
    pub const TLS_1_2: Self = Self(0x0303);
    /// TLS 1.3 (RFC 8446).
    pub const TLS_1_3: Self = Self(0x0304);

    /// Whether it is TLS 1.3 or a draft of it, which encrypt their certificates.
    pub fn is_tls13(self) -> bool {
        matches!(self, Self::TLS_1_3 | Self(0x7f00..=0x7fff | 0xfb00..=0xfbff))
    }
}

impl std::fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [high, low] = self.0.to_be_bytes();
        match (high, low) {
            (0, 2) => f.write_str("SSL 2.0"),
            (3, 0) => f.write_str("SSL 3.0"),
            (3, 1..=4) => write!(f, "TLS 1.{}", low - 1),
            (0x7f, draft) => write!(f, "TLS 1.3 draft {draft}"),
            (0xfb, draft) => write!(f, "TLS 1.3 fb draft {draft}"),
            _ => write!(f, "{:#06x}", self.0),
        }
    }
}

impl std::fmt::Debug for ProtocolVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// A cipher suite (IANA TLS Cipher Suites).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct CipherSuite(pub u16);

impl std::fmt::Display for CipherSuite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match tls_parser::TlsCipherSuite::from_id(self.0) {
            Some(suite) => f.write_str(suite.name),
            None => write!(f, "{:#06x}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_numbers_print_as_hex() {
        assert_eq!(SignatureScheme::RSA_PSS_RSAE_SHA256.to_string(), "rsa_pss_rsae_sha256");
        assert_eq!(SignatureScheme(0x0fff).to_string(), "0xfff");
        assert_eq!(CipherSuite(0xc02f).to_string(), "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
        assert_eq!(CipherSuite(0x0a0b).to_string(), "0x0a0b");
        assert_eq!(ProtocolVersion::TLS_1_2.to_string(), "TLS 1.2");
        assert_eq!(ProtocolVersion(0x7f16).to_string(), "TLS 1.3 draft 22");
    }
}
