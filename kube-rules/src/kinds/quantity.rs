//! Quantities as rules calculate with them: `1.5Gi` in, a number that is compared and added out.
//!
//! Mirrors: apimachinery pkg/api/resource/quantity.go, amount.go
//! Differs: a number of more than 29 digits before the point is the largest number.

use std::cmp::Ordering;

const NO_QUANTITY: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const NO_SUFFIX: &str = "unable to parse quantity's suffix";
const UNIT: i128 = 1_000_000_000;

/// A quantity in billionths.
#[derive(Debug, Clone)]
pub(crate) struct Quantity {
    nano: i128,
    /// What Go keeps as an integer with a power of ten, this one: below zero it is no integer, whatever its value.
    scale: Option<i32>,
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nano == other.nano
    }
}

impl Quantity {
    pub(crate) fn read(text: &str) -> Result<Self, &'static str> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let end =
            unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if text.is_empty() || fraction.contains('.') {
            return Err(NO_QUANTITY);
        }
        let (exponent, binary) = suffix_of(suffix)?;
        let digits = whole.trim_start_matches('0').len().max(1) + fraction.len();
        let places = i32::try_from(fraction.len()).map_err(|_| NO_QUANTITY)?;
        // So many digits fit Go's fast form.
        let room = match binary {
            Some(power) if fraction.is_empty() => 15 - digits as i32 - (power as i32 * 3) - 1,
            Some(_) => -1,
            None => 18 - digits as i32,
        };
        let scale = exponent.saturating_sub(places);
        let value = format!("{whole}{fraction}");
        let value = value.trim_start_matches('0');
        let value: i128 = if value.is_empty() { 0 } else { value.parse().unwrap_or(i128::MAX) };
        let value = value.saturating_mul(1024_i128.pow(binary.unwrap_or(0)));
        let mut nano = shifted(value, scale.saturating_add(9));
        if binary.is_some() {
            nano = nano.min(i128::from(i64::MAX) * UNIT);
        }
        let scale = (room >= 0 && scale >= -9).then_some(if binary.is_some() { 0 } else { scale });
        if text.starts_with('-') {
            nano = -nano;
        }
        Ok(Self { nano, scale: if number == "0" { Some(0) } else { scale } })
    }

    pub(crate) fn whole(value: i64) -> Self {
        Self { nano: i128::from(value) * UNIT, scale: Some(0) }
    }

    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        self.nano.cmp(&other.nano)
    }

    pub(crate) fn sign(&self) -> i64 {
        self.nano.signum() as i64
    }

    pub(crate) fn plus(&self, other: &Self) -> Self {
        self.combine(other, self.nano.saturating_add(other.nano))
    }

    pub(crate) fn minus(&self, other: &Self) -> Self {
        self.combine(other, self.nano.saturating_sub(other.nano))
    }

    fn combine(&self, other: &Self, nano: i128) -> Self {
        let scale = match (self.nano, other.nano, self.scale, other.scale) {
            (_, 0, scale, Some(_)) | (0, _, Some(_), scale) => scale,
            (_, _, Some(one), Some(other)) => Some(one.min(other)),
            _ => None,
        };
        Self { nano, scale }
    }

    /// Its value, if Go can tell it as an integer.
    pub(crate) fn integer(&self) -> Option<i64> {
        self.scale.filter(|scale| *scale >= 0)?;
        i64::try_from(self.nano / UNIT).ok()
    }

    #[expect(clippy::cast_precision_loss, reason = "it is approximate")]
    pub(crate) fn approximate(&self) -> f64 {
        if self.nano % UNIT == 0 { (self.nano / UNIT) as f64 } else { self.nano as f64 / 1e9 }
    }
}

/// The power of ten and the power of 1024 that a suffix means.
fn suffix_of(suffix: &str) -> Result<(i32, Option<u32>), &'static str> {
    let decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
    if let Some(at) = decimal.iter().position(|name| *name == suffix) {
        return Ok((at as i32 * 3 - 9, None));
    }
    if let Some(at) = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].iter().position(|name| *name == suffix) {
        return Ok((0, Some(at as u32 + 1)));
    }
    if let Some(exponent) = suffix.strip_prefix(['e', 'E']) {
        return exponent.parse().map(|exponent| (exponent, None)).map_err(|_| NO_SUFFIX);
    }
    let letters = suffix.trim_end_matches(|c: char| c.is_ascii_digit());
    let letters = letters.strip_suffix(['+', '-']).unwrap_or(letters);
    let known = letters.chars().all(|letter| "eEinumkKMGTP".contains(letter));
    Err(if known { NO_SUFFIX } else { NO_QUANTITY })
}

/// A number times a power of ten; what is lost is rounded up.
fn shifted(number: i128, power: i32) -> i128 {
    let Some(factor) = 10_i128.checked_pow(power.unsigned_abs()) else {
        return match (number, power > 0) {
            (0, _) => 0,
            (_, true) => i128::MAX,
            (_, false) => 1,
        };
    };
    if power >= 0 {
        return number.saturating_mul(factor);
    }
    number / factor + i128::from(number % factor != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_compared_and_added_by_value() {
        let read = |text: &str| Quantity::read(text).unwrap();
        assert_eq!(read("200M"), read("0.2G"));
        assert_eq!(read("50M").compare(&read("50Mi")), Ordering::Less);
        assert_eq!(read("1k").plus(&read("500")), read("1500"));
        assert_eq!(read("50k").integer(), Some(50_000));
        assert_eq!(read("1000m").integer(), None);
        assert_eq!(read("9999999999999999999999999999999999999G").integer(), None);
        assert_eq!(read("-1.5").sign(), -1);
        assert_eq!(read("1e-2147483648").sign(), 1);
        assert_eq!(read("1e2147483647").compare(&read("1E")), Ordering::Greater);
        assert_eq!(Quantity::read("10xyz"), Err(NO_QUANTITY));
        assert_eq!(Quantity::read("10Mo"), Err(NO_QUANTITY));
        assert_eq!(Quantity::read("1KK"), Err(NO_SUFFIX));
    }
}
