//! Names of subjectAltName (RFC 5280 section 4.2.1.6).

use std::fmt;
use std::net::IpAddr;

use super::der::Element;

/// `rfc822Name [1]`, `dNSName [2]`, `uniformResourceIdentifier [6]` and `iPAddress [7]` of
/// GeneralName, all IMPLICIT and primitive.
const RFC822_NAME: u8 = 0x81;
const DNS_NAME: u8 = 0x82;
const URI: u8 = 0x86;
const IP_ADDRESS: u8 = 0x87;

/// One name of subjectAltName, of a kind that is compared; hostile text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AlternativeName {
    /// A host name, maybe with a wildcard.
    Dns(String),
    /// A mailbox.
    Email(String),
    /// An address.
    Ip(IpAddr),
    /// A URI, as that of a SPIFFE identity.
    Uri(String),
}

/// The alternative names of a certificate.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AlternativeNames {
    /// Those of the kinds that are compared, in the certificate's order.
    pub names: Vec<AlternativeName>,
    /// Whether these are all: `false` where a part of the extension cannot be read.
    pub is_complete: bool,
}

impl AlternativeName {
    /// A `GeneralName`; `None` for a kind that is not compared.
    pub(super) fn read(name: &Element<'_>) -> Option<Self> {
        let text = || String::from_utf8_lossy(name.contents).into_owned();
        match name.tag {
            DNS_NAME => Some(Self::Dns(text())),
            RFC822_NAME => Some(Self::Email(text())),
            URI => Some(Self::Uri(text())),
            IP_ADDRESS => {
                let four = <[u8; 4]>::try_from(name.contents).map(IpAddr::from);
                let sixteen = <[u8; 16]>::try_from(name.contents).map(IpAddr::from);
                four.or(sixteen).ok().map(Self::Ip)
            }
            _ => None,
        }
    }

    /// The host name, where it is one.
    pub fn dns_name(&self) -> Option<&str> {
        match self {
            Self::Dns(name) => Some(name),
            Self::Email(_) | Self::Ip(_) | Self::Uri(_) => None,
        }
    }
}

impl fmt::Display for AlternativeName {
    /// As OpenSSL writes it: `DNS:a.example`, `URI:spiffe://a/b`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "DNS:{name}"),
            Self::Email(name) => write!(f, "email:{name}"),
            Self::Ip(address) => write!(f, "IP:{address}"),
            Self::Uri(name) => write!(f, "URI:{name}"),
        }
    }
}
