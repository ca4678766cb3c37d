//! `Change<K>`: what somebody asks the API server to do, typed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::review::Question;

/// What is to be done to an object.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Operation<K> {
    /// It is to be made.
    Create(Arc<K>),
    /// It is to be changed.
    Update {
        /// What it is.
        old: Arc<K>,
        /// What it is to be.
        new: Arc<K>,
    },
    /// It is to be deleted.
    Delete(Arc<K>),
    /// Somebody connects to a subresource of it, as `exec` of a Pod; the options of the connection are the [`options`](Change::options).
    Connect,
}

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// As `system:serviceaccount:prod:shop`.
    #[serde(default, rename = "username")]
    pub name: String,
    /// As `system:masters`.
    #[serde(default)]
    pub groups: Vec<String>,
    /// What the authenticator knows beside.
    #[serde(default)]
    pub extra: BTreeMap<String, Vec<String>>,
}

/// One change that somebody asks for. Clones share it.
pub struct Change<K>(Arc<Inner<K>>);

struct Inner<K> {
    operation: Operation<K>,
    uid: String,
    name: String,
    namespace: Option<String>,
    subresource: Option<String>,
    user: User,
    dry_run: bool,
    options: Value,
}

impl<K> Change<K> {
    pub(super) fn new(operation: Operation<K>, question: &Question) -> Self {
        let named = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let options = match &operation {
            // They come as the object, and the request has no others.
            Operation::Connect => question.object.as_deref().and_then(as_json),
            _ => Some(question.options.clone()),
        };
        Self(Arc::new(Inner {
            operation,
            uid: question.uid.clone(),
            name: question.name.clone(),
            namespace: named(&question.namespace),
            subresource: named(&question.sub_resource),
            user: question.user_info.clone(),
            dry_run: question.dry_run.unwrap_or_default(),
            options: options.unwrap_or_default(),
        }))
    }

    /// What is to be done, with the object before and after it.
    #[must_use]
    pub fn operation(&self) -> &Operation<K> {
        &self.0.operation
    }

    /// What the object is to be; none if it is to be deleted.
    #[must_use]
    pub fn new_object(&self) -> Option<&K> {
        match self.operation() {
            Operation::Create(new) | Operation::Update { new, .. } => Some(new),
            Operation::Delete(_) | Operation::Connect => None,
        }
    }

    /// What the object is; none if it is to be made.
    #[must_use]
    pub fn old_object(&self) -> Option<&K> {
        match self.operation() {
            Operation::Delete(old) | Operation::Update { old, .. } => Some(old),
            Operation::Create(_) | Operation::Connect => None,
        }
    }

    /// The number of this question; the API server's audit log has it too.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.0.uid
    }

    /// The object's name; empty if the server is to make one.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Its namespace, if it has one.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.0.namespace.as_deref()
    }

    /// Which subresource is asked for, as `status`.
    #[must_use]
    pub fn subresource(&self) -> Option<&str> {
        self.0.subresource.as_deref()
    }

    /// Who asks.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.0.user
    }

    /// Whether nothing of it will be stored: whoever does more than answering leaves that then.
    #[must_use]
    pub fn is_dry_run(&self) -> bool {
        self.0.dry_run
    }

    /// The options of the request, as `propagationPolicy` of a deletion; of a connection what is asked for, as the `command` of `exec`.
    #[must_use]
    pub fn options(&self) -> &Value {
        &self.0.options
    }
}

fn as_json(sent: &RawValue) -> Option<Value> {
    serde_json::from_str(sent.get()).ok()
}

impl<K> Clone for Change<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Never shows the objects: they may be Secrets.
impl<K> fmt::Debug for Change<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = match self.operation() {
            Operation::Create(_) => "create",
            Operation::Update { .. } => "update",
            Operation::Delete(_) => "delete",
            Operation::Connect => "connect",
        };
        formatter
            .debug_struct("Change")
            .field("operation", &operation)
            .field("namespace", &self.0.namespace)
            .field("name", &self.0.name)
            .field("user", &self.0.user.name)
            .finish_non_exhaustive()
    }
}
