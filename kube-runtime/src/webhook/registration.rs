//! What the API server is told of a webhook: when to ask, how long to wait, what a failure means.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::MatchCondition;
use k8s_openapi::api::admissionregistration::v1::MutatingWebhook;
use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use k8s_openapi::api::admissionregistration::v1::RuleWithOperations;
use k8s_openapi::api::admissionregistration::v1::ServiceReference;
use k8s_openapi::api::admissionregistration::v1::ValidatingWebhook;
use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use k8s_openapi::api::admissionregistration::v1::WebhookClientConfig;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube_core::ApiResource;
use kube_core::DynamicObject;
use kube_core::ObjectMeta;
use kube_core::Resource;
use kube_core::selector::LabelSelector as Text;
use serde_json::Value;
use serde_json::json;

use super::hook::Hook;

/// What the API server waits at most, and at least.
const PATIENCE: std::ops::RangeInclusive<u64> = 1..=30;

/// When the API server asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum On {
    /// An object is to be made.
    Create,
    /// An object is to be changed.
    Update,
    /// An object is to be deleted.
    Delete,
    /// Somebody connects to a subresource.
    Connect,
}

impl On {
    fn text(self) -> String {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
        }
        .to_owned()
    }
}

/// What a webhook says of itself to the API server.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    pub(super) on: Vec<On>,
    pub(super) subresource: Option<String>,
    pub(super) ignores_failure: bool,
    pub(super) timeout: Duration,
    pub(super) objects: Option<LabelSelector>,
    pub(super) namespaces: Option<LabelSelector>,
    pub(super) conditions: Vec<(String, String)>,
    pub(super) reinvoked: bool,
    pub(super) side_effects: bool,
    /// What was said that cannot be; told at start.
    pub(crate) mistakes: Vec<String>,
}

impl Default for Registration {
    fn default() -> Self {
        Self {
            on: vec![On::Create, On::Update],
            subresource: None,
            ignores_failure: false,
            timeout: Duration::from_secs(10),
            objects: None,
            namespaces: None,
            conditions: Vec::new(),
            reinvoked: false,
            side_effects: false,
            mistakes: Vec::new(),
        }
    }
}

impl Registration {
    pub(super) fn timeout(&mut self, timeout: Duration) {
        if !PATIENCE.contains(&timeout.as_secs()) || timeout.subsec_nanos() != 0 {
            self.mistakes.push(format!(
                "the API server waits 1 to 30 whole seconds for a webhook, not {timeout:?}"
            ));
        }
        self.timeout = timeout;
    }

    /// A selector of labels as text; what is none is a mistake.
    pub(super) fn selector(&mut self, text: &str) -> Option<LabelSelector> {
        let parsed = Text::try_from(text).and_then(|parsed| LabelSelector::try_from(&parsed));
        parsed.map_err(|error| self.mistakes.push(error.to_string())).ok()
    }

    /// What is said of it, for people.
    pub(crate) fn said(&self) -> Vec<(&'static str, String)> {
        let on: Vec<_> = self.on.iter().map(|on| on.text().to_lowercase()).collect();
        let mut said = vec![("on", on.join(", "))];
        said.extend(self.subresource.clone().map(|name| ("subresource", name)));
        said.extend(self.conditions.iter().map(|(name, cel)| ("if", format!("{cel} ({name})"))));
        said.push(("time limit", format!("{} s", self.timeout.as_secs())));
        let failed = if self.ignores_failure { "let through" } else { "denied" };
        said.push(("cannot tell", failed.to_owned()));
        said
    }

    pub(super) fn rule(&self, resource: &ApiResource) -> RuleWithOperations {
        let plural = &resource.plural;
        let scope = if resource.is_namespaced() { "Namespaced" } else { "Cluster" };
        RuleWithOperations {
            api_groups: Some(vec![resource.group.to_string()]),
            api_versions: Some(vec![resource.version.to_string()]),
            operations: Some(self.on.iter().map(|on| on.text()).collect()),
            resources: Some(vec![match &self.subresource {
                Some(subresource) => format!("{plural}/{subresource}"),
                None => plural.to_string(),
            }]),
            scope: Some(scope.to_owned()),
        }
    }

    pub(super) fn conditions(&self) -> Option<Vec<MatchCondition>> {
        let condition = |(name, expression): &(String, String)| MatchCondition {
            name: name.clone(),
            expression: expression.clone(),
        };
        (!self.conditions.is_empty()).then(|| self.conditions.iter().map(condition).collect())
    }

    pub(super) fn failure_policy(&self) -> Option<String> {
        Some(if self.ignores_failure { "Ignore" } else { "Fail" }.to_owned())
    }

    fn side_effects(&self) -> String {
        if self.side_effects { "NoneOnDryRun" } else { "None" }.to_owned()
    }

    fn seconds(&self) -> Option<i32> {
        i32::try_from(self.timeout.as_secs()).ok()
    }
}

/// Where the API server reaches the webhooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// By the Service of this name in this namespace.
    Service { namespace: String, name: String },
    /// By this address, to which the webhook's path is put.
    Url(String),
}

/// The configurations of an operator's webhooks; none where there are none of that kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Configurations {
    pub(crate) validating: Option<ValidatingWebhookConfiguration>,
    pub(crate) mutating: Option<MutatingWebhookConfiguration>,
}

impl Configurations {
    /// Those called `name`, of the webhooks of `operator`, which prove who they are by `bundle`.
    pub(crate) fn of(
        name: &str,
        operator: &str,
        hooks: &[Arc<dyn Hook>],
        reach: &Reach,
        bundle: Option<&str>,
    ) -> Self {
        let metadata = || ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
        let mut validating = Vec::new();
        let mut mutating = Vec::new();
        for hook in hooks {
            let hook = &**hook;
            let client_config = client_config(reach, &hook.path(), bundle);
            match hook.is_mutating() {
                true => mutating.push(mutates(hook, operator, client_config)),
                false => validating.push(validates(hook, operator, client_config)),
            }
        }
        Self {
            validating: (!validating.is_empty()).then(|| ValidatingWebhookConfiguration {
                metadata: metadata(),
                webhooks: Some(validating),
            }),
            mutating: (!mutating.is_empty()).then(|| MutatingWebhookConfiguration {
                metadata: metadata(),
                webhooks: Some(mutating),
            }),
        }
    }

    /// The same, of which nobody is harmed whom they cannot be reached by.
    pub(crate) fn lenient(mut self) -> Self {
        let ignore = || Some("Ignore".to_owned());
        let validating =
            self.validating.iter_mut().flat_map(|all| all.webhooks.iter_mut().flatten());
        validating.for_each(|webhook| webhook.failure_policy = ignore());
        let mutating = self.mutating.iter_mut().flat_map(|all| all.webhooks.iter_mut().flatten());
        mutating.for_each(|webhook| webhook.failure_policy = ignore());
        self
    }

    /// What tells the API server whom to trust, and nothing else.
    pub(crate) fn bundles(&self) -> Vec<(ApiResource, DynamicObject)> {
        let trusts = |name: &String, config: &WebhookClientConfig| json!({ "name": name, "clientConfig": { "caBundle": config.ca_bundle } });
        let validating = self.validating.iter().map(|all| {
            let webhooks = all.webhooks.iter().flatten();
            let webhooks = webhooks.map(|it| trusts(&it.name, &it.client_config)).collect();
            part::<ValidatingWebhookConfiguration>(&all.metadata, webhooks)
        });
        let mutating = self.mutating.iter().map(|all| {
            let webhooks = all.webhooks.iter().flatten();
            let webhooks = webhooks.map(|it| trusts(&it.name, &it.client_config)).collect();
            part::<MutatingWebhookConfiguration>(&all.metadata, webhooks)
        });
        validating.chain(mutating).collect()
    }
}

/// A part of a configuration.
fn part<K: Resource>(metadata: &ObjectMeta, webhooks: Value) -> (ApiResource, DynamicObject) {
    let name = metadata.name.clone().unwrap_or_default();
    let mut part = DynamicObject::new(name, &K::RESOURCE);
    part.data.insert("webhooks".to_owned(), webhooks);
    (K::RESOURCE, part)
}

fn validates(
    hook: &dyn Hook,
    operator: &str,
    client_config: WebhookClientConfig,
) -> ValidatingWebhook {
    let registration = hook.registration();
    ValidatingWebhook {
        admission_review_versions: vec!["v1".to_owned()],
        client_config,
        failure_policy: registration.failure_policy(),
        match_conditions: registration.conditions(),
        match_policy: Some("Equivalent".to_owned()),
        name: domain(hook, operator),
        namespace_selector: registration.namespaces.clone(),
        object_selector: registration.objects.clone(),
        rules: Some(vec![registration.rule(&hook.resource())]),
        side_effects: registration.side_effects(),
        timeout_seconds: registration.seconds(),
    }
}

fn mutates(hook: &dyn Hook, operator: &str, client_config: WebhookClientConfig) -> MutatingWebhook {
    let registration = hook.registration();
    let again = if registration.reinvoked { "IfNeeded" } else { "Never" };
    MutatingWebhook {
        admission_review_versions: vec!["v1".to_owned()],
        client_config,
        failure_policy: registration.failure_policy(),
        match_conditions: registration.conditions(),
        match_policy: Some("Equivalent".to_owned()),
        name: domain(hook, operator),
        namespace_selector: registration.namespaces.clone(),
        object_selector: registration.objects.clone(),
        reinvocation_policy: Some(again.to_owned()),
        rules: Some(vec![registration.rule(&hook.resource())]),
        side_effects: registration.side_effects(),
        timeout_seconds: registration.seconds(),
    }
}

/// The name of a webhook, which the API server wants to be a domain of three parts.
fn domain(hook: &dyn Hook, operator: &str) -> String {
    let group = hook.resource().group;
    let group = if group.is_empty() { "core" } else { &*group };
    format!("{}.{operator}.{group}", hook.name().replace('_', "-"))
}

fn client_config(reach: &Reach, path: &str, bundle: Option<&str>) -> WebhookClientConfig {
    let ca_bundle = bundle.map(|pem| ByteString(pem.as_bytes().to_vec()));
    match reach {
        Reach::Service { namespace, name } => WebhookClientConfig {
            ca_bundle,
            service: Some(ServiceReference {
                name: name.clone(),
                namespace: namespace.clone(),
                path: Some(path.to_owned()),
                port: Some(443),
            }),
            url: None,
        },
        Reach::Url(url) => WebhookClientConfig {
            ca_bundle,
            service: None,
            url: Some(format!("{}{path}", url.trim_end_matches('/'))),
        },
    }
}
