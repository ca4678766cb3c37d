//! `exactly_one_of(a, b)`, `at_most_one_of(a, b)`, `at_least_one_of(a, b)`: which fields go together, as rules that the server checks.

use darling::util::PathList;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Field};

use super::Serde;
use super::name::on_the_wire;
use super::rule::escaped;
use crate::report::{Report, nearest};
use crate::ty;

/// How often one of a group's fields is set.
#[derive(Clone, Copy, Debug)]
pub(super) enum Count {
    Exactly,
    AtMost,
    AtLeast,
}

/// The rule of each group, as items of `x-kubernetes-validations`; what is wrong is noted.
pub(super) fn rules(
    groups: &[PathList],
    count: Count,
    item: &DeriveInput,
    report: &mut Report,
) -> Vec<TokenStream> {
    groups.iter().filter_map(|group| rule(group, count, item, report)).collect()
}

fn rule(
    group: &PathList,
    count: Count,
    item: &DeriveInput,
    report: &mut Report,
) -> Option<TokenStream> {
    let container = Serde::read(&item.attrs);
    let fields = fields(item);
    let mut names = Vec::new();
    for path in group.iter() {
        let wanted = path.get_ident().map(ToString::to_string).unwrap_or_default();
        let of_that_name =
            |field: &&&Field| field.ident.as_ref().is_some_and(|name| *name == wanted);
        let Some(field) = fields.iter().find(of_that_name) else {
            let known: Vec<_> =
                fields.iter().filter_map(|field| Some(field.ident.as_ref()?.to_string())).collect();
            let meant = nearest(&wanted, known.iter().map(String::as_str))
                .map(|near| format!("; did you mean `{near}`?"))
                .unwrap_or_default();
            report.at(path, format!("this struct has no field `{wanted}`{meant}"));
            continue;
        };
        if ty::inner(&field.ty, "Option").is_none() {
            report.at(
                &field.ty,
                format!("`{wanted}` is one of a group, so it may be absent; write `Option<..>`"),
            );
        }
        match on_the_wire(field, &container) {
            Some(name) => names.push(name),
            None => report.at(path, format!("`{wanted}` has no name of its own in JSON")),
        }
    }
    if group.len() < 2 {
        report.at(&item.ident, "a group has two fields at least, as `exactly_one_of(image, git)`");
        return None;
    }
    let has: Vec<_> = names.iter().map(|name| format!("has(self.{})", escaped(name))).collect();
    let (test, words, verb) = match count {
        Count::Exactly => ("== 1", "exactly one of", "must"),
        Count::AtMost => ("<= 1", "at most one of", "may"),
        Count::AtLeast => (">= 1", "at least one of", "must"),
    };
    let cel = format!("[{}].filter(x, x == true).size() {test}", has.join(", "));
    let message = format!("{words} {} {verb} be set", names.join(", "));
    Some(quote!({ "rule": #cel, "message": #message }))
}

fn fields(item: &DeriveInput) -> Vec<&Field> {
    match &item.data {
        Data::Struct(data) => data.fields.iter().collect(),
        _ => Vec::new(),
    }
}
