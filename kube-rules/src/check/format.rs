//! `'..'.format([..])` with literals: whether the text asks for as many values as it is given, and of these types.
//!
//! Mirrors: cel-go ext/formatting.go

use super::Checked;
use crate::syntax::Expr;
use crate::syntax::Literal;
use crate::syntax::Node;
use crate::types::Type;

/// What is wrong, and at which node, if not at the call.
pub(super) fn mistake(
    checked: &Checked,
    target: &Node,
    args: &[Node],
) -> Option<(Option<usize>, String)> {
    let Expr::Literal(Literal::String(text)) = &target.expr else { return None };
    let [Node { expr: Expr::List { items, .. }, .. }] = args else { return None };
    let (mut rest, mut at) = (text.as_str(), 0);
    while let Some(start) = rest.find('%') {
        rest = &rest[start + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            rest = after;
            continue;
        }
        if rest.is_empty() {
            return Some((None, "unexpected end of string".to_owned()));
        }
        let Some(item) = items.get(at) else {
            return Some((None, format!("index {at} out of range")));
        };
        let after = match rest.strip_prefix('.') {
            Some(after) => {
                let clause = after.trim_start_matches(|letter: char| letter.is_ascii_digit());
                if clause.len() == after.len() {
                    let why = "error while parsing precision: error while converting precision to \
                               integer: strconv.Atoi: parsing \"\": invalid syntax";
                    return Some((None, format!("could not parse formatting clause: {why}")));
                }
                clause
            }
            None => rest,
        };
        let clause = after.chars().next().unwrap_or('%');
        let Some((fits, told)) = wanted(clause) else {
            let why = format!("unrecognized formatting clause \"{clause}\"");
            return Some((None, format!("could not parse formatting clause: {why}")));
        };
        if let Some(wrong) = misfit(checked, item, fits, clause == 's') {
            let of = type_name(&checked.types[wrong]);
            return Some((Some(wrong), format!("error during formatting: {told}, was given {of}")));
        }
        rest = &after[clause.len_utf8()..];
        at += 1;
    }
    (items.len() > at).then(|| {
        let count = items.len();
        let text = "too many arguments supplied to string.format";
        (None, format!("{text} (expected {at}, got {count})"))
    })
}

type Fits = fn(&Type) -> bool;

fn wanted(clause: char) -> Option<(Fits, &'static str)> {
    Some(match clause {
        's' => (
            |of| !matches!(of, Type::Opaque(..) | Type::Object(_) | Type::Param(_) | Type::Error),
            "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, \
             durations, and timestamps",
        ),
        'd' => (
            |of| matches!(of, Type::Int | Type::Uint),
            "decimal clause can only be used on integers",
        ),
        'f' => (
            |of| matches!(of, Type::Double | Type::String),
            "fixed-point clause can only be used on doubles",
        ),
        'e' => (
            |of| matches!(of, Type::Double | Type::String),
            "scientific clause can only be used on doubles",
        ),
        'b' => (
            |of| matches!(of, Type::Int | Type::Uint | Type::Bool),
            "only integers and bools can be formatted as binary",
        ),
        'x' | 'X' => (
            |of| matches!(of, Type::Int | Type::Uint | Type::String | Type::Bytes),
            "only integers, byte buffers, and strings can be formatted as hex",
        ),
        'o' => {
            (|of| matches!(of, Type::Int | Type::Uint), "octal clause can only be used on integers")
        }
        _ => return None,
    })
}

/// The node that does not fit: of a list or a map that is printed whole, one within.
fn misfit(checked: &Checked, node: &Node, fits: Fits, within: bool) -> Option<usize> {
    let of = checked.of(node);
    if *of != Type::Dyn && !fits(of) {
        return Some(node.id);
    }
    match &node.expr {
        Expr::List { items, .. } if within => {
            items.iter().find_map(|item| misfit(checked, item, fits, within))
        }
        Expr::Map(entries) if within => entries
            .iter()
            .flat_map(|entry| [&entry.key, &entry.value])
            .find_map(|each| misfit(checked, each, fits, within)),
        _ => None,
    }
}

/// The name of a type without its parameters.
fn type_name(of: &Type) -> String {
    let text = match of {
        Type::Null => "null_type".to_owned(),
        Type::Duration => "google.protobuf.Duration".to_owned(),
        Type::Timestamp => "google.protobuf.Timestamp".to_owned(),
        other => other.to_string(),
    };
    text.split('(').next().unwrap_or_default().to_owned()
}
