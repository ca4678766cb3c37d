//! What the view means: where its kind lives, the hidden copy that is read and written, every mistake noted.

use darling::ast::NestedMeta;
use proc_macro2::Ident;
use quote::format_ident;
use syn::{Data, DeriveInput, Fields, LitStr, Path, Visibility, parse_quote};

use super::existing::{Existing, Said, existing};
use super::input::{Field, Input};
use crate::path::{Flavour, Private};
use crate::report::Report;
use crate::resource::attr::{self, Method, Verbs};
use crate::schema::{self, Serde, Whole};
use crate::ty;

/// The fields that the derive writes itself.
const OURS: [&str; 3] = ["api_version", "kind", "apiVersion"];

/// A view, ready to be expanded.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) private: Private,
    pub(crate) schema: schema::Model,
    pub(crate) visibility: Visibility,
    pub(crate) ident: Ident,
    pub(crate) existing: Existing,
    pub(crate) verbs: Verbs,
    pub(crate) methods: Vec<Method>,
    pub(crate) status: Option<Path>,
    /// How serde names all fields, which the apply type shares.
    pub(crate) renaming: Option<NestedMeta>,
    /// The fields beside `metadata`, with the attributes of the hidden copy.
    pub(crate) fields: Vec<syn::Field>,
}

impl Model {
    /// Builds the model; what is wrong is noted in `report`.
    pub(crate) fn new(
        item: &DeriveInput,
        input: Input,
        flavour: Flavour,
        report: &mut Report,
    ) -> Self {
        let private = Private::of(flavour, input.crates.as_ref());
        let said = Said { namespaced: input.namespaced, cluster: input.cluster };
        let plural = input.plural.as_ref();
        check_plural(plural, report);
        let existing = input
            .existing
            .as_ref()
            .map(|written| existing(written, plural, said, report))
            .unwrap_or_default();
        let mut item = item.clone();
        shape(&item, report);
        fields(&mut item, input.status.as_ref(), &private, report);
        let schema = schema::Model::new(&item, &Whole::default(), &private, report);
        let whose = attr::Whose { object: &item.ident, read_only: input.read_only, parts: None };
        Self {
            methods: attr::methods(&input.methods, &whose, report),
            verbs: attr::verbs(input.read_only, input.only_verbs.as_ref(), true, report),
            visibility: item.vis.clone(),
            ident: item.ident.clone(),
            existing,
            status: input.status,
            renaming: Serde::read(&schema.copy.attrs).meta("rename_all").cloned(),
            fields: own_fields(&schema.copy.data),
            schema,
            private,
        }
    }

    /// The apply type of the view.
    pub(crate) fn apply(&self) -> Ident {
        format_ident!("{}Apply", self.ident)
    }

    /// The apply type's fields beside `metadata`.
    pub(crate) fn fields_apply(&self) -> Ident {
        format_ident!("{}FieldsApply", self.ident)
    }
}

fn check_plural(plural: Option<&LitStr>, report: &mut Report) {
    if let Some(text) = plural.filter(|text| !attr::is_label(&text.value())) {
        report.at(
            text,
            format!(
                "`{}` is not a plural name: use lower-case letters, digits and dashes",
                text.value()
            ),
        );
    }
}

fn shape(item: &DeriveInput, report: &mut Report) {
    if !item.generics.params.is_empty() {
        report.at(&item.generics, "a view is one type, so it has no parameters; choose them");
    }
    match &item.data {
        Data::Struct(data) if matches!(data.fields, Fields::Named(_)) => {
            let names = |name: &str| {
                data.fields
                    .iter()
                    .any(|field| field.ident.as_ref().is_some_and(|ident| *ident == name))
            };
            if !names("metadata") {
                report.at(
                    &item.ident,
                    "a view is the object itself, and every object has metadata; add the field `metadata: ObjectMeta`",
                );
            }
        }
        // Of unnamed fields the schema says it.
        Data::Struct(data) if data.fields.len() > 1 => {}
        _ => report.at(
            &item.ident,
            "a view is a struct with named fields: `metadata: ObjectMeta`, and those of the object that matter",
        ),
    }
}

/// Says what a view cannot have, and makes of ours what the copy can have.
fn fields(item: &mut DeriveInput, status: Option<&Path>, private: &Private, report: &mut Report) {
    let Data::Struct(data) = &mut item.data else { return };
    let mut has_status = false;
    for field in &mut data.fields {
        let Field { default } = report.read(&field.attrs);
        field.attrs.retain(|attribute| !attribute.path().is_ident("resource"));
        if let Some(default) = default {
            field.attrs.push(parse_quote!(#[resource(default = #default)]));
        }
        let Some(ident) = field.ident.clone() else { continue };
        if OURS.iter().any(|ours| ident == *ours) {
            report.at(&ident, "`apiVersion` and `kind` are the view's own; remove the field");
        }
        has_status |= ident == "status" && ty::inner(&field.ty, "Option").is_some();
        if ident == "metadata" {
            // An object may come without.
            let path = private.text("metadata_or_none");
            field.attrs.push(parse_quote!(#[serde(default, deserialize_with = #path)]));
        }
    }
    if let Some(status) = status.filter(|_| !has_status) {
        report.at(
            status,
            "the status is a field of the view; add `status: Option<..>`, with this type",
        );
    }
}

fn own_fields(data: &Data) -> Vec<syn::Field> {
    let Data::Struct(data) = data else { return Vec::new() };
    let beside =
        |field: &&syn::Field| field.ident.as_ref().is_some_and(|ident| ident != "metadata");
    data.fields.iter().filter(beside).cloned().collect()
}
