//! The attributes of a policy: its own, and those that it has in common with a webhook.

use syn::Type;

use super::rule::Rule;
use super::rule::Variable;
use crate::said::{Attribute, Given};
use crate::webhook::attr as webhook;

/// Everything that the attribute can say.
#[derive(Debug, Default)]
pub(super) struct Input {
    pub(super) kind: Option<Type>,
    /// When it is asked, as a webhook says it.
    pub(super) asked: webhook::Input,
    pub(super) variables: Vec<Variable>,
    pub(super) rules: Vec<Rule>,
    pub(super) warns: bool,
    pub(super) untested: bool,
}

/// All of them.
pub(super) const ATTRIBUTES: [Attribute<Input>; 11] = [
    Attribute {
        name: "kind",
        usage: "kind = Deployment",
        repeats: false,
        read: |given, input| {
            let kind = given.is()?;
            let parsed = syn::parse2(quote::ToTokens::to_token_stream(&kind));
            input.kind = Some(parsed.map_err(|_| syn::Error::new_spanned(kind, "it is a type"))?);
            Ok(())
        },
    },
    Attribute {
        name: "rule",
        usage: "rule(cel = \"object.spec.replicas <= 5\", message = \"at most five\")",
        repeats: true,
        read: |given, input| Rule::read(given).map(|rule| input.rules.push(rule)),
    },
    Attribute {
        name: "variable",
        usage: "variable(name = \"lost\", cel = \"oldObject.spec.masts - object.spec.masts\")",
        repeats: true,
        read: |given, input| Variable::read(given).map(|one| input.variables.push(one)),
    },
    Attribute {
        name: "on",
        usage: "on(create, update)",
        repeats: false,
        read: |given, input| shared("on", given, input),
    },
    Attribute {
        name: "subresource",
        usage: "subresource = \"scale\"",
        repeats: false,
        read: |given, input| shared("subresource", given, input),
    },
    Attribute {
        name: "labels",
        usage: "labels = \"app=web\"",
        repeats: false,
        read: |given, input| shared("labels", given, input),
    },
    Attribute {
        name: "namespaces",
        usage: "namespaces = \"team=web\"",
        repeats: false,
        read: |given, input| shared("namespaces", given, input),
    },
    Attribute {
        name: "condition",
        usage: "condition(name = \"not-by-us\", cel = \"request.userInfo.username != 'me'\")",
        repeats: true,
        read: |given, input| shared("condition", given, input),
    },
    Attribute {
        name: "failure_policy",
        usage: "failure_policy = ignore",
        repeats: false,
        read: |given, input| shared("failure_policy", given, input),
    },
    Attribute {
        name: "warns",
        usage: "warns",
        repeats: false,
        read: |given, input| given.word().map(|_| input.warns = true),
    },
    Attribute {
        name: "untested",
        usage: "untested",
        repeats: false,
        read: |given, input| given.word().map(|_| input.untested = true),
    },
];

/// What is said as for a webhook.
fn shared(name: &str, given: Given, input: &mut Input) -> syn::Result<()> {
    match webhook::ATTRIBUTES.iter().find(|attribute| attribute.name == name) {
        Some(attribute) => (attribute.read)(given, &mut input.asked),
        None => Err(syn::Error::new_spanned(&given.name, "it is of webhooks only")),
    }
}
