//! `CustomResource`: the definition that a cluster is given.

use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;

use super::versions;
use crate::path::ALIAS;
use crate::resource::attr::{Deprecated, Scale};
use crate::resource::model::Model;
use crate::schema::PrintColumn;

pub(super) fn expand(model: &Model) -> TokenStream {
    let Model { object, spec, names, description, .. } = model;
    let singular = &names.singular;
    let status = model.status.as_ref().map(|status| quote!(.status::<#status>()));
    let short_names = &names.short_names;
    let categories = &names.categories;
    let list_kind = names.list_kind.as_ref().map(|name| quote!(.list_kind(#name)));
    let scale = model.scale.as_ref().map(scale);
    let deprecated = model.deprecated.as_ref().map(deprecated);
    let selectable = &model.selectable;
    let labels = model.labels.iter().map(|(key, value)| quote!(.label(#key, #value)));
    let annotations =
        model.annotations.iter().map(|(key, value)| quote!(.annotation(#key, #value)));
    let rules = model.object_rules.iter().map(|rule| quote!(#ALIAS::serde_json::json!(#rule)));
    let constants = versions::constants(model);
    let not_served = (!model.versions.served).then(|| quote!(.not_served()));
    let others = &model.versions.converts_from;
    let columns = model.print_columns.iter().map(print_column);
    quote! {
        #[automatically_derived]
        impl #ALIAS::CustomResource for #object {
            type Spec = #spec;
            #constants
            fn definition() -> #ALIAS::CustomResourceDefinition {
                #ALIAS::Definition::of::<Self>(#description)
                    #status
                    .singular(#singular)
                    #(.short_name(#short_names))*
                    #(.category(#categories))*
                    #list_kind
                    #(.print_column(#columns))*
                    #scale
                    #(.selectable(#selectable))*
                    #deprecated
                    #(#labels)*
                    #(#annotations)*
                    #(.rule(#rules))*
                    #not_served
                    #(.with::<#others>())*
                    .build()
            }
        }
    }
}

fn scale(Scale { spec, status, selector }: &Scale) -> TokenStream {
    let selector = selector.as_ref().map(|path| quote!(.selector(#path)));
    quote!(.scale(#ALIAS::Scale::new(#spec, #status) #selector))
}

fn deprecated(deprecated: &Deprecated) -> TokenStream {
    match deprecated {
        Deprecated::Plainly => quote!(.deprecated()),
        Deprecated::Saying(warning) => quote!(.deprecated_because(#warning)),
    }
}

fn print_column(column: &PrintColumn) -> TokenStream {
    let PrintColumn { name, path, kind, description, format, priority } = column;
    let path = path.as_ref().map(LitStr::value).unwrap_or_default();
    let kind = kind.as_ref().map(|kind| quote!(.of_type(#kind)));
    let description = description.as_ref().map(|text| quote!(.description(#text)));
    let format = format.as_ref().map(|text| quote!(.format(#text)));
    let priority = priority.as_ref().map(|number| quote!(.priority(#number)));
    quote!(#ALIAS::PrintColumn::new(#name, #path) #kind #description #format #priority)
}
