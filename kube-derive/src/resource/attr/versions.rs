//! `served`, `storage`, `converts_from(ShopV1beta1)`: one version of a kind that has several.

use darling::util::PathList;
use proc_macro2::Ident;
use syn::{LitStr, Path};

use crate::report::Report;

/// What a struct says of its version beside others.
#[derive(Debug, Default)]
pub(crate) struct Versions {
    /// Whether it is one of several.
    pub(crate) several: bool,
    pub(crate) served: bool,
    pub(crate) stored: bool,
    pub(crate) converts_from: Vec<Path>,
}

/// Where the kind has several versions, the one that is stored says what is said once.
pub(crate) fn versions(
    served: Option<bool>,
    storage: bool,
    converts_from: &PathList,
    report: &mut Report,
) -> Versions {
    let shown = |path: &Path| quote::quote!(#path).to_string().replace(' ', "");
    let mut paths: Vec<Path> = Vec::new();
    for path in converts_from.iter() {
        let last = path.segments.last().map(|segment| segment.ident.to_string());
        if let Some(object) = last.as_deref().and_then(|last| last.strip_suffix("Spec")) {
            report.at(
                path,
                format!("`converts_from` names the object type and not its spec; write `{object}`"),
            );
        } else if paths.iter().any(|earlier| shown(earlier) == shown(path)) {
            report.at(path, "this version is given twice; remove one");
        } else {
            paths.push(path.clone());
        }
    }
    Versions {
        several: served.is_some() || storage || !converts_from.is_empty(),
        served: served.unwrap_or(true),
        stored: storage || served.is_none(),
        converts_from: paths,
    }
}

/// The object type of one version of several: the struct's name without `Spec`, as the kind's name can be that of one only.
pub(crate) fn object(spec: &Ident, report: &mut Report) -> Option<Ident> {
    let name = spec.to_string();
    match name.strip_suffix("Spec").filter(|object| !object.is_empty()) {
        Some(object) => Some(Ident::new(object, spec.span())),
        None => {
            report.at(
                spec,
                format!("the object type of a version is called as the struct without `Spec`; name the struct `{name}Spec`"),
            );
            None
        }
    }
}

/// What is about the whole definition is said where it is made.
pub(crate) fn said_once(name: &str, given: &[LitStr], report: &mut Report) {
    for written in given {
        report.at(
            written,
            format!("`{name}` is about all versions of the kind; say it at the one with `storage`"),
        );
    }
}
