//! `#[derive(Resource)]`, `#[derive(Schema)]` and `#[controller]`.

use proc_macro::TokenStream;

mod report;
mod path;
mod ty;
mod schema;
mod resource;

use path::Flavour;

/// Makes a kind of a struct that is its spec; for users of kube-core.
#[proc_macro_derive(Resource, attributes(resource, serde, schemars))]
pub fn resource(tokens: TokenStream) -> TokenStream {
    resource::derive(tokens.into(), Flavour::Core).into()
}

/// Makes a kind of a struct that is its spec; for users of kube-runtime.
#[proc_macro_derive(ResourceForRuntime, attributes(resource, serde, schemars))]
pub fn resource_for_runtime(tokens: TokenStream) -> TokenStream {
    resource::derive(tokens.into(), Flavour::Runtime).into()
}

/// Makes a struct or an enum a part of a kind; for users of kube-core.
#[proc_macro_derive(Schema, attributes(resource, serde, schemars))]
pub fn schema(tokens: TokenStream) -> TokenStream {
    schema::derive(tokens.into(), Flavour::Core).into()
}

/// Makes a struct or an enum a part of a kind; for users of kube-runtime.
#[proc_macro_derive(SchemaForRuntime, attributes(resource, serde, schemars))]
pub fn schema_for_runtime(tokens: TokenStream) -> TokenStream {
    schema::derive(tokens.into(), Flavour::Runtime).into()
}
