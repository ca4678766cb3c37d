//! Whom a write concerns: what a webhook or a policy is for and the write in; the version of the kind that it is to see out.

use super::asked::Asked;
use super::labels::Selector;
use crate::cluster::Cluster;
use crate::kind::Kind;
use crate::status::Failure;
use crate::status::ResourceName;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// What a webhook or a policy is for. What validation lets through can be read.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Constraint {
    #[serde(alias = "resourceRules")]
    rules: Vec<Rule>,
    exclude_resource_rules: Vec<Rule>,
    match_policy: String,
    namespace_selector: Selector,
    object_selector: Selector,
}

impl Default for Constraint {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            exclude_resource_rules: Vec::new(),
            match_policy: "Equivalent".to_owned(),
            namespace_selector: Selector::default(),
            object_selector: Selector::default(),
        }
    }
}

/// Which writes of which resources are meant.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Rule {
    operations: Vec<String>,
    api_groups: Vec<String>,
    api_versions: Vec<String>,
    resources: Vec<String>,
    scope: String,
    /// Of a policy: only these objects, if there are any names.
    resource_names: Vec<String>,
}

impl Constraint {
    /// The version in which the write is seen; `None`: it is not concerned.
    ///
    /// # Errors
    /// The namespace is not there, so that nobody can say whether it is meant.
    pub(super) fn version_for(
        &self,
        cluster: &Cluster,
        asked: &Asked<'_>,
        object: Option<&Value>,
    ) -> Result<Option<Arc<Kind>>, Failure> {
        let selector = &self.object_selector;
        let meant = |object: Option<&Value>| object.is_some_and(|object| selector.matches(object));
        if !selector.is_everything() && !meant(object) && !meant(asked.review.old) {
            return Ok(None);
        }
        let in_namespace = self.namespace_matches(cluster, asked, object);
        if in_namespace.as_ref().is_ok_and(|matches| !matches) {
            return Ok(None);
        }
        if self.by_rules(&self.exclude_resource_rules, cluster, asked).is_some() {
            return Ok(None);
        }
        let Some(kind) = self.by_rules(&self.rules, cluster, asked) else { return Ok(None) };
        in_namespace.map(|_| Some(kind))
    }

    /// The same for what narrows a policy down: without rules, every write is meant.
    pub(super) fn narrows(
        &self,
        cluster: &Cluster,
        asked: &Asked<'_>,
        object: Option<&Value>,
    ) -> Result<bool, Failure> {
        if self.rules.is_empty() {
            let all = Rule::everything();
            let open = Self { rules: vec![all], ..self.clone() };
            return Ok(open.version_for(cluster, asked, object)?.is_some());
        }
        Ok(self.version_for(cluster, asked, object)?.is_some())
    }

    fn by_rules(&self, rules: &[Rule], cluster: &Cluster, asked: &Asked<'_>) -> Option<Arc<Kind>> {
        if rules.is_empty() {
            return None;
        }
        let own = asked.review.kind;
        let versions = cluster.kinds.all();
        let same = |kind: &&Arc<Kind>| {
            kind.group == own.group && kind.version == own.version && kind.plural == own.plural
        };
        if rules.iter().any(|rule| rule.matches(asked, own)) {
            return versions.iter().find(same).cloned();
        }
        if self.match_policy != "Equivalent" {
            return None;
        }
        let equivalent = |kind: &&Arc<Kind>| kind.resource == own.resource && !same(kind);
        rules.iter().find_map(|rule| {
            versions.iter().filter(equivalent).find(|kind| rule.matches(asked, kind)).cloned()
        })
    }

    fn namespace_matches(
        &self,
        cluster: &Cluster,
        asked: &Asked<'_>,
        object: Option<&Value>,
    ) -> Result<bool, Failure> {
        let (selector, name) = (&self.namespace_selector, asked.namespace());
        if selector.is_everything() || (name.is_empty() && !asked.is_namespace()) {
            return Ok(true);
        }
        // A Namespace that is written counts with the labels that it is to have.
        let own = object.filter(|_| asked.is_namespace() && asked.subresource().is_empty());
        if let Some(object) = own {
            return Ok(selector.matches(object));
        }
        Ok(selector.matches(&namespace(cluster, name)?))
    }
}

/// A Namespace as it is stored.
///
/// # Errors
/// It is not there.
pub(super) fn namespace(cluster: &Cluster, name: &str) -> Result<Value, Failure> {
    let Some(namespace) = cluster.store.get(&"/namespaces".into(), "", name) else {
        let namespaces = ResourceName { group: "", plural: "namespaces" };
        return Err(Failure::not_found(namespaces, name));
    };
    Ok(namespace.value())
}

impl Rule {
    fn everything() -> Self {
        let all = || vec!["*".to_owned()];
        Self {
            operations: all(),
            api_groups: all(),
            api_versions: all(),
            resources: vec!["*/*".to_owned()],
            ..Self::default()
        }
    }

    fn matches(&self, asked: &Asked<'_>, kind: &Kind) -> bool {
        let listed =
            |list: &[String], wanted: &str| list.iter().any(|own| own == "*" || own == wanted);
        let clusterwide = asked.is_namespace() || asked.review.namespace.is_empty();
        let in_scope = match self.scope.as_str() {
            "Namespaced" => !clusterwide,
            "Cluster" => clusterwide,
            _ => true,
        };
        let named = &self.resource_names;
        in_scope
            && (named.is_empty() || named.iter().any(|own| own == asked.review.name))
            && listed(&self.operations, asked.operation())
            && listed(&self.api_groups, &kind.group)
            && listed(&self.api_versions, &kind.version)
            && self.resources.iter().any(|own| {
                let (resource, sub) = own.split_once('/').unwrap_or((own, ""));
                (resource == "*" || resource == kind.plural)
                    && (sub == "*" || sub == asked.subresource())
            })
    }
}
