//! A type as it is written in, what it looks like out. Only spelling is known to a macro.

use syn::visit_mut::{self, VisitMut};
use syn::{GenericArgument, PathArguments, Type};

/// The last segment's name, if the type is a path.
pub(crate) fn name(ty: &Type) -> Option<String> {
    segment(ty).map(|segment| segment.ident.to_string())
}

/// `T` of `NAME<T>`.
pub(crate) fn inner<'a>(ty: &'a Type, outer: &str) -> Option<&'a Type> {
    let segment = segment(ty).filter(|segment| segment.ident == outer)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match (arguments.args.len(), arguments.args.first()) {
        (1, Some(GenericArgument::Type(inner))) => Some(inner),
        _ => None,
    }
}

/// The type without its `Option`, if it has one.
pub(crate) fn present(ty: &Type) -> &Type {
    inner(ty, "Option").unwrap_or(ty)
}

/// The type as one writes it.
pub(crate) fn text(ty: &Type) -> String {
    let spaced = quote::ToTokens::to_token_stream(ty).to_string();
    [" ::", ":: ", " <", "< ", " >"]
        .iter()
        .fold(spaced, |text, spaced| text.replace(spaced, spaced.trim()))
}

/// What a bound can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Integer,
    Float,
    Boolean,
    Text,
    List,
    Map,
    /// A type whose name says nothing to us.
    Other,
}

/// What the type, or the one in its `Option` or `Box`, is by its name.
pub(crate) fn shape(ty: &Type) -> Shape {
    let ty = present(ty);
    if let Some(inner) = inner(ty, "Box") {
        return shape(inner);
    }
    match name(ty).as_deref() {
        Some(
            "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "u8" | "u16" | "u32" | "u64" | "u128"
            | "usize",
        ) => Shape::Integer,
        Some("f32" | "f64") => Shape::Float,
        Some("bool") => Shape::Boolean,
        Some("String" | "str") => Shape::Text,
        Some("Vec" | "VecDeque" | "BTreeSet" | "HashSet") => Shape::List,
        Some("BTreeMap" | "HashMap") => Shape::Map,
        _ => Shape::Other,
    }
}

/// What the items of a list or the values of a map are, if its name says that it is one.
pub(crate) fn item(ty: &Type) -> Option<&Type> {
    let ty = present(ty);
    if let Some(inner) = inner(ty, "Box") {
        return item(inner);
    }
    let arguments = match shape(ty) {
        Shape::List | Shape::Map => &segment(ty)?.arguments,
        _ => return None,
    };
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    match arguments.args.iter().nth(usize::from(shape(ty) == Shape::Map)) {
        Some(GenericArgument::Type(item)) => Some(item),
        _ => None,
    }
}

/// What the keys of a map are, if its name says that it is one.
pub(crate) fn key(ty: &Type) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment(ty)?.arguments else { return None };
    match (shape(ty), arguments.args.first()) {
        (Shape::Map, Some(GenericArgument::Type(key))) => Some(key),
        _ => None,
    }
}

/// Names the user's type where it says `Self`, which would be another type in the hidden copy.
#[derive(Debug)]
pub(crate) struct Itself<'a> {
    pub(crate) ident: &'a syn::Ident,
    pub(crate) generics: &'a syn::Generics,
}

impl VisitMut for Itself<'_> {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_mut::visit_path_mut(self, path);
        if let Some(first) = path.segments.first_mut().filter(|first| first.ident == "Self") {
            let (_, arguments, _) = self.generics.split_for_impl();
            let (ident, fish) = (self.ident, arguments.as_turbofish());
            *first = syn::parse_quote!(#ident #fish);
        }
    }
}

fn segment(ty: &Type) -> Option<&syn::PathSegment> {
    match ty {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        Type::Group(group) => segment(&group.elem),
        Type::Paren(paren) => segment(&paren.elem),
        _ => None,
    }
}
