//! `print_column(name = "Ready", path = ".status.ready")`: a column of `kubectl get`; on a field the path is that of the field.

use darling::FromMeta;
use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;

use crate::report::{Report, nearest};

const TYPES: [&str; 5] = ["integer", "number", "string", "boolean", "date"];

/// A column, as written; without `type` it is what the schema says at the path.
#[derive(Debug, FromMeta)]
pub(crate) struct PrintColumn {
    pub(crate) name: LitStr,
    #[darling(default)]
    pub(crate) path: Option<LitStr>,
    #[darling(default, rename = "type")]
    pub(crate) kind: Option<LitStr>,
    #[darling(default)]
    pub(crate) description: Option<LitStr>,
    #[darling(default)]
    pub(crate) format: Option<LitStr>,
    #[darling(default)]
    pub(crate) priority: Option<syn::LitInt>,
}

impl PrintColumn {
    /// Checks one that stands on a kind.
    pub(crate) fn check_on_kind(&self, report: &mut Report) {
        self.check(report);
        let Some(written) = &self.path else {
            report.at(
                &self.name,
                "a column shows what is at a path; write `path = \".status.ready\"`, or put it on the field",
            );
            return;
        };
        let path = written.value();
        if !path.starts_with('.') || outside_of_brackets(&path).any(char::is_whitespace) {
            report.at(
                written,
                format!(
                    "the path starts at the object with a dot; write `.{}`",
                    path.trim_start_matches(['$', '.', '{'])
                ),
            );
        }
    }

    /// One that stands on a field, for the schema; what is wrong is noted.
    pub(super) fn on_field(&self, report: &mut Report) -> TokenStream {
        self.check(report);
        if let Some(path) = &self.path {
            report.at(path, "a column on a field shows this field; leave the path out");
        }
        let Self { name, kind, description, format, priority, .. } = self;
        let kind = kind.as_ref().map(|kind| quote!("type": #kind,));
        let description = description.as_ref().map(|text| quote!("description": #text,));
        let format = format.as_ref().map(|text| quote!("format": #text,));
        let priority = priority.as_ref().map(|number| quote!("priority": #number,));
        quote!({ "name": #name, #kind #description #format #priority })
    }

    fn check(&self, report: &mut Report) {
        if self.name.value().is_empty() {
            report.at(&self.name, "a column has a title; write `name = \"Ready\"`");
        }
        if let Some(kind) = &self.kind
            && !TYPES.contains(&kind.value().as_str())
        {
            let meant = nearest(&kind.value(), TYPES.into_iter())
                .map(|near| format!("did you mean `{near}`?"))
                .unwrap_or_else(|| format!("a column is one of {}", TYPES.join(", ")));
            report.at(kind, format!("`{}` is not the type of a column; {meant}", kind.value()));
        }
    }
}

/// A filter of a list, as `[?(@.type == "Ready")]`, has a form of its own.
fn outside_of_brackets(path: &str) -> impl Iterator<Item = char> {
    let mut depth = 0_usize;
    path.chars().filter(move |letter| {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    })
}
