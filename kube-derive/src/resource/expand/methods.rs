//! The trait that adds the methods of `method(..)` to the typed client.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Visibility;

use crate::path::Private;
use crate::resource::attr::{Method, MethodVerb};

/// The trait and what has it; nothing where there are no methods.
pub(in crate::resource) fn items(
    private: &Private,
    visibility: &Visibility,
    object: &Ident,
    methods: &[Method],
) -> Option<TokenStream> {
    if methods.is_empty() {
        return None;
    }
    let name = format_ident!("{object}Methods");
    let about = format!(
        " What `#[resource(method(..))]` adds to the typed client of [`{object}`]: `use` it where they are called."
    );
    let declared = methods.iter().map(|method| {
        let (documentation, signature) = (documentation(method), signature(method, private));
        quote!(#[doc = #documentation] #signature;)
    });
    let implemented = methods.iter().map(|method| {
        let (signature, call) = (signature(method, private), call(method));
        quote!(#signature { #call })
    });
    Some(quote! {
        #[doc = #about]
        #visibility trait #name {
            #(#declared)*
        }

        #[automatically_derived]
        impl<__Place> #name for #private::Api<#object, __Place> {
            #(#implemented)*
        }
    })
}

fn documentation(method: &Method) -> String {
    let what = method.subresource.as_ref().map_or_else(
        || "the object".to_owned(),
        |part| format!("the subresource `{part}` of the object"),
    );
    match method.verb {
        MethodVerb::List => {
            " Reads the objects, all of them or those that selectors choose.".to_owned()
        }
        MethodVerb::Get => format!(" Reads {what} of this name."),
        MethodVerb::Create => format!(" Posts to {what} of this name."),
        MethodVerb::Update => format!(
            " Replaces {what} of this name. With a resource version in the body, only if nobody changed the object since."
        ),
        MethodVerb::Patch => format!(" Changes {what} of this name."),
        MethodVerb::Apply => format!(
            " Applies to {what} of this name; it needs a field manager, here or the client's."
        ),
    }
}

fn signature(method: &Method, private: &Private) -> TokenStream {
    let Method { name, verb, input, result, .. } = method;
    let of = quote! {
        name: impl ::core::convert::TryInto<#private::Name, Error: ::core::convert::Into<#private::Error>>
    };
    match verb {
        MethodVerb::Get => quote!(fn #name(&self, #of) -> #private::Get<#result>),
        MethodVerb::List => quote!(fn #name(&self) -> #private::ListObjects<#result>),
        MethodVerb::Create | MethodVerb::Update => {
            quote!(fn #name(&self, #of, body: &#input) -> #private::WriteSubresource<#result>)
        }
        MethodVerb::Patch => {
            quote!(fn #name(&self, #of, patch: #private::Patch) -> #private::PatchObject<#result>)
        }
        MethodVerb::Apply => {
            quote!(fn #name(&self, #of, body: &#input) -> #private::PatchObject<#result>)
        }
    }
}

fn call(method: &Method) -> TokenStream {
    let Method { verb, subresource, result, .. } = method;
    let of = match subresource {
        Some(part) => quote!(self.part_whatever_is_allowed::<#result>(#part)),
        None => quote!(self.as_kind::<#result>()),
    };
    match verb {
        MethodVerb::Get => quote!(#of.get(name)),
        MethodVerb::List => quote!(#of.list()),
        MethodVerb::Create => quote!(#of.create(name, body)),
        MethodVerb::Update => quote!(#of.replace(name, body)),
        MethodVerb::Patch => quote!(#of.patch(name, patch)),
        MethodVerb::Apply => quote!(#of.apply(name, body)),
    }
}
