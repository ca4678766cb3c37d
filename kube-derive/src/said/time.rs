//! A time as it is written in, milliseconds out.

use syn::{Expr, ExprLit, Lit};

/// The milliseconds of a text as `"30s"`; more than none.
pub(crate) fn read(value: &Expr) -> syn::Result<u64> {
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = value else {
        return Err(syn::Error::new_spanned(value, "a time is a text with its unit"));
    };
    milliseconds(&text.value()).filter(|time| *time > 0).ok_or_else(|| {
        let message = format!("`{}` is not a time: it is in ms, s, m or h", text.value());
        syn::Error::new_spanned(value, message)
    })
}

/// `1h30m`, `30s`, `250ms`.
fn milliseconds(text: &str) -> Option<u64> {
    let mut total: u64 = 0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let amount: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let factor = match rest[..unit].trim() {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        total = total.checked_add(amount.checked_mul(factor)?)?;
        rest = &rest[unit..];
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn a_time_has_a_unit() {
        for (text, wanted) in [
            ("30s", Some(30_000)),
            ("1h30m", Some(5_400_000)),
            ("250ms", Some(250)),
            ("30", None),
            ("", None),
            ("s", None),
            ("3 days", None),
        ] {
            assert_eq!(milliseconds(text), wanted, "{text}");
        }
    }
}
