//! What the server knows of a kind: a row of names and switches, and a small strategy for what is its own.
//!
//! A new built-in kind is one row in `builtin/`, and a strategy there if it has rules of its own.

mod builtin;
mod conversion;
mod fields;
mod registry;
mod shape;
mod strategy;
#[cfg(test)]
mod tests;

pub(crate) use builtin::{OLDEST, builtin_kinds, config_key, coordinated_kinds};
pub(crate) use conversion::{Conversion, ConversionHook};
pub(crate) use fields::{Field, Refusal};
pub(crate) use registry::Kinds;
pub(crate) use strategy::{Plain, Strategy};

use crate::schema::Types;
use crate::status::ResourceName;
use crate::store::ResourceId;
use serde_json::Value;
use std::sync::Arc;

/// A part of an object that has a path of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sub {
    Status,
    /// Paths (with a leading dot) of the wanted and the present replicas, and of the selector.
    Scale {
        wanted: String,
        present: String,
        selector: Option<String>,
    },
    Finalize,
    Token,
    /// What is decided of a request to sign a certificate.
    Approval,
    /// Where a Pod is bound to its node.
    Binding,
    /// Where a Pod is asked to leave.
    Eviction,
    /// The containers that are added to a running Pod.
    EphemeralContainers,
    /// How much its containers may use.
    Resize,
    /// What containers say and do.
    Connect(Connect),
}

/// What leads to the containers of a Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Connect {
    Attach,
    Exec,
    Log,
    PortForward,
    /// Of a Pod, or of the Pods of a Service.
    Proxy,
}

impl Sub {
    /// As it stands in a URL.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Scale { .. } => "scale",
            Self::Finalize => "finalize",
            Self::Token => "token",
            Self::Approval => "approval",
            Self::Binding => "binding",
            Self::Eviction => "eviction",
            Self::EphemeralContainers => "ephemeralcontainers",
            Self::Resize => "resize",
            Self::Connect(Connect::Attach) => "attach",
            Self::Connect(Connect::Exec) => "exec",
            Self::Connect(Connect::Log) => "log",
            Self::Connect(Connect::PortForward) => "portforward",
            Self::Connect(Connect::Proxy) => "proxy",
        }
    }
}

/// A column of the table that `kubectl get` prints, read by a path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// `string`, `integer`, `number`, `boolean` or `date`.
    pub(crate) type_: String,
    pub(crate) format: String,
    pub(crate) description: String,
    pub(crate) priority: i64,
    /// As `.spec.replicas`.
    pub(crate) path: String,
}

/// One served version of a kind.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) list_kind: String,
    pub(crate) plural: String,
    pub(crate) singular: String,
    pub(crate) short_names: Vec<String>,
    pub(crate) categories: Vec<String>,
    pub(crate) namespaced: bool,
    /// Made by a definition, not built in.
    pub(crate) custom: bool,
    /// Where its objects are: kinds that are views of the same objects share it.
    pub(crate) resource: ResourceId,
    pub(crate) subresources: Vec<Sub>,
    /// Whether objects count the changes of what they want.
    pub(crate) generation: bool,
    pub(crate) unconditional_update: bool,
    pub(crate) create_on_update: bool,
    /// Whether a deletion answers with the object even when it is gone.
    pub(crate) return_deleted: bool,
    /// Answered on the spot, never stored (reviews).
    pub(crate) review: bool,
    pub(crate) collection_delete: bool,
    pub(crate) types: Option<Arc<Types>>,
    /// The `openAPIV3Schema` of a custom kind, as it was given.
    pub(crate) schema: Option<Arc<Value>>,
    /// Extra columns of a custom kind; `None`: the default ones.
    pub(crate) columns: Option<Vec<Column>>,
    /// Selectable fields beyond name and namespace.
    pub(crate) fields: Vec<Field>,
    pub(crate) refusal: Refusal,
    pub(crate) strategy: Arc<dyn Strategy>,
    /// Between what is stored and this version.
    pub(crate) conversion: Option<Arc<dyn Conversion>>,
    /// The webhook that converts instead; what is stored may be of any version then.
    pub(crate) hook: Option<Arc<ConversionHook>>,
    pub(crate) deprecation: Option<String>,
    /// Its definition is being deleted.
    pub(crate) terminating: bool,
}

impl Kind {
    /// A kind with the usual names and no rules of its own.
    pub(crate) fn new(
        group: &str,
        version: &str,
        kind: &str,
        plural: &str,
        namespaced: bool,
    ) -> Self {
        Self {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            list_kind: format!("{kind}List"),
            plural: plural.to_owned(),
            singular: kind.to_lowercase(),
            short_names: Vec::new(),
            categories: Vec::new(),
            namespaced,
            custom: false,
            resource: format!("{group}/{plural}").into(),
            subresources: Vec::new(),
            generation: false,
            unconditional_update: false,
            create_on_update: false,
            return_deleted: false,
            review: false,
            collection_delete: true,
            types: None,
            schema: None,
            columns: None,
            fields: Vec::new(),
            refusal: Refusal::NotSupported,
            strategy: Arc::new(Plain),
            conversion: None,
            hook: None,
            deprecation: None,
            terminating: false,
        }
    }

    /// `apps/v1`, or `v1` in the core group.
    pub(crate) fn api_version(&self) -> String {
        match self.group.as_str() {
            "" => self.version.clone(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// The values of the selectable fields, in the order of the table.
    pub(crate) fn selectable(&self, object: &Value) -> Box<[Box<str>]> {
        self.fields.iter().map(|field| field.value(object)).collect()
    }

    /// The resource as error texts name it.
    pub(crate) fn name(&self) -> ResourceName<'_> {
        ResourceName { group: &self.group, plural: &self.plural }
    }

    /// The subresource of this name, if it has it.
    pub(crate) fn sub(&self, name: &str) -> Option<&Sub> {
        self.subresources.iter().find(|sub| sub.name() == name)
    }

    /// Whether `status` is written through a path of its own.
    pub(crate) fn has_status(&self) -> bool {
        self.subresources.contains(&Sub::Status)
    }

    /// The verbs in the order in which discovery tells them.
    pub(crate) fn verbs(&self) -> Vec<&'static str> {
        if self.review {
            return vec!["create"];
        }
        if self.terminating {
            return vec!["delete", "deletecollection", "get", "list", "watch"];
        }
        let verbs: &[&str] = if self.custom {
            &["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]
        } else {
            &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
        };
        let kept = |verb: &&&str| **verb != "deletecollection" || self.collection_delete;
        verbs.iter().filter(kept).copied().collect()
    }
}
