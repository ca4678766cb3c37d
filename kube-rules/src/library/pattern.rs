//! Functions of patterns: `self.matches('^a')`, `self.find('[0-9]+')`.
//!
//! Mirrors: apiserver pkg/cel/library/regex.go

use regex::Regex;

use crate::value::Fault;
use crate::value::Meter;
use crate::value::Outcome;
use crate::value::Value;

pub(super) fn call<'a>(meter: &mut Meter, name: &str, args: &[Value<'a>]) -> Option<Outcome<'a>> {
    let [text, pattern, rest @ ..] = args else { return None };
    let outcome = match name {
        "matches" => {
            find(text, pattern, "").map(|(text, pattern)| Value::Bool(pattern.is_match(text)))
        }
        "find" => find(text, pattern, "Illegal regex: ").map(|(text, pattern)| {
            Value::text(pattern.find(text).map_or("", |found| found.as_str()))
        }),
        "findAll" => find(text, pattern, "Illegal regex: ").and_then(|(text, pattern)| {
            let most = rest.first().map_or(Ok(-1), Value::int)?;
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            let found: Vec<&str> =
                pattern.find_iter(text).take(most).map(|found| found.as_str()).collect();
            meter.copy(found.len())?;
            Ok(Value::texts(found))
        }),
        _ => return None,
    };
    Some(outcome)
}

fn find<'t>(
    text: &'t Value<'_>,
    pattern: &Value<'_>,
    head: &str,
) -> Result<(&'t str, Regex), Fault> {
    let (text, pattern) = (text.str()?, pattern.str()?);
    match crate::pattern::pattern(pattern) {
        Ok(pattern) => Ok((text, pattern)),
        Err(error) => Fault::error(format!("{head}error parsing regexp: {error}")),
    }
}
