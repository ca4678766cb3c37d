//! `CustomResource`: the definition that a cluster is given.

use proc_macro2::TokenStream;
use quote::quote;

use crate::path::ALIAS;
use crate::resource::attr::PrintColumn;
use crate::resource::model::Model;

pub(super) fn expand(model: &Model) -> TokenStream {
    let Model { kind, spec, names, description, .. } = model;
    let singular = &names.singular;
    let status = model.status.as_ref().map(|status| quote!(.status::<#status>()));
    let short_names = &names.short_names;
    let categories = &names.categories;
    let columns = model.print_columns.iter().map(print_column);
    quote! {
        #[automatically_derived]
        impl #ALIAS::CustomResource for #kind {
            type Spec = #spec;
            fn definition() -> #ALIAS::CustomResourceDefinition {
                #ALIAS::Definition::of::<Self>(#description)
                    #status
                    .singular(#singular)
                    #(.short_name(#short_names))*
                    #(.category(#categories))*
                    #(.print_column(#columns))*
                    .build()
            }
        }
    }
}

fn print_column(column: &PrintColumn) -> TokenStream {
    let PrintColumn { name, path, kind, description, format, priority } = column;
    let kind = kind.as_ref().map(|kind| quote!(.of_type(#kind)));
    let description = description.as_ref().map(|text| quote!(.description(#text)));
    let format = format.as_ref().map(|text| quote!(.format(#text)));
    let priority = priority.as_ref().map(|number| quote!(.priority(#number)));
    quote!(#ALIAS::PrintColumn::new(#name, #path) #kind #description #format #priority)
}
