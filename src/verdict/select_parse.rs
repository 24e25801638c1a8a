//! The options of a selection, as the user writes them.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime, Time};

use super::select::{Network, ServerAddress};

/// Why an option of a selection cannot be understood.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectError {
    /// Not an IPv4 or IPv6 address.
    #[error("not an IP address")]
    Address,
    /// A server name that no ClientHello can carry.
    #[error("not a server name")]
    ServerName,
    /// A port that is no number from 1 to 65535.
    #[error("the port is no number from 1 to 65535")]
    Port,
    /// A prefix length that is no number, or longer than the address.
    #[error("the prefix length is no number from 0 to {longest}")]
    PrefixLength {
        /// Bits of the address.
        longest: u8,
    },
    /// No time in a format that is read.
    #[error("not a time")]
    Time,
    /// A time without an offset from UTC.
    #[error("the time has no offset from UTC")]
    TimeWithoutOffset,
    /// A time that nanoseconds in 64 bits cannot hold.
    #[error("the time is not between the years 1678 and 2261")]
    TimeOutOfRange,
    /// An IPv6 address with a zone.
    #[error("the address has a zone, and captures have none")]
    Zone,
}

impl SelectError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Address => {
                "addresses are given as 10.0.0.5, 10.0.0.5:443, 2001:db8::5 or [2001:db8::5]:443; \
                 a host name is selected by --sni NAME"
            }
            Self::ServerName => "names are given as backend.contoso.com or *.contoso.com",
            Self::Port => "an IPv6 address with a port is given as [2001:db8::5]:443",
            Self::PrefixLength { .. } => "networks are given as 10.0.0.0/8 or 2001:db8::/32",
            Self::Time | Self::TimeOutOfRange => {
                "times are given as 2026-11-23T10:00:00Z, 2026-11-23T10:00:00.5+01:00, 2026-11-23 \
                 or @1795428000 (seconds since 1970)"
            }
            Self::TimeWithoutOffset => "add Z for UTC, or an offset: 2026-11-23T10:00:00+01:00",
            Self::Zone => "leave out what follows the percent sign",
        }
    }
}

impl FromStr for ServerAddress {
    type Err = SelectError;

    /// Reads `10.0.0.5`, `10.0.0.5:443`, `::1`, `[::1]` or `[::1]:443`; an IPv6 address without
    /// brackets has no port.
    fn from_str(text: &str) -> Result<Self, SelectError> {
        let text = text.trim();
        if let Some(bracketed) = text.strip_prefix('[') {
            let (address, rest) = bracketed.split_once(']').ok_or(SelectError::Address)?;
            let address = IpAddr::V6(ipv6(address)?);
            return match rest.strip_prefix(':') {
                Some(port) => Ok(Self { address, port: Some(parse_port(port)?) }),
                None if rest.is_empty() => Ok(Self { address, port: None }),
                None => Err(SelectError::Port),
            };
        }
        match text.split_once(':') {
            Some((address, port)) if !port.contains(':') => {
                let address = parse_address(address)?;
                Ok(Self { address, port: Some(parse_port(port)?) })
            }
            _ => Ok(Self { address: parse_address(text)?, port: None }),
        }
    }
}

impl FromStr for Network {
    type Err = SelectError;

    /// Reads an address, or an address and a prefix length; a network of IPv4-mapped addresses
    /// becomes the IPv4 network.
    fn from_str(text: &str) -> Result<Self, SelectError> {
        let text = text.trim();
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (parse_address(address)?, Some(prefix)),
            None => (parse_address(text)?, None),
        };
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix_length = match prefix {
            Some(digits) => parse_digits::<u8>(digits)
                .filter(|length| *length <= longest)
                .ok_or(SelectError::PrefixLength { longest })?,
            None => longest,
        };
        let canonical = address.to_canonical();
        match prefix_length.checked_sub(96) {
            Some(prefix_length) if address.is_ipv6() && canonical.is_ipv4() => {
                Ok(Self { address: canonical, prefix_length })
            }
            _ => Ok(Self { address, prefix_length }),
        }
    }
}

/// Reads a server name for [`super::Selection::server_names`]: lower case, without a dot at the
/// end, with `*` only as the whole first label. Internationalised names are left as they are.
///
/// # Errors
///
/// [`SelectError::ServerName`] where no ClientHello can carry the name.
pub fn parse_server_name(text: &str) -> Result<String, SelectError> {
    let name = text.trim();
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let labels = name.strip_prefix("*.").unwrap_or(&name);
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.chars().any(|c| c.is_whitespace() || c.is_control() || "*:/@[]".contains(c))
    };
    if !labels.split('.').all(is_label) {
        return Err(SelectError::ServerName);
    }
    Ok(name)
}

/// Reads `--since`: nanoseconds since 1970-01-01T00:00:00 UTC; a date is its first moment in UTC.
///
/// Read are RFC 3339 times with any offset and fraction, dates, and `@seconds` since 1970.
///
/// # Errors
///
/// A [`SelectError`] of the `Time` family.
pub fn parse_since(text: &str) -> Result<i64, SelectError> {
    parse_time(text, Time::MIDNIGHT)
}

/// Reads `--until`: as [`parse_since`], but a date is its last moment in UTC.
///
/// # Errors
///
/// A [`SelectError`] of the `Time` family.
pub fn parse_until(text: &str) -> Result<i64, SelectError> {
    parse_time(text, Time::MAX)
}

/// Reads `--active-at`: as [`parse_since`], but a mere date is no moment.
///
/// # Errors
///
/// A [`SelectError`] of the `Time` family.
pub fn parse_moment(text: &str) -> Result<i64, SelectError> {
    match parse_time(text, Time::MIDNIGHT)? {
        from if parse_time(text, Time::MAX)? == from => Ok(from),
        _ => Err(SelectError::Time),
    }
}

/// Nanoseconds since 1970; `time_of_day` completes a mere date.
fn parse_time(text: &str, time_of_day: Time) -> Result<i64, SelectError> {
    let text = text.trim();
    if let Some(seconds) = text.strip_prefix('@') {
        return parse_seconds(seconds);
    }
    if let Ok(date) = Date::parse(text, format_description!("[year]-[month]-[day]")) {
        return nanoseconds(date.with_time(time_of_day).assume_utc());
    }
    // RFC 3339 section 5.6 allows lower-case letters, and a space for the T.
    let mut upper = text.to_ascii_uppercase();
    if upper.get(10..11) == Some(" ") {
        upper.replace_range(10..11, "T");
    }
    if let Ok(time) = OffsetDateTime::parse(&upper, &Rfc3339) {
        return nanoseconds(time);
    }
    match OffsetDateTime::parse(&format!("{upper}Z"), &Rfc3339) {
        Ok(_) => Err(SelectError::TimeWithoutOffset),
        Err(_) => Err(SelectError::Time),
    }
}

/// `1795428000`, `1795428000.25`, `-1`: digits beyond nanoseconds are dropped.
fn parse_seconds(text: &str) -> Result<i64, SelectError> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (seconds, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_number(seconds) || !is_number(fraction) {
        return Err(SelectError::Time);
    }
    let nanoseconds: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let seconds: i64 = seconds.parse().map_err(|_| SelectError::TimeOutOfRange)?;
    let nanoseconds: i64 = nanoseconds.parse().map_err(|_| SelectError::Time)?;
    seconds
        .checked_mul(1_000_000_000)
        .and_then(|whole| whole.checked_add(nanoseconds))
        .map(|time| time * sign)
        .ok_or(SelectError::TimeOutOfRange)
}

fn nanoseconds(time: OffsetDateTime) -> Result<i64, SelectError> {
    let since_1970: Duration = time - OffsetDateTime::UNIX_EPOCH;
    i64::try_from(since_1970.whole_nanoseconds()).map_err(|_| SelectError::TimeOutOfRange)
}

fn parse_address(text: &str) -> Result<IpAddr, SelectError> {
    if text.contains(':') {
        return ipv6(text).map(IpAddr::V6);
    }
    text.parse().map_err(|_| SelectError::Address)
}

fn ipv6(text: &str) -> Result<Ipv6Addr, SelectError> {
    if text.contains('%') {
        return Err(SelectError::Zone);
    }
    text.parse().map_err(|_| SelectError::Address)
}

fn parse_port(text: &str) -> Result<u16, SelectError> {
    parse_digits(text).filter(|port| *port != 0).ok_or(SelectError::Port)
}

/// A number in digits only: the standard parser takes a plus sign.
fn parse_digits<T: FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn every_form_of_a_server_address_is_read() {
        for (text, address, port) in [
            ("10.0.0.5", "10.0.0.5", None),
            (" 10.0.0.5:443 ", "10.0.0.5", Some(443)),
            ("::1", "::1", None),
            ("[::1]", "::1", None),
            ("[::1]:443", "::1", Some(443)),
            ("2001:db8::1:443", "2001:db8::1:443", None),
            ("::ffff:10.0.0.5", "::ffff:10.0.0.5", None),
            ("[::ffff:10.0.0.5]:65535", "::ffff:10.0.0.5", Some(65535)),
        ] {
            let expected = ServerAddress { address: address.parse().unwrap(), port };
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn bad_server_addresses_say_what_is_wrong() {
        for (text, error) in [
            ("", SelectError::Address),
            ("backend.contoso.com", SelectError::Address),
            ("backend.contoso.com:443", SelectError::Address),
            ("10.0.0", SelectError::Address),
            ("010.0.0.5", SelectError::Address),
            (":443", SelectError::Address),
            ("[10.0.0.5]:443", SelectError::Address),
            ("[::1", SelectError::Address),
            ("10.0.0.5:", SelectError::Port),
            ("10.0.0.5:0", SelectError::Port),
            ("10.0.0.5:+443", SelectError::Port),
            ("10.0.0.5:65536", SelectError::Port),
            ("[::1]443", SelectError::Port),
            ("1:2:3:4:5:6:7:8:443", SelectError::Address),
            ("fe80::1%eth0", SelectError::Zone),
            ("[fe80::1%3]:443", SelectError::Zone),
        ] {
            assert_eq!(text.parse::<ServerAddress>(), Err(error), "{text}");
        }
    }

    #[test]
    fn networks_are_read_with_and_without_prefix() {
        for (text, address, prefix_length) in [
            ("10.0.0.4", "10.0.0.4", 32),
            ("10.0.0.0/8", "10.0.0.0", 8),
            ("0.0.0.0/0", "0.0.0.0", 0),
            ("2001:db8::/32", "2001:db8::", 32),
            ("::1", "::1", 128),
            ("::ffff:10.0.0.0/104", "10.0.0.0", 8),
            ("::ffff:10.0.0.4", "10.0.0.4", 32),
            ("::/0", "::", 0),
        ] {
            let expected = Network { address: address.parse().unwrap(), prefix_length };
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        for text in ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8"] {
            let error = SelectError::PrefixLength { longest: 32 };
            assert_eq!(text.parse::<Network>(), Err(error), "{text}");
        }
        assert!("10.0.0.0:443".parse::<Network>().is_err());
        assert!("::/129".parse::<Network>().is_err());
        assert!("".parse::<Network>().is_err());
    }

    #[test]
    fn server_names_become_lower_case_without_a_dot_at_the_end() {
        assert_eq!(parse_server_name(" Backend.Contoso.COM. ").unwrap(), "backend.contoso.com");
        assert_eq!(parse_server_name("*.Contoso.com").unwrap(), "*.contoso.com");
        assert_eq!(parse_server_name("localhost").unwrap(), "localhost");
        assert_eq!(parse_server_name("bücher.example").unwrap(), "bücher.example");
        for text in ["", ".", "*", "*.", "a..b", "a.*.b", "*a.b", "https://a", "a:443", "a b"] {
            assert_eq!(parse_server_name(text), Err(SelectError::ServerName), "{text}");
        }
    }

    #[test]
    fn every_form_of_a_time_is_read() {
        let ten = 1_795_428_000_000_000_000;
        for (text, expected) in [
            ("2026-11-23T10:00:00Z", ten),
            ("2026-11-23t10:00:00z", ten),
            ("2026-11-23 10:00:00Z", ten),
            ("2026-11-23T11:00:00+01:00", ten),
            ("2026-11-22T20:30:00-13:30", ten),
            ("2026-11-23T10:00:00.5Z", ten + 500_000_000),
            ("2026-11-23T10:00:00.123456789Z", ten + 123_456_789),
            ("2026-11-23T10:00:00.1234567890123Z", ten + 123_456_789),
            ("@1795428000", ten),
            ("@1795428000.000000001", ten + 1),
            ("@1795428000.0000000019", ten + 1),
            ("@0", 0),
            ("@-1.5", -1_500_000_000),
            ("1969-12-31T23:59:59Z", -1_000_000_000),
        ] {
            assert_eq!(parse_since(text), Ok(expected), "{text}");
            assert_eq!(parse_until(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn date_is_its_first_moment_for_since_and_its_last_for_until() {
        let midnight = 1_795_392_000_000_000_000;
        assert_eq!(parse_since("2026-11-23"), Ok(midnight));
        assert_eq!(parse_until("2026-11-23"), Ok(midnight + 86_400_000_000_000 - 1));
    }

    #[test]
    fn bad_times_say_what_is_wrong() {
        for (text, error) in [
            ("2026-11-23T10:00:00", SelectError::TimeWithoutOffset),
            ("2026-11-23 10:00:00", SelectError::TimeWithoutOffset),
            ("2026-02-30", SelectError::Time),
            ("2026-13-01T10:00:00Z", SelectError::Time),
            ("10:00", SelectError::Time),
            ("yesterday", SelectError::Time),
            ("", SelectError::Time),
            ("@", SelectError::Time),
            ("@1e9", SelectError::Time),
            ("@1.", SelectError::Time),
            ("@--1", SelectError::Time),
            ("@9999999999999", SelectError::TimeOutOfRange),
            ("@99999999999999999999", SelectError::TimeOutOfRange),
            ("9999-12-31T23:59:59Z", SelectError::TimeOutOfRange),
            ("0001-01-01", SelectError::TimeOutOfRange),
            ("2026-11-2é T10", SelectError::Time),
        ] {
            assert_eq!(parse_since(text), Err(error), "{text}");
        }
    }
}
