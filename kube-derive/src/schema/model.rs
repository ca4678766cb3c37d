//! What the type means: the hidden copy with serde's and schemars' attributes filled in, and the
//! functions that those name.

use darling::ast::NestedMeta;
use proc_macro2::{Ident, TokenStream};
use quote::format_ident;
use syn::ext::IdentExt as _;
use syn::visit_mut::VisitMut;
use syn::{Attribute, Data, DeriveInput, Fields, Generics, Meta, Visibility, parse_quote};

use super::attr::{self, Target};
use super::input::FieldAttributes;
use super::name::on_the_wire;
use super::{Serde, Whole, check, storable};
use crate::path::Private;
use crate::report::Report;
use crate::ty;

/// A type, ready to be expanded.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) private: Private,
    pub(crate) ident: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) generics: Generics,
    /// The hidden copy: same fields, attributes filled in.
    pub(crate) copy: DeriveInput,
    /// Functions that the copy's attributes name.
    pub(crate) helpers: Vec<TokenStream>,
}

impl Model {
    /// Builds the model of `item`; what is wrong is noted in `report`.
    pub(crate) fn new(
        item: &DeriveInput,
        whole: &Whole,
        private: &Private,
        report: &mut Report,
    ) -> Self {
        let serde = Serde::read(&item.attrs);
        check::shape(item, &serde, report);
        check::variants_without_attributes(item, report);
        let mut model = Self {
            private: private.clone(),
            ident: item.ident.clone(),
            visibility: item.vis.clone(),
            generics: item.generics.clone(),
            copy: item.clone(),
            helpers: Vec::new(),
        };
        model.copy.ident = format_ident!("__Kube{}", item.ident);
        model.copy.vis = Visibility::Inherited;
        model.copy.attrs.retain(is_kept);
        model.copy.attrs.iter_mut().for_each(forget_default);
        let container = model.container(item, &serde);
        model.copy.attrs.extend(container);
        let mut data = model.copy.data.clone();
        let mut rules = Vec::new();
        match &mut data {
            Data::Struct(data) => {
                rules = model.fields(&mut data.fields, "", Some(&serde), report);
            }
            Data::Enum(data) => {
                for variant in &mut data.variants {
                    variant.attrs.retain(is_kept);
                    let prefix = format!("{}_", variant.ident);
                    model.fields(&mut variant.fields, &prefix, None, report);
                }
            }
            Data::Union(_) => {}
        }
        model.copy.data = data;
        let keywords = whole.keywords(item, rules, report);
        if !keywords.is_empty() {
            model.copy.attrs.push(parse_quote!(#[schemars(extend(#(#keywords),*))]));
        }
        model
    }

    /// The model of a type whose serde and schemars traits are the user's: its fields as they stand.
    pub(crate) fn as_it_stands(item: &DeriveInput, private: &Private, report: &mut Report) -> Self {
        check::fields_without_attributes(item, report);
        Self {
            private: private.clone(),
            ident: item.ident.clone(),
            visibility: item.vis.clone(),
            generics: item.generics.clone(),
            copy: item.clone(),
            helpers: Vec::new(),
        }
    }

    /// serde's attributes for the whole type.
    fn container(&mut self, item: &DeriveInput, serde: &Serde) -> Vec<Attribute> {
        let serde_path = self.private.text("serde");
        let schemars_path = self.private.text("schemars");
        // serde adds the parameters itself.
        let remote = item.ident.to_string();
        let mut attributes: Vec<Attribute> = vec![
            parse_quote!(#[serde(crate = #serde_path, remote = #remote)]),
            parse_quote!(#[schemars(crate = #schemars_path)]),
        ];
        if !serde.has("rename") {
            let name = item.ident.to_string();
            attributes.push(parse_quote!(#[serde(rename = #name)]));
        }
        let (all, all_fields) = naming(&item.data, serde);
        if all && !serde.has("rename_all") {
            attributes.push(parse_quote!(#[serde(rename_all = "camelCase")]));
        }
        if all_fields && !serde.has("rename_all_fields") {
            attributes.push(parse_quote!(#[serde(rename_all_fields = "camelCase")]));
        }
        if matches!(&item.data, Data::Struct(data) if data.fields.is_empty()) {
            // Without, it would be taken for an object of which nothing is known.
            attributes.push(parse_quote!(#[schemars(extend("properties" = {}))]));
        }
        if serde.has("default") && serde.path("default").is_none() {
            // As a word it would ask the copy for its default, which only the user's type has.
            let (copy, user) = (&self.copy.ident, &item.ident);
            let (implemented, arguments, bounds) = item.generics.split_for_impl();
            self.helpers.push(quote::quote! {
                impl #implemented #copy #arguments #bounds {
                    fn default() -> #user #arguments { ::core::default::Default::default() }
                }
            });
            let path = format!("{copy}::default");
            attributes.push(parse_quote!(#[serde(default = #path)]));
            attributes.push(parse_quote!(#[schemars(default)]));
        }
        attributes
    }

    /// Amends each field; gives back the rules that they ask of their struct, which serde was told `container`.
    fn fields(
        &mut self,
        fields: &mut Fields,
        prefix: &str,
        container: Option<&Serde>,
        report: &mut Report,
    ) -> Vec<TokenStream> {
        let mut rules = Vec::new();
        for (position, field) in fields.iter_mut().enumerate() {
            let mut attributes: FieldAttributes = report.read(&field.attrs);
            let mut itself = ty::Itself { ident: &self.ident, generics: &self.generics };
            itself.visit_type_mut(&mut field.ty);
            if let Some(default) = &mut attributes.default {
                itself.visit_expr_mut(default);
            }
            let name = match &field.ident {
                Some(ident) => format!("{prefix}{}", ident.unraw()),
                None => format!("{prefix}{position}"),
            };
            field.vis = Visibility::Inherited;
            field.attrs.retain(is_kept);
            let serde = Serde::read(&field.attrs);
            check::written_elsewhere(field, &serde, report);
            storable::field(field, &serde, report);
            let target = Target {
                wire_name: container.and_then(|container| on_the_wire(field, container)),
                rules: Vec::new(),
                serde,
                generics: &self.generics,
                name,
                extensions: Vec::new(),
                helpers: &mut self.helpers,
                field,
            };
            rules.extend(attr::amend(attributes, target, report));
        }
        rules
    }
}

/// Whether variants, and whether the fields of variants, are renamed: structs and the keys of a
/// union are camelCase in Kubernetes, values such as `Always` are not.
fn naming(data: &Data, serde: &Serde) -> (bool, bool) {
    match data {
        Data::Struct(data) => (matches!(data.fields, Fields::Named(_)), false),
        Data::Enum(data) => {
            let with_data = data.variants.iter().any(|v| !matches!(v.fields, Fields::Unit));
            (with_data && !serde.has_any(&["tag", "untagged"]), with_data)
        }
        Data::Union(_) => (false, false),
    }
}

/// Takes the word `default` out of `#[serde(..)]`.
fn forget_default(attribute: &mut Attribute) {
    if !attribute.path().is_ident("serde") {
        return;
    }
    let Meta::List(list) = &mut attribute.meta else { return };
    let Ok(metas) = NestedMeta::parse_meta_list(list.tokens.clone()) else { return };
    let kept = metas.iter().filter(
        |meta| !matches!(meta, NestedMeta::Meta(Meta::Path(path)) if path.is_ident("default")),
    );
    list.tokens = quote::quote!(#(#kept),*);
}

/// The attributes that the copy keeps.
fn is_kept(attribute: &Attribute) -> bool {
    ["doc", "serde", "schemars"].iter().any(|name| attribute.path().is_ident(name))
}
