//! The extensions that are compared and shown: key usage, extended key usage, alternative names.

use x509_parser::extensions::KeyUsage;
use x509_parser::prelude::FromDer;

use super::alternative_name::AlternativeName;
use super::der::{BOOLEAN, Element, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, dotted};

const AUTHORITY_KEY_IDENTIFIER: &str = "2.5.29.35";
const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const SUBJECT_KEY_IDENTIFIER: &str = "2.5.29.14";
const KEY_USAGE: &str = "2.5.29.15";
const SUBJECT_ALT_NAME: &str = "2.5.29.17";
const EXTENDED_KEY_USAGE: &str = "2.5.29.37";

/// `keyIdentifier [0] IMPLICIT` of AuthorityKeyIdentifier (RFC 5280 section 4.2.1.1).
const KEY_IDENTIFIER: u8 = 0x80;

/// Extensions read from one certificate; real ones have about a dozen.
const EXTENSIONS_MAX: usize = 256;
/// Values kept from one extension; the largest public certificates name some hundred hosts.
const VALUES_MAX: usize = 1024;

/// What the extensions say; of a repeated extension, its first occurrence.
pub(super) struct Extensions {
    pub(super) extended_key_usages: Option<Vec<String>>,
    pub(super) digital_signature: Option<bool>,
    pub(super) alternative_names: Vec<AlternativeName>,
    /// Whether every alternative name of these kinds is listed.
    pub(super) has_all_names: bool,
    pub(super) is_ca: bool,
    pub(super) authority_key_identifier: Option<Vec<u8>>,
    pub(super) subject_key_identifier: Option<Vec<u8>>,
    pub(super) oddities: Vec<String>,
}

impl Default for Extensions {
    /// Of a certificate without extensions.
    fn default() -> Self {
        Self {
            extended_key_usages: None,
            digital_signature: None,
            alternative_names: Vec::new(),
            has_all_names: true,
            is_ca: false,
            authority_key_identifier: None,
            subject_key_identifier: None,
            oddities: Vec::new(),
        }
    }
}

impl Extensions {
    /// Reads the `Extensions` SEQUENCE; what cannot be read becomes an oddity and loses nothing
    /// else.
    pub(super) fn read(sequence: &Element<'_>) -> Self {
        let mut extensions = Self::default();
        let mut seen = Vec::new();
        let mut count = 0_usize;
        let mut elements = sequence.children();
        while !elements.is_empty() {
            count = count.saturating_add(1);
            if count > EXTENSIONS_MAX {
                extensions.odd(format!("more than {EXTENSIONS_MAX} extensions"));
                extensions.has_all_names = false;
                break;
            }
            let Some(element) = elements.take_any() else {
                extensions.odd("the list of extensions is damaged".to_owned());
                extensions.has_all_names = false;
                break;
            };
            let Some((oid, value)) = split(&element) else {
                extensions.odd("an extension cannot be read".to_owned());
                extensions.has_all_names = false;
                continue;
            };
            if seen.contains(&oid) {
                extensions.odd(format!("extension {oid} is repeated"));
                extensions.has_all_names &= oid != SUBJECT_ALT_NAME;
                continue;
            }
            extensions.take(&oid, value);
            seen.push(oid);
        }
        extensions
    }

    /// Whether the list has an extension of this type with all that `values` holds.
    pub(super) fn fits_filter(
        sequence: Option<&Element<'_>>,
        oid: &[u8],
        values: &[u8],
    ) -> Option<bool> {
        let wanted = dotted(oid)?;
        let mut elements = sequence.map(|sequence| sequence.children());
        let mut value = None;
        for _ in 0..EXTENSIONS_MAX {
            let Some(element) = elements.as_mut().and_then(|elements| elements.take_any()) else {
                break;
            };
            match split(&element) {
                Some((found, contents)) if found == wanted => {
                    value = Some(contents);
                    break;
                }
                _ => {}
            }
        }
        let Some(value) = value else {
            return Some(false);
        };
        if values.is_empty() || values == value {
            return Some(true);
        }
        match wanted.as_str() {
            EXTENDED_KEY_USAGE => {
                let (has, wants) = (extended_key_usages(value)?, extended_key_usages(values)?);
                Some(wants.iter().all(|usage| has.contains(usage)))
            }
            KEY_USAGE => {
                let (Ok(([], has)), Ok(([], wants))) =
                    (KeyUsage::from_der(value), KeyUsage::from_der(values))
                else {
                    return None;
                };
                Some(wants.flags & !has.flags == 0)
            }
            _ => None,
        }
    }

    fn take(&mut self, oid: &str, value: &[u8]) {
        match oid {
            EXTENDED_KEY_USAGE => match extended_key_usages(value) {
                Some(usages) => self.extended_key_usages = Some(usages),
                None => self.odd("extendedKeyUsage cannot be read".to_owned()),
            },
            KEY_USAGE => match KeyUsage::from_der(value) {
                Ok(([], usage)) => self.digital_signature = Some(usage.digital_signature()),
                _ => self.odd("keyUsage cannot be read".to_owned()),
            },
            SUBJECT_ALT_NAME => self.take_names(value),
            BASIC_CONSTRAINTS => self.is_ca = is_ca(value),
            AUTHORITY_KEY_IDENTIFIER => {
                let sequence = Element::only(value).filter(|element| element.tag == SEQUENCE);
                let identifier = sequence.and_then(|one| one.children().take(KEY_IDENTIFIER));
                self.authority_key_identifier = identifier.map(|one| one.contents.to_vec());
            }
            SUBJECT_KEY_IDENTIFIER => {
                let octets = Element::only(value).filter(|element| element.tag == OCTET_STRING);
                self.subject_key_identifier = octets.map(|one| one.contents.to_vec());
            }
            _ => {}
        }
    }

    fn take_names(&mut self, value: &[u8]) {
        let Some(sequence) = Element::only(value).filter(|element| element.tag == SEQUENCE) else {
            self.odd("subjectAltName cannot be read".to_owned());
            self.has_all_names = false;
            return;
        };
        let mut names = sequence.children();
        let mut dns_names = 0_usize;
        while !names.is_empty() {
            let Some(name) = names.take_any() else {
                self.odd("subjectAltName is damaged".to_owned());
                self.has_all_names = false;
                return;
            };
            let Some(name) = AlternativeName::read(&name) else {
                continue;
            };
            dns_names = dns_names.saturating_add(usize::from(name.dns_name().is_some()));
            if dns_names > VALUES_MAX {
                self.odd(format!("more than {VALUES_MAX} DNS names: the rest is not listed"));
                self.has_all_names = false;
                return;
            }
            if self.alternative_names.len() >= 2 * VALUES_MAX {
                let limit = 2 * VALUES_MAX;
                self.odd(format!("more than {limit} alternative names: the rest is not listed"));
                self.has_all_names = false;
                return;
            }
            self.alternative_names.push(name);
        }
    }

    fn odd(&mut self, what: String) {
        self.oddities.push(what);
    }
}

/// Type and value of one `Extension`.
fn split<'a>(element: &Element<'a>) -> Option<(String, &'a [u8])> {
    if element.tag != SEQUENCE {
        return None;
    }
    let mut parts = element.children();
    let oid = dotted(parts.take(OBJECT_IDENTIFIER)?.contents)?;
    parts.take(BOOLEAN);
    let value = parts.take(OCTET_STRING)?.contents;
    parts.is_empty().then_some((oid, value))
}

/// Whether `cA` of BasicConstraints is true.
fn is_ca(value: &[u8]) -> bool {
    let sequence = Element::only(value).filter(|element| element.tag == SEQUENCE);
    let flag = sequence.and_then(|sequence| sequence.children().take(BOOLEAN));
    flag.is_some_and(|flag| flag.contents.first().is_some_and(|octet| *octet != 0))
}

/// `SEQUENCE SIZE (1..MAX) OF KeyPurposeId`, in the certificate's order.
fn extended_key_usages(value: &[u8]) -> Option<Vec<String>> {
    let sequence = Element::only(value).filter(|element| element.tag == SEQUENCE)?;
    let mut oids = sequence.children();
    let mut usages = Vec::new();
    while !oids.is_empty() {
        let oid = dotted(oids.take(OBJECT_IDENTIFIER)?.contents)?;
        if usages.len() == VALUES_MAX {
            return None;
        }
        usages.push(usage_name(&oid).map_or(oid, str::to_owned));
    }
    (!usages.is_empty()).then_some(usages)
}

/// Names of RFC 5280 section 4.2.1.12, and OpenSSL's short names for others in use.
fn usage_name(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "1.3.6.1.4.1.311.10.3.3" => "msSGC",
        "1.3.6.1.4.1.311.10.3.4" => "msEFS",
        "1.3.6.1.4.1.311.2.1.21" => "msCodeInd",
        "1.3.6.1.4.1.311.2.1.22" => "msCodeCom",
        "1.3.6.1.4.1.311.20.2.2" => "msSmartcardLogin",
        "1.3.6.1.5.2.3.4" => "pkInitClientAuth",
        "1.3.6.1.5.2.3.5" => "pkInitKDC",
        "1.3.6.1.5.5.7.3.1" => "serverAuth",
        "1.3.6.1.5.5.7.3.2" => "clientAuth",
        "1.3.6.1.5.5.7.3.3" => "codeSigning",
        "1.3.6.1.5.5.7.3.4" => "emailProtection",
        "1.3.6.1.5.5.7.3.5" => "ipsecEndSystem",
        "1.3.6.1.5.5.7.3.6" => "ipsecTunnel",
        "1.3.6.1.5.5.7.3.7" => "ipsecUser",
        "1.3.6.1.5.5.7.3.8" => "timeStamping",
        "1.3.6.1.5.5.7.3.9" => "OCSPSigning",
        "1.3.6.1.5.5.7.3.17" => "ipsecIKE",
        "1.3.6.1.5.5.7.3.21" => "secureShellClient",
        "1.3.6.1.5.5.7.3.22" => "secureShellServer",
        "2.16.840.1.113730.4.1" => "nsSGC",
        "2.5.29.37.0" => "anyExtendedKeyUsage",
        _ => return None,
    })
}
