//! Quantities that are compared and added up: `500m` and `1Gi` in, and out.
//!
//! Mirrors: kubernetes staging/src/k8s.io/apimachinery/pkg/api/resource/quantity.go

use std::cmp::Ordering;
use std::fmt;

use serde_json::Value;

const NANO: i128 = 1_000_000_000;
const MILLI: i128 = 1_000_000;
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: [(&str, i32); 10] = [
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];

/// How much of something, as it was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantity {
    nanos: i128,
    binary: bool,
}

impl Quantity {
    /// What a server says; nothing of what is not there.
    pub fn of(value: &Value) -> Self {
        value.as_str().and_then(Self::parsed).unwrap_or_default()
    }

    /// None if this is no quantity.
    pub fn parsed(text: &str) -> Option<Self> {
        let end = text.find(|it: char| !it.is_ascii_digit() && !matches!(it, '.' | '-' | '+'));
        let (number, suffix) = text.split_at(end.unwrap_or(text.len()));
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        let places = i32::try_from(fraction.len()).ok()?;
        let power = BINARY.iter().skip(1).position(|known| *known == suffix);
        let (factor, exponent) = match power {
            Some(power) => (1024_i128.pow(u32::try_from(power + 1).ok()?), 0),
            None => {
                let known = DECIMAL.iter().find(|(known, _)| *known == suffix).map(|(_, ten)| *ten);
                (1, known.or_else(|| suffix.strip_prefix(['e', 'E'])?.parse().ok())?)
            }
        };
        let powers = exponent.saturating_add(9).saturating_sub(places);
        let nanos = shifted(digits.saturating_mul(factor), powers);
        Some(Self { nanos, binary: power.is_some() })
    }

    /// How much it is, however it was written.
    pub fn amount(self) -> i128 {
        self.nanos
    }

    pub fn is_zero(self) -> bool {
        self.nanos == 0
    }

    /// Both together, written as the first of them that is not nothing.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let binary = if self.is_zero() { other.binary } else { self.binary };
        Self { nanos: self.nanos.saturating_add(other.nanos), binary }
    }

    /// The larger one.
    #[must_use]
    pub fn or_more(self, other: Self) -> Self {
        if other.nanos > self.nanos { other } else { self }
    }

    /// How much of the whole that is, in thousandths; cut off, and 0 of nothing.
    pub fn milli_percent_of(self, whole: Self) -> i128 {
        percent(rounded_up(self.nanos, MILLI), rounded_up(whole.nanos, MILLI))
    }

    /// The same in whole units.
    pub fn percent_of(self, whole: Self) -> i128 {
        percent(rounded_up(self.nanos, NANO), rounded_up(whole.nanos, NANO))
    }

    /// How many of these units, in thousandths, rounded up.
    pub fn milli_in(self, unit: Self) -> i128 {
        rounded_up(rounded_up(self.nanos, MILLI), rounded_up(unit.nanos, MILLI).max(1))
    }

    /// How many of these units, rounded up.
    pub fn whole_in(self, unit: Self) -> i128 {
        rounded_up(rounded_up(self.nanos, NANO), rounded_up(unit.nanos, NANO).max(1))
    }
}

/// That many powers of ten more or less, rounded up.
fn shifted(number: i128, powers: i32) -> i128 {
    let power = 10_i128.checked_pow(powers.unsigned_abs());
    match powers.cmp(&0) {
        Ordering::Less => power.map_or(0, |power| rounded_up(number, power)),
        _ => number.saturating_mul(power.unwrap_or(i128::MAX)),
    }
}

fn rounded_up(number: i128, unit: i128) -> i128 {
    number.div_euclid(unit) + i128::from(number.rem_euclid(unit) != 0)
}

fn percent(part: i128, whole: i128) -> i128 {
    part.saturating_mul(100).checked_div(whole).unwrap_or(0)
}

/// As the server writes it: with the largest unit that leaves a whole number.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0");
        }
        let whole = self.nanos / NANO;
        if self.binary && self.nanos % NANO == 0 && whole.abs() >= 1024 {
            let (mut number, mut unit) = (whole, 0);
            while number % 1024 == 0 && unit + 1 < BINARY.len() {
                number /= 1024;
                unit += 1;
            }
            return write!(f, "{number}{}", BINARY[unit]);
        }
        let (mut number, mut unit) = (self.nanos, 0);
        while number % 1000 == 0 && unit + 1 < DECIMAL.len() {
            number /= 1000;
            unit += 1;
        }
        write!(f, "{number}{}", DECIMAL[unit].0)
    }
}

#[cfg(test)]
mod tests {
    use super::Quantity;

    fn of(text: &str) -> Quantity {
        Quantity::of(&text.into())
    }

    #[test]
    fn quantities_are_added_and_written_as_the_server_writes_them() {
        for (one, other, sum) in [
            ("", "", "0"),
            ("0", "1Gi", "1Gi"),
            ("250m", "750m", "1"),
            ("250m", "1", "1250m"),
            ("512Mi", "512Mi", "1Gi"),
            ("512Mi", "1Ki", "524289Ki"),
            ("1Ki", "1", "1025"),
            ("500", "12Ki", "12788"),
            ("1e3", "1k", "2k"),
            ("0.5Gi", "0", "512Mi"),
            ("nonsense", "1", "1"),
            ("1x", "1", "1"),
        ] {
            assert_eq!(of(one).plus(of(other)).to_string(), sum, "{one} and {other}");
        }
    }

    #[test]
    fn shares_are_cut_off_and_counts_of_units_rounded_up() {
        assert_eq!(of("250m").milli_percent_of(of("8")), 3);
        assert_eq!(of("1Gi").percent_of(of("3Gi")), 33);
        assert_eq!(of("1Gi").percent_of(of("0")), 0);
        assert_eq!(of("1500m").whole_in(of("1")), 2);
        assert_eq!(of("1").milli_in(of("1m")), 1000);
    }
}
