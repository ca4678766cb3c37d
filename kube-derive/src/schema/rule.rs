//! `rule(cel = "self.replicas <= 10", message = "..")`: what the server asks of a value before it takes it (CEL).

use darling::FromMeta;
use darling::util::Flag;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, LitStr};

use crate::cel::is_word;
use crate::report::{Report, nearest};

const REASONS: [&str; 4] =
    ["FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate"];

/// A rule, as written.
#[derive(Clone, Debug, FromMeta)]
pub(crate) struct Rule {
    cel: LitStr,
    #[darling(default)]
    message: Option<LitStr>,
    #[darling(default)]
    message_expression: Option<LitStr>,
    #[darling(default)]
    reason: Option<Ident>,
    #[darling(default)]
    field_path: Option<LitStr>,
    #[darling(default)]
    optional_old_self: Flag,
}

impl Rule {
    /// As an item of `x-kubernetes-validations`; what is wrong is noted.
    pub(crate) fn json(&self, report: &mut Report) -> TokenStream {
        let Self { cel, message, message_expression, reason, field_path, optional_old_self } = self;
        self.check(report);
        let message = message.as_ref().map(|text| quote!("message": #text,));
        let expression =
            message_expression.as_ref().map(|text| quote!("messageExpression": #text,));
        let reason = reason.as_ref().map(|reason| {
            let text = reason.to_string();
            quote!("reason": #text,)
        });
        let path = field_path.as_ref().map(|path| quote!("fieldPath": #path,));
        let old = optional_old_self.is_present().then(|| quote!("optionalOldSelf": true,));
        quote!({ "rule": #cel, #message #expression #reason #path #old })
    }

    fn check(&self, report: &mut Report) {
        let blank = |text: &LitStr| text.value().trim().is_empty();
        for (name, text) in [
            ("cel", Some(&self.cel)),
            ("message", self.message.as_ref()),
            ("message_expression", self.message_expression.as_ref()),
        ] {
            if let Some(text) = text.filter(|text| blank(text)) {
                report.at(text, format!("`{name}` says nothing; the API server refuses it"));
            }
        }
        if let Some(message) = self.message.as_ref().filter(|text| text.value().contains('\n')) {
            report.at(message, "the message of a rule is one line");
        }
        if self.message.is_none() && self.cel.value().contains('\n') {
            report.at(
                &self.cel,
                "a rule of several lines cannot be its own message; add `message = \"..\"`",
            );
        }
        if let Some(reason) = &self.reason
            && !REASONS.contains(&reason.to_string().as_str())
        {
            let meant = nearest(&reason.to_string(), REASONS.into_iter())
                .map(|near| format!("did you mean `{near}`?"))
                .unwrap_or_else(|| format!("it is one of {}", REASONS.join(", ")));
            report.at(reason, format!("`{reason}` is not the reason of a rule; {meant}"));
        }
        if let Some(path) = self.field_path.as_ref().filter(|p| !p.value().starts_with(['.', '[']))
        {
            report.at(path, format!("the path starts at this value; write `.{}`", path.value()));
        }
        if self.optional_old_self.is_present() && !self.cel.value().contains("oldSelf") {
            report.at(&self.cel, "`optional_old_self` is of rules about `oldSelf`; this is none");
        }
    }
}

/// The name of a field as CEL has it: Kubernetes escapes what is no identifier or a word of the language.
pub(super) fn escaped(name: &str) -> String {
    if is_word(name) {
        return format!("__{name}__");
    }
    name.replace("__", "__underscores__")
        .replace('.', "__dot__")
        .replace('-', "__dash__")
        .replace('/', "__slash__")
}
