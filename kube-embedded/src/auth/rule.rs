//! One RBAC rule: what it allows, and whether it covers another rule.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use super::Attributes;

/// `rbac.authorization.k8s.io/v1` PolicyRule.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Rule {
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub(crate) api_groups: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub(crate) resources: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub(crate) resource_names: Vec<String>,
    #[serde(rename = "nonResourceURLs")]
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub(crate) non_resource_urls: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) verbs: Vec<String>,
}

fn nullable<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::<Vec<String>>::deserialize(input)?.unwrap_or_default())
}

impl Rule {
    /// A rule on resources.
    pub(crate) fn resources(groups: &[&str], resources: &[&str], verbs: &[&str]) -> Self {
        Self {
            api_groups: owned(groups),
            resources: owned(resources),
            verbs: owned(verbs),
            ..Self::default()
        }
    }

    /// A rule on paths that are no resources.
    pub(crate) fn paths(paths: &[&str], verbs: &[&str]) -> Self {
        Self { non_resource_urls: owned(paths), verbs: owned(verbs), ..Self::default() }
    }

    /// Whether the rule allows the request.
    pub(crate) fn allows(&self, request: &Attributes) -> bool {
        if !has_or_all(&self.verbs, &request.verb) {
            return false;
        }
        if !request.resource_request {
            return self.non_resource_urls.iter().any(|rule| path_matches(rule, &request.path));
        }
        let combined = request.combined_resource();
        has_or_all(&self.api_groups, &request.group)
            && self
                .resources
                .iter()
                .any(|rule| resource_matches(rule, &combined, &request.subresource))
            && (self.resource_names.is_empty() || has(&self.resource_names, &request.name))
    }

    /// Whether whoever holds this rule holds all of `other`.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let names = if other.resource_names.is_empty() {
            self.resource_names.is_empty()
        } else {
            self.resource_names.is_empty()
                || other.resource_names.iter().all(|name| has(&self.resource_names, name))
        };
        names
            && other.verbs.iter().all(|verb| has_or_all(&self.verbs, verb))
            && other.api_groups.iter().all(|group| has_or_all(&self.api_groups, group))
            && other.resources.iter().all(|wanted| {
                let subresource = wanted.split_once('/').map_or("", |(_, part)| part);
                self.resources.iter().any(|rule| resource_matches(rule, wanted, subresource))
            })
            && other
                .non_resource_urls
                .iter()
                .all(|wanted| self.non_resource_urls.iter().any(|rule| path_matches(rule, wanted)))
    }
}

/// As Go prints the rule in an escalation error.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("APIGroups", &self.api_groups),
            ("Resources", &self.resources),
            ("NonResourceURLs", &self.non_resource_urls),
            ("ResourceNames", &self.resource_names),
            ("Verbs", &self.verbs),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(_, values)| !values.is_empty())
            .map(|(name, values)| format!("{name}:{}", quoted(values)))
            .collect();
        write!(f, "{{{}}}", parts.join(", "))
    }
}

/// Go's `%q` of a list of strings.
pub(super) fn quoted(values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
    format!("[{}]", values.join(" "))
}

fn owned(values: &[&str]) -> Vec<String> {
    values.iter().map(|&value| value.to_owned()).collect()
}

fn has(values: &[String], wanted: &str) -> bool {
    values.iter().any(|value| value == wanted)
}

fn has_or_all(values: &[String], wanted: &str) -> bool {
    values.iter().any(|value| value == "*" || value == wanted)
}

fn resource_matches(rule: &str, combined: &str, subresource: &str) -> bool {
    rule == "*"
        || rule == combined
        || (!subresource.is_empty() && rule.strip_prefix("*/") == Some(subresource))
}

fn path_matches(rule: &str, path: &str) -> bool {
    rule == "*"
        || rule == path
        || (rule.ends_with('*') && path.starts_with(rule.trim_end_matches('*')))
}
