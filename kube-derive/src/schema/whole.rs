//! What `#[resource(..)]` on a type says of its values as a whole, for the type's schema.

use darling::FromMeta;
use darling::util::PathList;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, LitStr};

use super::attr::{ExternalDocs, Granularity, about};
use super::groups::{self, Count};
use super::rule::Rule;
use crate::report::{Report, Usage};

/// The attributes of a type, be it a kind's spec or a part of one.
#[derive(Debug, Default, FromMeta)]
#[darling(default)]
pub(crate) struct Whole {
    #[darling(multiple, rename = "rule")]
    rules: Vec<Rule>,
    #[darling(multiple)]
    exactly_one_of: Vec<PathList>,
    #[darling(multiple)]
    at_most_one_of: Vec<PathList>,
    #[darling(multiple)]
    at_least_one_of: Vec<PathList>,
    title: Option<LitStr>,
    external_docs: Option<ExternalDocs>,
    struct_type: Option<Granularity>,
}

impl Whole {
    /// Their names, each with an example.
    pub(crate) const USAGE: [Usage; 7] = [
        ("rule", "rule(cel = \"self.replicas <= 10\", message = \"ten at most\")"),
        ("exactly_one_of", "exactly_one_of(image, git)"),
        ("at_most_one_of", "at_most_one_of(image, git)"),
        ("at_least_one_of", "at_least_one_of(image, git)"),
        ("title", "title = \"A shop\""),
        ("external_docs", "external_docs(url = \"https://example.com\")"),
        ("struct_type", "struct_type = atomic"),
    ];

    /// As keywords of the type's schema, with `more` rules; what is wrong is noted.
    pub(super) fn keywords(
        &self,
        item: &DeriveInput,
        more: Vec<TokenStream>,
        report: &mut Report,
    ) -> Vec<TokenStream> {
        let mut rules: Vec<_> = self.rules.iter().map(|rule| rule.json(report)).collect();
        for (of, count) in [
            (&self.exactly_one_of, Count::Exactly),
            (&self.at_most_one_of, Count::AtMost),
            (&self.at_least_one_of, Count::AtLeast),
        ] {
            rules.extend(groups::rules(of, count, item, report));
        }
        rules.extend(more);
        let mut keywords = about::keywords(self.title.as_ref(), self.external_docs.as_ref());
        keywords.extend(self.struct_type.map(Granularity::keyword));
        if !rules.is_empty() {
            keywords.push(quote!("x-kubernetes-validations" = [#(#rules),*]));
        }
        keywords
    }
}
