//! `#[derive(Resource)]`, `#[derive(Schema)]` and `#[controller]`.

use proc_macro::TokenStream;

#[cfg(test)]
mod golden;
mod report;
mod path;
mod ty;
mod schema;
mod resource;
mod controller;
mod test;

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

/// Makes a controller of an async function.
///
/// The function keeps its name and returns the controller: `Operator::new("website").controller(website)`.
#[proc_macro_attribute]
pub fn controller(arguments: TokenStream, tokens: TokenStream) -> TokenStream {
    controller::controller(arguments.into(), tokens.into()).into()
}

/// Makes a test of an async function that takes a cluster; for users of kube-testing.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, tokens: TokenStream) -> TokenStream {
    test::test(arguments.into(), tokens.into()).into()
}
