//! The type of a field in, what of it no object of Kubernetes can hold out. Only spelling is known here; the test that a derive emits sees the rest.

use syn::{DataEnum, Fields, Type};

use super::Serde;
use crate::report::Report;
use crate::ty::{self, Shape};

/// Says what cannot be stored of a field, but for one that says itself how it is written.
pub(super) fn field(field: &syn::Field, serde: &Serde, report: &mut Report) {
    if !is_written_in_its_own_way(field, serde) {
        value(&field.ty, report);
    }
}

/// Whether a field is not stored as its type is.
pub(super) fn is_written_in_its_own_way(field: &syn::Field, serde: &Serde) -> bool {
    let elsewhere = ["with", "schema_with", "skip"];
    serde.has_any(&["skip", "with", "serialize_with", "deserialize_with"])
        || Serde::of_schemars(&field.attrs).has_any(&elsewhere)
}

fn value(ty: &Type, report: &mut Report) {
    if let Some(inner) = ty::inner(ty, "Option") {
        if ty::inner(inner, "Option").is_some() {
            report.at(inner, "an absent value and a null are the same to the API server; write one `Option`, with `nullable` if a null is to be told apart");
            return;
        }
        return value(inner, report);
    }
    if let Some(inner) = ty::inner(ty, "Box") {
        return value(inner, report);
    }
    match (ty, ty::name(ty).as_deref()) {
        (_, Some("i128" | "u128")) => {
            report.at(ty, "a number of Kubernetes has 64 bits at most; write `i64`, `u64`, or `String` with a pattern");
        }
        (Type::Tuple(tuple), _) if tuple.elems.is_empty() => {
            report.at(
                ty,
                "this would be stored as null, which the API server drops; leave the field out",
            );
        }
        (Type::Tuple(tuple), _) => {
            let mut items = tuple.elems.iter();
            let first = items.next().map(ty::text);
            if items.any(|item| Some(ty::text(item)) != first) {
                report.at(ty, "this would be stored as a list of mixed types, which a structural schema cannot describe; write a struct with named fields");
            }
            tuple.elems.iter().for_each(|item| value(item, report));
        }
        // Of another lifetime the type itself is told.
        (Type::Reference(reference), _)
            if reference.lifetime.as_ref().is_none_or(|lifetime| lifetime.ident == "static") =>
        {
            report.at(ty, "a stored type owns its data; use `String`, `Vec<..>` or `Box<..>`");
        }
        (Type::FnPtr(_) | Type::Ptr(_) | Type::TraitObject(_) | Type::ImplTrait(_), _) => {
            report.at(ty, "this cannot be stored; mark the field with `#[serde(skip)]`, or use a type that has a value in JSON");
        }
        (Type::Array(array), _) => item(&array.elem, "an item of a list", report),
        _ => parts(ty, report),
    }
}

/// The items of a list, the keys and values of a map.
fn parts(ty: &Type, report: &mut Report) {
    let shape = ty::shape(ty);
    let Some(inner) = ty::item(ty) else { return };
    let is_no_text = |key: &&Type| {
        let number = matches!(ty::shape(key), Shape::Integer | Shape::Float | Shape::Boolean);
        number || ty::name(key).as_deref() == Some("char")
    };
    if let Some(key) = ty::key(ty).filter(is_no_text) {
        report.at(key, format!("the keys of an object are texts; write `String`, and read a `{}` from it, or use a list of structs", ty::text(key)));
    }
    let what = if shape == Shape::Map { "a value of a map" } else { "an item of a list" };
    item(inner, what, report);
}

fn item(ty: &Type, what: &str, report: &mut Report) {
    if ty::inner(ty, "Option").is_some() {
        report.at(ty, format!("{what} is never null: the API server drops nulls; leave the `Option` out, and what is not there too"));
        return;
    }
    value(ty, report);
}

/// Says which variants of an untagged enum no structural schema can tell apart: its values are objects, of one type, or numbers and texts.
pub(super) fn untagged(data: &DataEnum, report: &mut Report) {
    let mut known: Option<Shape> = None;
    for variant in &data.variants {
        let shape = match &variant.fields {
            Fields::Unit => {
                report.at(
                    variant,
                    format!("`{0}` would be stored as null, which the API server drops; remove it, and write `Option<..>` where the enum is used", variant.ident),
                );
                continue;
            }
            // An object; a newtype whose name says nothing may be anything.
            Fields::Named(_) => continue,
            Fields::Unnamed(fields) => match fields.unnamed.first() {
                Some(field) if fields.unnamed.len() == 1 => ty::shape(&field.ty),
                _ => continue,
            },
        };
        let mixed = known.is_some_and(|known| {
            let both = [known, shape];
            let number_or_text = both.contains(&Shape::Integer) && both.contains(&Shape::Text);
            known != shape && !both.contains(&Shape::Other) && !number_or_text
        });
        if mixed {
            report.at(
                variant,
                "its neighbours are of another type, and a structural schema can mix whole numbers and texts only (`x-kubernetes-int-or-string`); \
                 tag the enum with `#[serde(tag = \"type\")]` and name the fields",
            );
        }
        known = known.or(Some(shape));
    }
}
