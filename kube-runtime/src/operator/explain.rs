//! The wiring of an operator as text for people: caches, triggers, limits and permissions of each controller.

use std::fmt::Write as _;

use kube_core::ApiResource;

use super::Operator;
use crate::controller::Runnable;
use crate::reconcile::Permissions;
use crate::reconcile::Rule;
use crate::reconcile::Wiring;
use crate::reconcile::paused;
use crate::reconcile::plan::Use;
use crate::reconcile::wiring::Gate;
use crate::reconcile::wiring::Source;
use crate::webhook::Hook;
use crate::webhook::conversion_path;

/// Lines of two columns, the second one under the other.
#[derive(Default)]
struct Columns(Vec<(String, String)>);

impl Columns {
    fn add(&mut self, left: impl Into<String>, right: impl Into<String>) {
        self.0.push((left.into(), right.into()));
    }

    /// Writes them below a heading; nothing at all when there are none.
    fn write(self, heading: &str, text: &mut String) {
        if self.0.is_empty() {
            return;
        }
        _ = writeln!(text, "  {heading}");
        let width = self.0.iter().map(|(left, _)| left.chars().count()).max().unwrap_or(0);
        for (left, right) in &self.0 {
            _ = writeln!(text, "    {left:width$}  {right}");
        }
    }
}

impl<A: Send + Sync + 'static> Operator<A> {
    /// What it does and why, as text for people: for each controller its kind, the caches with what opens them, the changes that lead to a
    /// reconcile, its limits, the states that it needs and what it is allowed to do. The form of the text may change.
    ///
    /// ```
    /// # use k8s_openapi::api::core::v1::ConfigMap;
    /// # use kube_runtime::controller::Controller;
    /// # use kube_runtime::error::Result;
    /// # use kube_runtime::flow::Action;
    /// # use kube_runtime::reconcile::Object;
    /// # use kube_runtime::operator::Operator;
    /// # async fn greet(_map: Object<ConfigMap>) -> Result<Action> { Ok(Action::done()) }
    /// let text = Operator::new("greeter").controller(Controller::of("greet", greet)).explain();
    /// assert!(text.contains("controller `greet` reconciles ConfigMap (v1, namespaced)"));
    /// assert!(text.contains("configmaps  reconciled"));
    /// ```
    #[must_use]
    pub fn explain(&self) -> String {
        let mut text = format!("operator `{}`\n", self.name);
        let election = match &self.leader_election {
            None => "off: every replica works".to_owned(),
            Some(election) => format!(
                "one replica works: {} the lease `{}` in {}",
                if election.is_coordinated() { "whom the server names in" } else { "who holds" },
                election.lease.as_deref().unwrap_or(&self.name),
                match &election.namespace {
                    Some(namespace) => format!("namespace `{namespace}`"),
                    None => "the operator's namespace".to_owned(),
                }
            ),
        };
        _ = writeln!(text, "  leader election  {election}");
        let namespaces = match &self.namespaces {
            None => "all".to_owned(),
            Some(names) => format!("{}, and nothing elsewhere", names.join(", ")),
        };
        _ = writeln!(text, "  namespaces       {namespaces}");
        let off = |address: &str| match address {
            "" | "0" => "off".to_owned(),
            address => address.to_owned(),
        };
        let endpoint = &self.serving.endpoint;
        let (metrics, probes) = (off(&endpoint.metrics), off(&endpoint.probes));
        let guarded = match endpoint.secure {
            Some(_) => " by HTTPS, for those who may `get` /metrics",
            None => "",
        };
        _ = writeln!(text, "  served           metrics {metrics}{guarded}, health {probes}");
        let deadline = self.stopped_within.as_secs_f64();
        _ = writeln!(text, "  at its end       running reconciles have {deadline} s to finish");
        for hook in &self.hooks.all {
            text.push('\n');
            explain_webhook(&**hook, &mut text);
        }
        for policy in &self.policies {
            text.push('\n');
            let (name, resource) = (policy.name(), policy.resource());
            _ = writeln!(
                text,
                "policy `{name}` is asked by the API server about {}",
                kind(resource)
            );
            let mut columns = Columns::default();
            policy.said().into_iter().for_each(|(name, said)| columns.add(name, said));
            columns.write("asked", &mut text);
        }
        self.explain_conversions(&mut text);
        for controller in &self.controllers {
            text.push('\n');
            self.explain_controller(&**controller, &mut text);
        }
        text
    }

    /// Each kind whose objects are shown in several versions.
    fn explain_conversions(&self, text: &mut String) {
        for versions in self.hooks.conversions.iter() {
            let (resource, names) = (versions.resource(), versions.names());
            let names: Vec<String> = names.map(|name| name.to_string()).collect();
            _ = writeln!(text, "\nconversion of {resource} between {}", names.join(", "));
            let mut columns = Columns::default();
            columns.add("path", conversion_path(versions));
            columns.add(
                "when",
                "an object is read or written in another version than it is stored in",
            );
            columns.write("asked", text);
        }
    }

    /// Each kind that is kept, what for, and how.
    fn explain_caches(&self, wiring: &Wiring) -> Columns {
        let mut columns = Columns::default();
        for (resource, uses) in wiring.plan.uses() {
            let reason = |one: &Use| match one {
                Use::Primary => "reconciled".to_owned(),
                Use::Owned => "owned".to_owned(),
                Use::Watched(_) => "watched".to_owned(),
                Use::Read => "read".to_owned(),
                Use::Indexed(by) => format!("indexed by `{by}`"),
            };
            let mut reasons: Vec<String> = uses.iter().map(reason).collect();
            reasons.dedup();
            let selected = *resource == wiring.primary && !wiring.selection.is_everything();
            reasons.extend(selected.then(|| format!("only with {}", wiring.selection)));
            reasons.extend(self.caches.describe(resource));
            columns.add(resource.to_string(), reasons.join(", "));
        }
        columns
    }

    fn explain_controller(&self, controller: &dyn Runnable, text: &mut String) {
        let wiring = controller.wiring();
        let (name, primary) = (controller.name(), &wiring.primary);
        _ = writeln!(text, "controller `{name}` reconciles {}", kind(primary));
        let mut limits = Columns::default();
        limits.add("workers", format!("{}, never two on one object", wiring.workers));
        limits.add(
            "time limit",
            match wiring.timeout {
                Some(limit) => format!("{} s", limit.as_secs_f64()),
                None => "none".to_owned(),
            },
        );
        limits.add(
            "retries",
            match wiring.limiter {
                Some(limiter) => format!("when `{limiter}` says so"),
                None => "after 5 ms, twice as long each time up to 1000 s; of all objects 10 a second after the first 100".to_owned(),
            },
        );
        if let Some(period) = wiring.resync {
            limits.add("resync", format!("every object again each {} s", period.as_secs_f64()));
        }
        if let Some(finalizer) = controller.finalizer() {
            limits.add("finalizer", format!("{finalizer}, until its cleanup is done"));
        }
        if !wiring.leads {
            limits.add("replicas", "it works on every one, whether that leads or not");
        }
        if let Some(names) = &wiring.namespaces {
            limits.add("namespaces", format!("{}, and nothing elsewhere", names.join(", ")));
        }
        let annotation = paused::annotation(name, primary);
        limits.add("paused", format!("objects with the annotation {annotation}: \"true\""));
        limits.write("how", text);
        self.explain_caches(wiring).write("caches", text);
        let mut when = triggers(wiring);
        for other in self.controllers.iter().filter(|it| it.wiring().triggered.contains(primary)) {
            when.add(format!("controller `{}` asks for it", other.name()), "it");
        }
        if self.triggers.wanted().contains(primary) {
            when.add("the program asks for it", "it");
        }
        when.write("reconciles when", text);
        let mut states = Columns::default();
        let mut needed = wiring.states.clone();
        needed.sort_by_key(|state| state.name);
        needed.dedup_by_key(|state| state.id);
        for state in &needed {
            let given = self.has_state(state.id);
            states.add(state.name, if given { "given" } else { "MISSING: add `.state(..)`" });
        }
        states.write("states", text);
        let mut permissions = wiring.permissions.clone();
        permissions.merge(&Permissions::of_events(self.events.api));
        may(&permissions, text);
        for mistake in &wiring.mistakes {
            _ = writeln!(text, "  CANNOT BE STARTED: {mistake}");
        }
    }
}

/// When it is asked, what it reads, and what it may do beside.
fn explain_webhook(hook: &dyn Hook, text: &mut String) {
    let (resource, needs) = (hook.resource(), hook.needs());
    let does = if hook.is_mutating() { "changes" } else { "judges" };
    _ = writeln!(text, "webhook `{}` {does} {}", hook.name(), kind(&resource));
    let mut columns = Columns::default();
    columns.add("path", hook.path());
    for (name, said) in hook.registration().said() {
        columns.add(name, said);
    }
    columns.write("asked", text);
    let mut columns = Columns::default();
    for state in &needs.states {
        columns.add(state.name, "");
    }
    columns.write("states", text);
    may(&needs.permissions, text);
}

/// `ConfigMap (v1, namespaced)`
fn kind(resource: &ApiResource) -> String {
    let scope = if resource.is_namespaced() { "namespaced" } else { "of the cluster" };
    format!("{} ({}, {scope})", resource.kind, resource.api_version())
}

/// What it is allowed to do.
fn may(permissions: &Permissions, text: &mut String) {
    let mut rules = Columns::default();
    for rule in permissions.rules() {
        let verbs: Vec<String> = rule.verbs.iter().map(ToString::to_string).collect();
        rules.add(allowed(&rule), verbs.join(", "));
    }
    rules.write("may", text);
}

/// Each change that matters, and what is reconciled for it.
fn triggers(wiring: &Wiring) -> Columns {
    let mut columns = Columns::default();
    let primary = &wiring.primary.kind;
    let changes = |resource: &ApiResource, gate: &Gate| {
        let admitted = gate.name().map(|name| format!(", if {name} admits it"));
        format!("{} changes{}", article(&resource.kind), admitted.unwrap_or_default())
    };
    columns.add(changes(&wiring.primary, &wiring.gate), "it");
    for Source { resource, means, gate, .. } in &wiring.sources {
        let reconciled = match means {
            Use::Watched(by) => format!("what `{by}` says of the old and the new one"),
            _ => format!("the {primary} that owns it"),
        };
        columns.add(changes(resource, gate), reconciled);
    }
    columns
}

fn article(kind: &str) -> String {
    let vowel = kind.starts_with(['A', 'E', 'I', 'O', 'U']);
    format!("{} {kind}", if vowel { "an" } else { "a" })
}

/// A resource as people write it: `deployments.apps/scale`.
fn allowed(rule: &Rule) -> String {
    let (plural, subresource) = match rule.resource.split_once('/') {
        Some((plural, subresource)) => (plural, format!("/{subresource}")),
        None => (rule.resource.as_str(), String::new()),
    };
    match rule.group.as_str() {
        "" => format!("{plural}{subresource}"),
        group => format!("{plural}.{group}{subresource}"),
    }
}
