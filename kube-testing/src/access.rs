//! Whether an operator's roles are what it uses: the roles and the requests that were seen in; what was refused, and what was never used, out.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;

use k8s_openapi::api::rbac::v1::PolicyRule;
use kube_embedded::JournalEntry;
use kube_runtime::operator::Operator;
use kube_runtime::operator::Rbac;
use serde_json::Value;

/// Whether one of all grants is of some sort.
type Matches = fn(&Grants, &Grant) -> bool;

/// What is allowed, and seldom done. The first that matches counts.
const SELDOM: [(Matches, &str); 7] = [
    (
        |grants, grant| grant.verb == "list" && grants.has("watch", grant),
        "a watch brings the list as well; servers that cannot do that are asked for it",
    ),
    (
        |grants, grant| grant.verb == "get" && grants.has("list", grant),
        "one object is asked for after a conflict and after a write whose answer was lost; a list says no less",
    ),
    (
        |_, grant| grant.is_of("events") && grant.verb == "create",
        "an object that cannot be read is told of in an event",
    ),
    (
        |_, grant| grant.is_of("events") && grant.verb == "patch",
        "what is recorded again and again becomes one series",
    ),
    (
        |_, grant| grant.resource.ends_with("/finalizers"),
        "no request: servers with OwnerReferencesPermissionEnforcement ask for it when an owned object is made",
    ),
    (
        |grants, grant| grants.own.contains(&grant.kind()) && grant.verb == "patch",
        "its own kind: a former version's finalizer is taken off, a failure is said in the status",
    ),
    (|_, grant| grant.is_of("leases") && grant.verb == "create", "a lease is made once"),
];

/// One thing that may be done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Grant {
    group: String,
    /// With its subresource.
    resource: String,
    verb: String,
    /// Everywhere if none.
    namespace: Option<String>,
    /// Any if none.
    name: Option<String>,
}

/// One request.
#[derive(Clone, Debug)]
struct Asked {
    grant: Grant,
    refused: bool,
}

/// All that an operator's roles allow.
///
/// ```
/// use k8s_openapi::api::core::v1::ConfigMap;
/// use kube_runtime::prelude::*;
/// use kube_testing::Cluster;
/// use kube_testing::Grants;
/// use kube_testing::NAMESPACE;
///
/// #[controller(owns(ConfigMap))]
/// async fn copy(map: Object<ConfigMap>, cx: Cx<ConfigMap>) -> Result<Action> {
///     if map.name() == "first" {
///         let metadata = ObjectMeta { name: Some("second".to_owned()), ..ObjectMeta::default() };
///         cx.apply(ConfigMap { metadata, ..ConfigMap::default() }).await?;
///     }
///     Ok(Action::done())
/// }
///
/// #[kube_testing::test]
/// async fn the_role_is_what_it_uses(cluster: Cluster) {
///     let operator = Operator::new("copier").controller(copy);
///     let grants = Grants::of(&operator, NAMESPACE);
///     cluster.run(operator).await;
///     let metadata = ObjectMeta { name: Some("first".to_owned()), ..ObjectMeta::default() };
///     cluster.create(&ConfigMap { metadata, ..ConfigMap::default() }).await;
///     cluster.settled().await;
///     grants.used_by(&cluster.journal()).exact().unwrap();
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Grants {
    user: String,
    all: BTreeSet<Grant>,
    /// Group and resource of the kinds that the operator brings.
    own: BTreeSet<(String, String)>,
}

/// What an operator did beside what it may do; made by [`Grants::used_by`].
#[derive(Clone, Debug)]
#[must_use = "what is wrong is told by `exact`"]
pub struct Access {
    refused: BTreeSet<String>,
    unused: BTreeSet<String>,
    seldom: BTreeMap<String, &'static str>,
}

/// What is wrong with an operator's roles, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inexact(String);

impl Grants {
    /// What the roles of this operator allow, when its service account is in `namespace`.
    #[must_use]
    pub fn of<A: Send + Sync + 'static>(operator: &Operator<A>, namespace: &str) -> Self {
        let crds = operator.crds().into_iter();
        let own = crds.map(|it| (it.spec.group, it.spec.names.plural)).collect();
        let user = format!("system:serviceaccount:{namespace}:{}", operator.name());
        Self { user, all: granted(&operator.rbac(namespace)), own }
    }

    /// Compares with what an embedded server has seen.
    pub fn used_by(&self, journal: &[JournalEntry]) -> Access {
        let own = journal.iter().filter(|entry| entry.user == self.user);
        self.compare(own.flat_map(|entry| {
            let path = entry.path.split('?').next().unwrap_or_default();
            asked(path, &entry.verb, entry.status)
        }))
    }

    /// Compares with the audit log of a genuine API server: a line of JSON for each event, of level `Metadata` or more.
    ///
    /// # Panics
    /// At a line that is no JSON: a log that is cut off says nothing.
    pub fn used_by_audited(&self, log: &str) -> Access {
        let events = log.lines().map(|line| {
            serde_json::from_str::<Value>(line).expect("an audit log has a line of JSON for each")
        });
        let is_answer = |event: &Value| {
            event["stage"] == "ResponseComplete" || event["stage"] == "ResponseStarted"
        };
        let own = events.filter(|event| event["user"]["username"] == self.user && is_answer(event));
        self.compare(own.flat_map(|event| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let path = text(&event["requestURI"]);
            let path = path.split('?').next().unwrap_or_default();
            let code = event["responseStatus"]["code"].as_u64().unwrap_or_default();
            asked(path, &text(&event["verb"]), u16::try_from(code).unwrap_or_default())
        }))
    }

    fn compare(&self, requests: impl Iterator<Item = Asked>) -> Access {
        let (mut refused, mut used) = (BTreeSet::new(), BTreeSet::new());
        for Asked { grant, refused: denied } in requests {
            let allowing: Vec<&Grant> = self.all.iter().filter(|it| it.allows(&grant)).collect();
            let is_resource = !grant.resource.is_empty();
            if denied || (allowing.is_empty() && is_resource && !grant.is_for_everybody()) {
                refused.insert(grant.to_string());
            }
            used.extend(allowing);
        }
        let (mut unused, mut seldom) = (BTreeSet::new(), BTreeMap::new());
        for grant in self.all.iter().filter(|grant| !used.contains(grant)) {
            match SELDOM.iter().find(|(is, _)| is(self, grant)) {
                Some((_, why)) => _ = seldom.insert(grant.to_string(), *why),
                None => _ = unused.insert(grant.to_string()),
            }
        }
        Access { refused, unused, seldom }
    }

    /// Whether this verb is allowed as well.
    fn has(&self, verb: &str, grant: &Grant) -> bool {
        self.all.contains(&Grant { verb: verb.to_owned(), ..grant.clone() })
    }
}

impl Access {
    /// What the server refused, and what no role of the operator allows.
    #[must_use]
    pub fn refused(&self) -> Vec<&str> {
        self.refused.iter().map(String::as_str).collect()
    }

    /// What is allowed and was never done, but for what is done seldom.
    #[must_use]
    pub fn unused(&self) -> Vec<&str> {
        self.unused.iter().map(String::as_str).collect()
    }

    /// What was not done this time, and why it is allowed.
    #[must_use]
    pub fn seldom(&self) -> Vec<(&str, &str)> {
        self.seldom.iter().map(|(what, why)| (what.as_str(), *why)).collect()
    }

    /// That nothing was refused, and nothing is allowed that is never done.
    ///
    /// # Errors
    /// All that is, in one line.
    pub fn exact(&self) -> Result<(), Inexact> {
        let told =
            [("was refused", self.refused()), ("is allowed and was never done", self.unused())];
        let told = told.into_iter().filter(|(_, all)| !all.is_empty());
        let told: Vec<_> = told.map(|(what, all)| format!("{what}: {}", all.join(", "))).collect();
        if told.is_empty() { Ok(()) } else { Err(Inexact(told.join("; "))) }
    }
}

impl Grant {
    fn is_of(&self, resource: &str) -> bool {
        self.resource == resource
    }

    /// Group and resource without the subresource.
    fn kind(&self) -> (String, String) {
        let resource = self.resource.split('/').next().unwrap_or_default();
        (self.group.clone(), resource.to_owned())
    }

    /// Whether a request that would use `asked` may be made.
    fn allows(&self, asked: &Self) -> bool {
        let within =
            |mine: &Option<String>, other: &Option<String>| mine.is_none() || mine == other;
        (&self.group, &self.resource, &self.verb) == (&asked.group, &asked.resource, &asked.verb)
            && within(&self.namespace, &asked.namespace)
            && within(&self.name, &asked.name)
    }

    /// What Kubernetes lets every user ask.
    fn is_for_everybody(&self) -> bool {
        let reviews = ["selfsubjectreviews", "selfsubjectaccessreviews", "selfsubjectrulesreviews"];
        self.verb == "create" && reviews.contains(&self.resource.as_str())
    }
}

/// As `deployments.apps: patch in prod`.
impl fmt::Display for Grant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { group, resource, verb, namespace, name } = self;
        let dot = if group.is_empty() { "" } else { "." };
        write!(formatter, "{resource}{dot}{group}: {verb}")?;
        if let Some(namespace) = namespace {
            write!(formatter, " in {namespace}")?;
        }
        if let Some(name) = name {
            write!(formatter, " of `{name}`")?;
        }
        Ok(())
    }
}

impl fmt::Display for Inexact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Inexact {}

/// Each verb on each resource that the roles name.
fn granted(rbac: &Rbac) -> BTreeSet<Grant> {
    let cluster = rbac.cluster.iter().map(|access| (None, access.role.rules.as_deref()));
    let places = rbac.namespaces.iter().chain(&rbac.lease).chain(&rbac.webhooks);
    let inside =
        places.map(|access| (access.role.metadata.namespace.clone(), access.role.rules.as_deref()));
    let all = cluster.chain(inside);
    all.flat_map(|(namespace, rules)| {
        rules.unwrap_or_default().iter().flat_map(move |rule| of_rule(rule, namespace.as_deref()))
    })
    .collect()
}

fn of_rule(rule: &PolicyRule, namespace: Option<&str>) -> Vec<Grant> {
    let names: Vec<Option<String>> = match &rule.resource_names {
        Some(names) if !names.is_empty() => names.iter().cloned().map(Some).collect(),
        _ => vec![None],
    };
    let mut grants = Vec::new();
    for group in rule.api_groups.iter().flatten() {
        for resource in rule.resources.iter().flatten() {
            for verb in &rule.verbs {
                grants.extend(names.iter().map(|name| Grant {
                    group: group.clone(),
                    resource: resource.clone(),
                    verb: verb.clone(),
                    namespace: namespace.map(str::to_owned),
                    name: name.clone(),
                }));
            }
        }
    }
    grants
}

/// What a request needs; an apply that made its object needs two things. The path is without its query.
fn asked(path: &str, verb: &str, status: u16) -> Vec<Asked> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (group, rest) = match parts.as_slice() {
        ["api", _, rest @ ..] => ("", rest),
        ["apis", group, _, rest @ ..] => (*group, rest),
        _ => ("", &[][..]),
    };
    let (namespace, rest) = match rest {
        ["namespaces", _, "status" | "finalize"] => (None, rest),
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some(*namespace), rest),
        _ => (None, rest),
    };
    let resource = match rest {
        [resource, _, subresource, ..] => format!("{resource}/{subresource}"),
        [resource, ..] => (*resource).to_owned(),
        [] => String::new(),
    };
    let grant = |verb: &str, name: Option<&str>| Grant {
        group: group.to_owned(),
        resource: resource.clone(),
        verb: verb.to_owned(),
        namespace: namespace.map(str::to_owned),
        name: name.map(str::to_owned),
    };
    let refused = status == 401 || status == 403;
    let mut all = vec![Asked { grant: grant(verb, rest.get(1).copied()), refused }];
    if verb == "patch" && status == 201 {
        all.push(Asked { grant: grant("create", None), refused: false });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(path: &str, verb: &str, status: u16) -> Vec<String> {
        asked(path, verb, status).iter().map(|asked| asked.grant.to_string()).collect()
    }

    #[test]
    fn a_request_needs_what_its_path_says() {
        let rows = [
            ("/api/v1/pods", "list", vec!["pods: list"]),
            ("/api/v1/namespaces/prod/pods/a", "get", vec!["pods: get in prod of `a`"]),
            ("/api/v1/namespaces/prod", "get", vec!["namespaces: get of `prod`"]),
            ("/api/v1/namespaces/prod/status", "patch", vec!["namespaces/status: patch of `prod`"]),
            (
                "/apis/apps/v1/namespaces/prod/deployments/a/scale",
                "update",
                vec!["deployments/scale.apps: update in prod of `a`"],
            ),
            ("/openapi/v3", "get", vec![": get"]),
        ];
        for (path, verb, expected) in rows {
            assert_eq!(shown(path, verb, 200), expected, "{path}");
        }
        let made = shown("/api/v1/namespaces/prod/configmaps/a", "patch", 201);
        assert_eq!(made, ["configmaps: patch in prod of `a`", "configmaps: create in prod"]);
    }
}
