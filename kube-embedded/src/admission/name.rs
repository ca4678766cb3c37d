//! Which names a kind allows: a name in, its mistakes out.

use crate::kind::Kind;
use crate::kind::config_key;
use crate::label::dns_label;
use crate::label::dns_subdomain;
use crate::label::path_segment;
use crate::schema::FieldError;
use serde_json::json;

/// The mistakes of `metadata.name`, or of `metadata.generateName` when `generate`.
pub(crate) fn validate_name(kind: &Kind, name: &str, generate: bool) -> Vec<FieldError> {
    let check: fn(&str) -> Option<String> = match (kind.group.as_str(), kind.plural.as_str()) {
        ("", "namespaces" | "services") => dns_label,
        ("rbac.authorization.k8s.io", _) => path_segment,
        ("coordination.k8s.io", "leasecandidates") => config_key,
        _ => dns_subdomain,
    };
    let field = if generate { "metadata.generateName" } else { "metadata.name" };
    // What will follow the base of a generated name makes a hyphen at its end good.
    let masked =
        match name.strip_suffix('-').and_then(|base| base.get(..base.len().checked_sub(1)?)) {
            Some(base) if generate => format!("{base}a"),
            _ => name.to_owned(),
        };
    check(&masked).map(|why| FieldError::invalid(field, &json!(name), why)).into_iter().collect()
}
