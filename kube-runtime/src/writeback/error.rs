//! Why something cannot be written, found out before a request leaves.

use kube_core::Error;
use kube_core::ErrorKind;

#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    #[error("cannot apply {what}: it has no name; set `metadata.name`")]
    NoName { what: String },
    #[error(
        "cannot apply {what} `{name}`: {owner} has no namespace to put it in; set `metadata.namespace`"
    )]
    NoNamespace { what: String, name: String, owner: String },
    #[error(
        "cannot apply {what} `{name}` as owned by {owner}: an owner must be in the same namespace; write it through a `Client` argument and declare that with `permissions(..)`"
    )]
    OutOfReach { what: String, name: String, owner: String },
    #[error(
        "cannot apply {what} `{name}`: it names another controller, {other}; an object has one"
    )]
    OtherController { what: String, name: String, other: String },
    #[error("cannot own anything: {owner} was never stored, so it has no uid")]
    NotStored { owner: String },
    #[error(
        "cannot tell whether a {what} is gone: there is no cache of it; add `owns(..)` to the controller"
    )]
    NotCached { what: String },
    #[error("failed to encode {what} `{name}`")]
    Encode { what: String, name: String, source: serde_json::Error },
}

impl From<WriteError> for Error {
    fn from(error: WriteError) -> Self {
        Self::new(ErrorKind::Input, error)
    }
}
