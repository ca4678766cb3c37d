//! `minimum`, `max_length`, `pattern`, `format`, `enum` and their like: what the server refuses of a value, a field's own or
//! (`items(..)`) that of each item of a list.

use darling::FromMeta;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitStr, Type, UnOp};

use super::expression;
use super::format;
use super::values::Values;
use crate::report::Report;
use crate::ty::{self, Shape};

/// The limits of one value, as written.
#[derive(Debug, Default, FromMeta)]
#[darling(default)]
pub(crate) struct Limits {
    #[darling(with = expression)]
    minimum: Option<Expr>,
    #[darling(with = expression)]
    maximum: Option<Expr>,
    #[darling(with = expression)]
    exclusive_minimum: Option<Expr>,
    #[darling(with = expression)]
    exclusive_maximum: Option<Expr>,
    #[darling(with = expression)]
    multiple_of: Option<Expr>,
    #[darling(with = expression)]
    min_length: Option<Expr>,
    #[darling(with = expression)]
    max_length: Option<Expr>,
    #[darling(with = expression)]
    min_items: Option<Expr>,
    #[darling(with = expression)]
    max_items: Option<Expr>,
    #[darling(with = expression)]
    min_properties: Option<Expr>,
    #[darling(with = expression)]
    max_properties: Option<Expr>,
    pattern: Option<LitStr>,
    format: Option<LitStr>,
    #[darling(rename = "enum")]
    values: Option<Values>,
}

/// Whose limits they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limited<'a> {
    /// For messages: `this field`.
    pub(super) what: &'a str,
    pub(super) ty: &'a Type,
    /// What it is when it is absent.
    pub(super) default: Option<&'a Expr>,
}

impl Limits {
    /// Whether a list may not be empty.
    pub(super) fn asks_for_items(&self) -> bool {
        self.min_items.is_some()
    }

    /// As keywords of the schema, each `"keyword" = value`.
    pub(super) fn keywords(&self, of: Limited<'_>, report: &mut Report) -> Vec<TokenStream> {
        let mut said = Said { of, shape: ty::shape(of.ty), keywords: Vec::new(), report };
        said.number("minimum", "minimum", self.minimum.as_ref());
        said.number("maximum", "maximum", self.maximum.as_ref());
        said.number("exclusive_minimum", "exclusiveMinimum", self.exclusive_minimum.as_ref());
        said.number("exclusive_maximum", "exclusiveMaximum", self.exclusive_maximum.as_ref());
        said.number("multiple_of", "multipleOf", self.multiple_of.as_ref());
        said.count("min_length", "minLength", self.min_length.as_ref(), Shape::Text);
        said.count("max_length", "maxLength", self.max_length.as_ref(), Shape::Text);
        said.count("min_items", "minItems", self.min_items.as_ref(), Shape::List);
        said.count("max_items", "maxItems", self.max_items.as_ref(), Shape::List);
        said.count("min_properties", "minProperties", self.min_properties.as_ref(), Shape::Map);
        said.count("max_properties", "maxProperties", self.max_properties.as_ref(), Shape::Map);
        said.once(("minimum", &self.minimum), ("exclusive_minimum", &self.exclusive_minimum));
        said.once(("maximum", &self.maximum), ("exclusive_maximum", &self.exclusive_maximum));
        let least = self.minimum.as_ref().or(self.exclusive_minimum.as_ref());
        let most = self.maximum.as_ref().or(self.exclusive_maximum.as_ref());
        said.ordered(("minimum", least), ("maximum", most));
        said.ordered(
            ("min_length", self.min_length.as_ref()),
            ("max_length", self.max_length.as_ref()),
        );
        said.ordered(
            ("min_items", self.min_items.as_ref()),
            ("max_items", self.max_items.as_ref()),
        );
        said.ordered(
            ("min_properties", self.min_properties.as_ref()),
            ("max_properties", self.max_properties.as_ref()),
        );
        said.default_fits(least, most);
        said.steps(self.multiple_of.as_ref());
        said.pattern(self.pattern.as_ref());
        if let Some(format) = &self.format {
            said.keywords.extend(format::keyword(format, of, said.shape, said.report));
        }
        if let Some(values) = &self.values {
            said.keywords.extend(values.keyword(of, said.shape, said.report));
        }
        said.keywords
    }
}

struct Said<'a> {
    of: Limited<'a>,
    shape: Shape,
    keywords: Vec<TokenStream>,
    report: &'a mut Report,
}

impl Said<'_> {
    fn number(&mut self, name: &str, keyword: &str, bound: Option<&Expr>) {
        let Some(bound) = bound else { return };
        if matches!(self.shape, Shape::Integer | Shape::Float | Shape::Other) {
            self.keywords.push(quote!(#keyword = #bound));
        } else {
            self.misplaced(bound, name, "a number");
        }
    }

    fn count(&mut self, name: &str, keyword: &str, bound: Option<&Expr>, counted: Shape) {
        let Some(bound) = bound else { return };
        if known(bound).is_some_and(|value| value < 0.0) {
            self.report.at(bound, format!("`{name}` counts, so it is not negative"));
        } else if self.shape == counted || self.shape == Shape::Other {
            self.keywords.push(quote!(#keyword = #bound));
        } else {
            let what = match counted {
                Shape::Text => "a text",
                Shape::List => "a list",
                _ => "a map",
            };
            self.misplaced(bound, name, what);
        }
    }

    fn misplaced(&mut self, bound: &Expr, name: &str, what: &str) {
        let remedy = match self.shape {
            Shape::Integer | Shape::Float => "a number is bounded by `minimum` and `maximum`",
            Shape::Text => "the length of a text is bounded by `min_length` and `max_length`",
            Shape::List => "the length of a list is bounded by `min_items` and `max_items`",
            Shape::Map => "the size of a map is bounded by `min_properties` and `max_properties`",
            Shape::Boolean | Shape::Other => "remove it",
        };
        let whose = self.of.what;
        self.report.at(bound, format!("`{name}` bounds {what}, and {whose} is none; {remedy}"));
    }

    fn once(&mut self, bound: (&str, &Option<Expr>), strict: (&str, &Option<Expr>)) {
        if let (Some(_), Some(second)) = (bound.1, strict.1) {
            let message =
                format!("`{}` and `{}` are the same bound twice; keep one", bound.0, strict.0);
            self.report.at(second, message);
        }
    }

    fn ordered(&mut self, least: (&str, Option<&Expr>), most: (&str, Option<&Expr>)) {
        if let (Some(low), Some(high)) = (least.1.and_then(known), most.1.and_then(known))
            && low > high
        {
            self.report.at(most.1, format!("no value fits: `{}` is below `{}`", most.0, least.0));
        }
    }

    fn default_fits(&mut self, least: Option<&Expr>, most: Option<&Expr>) {
        let Some(value) = self.of.default.and_then(known) else { return };
        if let Some(least) = least.and_then(known).filter(|least| value < *least) {
            self.report.at(self.of.default, format!("the default is below the minimum of {least}"));
        }
        if let Some(most) = most.and_then(known).filter(|most| value > *most) {
            self.report.at(self.of.default, format!("the default is above the maximum of {most}"));
        }
    }

    fn steps(&mut self, step: Option<&Expr>) {
        let Some(value) = step.and_then(known) else { return };
        if value <= 0.0 {
            self.report.at(step, "a number is a multiple of one that is above 0");
        } else if let Some(default) = self.of.default.and_then(known)
            && default % value != 0.0
        {
            self.report.at(self.of.default, format!("the default is no multiple of {value}"));
        }
    }

    fn pattern(&mut self, pattern: Option<&LitStr>) {
        let Some(pattern) = pattern else { return };
        if matches!(self.shape, Shape::Text | Shape::Other) {
            self.keywords.push(quote!("pattern" = #pattern));
        } else {
            let whose = self.of.what;
            self.report
                .at(pattern, format!("`pattern` is for a text, and {whose} is none; remove it"));
        }
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
