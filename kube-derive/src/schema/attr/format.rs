//! `format = "email"`: what a text or a number looks like, of those formats that the API server knows.

use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;

use super::limits::Limited;
use crate::report::{Report, nearest};
use crate::ty::Shape;

/// Of texts: apiextensions-apiserver, pkg/apiserver/validation/formats.go. It warns of others and checks nothing.
const TEXTS: [&str; 26] = [
    "bsonobjectid",
    "byte",
    "cidr",
    "creditcard",
    "date",
    "date-time",
    "duration",
    "email",
    "hexcolor",
    "hostname",
    "ipv4",
    "ipv6",
    "isbn",
    "isbn10",
    "isbn13",
    "k8s-long-name",
    "k8s-short-name",
    "mac",
    "password",
    "rgbcolor",
    "ssn",
    "uri",
    "uuid",
    "uuid3",
    "uuid4",
    "uuid5",
];
const INTEGERS: [&str; 2] = ["int32", "int64"];
const FLOATS: [&str; 2] = ["float", "double"];

/// The keyword, or what is wrong is noted.
pub(super) fn keyword(
    format: &LitStr,
    of: Limited<'_>,
    shape: Shape,
    report: &mut Report,
) -> Option<TokenStream> {
    let known: Vec<&str> = match shape {
        Shape::Text => TEXTS.to_vec(),
        Shape::Integer => INTEGERS.to_vec(),
        Shape::Float => FLOATS.to_vec(),
        Shape::Other => [&TEXTS[..], &INTEGERS, &FLOATS].concat(),
        Shape::Boolean | Shape::List | Shape::Map => {
            let whose = of.what;
            report.at(
                format,
                format!("`format` is of a text or a number, and {whose} is neither; remove it"),
            );
            return None;
        }
    };
    let name = format.value();
    if known.contains(&name.as_str()) {
        return Some(quote!("format" = #format));
    }
    let meant = nearest(&name, known.iter().copied())
        .map(|near| format!("did you mean `{near}`?"))
        .unwrap_or_else(|| format!("it knows {}", known.join(", ")));
    report.at(format, format!("the API server has no format `{name}` for this; {meant}"));
    None
}
