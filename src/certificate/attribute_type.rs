//! Attribute types of distinguished names.

/// Attribute types of RFC 4519, RFC 5280, RFC 2985 and the CA/Browser Forum, with the names that
/// OpenSSL gives them.
const TYPES: &[(&str, &str)] = &[
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.3", "mail"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
    ("1.2.840.113549.1.9.2", "unstructuredName"),
    ("1.2.840.113549.1.9.8", "unstructuredAddress"),
    ("1.3.6.1.4.1.311.60.2.1.1", "jurisdictionL"),
    ("1.3.6.1.4.1.311.60.2.1.2", "jurisdictionST"),
    ("1.3.6.1.4.1.311.60.2.1.3", "jurisdictionC"),
    ("2.5.4.3", "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "street"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "title"),
    ("2.5.4.13", "description"),
    ("2.5.4.15", "businessCategory"),
    ("2.5.4.17", "postalCode"),
    ("2.5.4.18", "postOfficeBox"),
    ("2.5.4.20", "telephoneNumber"),
    ("2.5.4.41", "name"),
    ("2.5.4.42", "GN"),
    ("2.5.4.43", "initials"),
    ("2.5.4.44", "generationQualifier"),
    ("2.5.4.45", "x500UniqueIdentifier"),
    ("2.5.4.46", "dnQualifier"),
    ("2.5.4.65", "pseudonym"),
    ("2.5.4.97", "organizationIdentifier"),
];

/// Other names in use: OpenSSL's long ones, RFC 4519's, and those of Windows and .NET.
const ALIASES: &[(&str, &str)] = &[
    ("commonName", "CN"),
    ("countryName", "C"),
    ("dnq", "dnQualifier"),
    ("domainComponent", "DC"),
    ("E", "emailAddress"),
    ("email", "emailAddress"),
    ("EMAILADDRESS", "emailAddress"),
    ("G", "GN"),
    ("givenName", "GN"),
    ("I", "initials"),
    ("localityName", "L"),
    ("organizationName", "O"),
    ("organizationalUnitName", "OU"),
    ("phone", "telephoneNumber"),
    ("rfc822Mailbox", "mail"),
    ("S", "ST"),
    ("STREET", "street"),
    ("stateOrProvinceName", "ST"),
    ("streetAddress", "street"),
    ("surname", "SN"),
    ("T", "title"),
    ("userId", "UID"),
    ("jurisdictionCountryName", "jurisdictionC"),
    ("jurisdictionLocalityName", "jurisdictionL"),
    ("jurisdictionStateOrProvinceName", "jurisdictionST"),
];

/// The name that OpenSSL prints for a type.
pub(super) fn short_name(oid: &str) -> Option<&'static str> {
    TYPES.iter().find(|(known, _)| *known == oid).map(|(_, name)| *name)
}

/// The OID of a type, by any of its names in any case.
pub(super) fn oid_of(name: &str) -> Option<&'static str> {
    let alias = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name));
    let name = alias.map_or(name, |(_, name)| name);
    TYPES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(oid, _)| *oid)
}
