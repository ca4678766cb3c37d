//! Functions of quantities, versions, URLs and named formats.
//!
//! Mirrors: apiserver pkg/cel/library/quantity.go, semverlib.go, urls.go, format.go

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::kinds::FORMATS;
use crate::kinds::Quantity;
use crate::kinds::Url;
use crate::kinds::version;
use crate::value::Fault;
use crate::value::Key;
use crate::value::Map;
use crate::value::Meter;
use crate::value::Outcome;
use crate::value::Value;

pub(super) fn call<'a>(_: &mut Meter, name: &str, args: &[Value<'a>]) -> Option<Outcome<'a>> {
    if let Some(outcome) = read(name, args) {
        return Some(outcome);
    }
    match args {
        [Value::Quantity(quantity), rest @ ..] => of_quantity(name, quantity, rest),
        [Value::Semver(version), rest @ ..] => of_version(name, version, rest),
        [Value::Url(url)] => of_url(name, url),
        [Value::Format(format), text] if name == "validate" => Some(text.str().map(|text| {
            let mistakes = format.mistakes(text);
            if mistakes.is_empty() {
                Value::Optional(None)
            } else {
                Value::some(Value::texts(mistakes))
            }
        })),
        [] => format_named(name.strip_prefix("format.")?).map(|format| Ok(Value::Format(format))),
        _ => None,
    }
}

pub(super) fn format_named(name: &str) -> Option<&'static crate::kinds::NamedFormat> {
    FORMATS.iter().find(|format| format.name == name)
}

/// What is read from a text.
fn read<'a>(name: &str, args: &[Value<'a>]) -> Option<Outcome<'a>> {
    let [Value::String(text), rest @ ..] = args else { return None };
    let lenient = matches!(rest, [Value::Bool(true)]);
    Some(match name {
        "quantity" => match Quantity::read(text) {
            Ok(quantity) => Ok(Value::Quantity(Rc::new(quantity))),
            Err(why) => Fault::error(why),
        },
        "isQuantity" => Ok(Value::Bool(Quantity::read(text).is_ok())),
        "semver" => match version(text, lenient) {
            Ok(version) => Ok(Value::Semver(Rc::new(version))),
            Err(why) => Fault::error(why),
        },
        "isSemver" => Ok(Value::Bool(version(text, lenient).is_ok())),
        "url" => match Url::read(text, true).and_then(|_| Url::read(text, false)) {
            Ok(url) => Ok(Value::Url(Rc::new(url))),
            Err(why) => {
                Fault::error(format!("URL parse error during conversion from string: {why}"))
            }
        },
        "isURL" => Ok(Value::Bool(Url::read(text, true).is_ok())),
        "format.named" => Ok(format_named(text)
            .map_or(Value::Optional(None), |format| Value::some(Value::Format(format)))),
        _ => return None,
    })
}

fn of_quantity<'a>(name: &str, quantity: &Quantity, rest: &[Value<'a>]) -> Option<Outcome<'a>> {
    let other = match rest {
        [] => None,
        [Value::Quantity(other)] => Some((**other).clone()),
        [Value::Int(other)] if matches!(name, "add" | "sub") => Some(Quantity::whole(*other)),
        _ => return Some(Fault::no_overload()),
    };
    let made = |quantity: Quantity| Ok(Value::Quantity(Rc::new(quantity)));
    Some(match (name, other) {
        ("sign", None) => Ok(Value::Int(quantity.sign())),
        ("isInteger", None) => Ok(Value::Bool(quantity.integer().is_some())),
        ("asInteger", None) => match quantity.integer() {
            Some(number) => Ok(Value::Int(number)),
            None => Fault::error("cannot convert value to integer"),
        },
        ("asApproximateFloat", None) => Ok(Value::Double(quantity.approximate())),
        ("compareTo", Some(other)) => Ok(Value::Int(quantity.compare(&other) as i64)),
        ("isGreaterThan", Some(other)) => Ok(Value::Bool(quantity.compare(&other).is_gt())),
        ("isLessThan", Some(other)) => Ok(Value::Bool(quantity.compare(&other).is_lt())),
        ("add", Some(other)) => made(quantity.plus(&other)),
        ("sub", Some(other)) => made(quantity.minus(&other)),
        _ => return None,
    })
}

fn of_version<'a>(
    name: &str,
    version: &semver::Version,
    rest: &[Value<'a>],
) -> Option<Outcome<'a>> {
    let number = |number: u64| Ok(Value::Int(i64::try_from(number).unwrap_or(i64::MAX)));
    Some(match (name, rest) {
        ("major", []) => number(version.major),
        ("minor", []) => number(version.minor),
        ("patch", []) => number(version.patch),
        ("compareTo", [Value::Semver(other)]) => {
            Ok(Value::Int(version.cmp_precedence(other) as i64))
        }
        ("isGreaterThan", [Value::Semver(other)]) => {
            Ok(Value::Bool(version.cmp_precedence(other).is_gt()))
        }
        ("isLessThan", [Value::Semver(other)]) => {
            Ok(Value::Bool(version.cmp_precedence(other).is_lt()))
        }
        _ => return None,
    })
}

fn of_url<'a>(name: &str, url: &Url) -> Option<Outcome<'a>> {
    let text = match name {
        "getScheme" => &url.scheme,
        "getHost" => &url.host,
        "getHostname" => url.hostname(),
        "getPort" => url.port(),
        "getEscapedPath" => &url.path,
        "getQuery" => return Some(Ok(query(url))),
        _ => return None,
    };
    Some(Ok(Value::text(text)))
}

fn query<'a>(url: &Url) -> Value<'a> {
    let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in url.pairs() {
        values.entry(name).or_default().push(value);
    }
    let entries = values.into_iter().map(|(name, values)| {
        let key = Key::String(name.as_str().into());
        (key, (Value::text(name), Value::texts(values)))
    });
    Value::Map(Map::Made(Rc::new(entries.collect())))
}
