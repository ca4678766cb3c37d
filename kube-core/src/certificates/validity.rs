//! From when until when a certificate is good: PEM in, two times out.
//!
//! The few bytes of DER that lead there are read here: a crate for all of X.509 is a dozen crates.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// From when until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Validity {
    pub(super) not_before: SystemTime,
    pub(super) not_after: SystemTime,
}

const SEQUENCE: u8 = 0x30;
/// The version of a certificate, which the first version did not have.
const VERSION: u8 = 0xa0;
/// Years of two digits.
const UTC_TIME: u8 = 0x17;
/// Years of four digits.
const GENERALIZED_TIME: u8 = 0x18;

impl Validity {
    /// Of the first certificate; none if it cannot be read.
    pub(super) fn of(pem: &str) -> Option<Self> {
        let certificate = CertificateDer::pem_slice_iter(pem.as_bytes()).next()?.ok()?;
        let (_, certificate, _) = value(&certificate).filter(|found| found.0 == SEQUENCE)?;
        let (_, mut rest, _) = value(certificate).filter(|found| found.0 == SEQUENCE)?;
        if rest.first() == Some(&VERSION) {
            rest = value(rest)?.2;
        }
        // Serial number, algorithm and issuer come before.
        for _ in 0..3 {
            rest = value(rest)?.2;
        }
        let (_, validity, _) = value(rest).filter(|found| found.0 == SEQUENCE)?;
        let (before, after) = (value(validity)?, value(value(validity)?.2)?);
        Some(Self { not_before: time(before.0, before.1)?, not_after: time(after.0, after.1)? })
    }
}

/// The first value: its tag, what is in it, and what follows.
pub(super) fn value(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (length.iter().fold(0, |length, &byte| length << 8 | usize::from(byte)), rest)
        }
        _ => return None,
    };
    let (inner, rest) = rest.split_at_checked(length)?;
    Some((tag, inner, rest))
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`, as RFC 5280 wants them.
fn time(tag: u8, text: &[u8]) -> Option<SystemTime> {
    let digits = text.strip_suffix(b"Z")?;
    let number = |from: usize, length: usize| {
        let digits = digits.get(from..from + length)?;
        let valid = digits.iter().all(u8::is_ascii_digit);
        let number = digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit & 15));
        valid.then_some(number)
    };
    let (year, at) = match (tag, digits.len()) {
        (UTC_TIME, 12) => {
            let year = number(0, 2)?;
            (if year < 50 { 2000 + year } else { 1900 + year }, 2)
        }
        (GENERALIZED_TIME, 14) => (number(0, 4)?, 4),
        _ => return None,
    };
    let part = |index: usize| number(at + 2 * index, 2);
    let days = days(year, part(0)?, part(1)?)?;
    let seconds = days * 86_400 + part(2)? * 3_600 + part(3)? * 60 + part(4)?;
    UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?))
}

/// Days since 1970 of a date of our calendar (H. Hinnant, "chrono-compatible low-level date algorithms").
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years begin in March, so that the day of a leap year is the last one.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_times_of_a_certificate_are_those_that_it_was_made_with() {
        for (year, month, day) in [
            (1970, 1, 2),
            (1999, 12, 31),
            (2000, 2, 29),
            (2024, 2, 29),
            (2049, 12, 31),
            (2050, 1, 1),
            (2100, 3, 1),
            (9999, 12, 31),
        ] {
            let mut params = rcgen::CertificateParams::new([]).unwrap();
            params.not_before = rcgen::date_time_ymd(1970, 1, 1);
            params.not_after = rcgen::date_time_ymd(year, month, day);
            let key = rcgen::KeyPair::generate().unwrap();
            let expected = params.not_after.unix_timestamp();
            let pem = params.self_signed(&key).unwrap().pem();
            let found = Validity::of(&pem).unwrap();
            assert_eq!(found.not_before, UNIX_EPOCH);
            let since = found.not_after.duration_since(UNIX_EPOCH).unwrap().as_secs();
            assert_eq!(i64::try_from(since).unwrap(), expected, "{year}-{month}-{day}");
        }
    }

    #[test]
    fn a_time_is_read_to_the_second_and_what_is_none_is_refused() {
        for (tag, text, seconds) in [
            (UTC_TIME, "700102030405Z", Some(((24 + 3) * 60 + 4) * 60 + 5)),
            (UTC_TIME, "491231235959Z", Some(2_524_607_999)),
            // Of 1950.
            (UTC_TIME, "500101000000Z", None),
            (GENERALIZED_TIME, "20500101000000Z", Some(2_524_608_000)),
            (GENERALIZED_TIME, "20501301000000Z", None),
            (GENERALIZED_TIME, "20500001000000Z", None),
            (GENERALIZED_TIME, "20500132000000Z", None),
            (GENERALIZED_TIME, "20500100000000Z", None),
            (GENERALIZED_TIME, "2050010100000aZ", None),
            (GENERALIZED_TIME, "20500101000000", None),
            (UTC_TIME, "20500101000000Z", None),
        ] {
            let expected = seconds.map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
            assert_eq!(time(tag, text.as_bytes()), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64), tag in any::<u8>()) {
            let _ = value(&bytes);
            let _ = time(tag, &bytes);
            let _ = time(UTC_TIME, &bytes);
            let _ = Validity::of(&String::from_utf8_lossy(&bytes));
        }
    }
}
