//! Roles and bindings compiled into one snapshot that answers whether a user may do something.

use std::collections::HashMap;
use std::fmt;
use std::ops::ControlFlow;

use serde::Deserialize;
use serde_json::Value;

use super::Attributes;
use super::Rule;
use super::User;

/// The authorizer's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) allowed: bool,
    /// Which binding allowed it; or what went wrong while looking, empty when nothing did.
    pub(crate) reason: String,
}

/// What a user holds, and what could not be looked up.
#[derive(Debug, Default)]
pub(crate) struct Held {
    pub(crate) rules: Vec<Rule>,
    pub(crate) missing: Vec<Missing>,
}

/// A role that a binding names and that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    kind: String,
    pub(super) name: String,
}

/// As the authorizer tells it.
impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, name } = self;
        write!(f, "{}.rbac.authorization.k8s.io \"{name}\" not found", kind.to_lowercase())
    }
}

/// All roles and bindings at one moment.
#[derive(Debug, Default)]
pub(crate) struct Rbac {
    roles: HashMap<(String, String), Vec<Rule>>,
    cluster_roles: HashMap<String, Vec<Rule>>,
    bindings: HashMap<String, Vec<Binding>>,
    cluster_bindings: Vec<Binding>,
}

#[derive(Debug)]
struct Binding {
    namespace: String,
    name: String,
    role: RoleRef,
    subjects: Vec<Subject>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RoleRef {
    kind: String,
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Subject {
    kind: String,
    name: String,
    namespace: String,
}

impl Rbac {
    /// Compiles objects of the four kinds, in any order; others are passed over.
    pub(crate) fn compile<'a>(objects: impl IntoIterator<Item = &'a Value>) -> Self {
        let mut rbac = Self::default();
        for object in objects {
            rbac.add(object);
        }
        // The first binding that allows is the one the answer names.
        rbac.cluster_bindings.sort_by(|a, b| a.name.cmp(&b.name));
        for bindings in rbac.bindings.values_mut() {
            bindings.sort_by(|a, b| a.name.cmp(&b.name));
        }
        rbac
    }

    fn add(&mut self, object: &Value) {
        let text = |pointer: &str| {
            object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let (name, namespace) = (text("/metadata/name"), text("/metadata/namespace"));
        match object["kind"].as_str() {
            Some("Role") => {
                self.roles.insert((namespace, name), rules(object));
            }
            Some("ClusterRole") => {
                self.cluster_roles.insert(name, rules(object));
            }
            Some("RoleBinding") => {
                let binding = binding(object, namespace, name);
                self.bindings.entry(binding.namespace.clone()).or_default().push(binding);
            }
            Some("ClusterRoleBinding") => {
                self.cluster_bindings.push(binding(object, String::new(), name));
            }
            _ => {}
        }
    }

    /// Whether the user may do it.
    pub(crate) fn authorize(&self, user: &User, request: &Attributes) -> Decision {
        if user.is_master() {
            return Decision { allowed: true, reason: String::new() };
        }
        let mut missing = Vec::new();
        let found = self.visit(user, &request.namespace, |binding, subject, rules| match rules {
            Err(role) => {
                missing.push(role);
                ControlFlow::Continue(())
            }
            Ok(rules) if rules.iter().any(|rule| rule.allows(request)) => {
                ControlFlow::Break(format!("RBAC: allowed by {}", describe(binding, subject)))
            }
            Ok(_) => ControlFlow::Continue(()),
        });
        match (found, joined(&missing)) {
            (Some(reason), _) => Decision { allowed: true, reason },
            (None, None) => Decision::default(),
            (None, Some(error)) => Decision { allowed: false, reason: format!("RBAC: {error}") },
        }
    }

    /// What the user holds in the namespace.
    pub(crate) fn held(&self, user: &User, namespace: &str) -> Held {
        let mut held = Held::default();
        self.visit(user, namespace, |_, _, rules| {
            match rules {
                Ok(rules) => held.rules.extend(rules.iter().cloned()),
                Err(role) => held.missing.push(role),
            }
            ControlFlow::<()>::Continue(())
        });
        held
    }

    /// The rules that a `roleRef` found in `namespace` stands for.
    pub(crate) fn role(&self, kind: &str, name: &str, namespace: &str) -> Result<&[Rule], Missing> {
        let found = if kind == "ClusterRole" {
            self.cluster_roles.get(name)
        } else {
            self.roles.get(&(namespace.to_owned(), name.to_owned()))
        };
        let missing = || Missing { kind: kind.to_owned(), name: name.to_owned() };
        found.map(Vec::as_slice).ok_or_else(missing)
    }

    fn visit<T>(
        &self,
        user: &User,
        namespace: &str,
        mut each: impl FnMut(&Binding, &Subject, Result<&[Rule], Missing>) -> ControlFlow<T>,
    ) -> Option<T> {
        let local = if namespace.is_empty() { None } else { self.bindings.get(namespace) };
        for binding in self.cluster_bindings.iter().chain(local.into_iter().flatten()) {
            let mut subjects = binding.subjects.iter();
            let Some(subject) = subjects.find(|subject| subject.is(user, &binding.namespace))
            else {
                continue;
            };
            let role = self.role(&binding.role.kind, &binding.role.name, &binding.namespace);
            if let ControlFlow::Break(found) = each(binding, subject, role) {
                return Some(found);
            }
        }
        None
    }
}

/// Several errors as one: none, itself, or all in brackets.
pub(super) fn joined(missing: &[Missing]) -> Option<String> {
    match missing {
        [] => None,
        [one] => Some(one.to_string()),
        many => {
            let texts: Vec<String> = many.iter().map(Missing::to_string).collect();
            Some(format!("[{}]", texts.join(", ")))
        }
    }
}

impl Subject {
    fn is(&self, user: &User, binding_namespace: &str) -> bool {
        match self.kind.as_str() {
            "User" => user.name == self.name,
            "Group" => user.groups.contains(&self.name),
            "ServiceAccount" => {
                let namespace = self.namespace(binding_namespace);
                !namespace.is_empty()
                    && user.name == format!("system:serviceaccount:{namespace}:{}", self.name)
            }
            _ => false,
        }
    }

    fn namespace<'a>(&'a self, binding_namespace: &'a str) -> &'a str {
        if self.namespace.is_empty() { binding_namespace } else { &self.namespace }
    }
}

fn describe(binding: &Binding, subject: &Subject) -> String {
    let who = match subject.kind.as_str() {
        "ServiceAccount" => {
            format!("{}/{}", subject.name, subject.namespace(&binding.namespace))
        }
        _ => subject.name.clone(),
    };
    let (kind, name) = if binding.namespace.is_empty() {
        ("ClusterRoleBinding", binding.name.clone())
    } else {
        ("RoleBinding", format!("{}/{}", binding.name, binding.namespace))
    };
    let role = &binding.role;
    format!("{kind} \"{name}\" of {} \"{}\" to {} \"{who}\"", role.kind, role.name, subject.kind)
}

fn rules(object: &Value) -> Vec<Rule> {
    Vec::deserialize(&object["rules"]).unwrap_or_default()
}

fn binding(object: &Value, namespace: String, name: String) -> Binding {
    Binding {
        namespace,
        name,
        role: RoleRef::deserialize(&object["roleRef"]).unwrap_or_default(),
        subjects: Vec::deserialize(&object["subjects"]).unwrap_or_default(),
    }
}
