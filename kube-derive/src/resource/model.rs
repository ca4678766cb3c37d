//! What the struct means: names inferred, defaults filled, every mistake noted.

use darling::ast::NestedMeta;
use proc_macro2::{Ident, TokenStream};
use quote::format_ident;
use syn::{Attribute, Data, DeriveInput, Expr, Field, Fields, Lit, LitStr, Meta, Path, Visibility};

use super::attr::{self, Deprecated, Method, Names, Scale, Verbs, Versions};
use super::input::Input;
use crate::path::{Flavour, Private};
use crate::report::Report;
use crate::schema;
use crate::schema::{PrintColumn, Rule};

/// A kind, ready to be expanded.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) private: Private,
    pub(crate) schema: schema::Model,
    /// Whether serde's and schemars' traits are the user's.
    pub(crate) own_serde: bool,
    pub(crate) visibility: Visibility,
    pub(crate) spec: Ident,
    /// The object type.
    pub(crate) object: Ident,
    pub(crate) kind: String,
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) versions: Versions,
    pub(crate) names: Names,
    pub(crate) namespaced: bool,
    pub(crate) verbs: Verbs,
    pub(crate) methods: Vec<Method>,
    pub(crate) status: Option<Path>,
    pub(crate) print_columns: Vec<PrintColumn>,
    pub(crate) scale: Option<Scale>,
    pub(crate) selectable: Vec<LitStr>,
    pub(crate) deprecated: Option<Deprecated>,
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) annotations: Vec<(String, String)>,
    /// Of the whole object, as JSON.
    pub(crate) object_rules: Vec<TokenStream>,
    pub(crate) derives: Vec<Path>,
    /// The file with the definition of before, from the root of the crate.
    pub(crate) compatible_with: Option<LitStr>,
    pub(crate) untested: bool,
    /// The doc comment, and as one text.
    pub(crate) documentation: Vec<Attribute>,
    pub(crate) description: String,
    /// How serde names all fields, which the apply type shares.
    pub(crate) renaming: Option<NestedMeta>,
    /// The fields of the spec, with the attributes of the hidden copy.
    pub(crate) fields: Vec<Field>,
}

impl Model {
    /// Builds the model; nothing where not even a name for the object type can be found.
    pub(crate) fn new(
        item: &DeriveInput,
        input: Input,
        flavour: Flavour,
        report: &mut Report,
    ) -> Option<Self> {
        let private = Private::of(flavour, input.crates.as_ref());
        let own_serde = input.serde.is_some();
        let schema = if own_serde {
            schema::Model::as_it_stands(item, &private, report)
        } else {
            schema::Model::new(item, &input.whole, &private, report)
        };
        let fields = fields(item, &schema, own_serde, report);
        let kind = attr::kind(input.kind.as_ref(), &item.ident, report)
            .filter(|_| item.generics.params.is_empty());
        let named = kind.as_ref().map(ToString::to_string).unwrap_or_default();
        let versions = attr::versions(input.served, input.storage, &input.converts_from, report);
        if !versions.stored {
            said_once(&input, report);
        }
        let object = match versions.several {
            true => kind.and_then(|_| attr::object(&item.ident, report)),
            false => kind,
        };
        for column in &input.print_columns {
            column.check_on_kind(report);
        }
        if let Some(scale) = &input.scale {
            attr::scale(scale, input.status.is_some(), report);
        }
        attr::selectable(&input.selectable, report);
        if let Some(deprecated) = &input.deprecated {
            attr::deprecated(deprecated, report);
        }
        let group = attr::group(input.group.as_ref(), report);
        let version = attr::version(input.version.as_ref(), report);
        let names = attr::names(
            &named,
            input.plural.as_ref(),
            input.singular.as_ref(),
            input.list_kind.as_ref(),
            &input.short_names,
            &input.categories,
            report,
        );
        let object = object?;
        let methods = methods(&input, &object, report);
        Some(Self {
            private,
            own_serde,
            visibility: item.vis.clone(),
            spec: item.ident.clone(),
            object,
            kind: named,
            group,
            version,
            versions,
            names,
            namespaced: input.namespaced,
            verbs: attr::verbs(input.read_only, input.only_verbs.as_ref(), false, report),
            methods,
            status: input.status,
            print_columns: input.print_columns,
            scale: input.scale,
            selectable: input.selectable,
            deprecated: input.deprecated,
            labels: attr::labels(&input.labels, report),
            annotations: attr::annotations(&input.annotations, report),
            object_rules: object_rules(&input.object_rules, report),
            compatible_with: input.crd_compatible_with,
            untested: input.untested,
            derives: input.derive.iter().cloned().collect(),
            documentation: documentation(&item.attrs),
            description: description(&item.attrs),
            renaming: schema::Serde::read(&schema.copy.attrs).meta("rename_all").cloned(),
            fields,
            schema,
        })
    }

    /// The apply type of the object.
    pub(crate) fn apply(&self) -> Ident {
        format_ident!("{}Apply", self.object)
    }

    /// The apply type of the spec.
    pub(crate) fn spec_apply(&self) -> Ident {
        format_ident!("{}Apply", self.spec)
    }
}

fn methods(input: &Input, object: &Ident, report: &mut Report) -> Vec<Method> {
    let status = input.status.as_ref().map(|_| "status");
    let parts: Vec<_> = status.into_iter().chain(input.scale.as_ref().map(|_| "scale")).collect();
    let whose = attr::Whose { object, read_only: input.read_only, parts: Some(&parts) };
    attr::methods(&input.methods, &whose, report)
}

/// What a version that is not stored leaves to the one that is.
fn said_once(input: &Input, report: &mut Report) {
    attr::said_once("short_name", &input.short_names, report);
    attr::said_once("category", &input.categories, report);
    attr::said_once("label", &input.labels, report);
    attr::said_once("annotation", &input.annotations, report);
    for (name, given) in [
        ("singular", &input.singular),
        ("list_kind", &input.list_kind),
        ("crd_compatible_with", &input.crd_compatible_with),
    ] {
        attr::said_once(name, given.as_slice(), report);
    }
}

fn object_rules(rules: &[Rule], report: &mut Report) -> Vec<TokenStream> {
    rules.iter().map(|rule| rule.json(report)).collect()
}

/// The fields of the copy; a kind is one struct with named fields.
fn fields(
    item: &DeriveInput,
    schema: &schema::Model,
    own_serde: bool,
    report: &mut Report,
) -> Vec<Field> {
    if !item.generics.params.is_empty() {
        report.at(
            &item.generics,
            "a kind is one type, so its spec has no parameters; choose them, or derive `Schema` for the generic part",
        );
    }
    let Data::Struct(copy) = &schema.copy.data else {
        if matches!(item.data, Data::Enum(_)) {
            report.at(
                &item.ident,
                "a spec is a struct with named fields; derive `Schema` for this enum, and make it a field",
            );
        }
        return Vec::new();
    };
    match &copy.fields {
        Fields::Named(named) => named.named.iter().cloned().collect(),
        // Of the others the schema says that they have no names.
        other if own_serde || other.len() == 1 => {
            report.at(&item.ident, "a spec is a struct with named fields; name them");
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn documentation(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect()
}

/// The doc comment as one text.
fn description(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    let text: Vec<_> = lines.map(|line| line.trim().to_owned()).collect();
    text.join("\n").trim().to_owned()
}
