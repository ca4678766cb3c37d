//! The user's own `#[serde(..)]` attributes in, which of serde's names are taken out.

use darling::ast::NestedMeta;
use syn::Attribute;

/// What serde was told already, so that we say nothing against it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Serde {
    metas: Vec<(String, NestedMeta)>,
}

impl Serde {
    /// Reads leniently: serde's own derive reports what it does not know.
    pub(crate) fn read(attributes: &[Attribute]) -> Self {
        Self::read_as("serde", attributes)
    }

    /// What schemars was told, which has the same form.
    pub(crate) fn of_schemars(attributes: &[Attribute]) -> Self {
        Self::read_as("schemars", attributes)
    }

    fn read_as(crate_name: &str, attributes: &[Attribute]) -> Self {
        let metas = attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident(crate_name))
            .filter_map(|attribute| attribute.meta.require_list().ok())
            .filter_map(|list| NestedMeta::parse_meta_list(list.tokens.clone()).ok())
            .flatten()
            .filter_map(|meta| match &meta {
                NestedMeta::Meta(inner) => {
                    Some((inner.path().require_ident().ok()?.to_string(), meta))
                }
                _ => None,
            })
            .collect();
        Self { metas }
    }

    /// Whether serde was told `name`, in whichever form.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.metas.iter().any(|(known, _)| known == name)
    }

    /// Whether serde was told one of `names`.
    pub(crate) fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.has(name))
    }

    /// The path in `name = "path"`.
    pub(crate) fn path(&self, name: &str) -> Option<syn::ExprPath> {
        let NestedMeta::Meta(syn::Meta::NameValue(pair)) = self.meta(name)? else { return None };
        let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value else {
            return None;
        };
        text.parse().ok()
    }

    /// `name`, as it was given.
    pub(crate) fn meta(&self, name: &str) -> Option<&NestedMeta> {
        self.metas.iter().find(|(known, _)| known == name).map(|(_, meta)| meta)
    }

    /// Those of `names` that were given, with their tokens.
    pub(crate) fn given<'a>(
        &'a self,
        names: &'static [&'static str],
    ) -> impl Iterator<Item = (&'a str, &'a NestedMeta)> {
        self.metas
            .iter()
            .filter(move |(name, _)| names.contains(&name.as_str()))
            .map(|(name, meta)| (name.as_str(), meta))
    }
}
