//! The async function that an attribute stands on: what is wrong with its signature noted, its parts apart, and the function of the same name
//! around it out.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Attribute, FnArg, ItemFn, ReturnType, Type, Visibility};

use crate::report::Report;

/// What is said of functions of one sort.
#[derive(Debug)]
pub(crate) struct Sort {
    /// `a reconcile function`
    pub(crate) what: &'static str,
    /// How many arguments it can have.
    pub(crate) most: usize,
    /// Where what is too much for arguments goes.
    pub(crate) instead: &'static str,
    /// What it gets beside states.
    pub(crate) beside: &'static str,
    /// Why it has no parameters of type, if it may have none.
    pub(crate) one_kind: Option<&'static str>,
    /// What it returns.
    pub(crate) returns: &'static str,
}

/// Its parts.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: Ident,
    /// `cfg`s, for everything.
    pub(crate) conditions: Vec<Attribute>,
    visibility: Visibility,
    /// For the function that stands around it.
    outer: Vec<Attribute>,
    /// The user's own.
    pub(crate) item: ItemFn,
}

impl Sort {
    /// Notes what is wrong; gives back the types of the arguments.
    pub(crate) fn arguments(&self, item: &ItemFn, report: &mut Report) -> Vec<Type> {
        let (what, signature) = (self.what, &item.sig);
        if signature.asyncness.is_none() {
            report.at(signature.fn_token, format!("{what} is async; write `async fn`"));
        }
        if let (Some(why), false) = (self.one_kind, signature.generics.params.is_empty()) {
            report.at(&signature.generics, why);
        }
        if signature.inputs.len() > self.most {
            let (most, instead) = (self.most, self.instead);
            let last = signature.inputs.iter().nth(most);
            report.at(
                last,
                format!("{what} has at most {most} arguments; put some of them into {instead}"),
            );
        }
        if matches!(signature.output, ReturnType::Default) {
            report.at(&signature.ident, self.returns);
        }
        let argument = |argument: &FnArg| match argument {
            FnArg::Typed(argument) => Some((*argument.ty).clone()),
            FnArg::Receiver(receiver) => {
                let beside = self.beside;
                let message = format!(
                    "{what} has no `self`; what it needs beside the {beside} is a `State<T>`"
                );
                report.at(receiver, message);
                None
            }
        };
        signature.inputs.iter().filter_map(argument).collect()
    }
}

impl Function {
    pub(crate) fn new(item: &ItemFn) -> Self {
        let mut own = item.clone();
        let all = std::mem::take(&mut own.attrs);
        let (conditions, rest): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|attribute| attribute.path().is_ident("cfg"));
        let (outer, inner) = rest.into_iter().partition(|attribute| {
            ["doc", "deprecated", "must_use"].iter().any(|name| attribute.path().is_ident(name))
        });
        own.attrs = inner;
        own.vis = Visibility::Inherited;
        let (name, visibility) = (item.sig.ident.clone(), item.vis.clone());
        Self { name, conditions, visibility, outer, item: own }
    }

    /// The function of the same name that returns `made`, which is called `what`.
    pub(crate) fn around(&self, what: &str, made: &TokenStream, body: &TokenStream) -> TokenStream {
        let Self { name, conditions, visibility, outer, item } = self;
        let (generics, _, bounds) = item.sig.generics.split_for_impl();
        let documentation = (!outer.iter().any(|attribute| attribute.path().is_ident("doc")))
            .then(|| format!(" The {what} `{name}`."))
            .map(|text| quote!(#[doc = #text]));
        quote! {
            #(#conditions)*
            #(#outer)*
            #documentation
            #visibility fn #name #generics () -> #made #bounds { #body }
        }
    }
}
