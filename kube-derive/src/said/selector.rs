//! The text of a selector in, what is wrong with it out: the mistakes that can be told before the program runs.
//!
//! kube-core reads it again at start, and has the last word.

use syn::{Expr, ExprLit, Lit};

/// A selector of `what`, looked at when it stands there as a text; anything else is known when the program runs.
pub(crate) fn checked(
    value: Expr,
    what: &str,
    look: fn(&str) -> Result<(), String>,
) -> syn::Result<Expr> {
    if let Expr::Lit(ExprLit { lit, .. }) = &value {
        let Lit::Str(text) = lit else {
            return Err(syn::Error::new_spanned(&value, "a selector is a text"));
        };
        look(&text.value()).map_err(|why| {
            let message = format!("`{}` is not a selector of {what}: {why}", text.value());
            syn::Error::new_spanned(&value, message)
        })?;
    }
    Ok(value)
}

/// What is wrong with a selector of labels.
pub(crate) fn labels(text: &str) -> Result<(), String> {
    let mut rest = text.trim_start();
    if rest.is_empty() {
        return Err("it selects everything, as without it".to_owned());
    }
    loop {
        rest = requirement(rest)?;
        match (rest.is_empty(), rest.strip_prefix(',')) {
            (true, _) => return Ok(()),
            (false, Some(more)) => rest = more.trim_start(),
            (false, None) => return Err(format!("a comma should stand before `{rest}`")),
        }
    }
}

/// What is wrong with a selector of fields.
pub(crate) fn fields(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("it selects everything, as without it".to_owned());
    }
    for term in text.split(',') {
        let (field, value) = term
            .split_once("!=")
            .or_else(|| term.split_once("=="))
            .or_else(|| term.split_once('='))
            .ok_or_else(|| {
                format!("`{}` is neither `field=value` nor `field!=value`", term.trim())
            })?;
        let field = field.trim();
        if field.is_empty() || field.contains(|c: char| c.is_whitespace() || "!=\\".contains(c)) {
            return Err(format!("`{field}` is not a field: it is a path as `metadata.name`"));
        }
        if value.contains('=') && !value.contains("\\=") {
            return Err(format!("`{}` has more than one `=`", term.trim()));
        }
    }
    Ok(())
}

/// Reads one requirement; what is left.
fn requirement(text: &str) -> Result<&str, String> {
    if let Some(text) = text.strip_prefix('!') {
        let (key, rest) = word(text.trim_start());
        return is_key(key).map(|()| rest);
    }
    let (key, rest) = word(text);
    is_key(key)?;
    for operator in ["!=", "==", "=", ">", "<"] {
        if let Some(rest) = rest.strip_prefix(operator) {
            let (value, rest) = word(rest.trim_start());
            let number = operator == ">" || operator == "<";
            if number && value.parse::<i64>().is_err() {
                return Err(format!("`{operator}` compares with a whole number"));
            }
            return is_value(value).map(|()| rest);
        }
    }
    match word(rest) {
        ("", rest) => Ok(rest),
        ("in" | "notin", rest) => values(rest),
        (other, _) => Err(format!("`{other}` is no operator: use one of = != in notin < >")),
    }
}

/// `(a, b)`; what is left.
fn values(text: &str) -> Result<&str, String> {
    let inside = text.strip_prefix('(').ok_or("a list of values stands in brackets")?;
    let (list, rest) = inside.split_once(')').ok_or("the bracket of the values is not closed")?;
    list.split(',').try_for_each(|value| is_value(value.trim()))?;
    Ok(rest.trim_start())
}

/// Everything up to a blank or a character with a meaning; and the rest without leading blanks.
fn word(text: &str) -> (&str, &str) {
    let ends = |c: char| c.is_whitespace() || "=!,()<>".contains(c);
    let (word, rest) = text.split_at(text.find(ends).unwrap_or(text.len()));
    (word, rest.trim_start())
}

pub(crate) fn is_key(key: &str) -> Result<(), String> {
    let (prefix, name) =
        key.rsplit_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let domain = |prefix: &str| {
        prefix.len() <= 253
            && prefix.split('.').all(|part| {
                part.starts_with(lower)
                    && part.ends_with(lower)
                    && part.chars().all(|c| lower(c) || c == '-')
            })
    };
    if !name.is_empty() && is_name(name) && prefix.is_none_or(domain) {
        return Ok(());
    }
    Err(format!(
        "`{key}` is not a label: it is at most 63 letters, digits, `-`, `_` and `.`, with a domain and `/` before it or without"
    ))
}

fn is_value(value: &str) -> Result<(), String> {
    match value.is_empty() || is_name(value) {
        true => Ok(()),
        false => Err(format!(
            "`{value}` is not the value of a label: it is at most 63 letters, digits, `-`, `_` and `.`"
        )),
    }
}

/// The value of a label that says something, and its key after the domain.
pub(crate) fn is_name(text: &str) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric();
    text.len() <= 63
        && text.starts_with(ends)
        && text.ends_with(ends)
        && text.chars().all(|c| ends(c) || "-_.".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_is_read_as_the_server_reads_it() {
        for right in [
            "app=web",
            "app == web , tier!=db",
            "example.com/app in (a, b,), !old, new",
            "app notin (a)",
            "weight>5,app=",
        ] {
            assert_eq!(labels(right), Ok(()), "{right}");
        }
        for (wrong, told) in [
            ("", "everything"),
            ("app web", "`web` is no operator"),
            ("app=web tier=db", "a comma should stand before `tier=db`"),
            ("app in a", "in brackets"),
            ("app in (a", "not closed"),
            ("-app=web", "`-app` is not a label"),
            ("Example.com/app", "is not a label"),
            ("app=a b", "a comma"),
            ("app=ä", "not the value of a label"),
            ("a>b", "a whole number"),
            ("app=web,", "`` is not a label"),
        ] {
            let said = labels(wrong).unwrap_err();
            assert!(said.contains(told), "{wrong}: {said}");
        }
        for right in ["metadata.name=x", "status.phase!=Running, spec.nodeName==a", "a=b\\=c"] {
            assert_eq!(fields(right), Ok(()), "{right}");
        }
        for (wrong, told) in [
            (" ", "everything"),
            ("metadata.name", "neither"),
            ("=x", "`` is not a field"),
            ("a b=x", "`a b` is not a field"),
            ("a=b=c", "more than one `=`"),
            ("a=b,", "neither"),
        ] {
            let said = fields(wrong).unwrap_err();
            assert!(said.contains(told), "{wrong}: {said}");
        }
    }
}
