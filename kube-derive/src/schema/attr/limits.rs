//! `minimum`, `maximum`, `min_length`, `max_length`, `min_items`, `max_items`, `pattern`: what the
//! server refuses.

use quote::quote;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitStr, UnOp};

use super::Target;
use crate::report::Report;
use crate::ty::{self, Shape};

pub(super) fn number(
    minimum: Option<&Expr>,
    maximum: Option<&Expr>,
    default: Option<&Expr>,
    target: &mut Target<'_>,
    report: &mut Report,
) {
    let remedy = match ty::shape(&target.field.ty) {
        Shape::Text => "the length of a text is bounded by `min_length` and `max_length`",
        Shape::List => "the length of a list is bounded by `min_items` and `max_items`",
        Shape::Boolean | Shape::Map => "remove it",
        Shape::Integer | Shape::Float | Shape::Other => "",
    };
    for (name, bound) in [("minimum", minimum), ("maximum", maximum)] {
        let Some(bound) = bound else { continue };
        if remedy.is_empty() {
            target.extensions.push(quote!(#name = #bound));
        } else {
            report.at(bound, format!("`{name}` bounds a number, and this field is none; {remedy}"));
        }
    }
    ordered(minimum, maximum, "minimum", "maximum", report);
    if let (Some(least), Some(value)) = (minimum.and_then(known), default.and_then(known))
        && value < least
    {
        report.at(default, format!("the default is below the minimum of {least}"));
    }
    if let (Some(most), Some(value)) = (maximum.and_then(known), default.and_then(known))
        && value > most
    {
        report.at(default, format!("the default is above the maximum of {most}"));
    }
}

pub(super) fn length(
    least: Option<&Expr>,
    most: Option<&Expr>,
    target: &mut Target<'_>,
    report: &mut Report,
) {
    let bounds = [("min_length", "minLength", least), ("max_length", "maxLength", most)];
    let remedy = match ty::shape(&target.field.ty) {
        Shape::Integer | Shape::Float => "a number is bounded by `minimum` and `maximum`",
        Shape::List => "a list is bounded by `min_items` and `max_items`",
        Shape::Boolean | Shape::Map => "remove it",
        Shape::Text | Shape::Other => "",
    };
    sized(bounds, "a text", remedy, target, report);
    ordered(least, most, "min_length", "max_length", report);
}

pub(super) fn items(
    least: Option<&Expr>,
    most: Option<&Expr>,
    target: &mut Target<'_>,
    report: &mut Report,
) {
    let bounds = [("min_items", "minItems", least), ("max_items", "maxItems", most)];
    let remedy = match ty::shape(&target.field.ty) {
        Shape::Integer | Shape::Float => "a number is bounded by `minimum` and `maximum`",
        Shape::Text => "a text is bounded by `min_length` and `max_length`",
        Shape::Boolean | Shape::Map => "remove it",
        Shape::List | Shape::Other => "",
    };
    sized(bounds, "a list", remedy, target, report);
    ordered(least, most, "min_items", "max_items", report);
}

pub(super) fn pattern(pattern: Option<&LitStr>, target: &mut Target<'_>, report: &mut Report) {
    let Some(pattern) = pattern else { return };
    match ty::shape(&target.field.ty) {
        Shape::Text | Shape::Other => target.extensions.push(quote!("pattern" = #pattern)),
        _ => report.at(pattern, "`pattern` is for a text, and this field is none; remove it"),
    }
}

fn sized(
    bounds: [(&str, &str, Option<&Expr>); 2],
    what: &str,
    remedy: &str,
    target: &mut Target<'_>,
    report: &mut Report,
) {
    for (name, keyword, bound) in bounds {
        let Some(bound) = bound else { continue };
        if known(bound).is_some_and(|value| value < 0.0) {
            report.at(bound, format!("`{name}` counts, so it is not negative"));
        } else if remedy.is_empty() {
            target.extensions.push(quote!(#keyword = #bound));
        } else {
            report.at(bound, format!("`{name}` bounds {what}, and this field is none; {remedy}"));
        }
    }
}

fn ordered(
    least: Option<&Expr>,
    most: Option<&Expr>,
    lower: &str,
    upper: &str,
    report: &mut Report,
) {
    if let (Some(least), Some(highest)) = (least.and_then(known), most.and_then(known))
        && least > highest
    {
        report.at(most, format!("no value fits: `{upper}` is below `{lower}`"));
    }
}

/// The value of a number that is written out; a constant's value is not known to a macro.
fn known(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_digits().parse().ok(),
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) => number.base10_digits().parse().ok(),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => known(expr).map(|value| -value),
        _ => None,
    }
}
