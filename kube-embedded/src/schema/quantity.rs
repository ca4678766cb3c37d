//! Quantities as Go writes them: `0.5`, `1000m` and `1024Mi` in, `500m`, `1` and `1Gi` out.
//!
//! Mirrors: apimachinery pkg/api/resource

/// What the API server says of text that is no quantity.
const NO_QUANTITY: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const NO_SUFFIX: &str = "unable to parse quantity's suffix";

const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
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

/// How a quantity was written, and is written again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Decimal,
    Binary,
    Exponent,
}

/// The canonical form of a quantity.
///
/// # Errors
/// What the API server says of text that is none.
pub(super) fn canonical(text: &str) -> Result<String, &'static str> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned
        .find(|character: char| !character.is_ascii_digit() && character != '.')
        .unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return Err(NO_QUANTITY);
    }
    let (format, exponent, binary) = suffix_of(suffix)?;
    let digits: i128 = format!("{whole}{fraction}").parse().map_err(|_| NO_QUANTITY)?;
    let places = i32::try_from(fraction.len()).map_err(|_| NO_QUANTITY)?;
    let scaled = digits.checked_mul(1024_i128.pow(binary)).ok_or(NO_QUANTITY)?;
    let nano = shifted(scaled, exponent - places + 9).ok_or(NO_QUANTITY)?;
    let written = written(nano, format);
    Ok(if text.starts_with('-') && nano != 0 { format!("-{written}") } else { written })
}

/// The format, the power of ten and the power of 1024 that a suffix means.
fn suffix_of(suffix: &str) -> Result<(Format, i32, u32), &'static str> {
    if let Some((_, exponent)) = DECIMAL.iter().find(|(name, _)| *name == suffix) {
        return Ok((Format::Decimal, *exponent, 0));
    }
    if let Some(power) = (1..).zip(BINARY).find(|(_, name)| *name == suffix).map(|(power, _)| power)
    {
        return Ok((Format::Binary, 0, power));
    }
    if let Some(exponent) = suffix.strip_prefix(['e', 'E']) {
        let exponent: i32 = exponent.parse().map_err(|_| NO_SUFFIX)?;
        return if exponent.abs() <= 18 {
            Ok((Format::Exponent, exponent, 0))
        } else {
            Err(NO_SUFFIX)
        };
    }
    let known = suffix
        .chars()
        .all(|character| "eEinumkKMGTP+-".contains(character) || character.is_ascii_digit());
    Err(if known { NO_SUFFIX } else { NO_QUANTITY })
}

/// A number times a power of ten; what is lost is rounded up.
fn shifted(number: i128, power: i32) -> Option<i128> {
    let factor = 10_i128.checked_pow(power.unsigned_abs())?;
    if power >= 0 {
        return number.checked_mul(factor);
    }
    Some(number / factor + i128::from(number % factor != 0))
}

fn written(nano: i128, format: Format) -> String {
    const UNIT: i128 = 1_000_000_000;
    if nano == 0 {
        return "0".into();
    }
    if format == Format::Binary && nano >= 1024 * UNIT {
        let mut number = nano / UNIT + i128::from(nano % UNIT != 0);
        let mut suffix = "";
        for name in BINARY {
            if number % 1024 != 0 {
                break;
            }
            number /= 1024;
            suffix = name;
        }
        return format!("{number}{suffix}");
    }
    let fitting = DECIMAL.iter().rev().find_map(|(name, exponent)| {
        let factor = 10_i128.pow((exponent + 9).unsigned_abs());
        (nano % factor == 0).then_some((nano / factor, *name, *exponent))
    });
    let (number, name, exponent) = fitting.unwrap_or((nano, "n", -9));
    match (format, exponent) {
        (Format::Exponent, 0) => format!("{number}"),
        (Format::Exponent, exponent) => format!("{number}e{exponent}"),
        _ => format!("{number}{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_written_as_go_writes_them() {
        let rows = [
            ("0.5", "500m"),
            ("1000m", "1"),
            ("1500m", "1500m"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("100M", "100M"),
            ("1000", "1k"),
            ("0", "0"),
            ("0m", "0"),
            ("1e3", "1e3"),
            ("1E", "1E"),
            ("512", "512"),
            ("1023Ki", "1023Ki"),
            ("0.5Ki", "512"),
            ("-1.50", "-1500m"),
            ("+1", "1"),
            (".5", "500m"),
            ("5.", "5"),
            ("0.0000000001", "1n"),
            ("123456789k", "123456789k"),
        ];
        for (text, expected) in rows {
            assert_eq!(canonical(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for (text, expected) in [
            ("", NO_QUANTITY),
            ("x", NO_QUANTITY),
            ("1.2.3", NO_QUANTITY),
            ("1Kk", NO_SUFFIX),
            ("1 Gi", NO_QUANTITY),
            ("1e", NO_SUFFIX),
        ] {
            assert_eq!(canonical(text), Err(expected), "{text}");
        }
    }
}
