//! `'%s has %d'.format([self.name, self.count])`.
//!
//! Mirrors: cel-go ext/formatting.go

use super::convert::string;
use crate::kinds::quoted;
use crate::value::Fault;
use crate::value::Meter;
use crate::value::Outcome;
use crate::value::Value;

/// Decimals where none are asked for.
const DECIMALS: usize = 6;
/// The most decimals of a number.
const MOST_DECIMALS: usize = 1_000;

pub(super) fn call<'a>(meter: &mut Meter, name: &str, args: &[Value<'a>]) -> Option<Outcome<'a>> {
    match (name, args) {
        ("format", [Value::String(text), Value::List(list)]) => {
            Some(list.values().and_then(|values| format(meter, text, &values)))
        }
        _ => None,
    }
}

fn format<'a>(meter: &mut Meter, text: &str, values: &[Value<'a>]) -> Outcome<'a> {
    let (mut made, mut rest, mut at) = (String::new(), text, 0);
    while let Some(start) = rest.find('%') {
        made.push_str(&rest[..start]);
        rest = &rest[start + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            made.push('%');
            rest = after;
            continue;
        }
        let Some(value) = values.get(at) else {
            return Fault::error(format!("index {at} out of range"));
        };
        if rest.is_empty() {
            return Fault::error("unexpected end of string");
        }
        let (precision, after) = precision(rest)?;
        let Some(clause) = after.chars().next() else {
            return Fault::error(
                "could not parse formatting clause: error while parsing precision: could not find end \
                 of precision specifier",
            );
        };
        if !"sdfeboxX".contains(clause) {
            return Fault::error(format!(
                "could not parse formatting clause: unrecognized formatting clause \"{clause}\""
            ));
        }
        let part = one(clause, precision, value).map_err(|fault| match fault {
            Fault::Error(why) => Fault::Error(format!("error during formatting: {why}")),
            Fault::OverBudget => fault,
        })?;
        meter.text(made.len() + part.len())?;
        made.push_str(&part);
        rest = &after[clause.len_utf8()..];
        at += 1;
    }
    made.push_str(rest);
    Ok(Value::text(made))
}

fn precision(text: &str) -> Result<(Option<usize>, &str), Fault> {
    let Some(rest) = text.strip_prefix('.') else { return Ok((None, text)) };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, after) = rest.split_at(digits);
    match number.parse::<usize>() {
        Ok(number) if number <= MOST_DECIMALS => Ok((Some(number), after)),
        Ok(_) => Err(Fault::OverBudget),
        Err(_) => Fault::error(
            "could not parse formatting clause: error while parsing precision: error while converting \
             precision to integer: strconv.Atoi: parsing \"\": invalid syntax",
        ),
    }
}

fn one(clause: char, precision: Option<usize>, value: &Value<'_>) -> Result<String, Fault> {
    let decimals = precision.unwrap_or(DECIMALS);
    let wrong = |what: &str| Fault::error(format!("{what}, was given {}", value.type_name()));
    match (clause, value) {
        ('s', value) => plain(value),
        ('d', Value::Int(number)) => Ok(number.to_string()),
        ('d', Value::Uint(number)) => Ok(number.to_string()),
        ('d', _) => wrong("decimal clause can only be used on integers"),
        ('f', Value::Double(number)) => Ok(grouped(*number, decimals)),
        ('f', _) => wrong("fixed-point clause can only be used on doubles"),
        ('e', Value::Double(number)) => Ok(scientific(*number, decimals)),
        ('e', _) => wrong("scientific clause can only be used on doubles"),
        ('b', Value::Int(number)) => Ok(signed(*number, |number| format!("{number:b}"))),
        ('b', Value::Uint(number)) => Ok(format!("{number:b}")),
        ('b', Value::Bool(value)) => Ok(i32::from(*value).to_string()),
        ('b', _) => wrong("only integers and bools can be formatted as binary"),
        ('o', Value::Int(number)) => Ok(signed(*number, |number| format!("{number:o}"))),
        ('o', Value::Uint(number)) => Ok(format!("{number:o}")),
        ('o', _) => wrong("octal clause can only be used on integers"),
        ('x' | 'X', value) => {
            let shown = match value {
                Value::Int(number) => signed(*number, |number| format!("{number:x}")),
                Value::Uint(number) => format!("{number:x}"),
                Value::String(text) => hexadecimal(text.as_bytes()),
                Value::Bytes(bytes) => hexadecimal(bytes),
                _ => {
                    return wrong(
                        "only integers, byte buffers, and strings can be formatted as hex",
                    );
                }
            };
            Ok(if clause == 'X' { shown.to_uppercase() } else { shown })
        }
        _ => Fault::no_overload(),
    }
}

fn signed(number: i64, print: impl Fn(u64) -> String) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", print(number.unsigned_abs()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `1,234.500`: the printer is American.
fn grouped(number: f64, decimals: usize) -> String {
    if !number.is_finite() {
        return if number.is_nan() {
            "NaN"
        } else if number > 0.0 {
            "∞"
        } else {
            "-∞"
        }
        .to_owned();
    }
    let text = format!("{number:.decimals$}");
    let (sign, text) = text.strip_prefix('-').map_or(("", &*text), |text| ("-", text));
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(w, f)| (w, Some(f)));
    let mut grouped = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if let Some(fraction) = fraction {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

/// `1.052033×10⁰³`, padded with spaces: Kubernetes takes the precision for the width.
fn scientific(number: f64, width: usize) -> String {
    if !number.is_finite() {
        return format!("{:>width$}", grouped(number, DECIMALS));
    }
    let text = format!("{number:.DECIMALS$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(("", exponent), |e| ("⁻", e));
    let raised: String = format!("{exponent:0>2}")
        .chars()
        .map(|digit| {
            let at = digit.to_digit(10).unwrap_or_default() as usize;
            "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(at).unwrap_or(digit)
        })
        .collect();
    format!("{:>width$}", format!("{mantissa}×10{sign}{raised}"))
}

/// A value as `%s` prints it.
fn plain(value: &Value<'_>) -> Result<String, Fault> {
    match value {
        Value::Null => Ok("null".to_owned()),
        Value::List(list) => {
            let items: Result<Vec<String>, Fault> =
                list.iter().map(|item| within(&item?)).collect();
            Ok(format!("[{}]", items?.join(", ")))
        }
        Value::Map(map) => {
            let mut pairs = Vec::new();
            for key in map.keys() {
                let found = map.find(&key).unwrap_or_else(Fault::no_overload)?;
                pairs.push(format!("{}:{}", within(&key)?, within(&found)?));
            }
            pairs.sort();
            Ok(format!("{{{}}}", pairs.join(", ")))
        }
        Value::Optional(_)
        | Value::Quantity(_)
        | Value::Ip(_)
        | Value::Cidr(_)
        | Value::Url(_)
        | Value::Semver(_)
        | Value::Format(_)
        | Value::Kept(_) => Fault::error(format!(
            "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, \
             types, durations, and timestamps, was given {}",
            value.type_name()
        )),
        value => string(value).map(|text| text.to_string()),
    }
}

/// A value as it is printed in a list or a map.
fn within(value: &Value<'_>) -> Result<String, Fault> {
    Ok(match value {
        Value::String(text) => quoted(text),
        Value::Bytes(_) => format!("b{}", quoted(&plain(value)?)),
        Value::Double(number) if number.is_finite() => format!("{number:.DECIMALS$}"),
        Value::Double(_) => quoted(&plain(value)?),
        Value::Timestamp(_) => format!("timestamp({})", quoted(&plain(value)?)),
        Value::Duration(_) => format!("duration({})", quoted(&plain(value)?)),
        value => plain(value)?,
    })
}
