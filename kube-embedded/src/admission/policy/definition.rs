//! A policy, compiled: what it is for, and a judgement of one write.
//!
//! Mirrors: kubernetes apiserver pkg/admission/plugin/policy/validating/validator.go

use super::printed;
use super::read;
use crate::admission::conditions::Clerk;
use crate::admission::conditions::Condition;
use crate::admission::conditions::Conditions;
use crate::admission::constraint::Constraint;
use crate::cluster::Cluster;
use crate::kind::Kind;
use crate::store::Stored;
use kube_rules::Answer;
use kube_rules::Environment;
use kube_rules::Evaluated;
use kube_rules::Expressions;
use kube_rules::OBJECT_COST_LIMIT;
use kube_rules::Returns;
use kube_rules::Subject;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use std::sync::OnceLock;

/// The longest message that an expression makes, in bytes.
const LONGEST_MESSAGE: usize = 5 * 1024;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    param_kind: Option<ParamKind>,
    match_constraints: Constraint,
    match_conditions: Vec<Condition>,
    variables: Vec<Variable>,
    validations: Vec<Validation>,
    audit_annotations: Vec<Annotation>,
    failure_policy: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ParamKind {
    api_version: String,
    kind: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Variable {
    name: String,
    expression: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Validation {
    expression: String,
    message: String,
    message_expression: String,
    reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Annotation {
    value_expression: String,
}

/// A policy.
#[derive(Debug)]
pub(super) struct Policy {
    name: Box<str>,
    spec: Spec,
    /// Compiled when a write first concerns it.
    compiled: OnceLock<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    conditions: Option<Conditions>,
    rules: Expressions,
    messages: Expressions,
    annotations: Expressions,
}

/// Why a write is denied.
#[derive(Debug)]
pub(super) struct Denial {
    pub(super) message: String,
    pub(super) reason: Option<String>,
}

/// What a policy says of a write.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// What the binding does with them, its actions say.
    pub(super) denials: Vec<Denial>,
    /// These deny whatever the binding says.
    pub(super) annotation_errors: Vec<String>,
}

impl Policy {
    pub(super) fn read(stored: &Stored) -> Self {
        let spec = read("a policy", &stored.name, &stored.value()["spec"]);
        Self { name: stored.name.clone(), spec, compiled: OnceLock::new() }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn constraint(&self) -> &Constraint {
        &self.spec.match_constraints
    }

    /// What cannot be told denies.
    pub(super) fn fails(&self) -> bool {
        self.spec.failure_policy != "Ignore"
    }

    /// The kind of its parameters, if it has any.
    ///
    /// # Errors
    /// There is no such kind.
    pub(super) fn param_kind(&self, cluster: &Cluster) -> Result<Option<Arc<Kind>>, String> {
        let Some(ParamKind { api_version, kind }) = &self.spec.param_kind else { return Ok(None) };
        cluster.kinds.of(api_version, kind).map(Some).ok_or_else(|| {
            let printed = printed(api_version, kind);
            format!("failed to find resource referenced by paramKind: '{printed}'")
        })
    }

    fn compiled(&self) -> &Compiled {
        self.compiled.get_or_init(|| {
            let spec = &self.spec;
            let mut environment = Environment::new().authorizer();
            if spec.param_kind.is_some() {
                environment = environment.params();
            }
            environment = environment.composed();
            for variable in &spec.variables {
                // What is wrong with it is told by what names it.
                let _ = environment.variable(&variable.name, &variable.expression);
            }
            let conditions = &spec.match_conditions;
            let rules = spec.validations.iter().map(|own| Some(own.expression.as_str()));
            let messages = spec.validations.iter().map(|own| own.message_expression.as_str());
            let messages = messages.map(|text| (!text.is_empty()).then_some(text));
            let values =
                spec.audit_annotations.iter().map(|own| Some(own.value_expression.as_str()));
            Compiled {
                conditions: (!conditions.is_empty())
                    .then(|| Conditions::new(&environment, conditions, self.fails())),
                rules: environment.together(rules, Returns::Bool),
                annotations: environment.together(values, Returns::TextOrNull),
                messages: environment
                    .clone()
                    .without_authorizer()
                    .together(messages, Returns::Text),
            }
        })
    }

    /// Judges one write; `namespace` is the object's.
    pub(super) fn judge(
        &self,
        subject: Subject<'_>,
        namespace: &Value,
        clerk: &Clerk<'_>,
    ) -> Judged {
        let compiled = self.compiled();
        if let Some(conditions) = &compiled.conditions {
            match conditions.met(&subject.authorizer(clerk)) {
                Ok(true) => {}
                Ok(false) => return Judged::default(),
                Err(why) => return self.failed(why),
            }
        }
        let subject = subject.namespace(namespace);
        let rules = match compiled.rules.evaluate(&subject.authorizer(clerk), OBJECT_COST_LIMIT) {
            Ok(rules) => rules,
            Err(why) => return self.failed(why),
        };
        let messages = compiled.messages.evaluate(&subject, rules.left);
        let mut judged = Judged { denials: self.denials(rules, &messages), ..Judged::default() };
        match compiled.annotations.evaluate(&subject.authorizer(clerk), OBJECT_COST_LIMIT) {
            Ok(values) if self.fails() => {
                let errors = values.answers.into_iter().flatten().filter_map(Result::err);
                judged.annotation_errors.extend(errors);
            }
            Ok(_) => {}
            Err(why) => return self.failed(why),
        }
        judged
    }

    fn failed(&self, message: String) -> Judged {
        let denials = self.fails().then_some(Denial { message, reason: None });
        Judged { denials: denials.into_iter().collect(), ..Judged::default() }
    }

    fn denials(&self, rules: Evaluated, messages: &Result<Evaluated, String>) -> Vec<Denial> {
        let mut denials = Vec::new();
        for (index, answer) in rules.answers.into_iter().flatten().enumerate() {
            let message = messages.as_ref().map(|all| all.answers.get(index));
            let failed = match (answer, message) {
                (Err(why), _) => why,
                (Ok(_), Err(why)) => format!("failed messageExpression: {why}"),
                (Ok(Answer::Bool(true)), _) => continue,
                (Ok(_), Ok(said)) => {
                    denials.push(self.broken(index, said.and_then(Option::as_ref)));
                    continue;
                }
            };
            denials.extend(self.fails().then_some(Denial { message: failed, reason: None }));
        }
        denials
    }

    fn broken(&self, index: usize, said: Option<&Result<Answer, String>>) -> Denial {
        let Some(validation) = self.spec.validations.get(index) else {
            return Denial { message: String::new(), reason: None };
        };
        let made = match said {
            Some(Ok(Answer::Text(text))) => text.trim(),
            _ => "",
        };
        let usable = made.len() <= LONGEST_MESSAGE && !made.contains('\n');
        let message = match (made, validation.message.trim()) {
            ("", "") => format!("failed expression: {}", validation.expression.trim()),
            ("", message) => message.to_owned(),
            (made, _) if usable => made.to_owned(),
            (_, "") => format!("failed expression: {}", validation.expression.trim()),
            (_, message) => message.to_owned(),
        };
        Denial { message, reason: validation.reason.clone() }
    }
}
