//! Times as RFC 3339 text, always UTC.

use time::OffsetDateTime;

use crate::capture::Timestamp;

/// A packet's time with as many digits of a second as the capture records (RFC 3339).
pub(super) fn packet_time(at: Timestamp) -> Option<String> {
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.nanoseconds)).ok()?;
    let fraction = format!("{:09}", moment.nanosecond());
    let fraction: String = fraction.chars().take(usize::from(at.digits)).collect();
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{}{point}{fraction}Z", to_the_second(moment)))
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
    (0..=9999).contains(&moment.year()).then(|| format!("{}Z", to_the_second(moment)))
}

fn to_the_second(moment: OffsetDateTime) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        moment.year(),
        u8::from(moment.month()),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second()
    )
}

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
