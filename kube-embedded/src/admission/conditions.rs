//! Match conditions: expressions and a write in; whether it is meant, or why nobody can tell, out.
//!
//! Mirrors: kubernetes apiserver pkg/admission/plugin/webhook/matchconditions

use crate::auth::Attributes;
use crate::auth::Rbac;
use crate::auth::User;
use crate::cluster::Cluster;
use kube_rules::Answer;
use kube_rules::Authorizer;
use kube_rules::CONDITIONS_COST_LIMIT;
use kube_rules::Decision;
use kube_rules::Environment;
use kube_rules::Expressions;
use kube_rules::Question;
use kube_rules::Returns;
use kube_rules::Subject;
use serde::Deserialize;
use std::sync::OnceLock;

/// One condition as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Condition {
    expression: String,
}

/// The conditions of a webhook or of a policy, compiled.
#[derive(Debug)]
pub(super) struct Conditions {
    expressions: Expressions,
    /// An error is told; else the write counts as not meant.
    fails: bool,
}

impl Conditions {
    pub(super) fn new(environment: &Environment, list: &[Condition], fails: bool) -> Self {
        let texts = list.iter().map(|condition| Some(condition.expression.as_str()));
        Self { expressions: environment.together(texts, Returns::Bool), fails }
    }

    /// Whether all conditions are true. One that is false decides, whatever the others fail with.
    ///
    /// # Errors
    /// Some failed, in the API server's words.
    pub(super) fn met(&self, subject: &Subject<'_>) -> Result<bool, String> {
        let evaluated = match self.expressions.evaluate(subject, CONDITIONS_COST_LIMIT) {
            Ok(evaluated) => evaluated,
            Err(why) if self.fails => return Err(why),
            Err(_) => return Ok(false),
        };
        let mut errors: Vec<String> = Vec::new();
        for answer in evaluated.answers.into_iter().flatten() {
            match answer {
                Ok(Answer::Bool(false)) => return Ok(false),
                Ok(_) => {}
                Err(why) if errors.contains(&why) => {}
                Err(why) => errors.push(why),
            }
        }
        match errors.as_slice() {
            [] => Ok(true),
            _ if !self.fails => Ok(false),
            [one] => Err(one.clone()),
            many => Err(format!("[{}]", many.join(", "))),
        }
    }
}

/// Answers what the writer may do, by the roles that are stored now.
#[derive(Debug)]
pub(super) struct Clerk<'a> {
    cluster: &'a Cluster,
    user: &'a User,
    rbac: OnceLock<Rbac>,
}

impl<'a> Clerk<'a> {
    pub(super) fn new(cluster: &'a Cluster, user: &'a User) -> Self {
        Self { cluster, user, rbac: OnceLock::new() }
    }
}

impl Authorizer for Clerk<'_> {
    fn decide(&self, question: &Question) -> Decision {
        let rbac = self.rbac.get_or_init(|| super::current_rbac(self.cluster));
        let account = question.service_account.as_ref();
        let account = account.map(|(namespace, name)| User::service_account(namespace, name, ""));
        let attributes = if question.resource.is_empty() {
            Attributes::path(&question.verb, &question.path)
        } else {
            Attributes::resource(&question.verb, &question.group, &question.resource)
                .subresource(&question.subresource)
                .namespace(&question.namespace)
                .name(&question.name)
        };
        let decision = rbac.authorize(account.as_ref().unwrap_or(self.user), &attributes);
        Decision { allowed: decision.allowed, reason: decision.reason, error: None }
    }
}
