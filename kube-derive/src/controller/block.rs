//! An `impl` block with the methods `reconcile` and `cleanup` in; the same block, and how its type becomes a controller, out.

use heck::ToSnakeCase as _;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{FnArg, GenericParam, ImplItem, ImplItemFn, ItemFn, ItemImpl, ReceiverKind, Type};

use super::expand;
use super::input::Input;
use super::model::{self, Model};
use crate::report::{Report, nearest};
use crate::said::Sort;
use crate::ty;

const RECONCILE: &str = "reconcile";
const CLEANUP: &str = "cleanup";

const SORT: Sort = Sort {
    what: "`reconcile`",
    most: 8,
    instead: "fields of the type",
    beside: "object",
    one_kind: Some(
        "a controller is of one kind, so its methods have no parameters of type; name the kind in `Object<..>`",
    ),
    returns: "`reconcile` says how it ended; write `-> Result<Action>`, and `Ok(Action::done())` at its end",
};

const CLEANUP_SORT: Sort = Sort {
    what: "`cleanup`",
    returns: "`cleanup` says how it ended; write `-> Result<Action>`, and `Ok(Action::done())` at its end",
    ..SORT
};

/// Expands the block; every mistake is noted.
pub(super) fn controller(block: &ItemImpl, input: Input, report: &mut Report) -> TokenStream {
    if let Some((of, _)) = &block.trait_ {
        report.at(of, "`#[controller]` stands on the `impl` of a type itself, not of a trait for it; write `impl Type`");
        return quote!(#block);
    }
    check_lifetimes(block, report);
    if let Some(cleanup) = &input.cleanup {
        report.at(cleanup, "the cleanup of a type is its method; write `async fn cleanup(&self, object: Object<Kind>) -> Result<Action>`");
    }
    let model = method(block, RECONCILE).map(|reconcile| {
        let reconcile = without_self(reconcile, report);
        Model::new(called(&block.self_ty), &block.generics, &reconcile, &SORT, input, report)
    });
    let cleanup = method(block, CLEANUP).map(|cleanup| {
        let cleanup = without_self(cleanup, report);
        CLEANUP_SORT.arguments(&cleanup, report)
    });
    if model.is_none() {
        misses_reconcile(block, report);
    }
    // A parameter that is no kind, as it stands, would be told once more for each thing that a kind is.
    let can_be = |model: &&Model| report.is_clean() || !model.of_any_kind;
    let kind = model.as_ref().filter(can_be).map_or_else(model::any_kind, |it| it.kind.clone());
    let body = match model.filter(|_| report.is_clean()) {
        Some(model) => body(block, &model, cleanup.as_deref()),
        None => quote!(::core::unreachable!()),
    };
    let written = written(block);
    let conditions = block.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    let (generics, _, bounds) = block.generics.split_for_impl();
    let of = &block.self_ty;
    quote! {
        #written
        #(#conditions)*
        impl #generics ::kube_runtime::__private::IntoController for #of #bounds {
            type Kind = #kind;
            fn into_controller(self) -> ::kube_runtime::__private::Controller<#kind> { #body }
        }
    }
}

/// The assertions come first, so that theirs is the first error.
fn body(block: &ItemImpl, model: &Model, cleanup_arguments: Option<&[Type]>) -> TokenStream {
    let of = &block.self_ty;
    let shared = quote_spanned!(of.span()=> ::kube_runtime::__private::state::<Self>(););
    let arguments = model.arguments.iter().chain(cleanup_arguments.unwrap_or_default());
    let assertions = expand::assertions(&model.kind, arguments);
    let state = Ident::new("state", Span::mixed_site());
    let reconcile = calls(block, RECONCILE, &model.arguments, &state);
    let cleanup = cleanup_arguments.map(|arguments| {
        let cleanup = calls(block, CLEANUP, arguments, &state);
        quote!(.cleanup(#cleanup))
    });
    let made = expand::made(model, &reconcile, cleanup.as_ref());
    let ends = |name: &str, arguments: &[Type]| {
        method(block, name).map(|method| {
            let name = &method.sig.ident;
            expand::ends(arguments, Some(of), &quote_spanned!(name.span()=> Self::#name))
        })
    };
    let reconciles = ends(RECONCILE, &model.arguments);
    let cleans = cleanup_arguments.and_then(|arguments| ends(CLEANUP, arguments));
    quote! {
        #shared
        #assertions
        #reconciles
        #cleans
        let #state = ::std::sync::Arc::new(self);
        #made
    }
}

/// A closure that calls the method of a state that it shares.
fn calls(block: &ItemImpl, name: &str, arguments: &[Type], state: &Ident) -> TokenStream {
    let name = method(block, name).map(|method| &method.sig.ident);
    let place = |place| Ident::new(&format!("argument_{place}"), Span::mixed_site());
    let names: Vec<Ident> = (0..arguments.len()).map(place).collect();
    quote! {{
        let #state = ::std::sync::Arc::clone(&#state);
        move |#(#names: #arguments),*| {
            let #state = ::std::sync::Arc::clone(&#state);
            async move { Self::#name(&#state #(, #names)*).await }
        }
    }}
}

/// The block as it is, without what pedantry would say of methods that may not be otherwise.
fn written(block: &ItemImpl) -> TokenStream {
    let mut block = block.clone();
    for item in &mut block.items {
        if let ImplItem::Fn(method) = item
            && [RECONCILE, CLEANUP].iter().any(|name| method.sig.ident == name)
        {
            method.attrs.push(syn::parse_quote! {
                #[allow(clippy::unused_async, clippy::unused_self, reason = "a reconcile is async and has its state")]
            });
        }
    }
    block.into_token_stream()
}

fn method<'block>(block: &'block ItemImpl, name: &str) -> Option<&'block ImplItemFn> {
    methods(block).find(|method| method.sig.ident == name)
}

fn methods(block: &ItemImpl) -> impl Iterator<Item = &ImplItemFn> {
    block.items.iter().filter_map(|item| match item {
        ImplItem::Fn(method) => Some(method),
        _ => None,
    })
}

/// Says which method reconciles, on the one that was probably meant.
fn misses_reconcile(block: &ItemImpl, report: &mut Report) {
    let mut near = methods(block)
        .filter(|method| nearest(&method.sig.ident.to_string(), [RECONCILE].into_iter()).is_some());
    match near.next() {
        Some(method) => report.at(
            &method.sig.ident,
            format!("no method reconciles, and `{}` is none that would be called; did you mean `{RECONCILE}`?", method.sig.ident),
        ),
        None => report.at(
            &block.self_ty,
            "no method reconciles; add `async fn reconcile(&self, object: Object<Kind>) -> Result<Action>`",
        ),
    }
}

/// The state lives as long as the controller.
fn check_lifetimes(block: &ItemImpl, report: &mut Report) {
    for parameter in &block.generics.params {
        if let GenericParam::Lifetime(lifetime) = parameter {
            report.at(lifetime, "a controller lives as long as its operator, so its state borrows nothing; put what is shared into an `Arc`");
        }
    }
}

/// The method as a function of what comes after `&self`.
fn without_self(method: &ImplItemFn, report: &mut Report) -> ItemFn {
    let name = &method.sig.ident;
    if let Some(condition) = method.attrs.iter().find(|it| it.path().is_ident("cfg")) {
        report.at(condition, format!("whether there is a `{name}` cannot be told from here; put the `cfg` on a whole `impl` block"));
    }
    let mut signature = method.sig.clone();
    match signature.receiver() {
        Some(receiver) => match &receiver.kind {
            ReceiverKind::Reference(_, _, None) => {}
            ReceiverKind::Reference(..) => report.at(
                receiver,
                "many reconciles run at the same time, so none has the state for itself; write `&self`, and put what changes into a lock or an atomic",
            ),
            _ => report.at(receiver, format!("`{name}` is called many times; write `&self`")),
        },
        None => report.at(
            name,
            format!("`{name}` has the state; let it begin with `&self`, or put `#[controller]` on a function for which there is none"),
        ),
    }
    let others = signature.inputs.into_iter().filter(|it| matches!(it, FnArg::Typed(_)));
    signature.inputs = others.collect();
    ItemFn {
        attrs: Vec::new(),
        vis: method.vis.clone(),
        modifiers: method.modifiers.clone(),
        sig: signature,
        block: Box::new(method.block.clone()),
    }
}

/// The type's name as that of a controller: `WebsiteKeeper` is `website_keeper`.
fn called(of: &Type) -> String {
    ty::name(of).unwrap_or_else(|| ty::text(of)).to_snake_case()
}
