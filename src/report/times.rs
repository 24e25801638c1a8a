//! Times as RFC 3339 text, always UTC.

use time::OffsetDateTime;

use crate::capture::Timestamp;

/// A packet's time with as many digits of a second as the capture records (RFC 3339).
pub(super) fn packet_time(at: Timestamp) -> Option<String> {
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.nanoseconds)).ok()?;
    let mut text = to_the_second(moment);
    if at.digits > 0 {
        text.push('.');
        // Digits beyond the ninth would be zeros that nobody recorded.
        push_digits(&mut text, moment.nanosecond(), 9, at.digits.min(9));
    }
    text.push('Z');
    Some(text)
}

/// A time of nanoseconds since 1970-01-01T00:00:00 UTC, with as few digits as are exact.
pub(super) fn exact_time(nanoseconds: i64) -> Option<String> {
    let subsecond = nanoseconds.rem_euclid(1_000_000_000);
    let digits = match subsecond {
        0 => 0,
        n if n % 1_000_000 == 0 => 3,
        n if n % 1_000 == 0 => 6,
        _ => 9,
    };
    packet_time(Timestamp { nanoseconds, digits })
}

/// A certificate's time, of seconds since 1970-01-01T00:00:00 UTC (RFC 5280 section 4.1.2.5).
pub(super) fn certificate_time(seconds: i64) -> Option<String> {
    let moment = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    (0..=9999).contains(&moment.year()).then(|| {
        let mut text = to_the_second(moment);
        text.push('Z');
        text
    })
}

/// `moment` without its zone, in a year from 0 to 9999.
fn to_the_second(moment: OffsetDateTime) -> String {
    let year = u32::try_from(moment.year()).unwrap_or_default();
    let mut text = String::with_capacity(LONGEST);
    push_digits(&mut text, year, 4, 4);
    for (separator, number) in [
        ('-', u8::from(moment.month())),
        ('-', moment.day()),
        ('T', moment.hour()),
        (':', moment.minute()),
        (':', moment.second()),
    ] {
        text.push(separator);
        push_digits(&mut text, number.into(), 2, 2);
    }
    text
}

/// Adds the first `shown` of the `all` decimal digits of a number.
fn push_digits(text: &mut String, number: u32, all: u8, shown: u8) {
    let places = (u32::from(all - shown)..u32::from(all)).rev();
    let digits = places.map(|place| number / 10_u32.pow(place) % 10);
    text.extend(digits.filter_map(|digit| char::from_digit(digit, 10)));
}

/// Bytes of `2026-11-18T11:06:40.012345678Z`.
const LONGEST: usize = 30;

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(nanoseconds: i64, digits: u8) -> Option<String> {
        packet_time(Timestamp { nanoseconds, digits })
    }

    #[test]
    fn fraction_has_the_captures_own_number_of_digits() {
        let nanoseconds = 1_795_000_000_012_345_678;
        assert_eq!(shown(nanoseconds, 0).as_deref(), Some("2026-11-18T11:06:40Z"));
        assert_eq!(shown(nanoseconds, 6).as_deref(), Some("2026-11-18T11:06:40.012345Z"));
        assert_eq!(shown(nanoseconds, 9).as_deref(), Some("2026-11-18T11:06:40.012345678Z"));
        assert_eq!(shown(nanoseconds, 200).as_deref(), Some("2026-11-18T11:06:40.012345678Z"));
    }

    #[test]
    fn time_before_1970_counts_forward_within_its_second() {
        assert_eq!(shown(-1, 9).as_deref(), Some("1969-12-31T23:59:59.999999999Z"));
        assert_eq!(shown(i64::MIN, 0).as_deref(), Some("1677-09-21T00:12:43Z"));
        assert_eq!(shown(i64::MAX, 0).as_deref(), Some("2262-04-11T23:47:16Z"));
    }

    #[test]
    fn exact_time_has_no_more_digits_than_needed() {
        assert_eq!(exact_time(0).as_deref(), Some("1970-01-01T00:00:00Z"));
        assert_eq!(exact_time(1_500_000_000).as_deref(), Some("1970-01-01T00:00:01.500Z"));
        assert_eq!(exact_time(1).as_deref(), Some("1970-01-01T00:00:00.000000001Z"));
    }

    #[test]
    fn certificate_time_outside_four_digit_years_is_not_shown() {
        assert_eq!(certificate_time(253_402_300_799).as_deref(), Some("9999-12-31T23:59:59Z"));
        assert_eq!(certificate_time(253_402_300_800), None);
        assert_eq!(certificate_time(i64::MIN), None);
    }
}
