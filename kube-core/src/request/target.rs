//! What a call is about: kind, namespace, name and subresource in, a path and a description out.

use std::borrow::Cow;
use std::fmt;

use super::Verb;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::object::ApiResource;
use crate::object::Name;
use crate::object::Namespace;

/// A collection, an object, or a part of an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Target {
    /// The kind.
    pub resource: ApiResource,
    /// Where; all namespaces, or a kind without namespaces, if nowhere.
    pub namespace: Option<Namespace>,
    /// Which; all of them if none.
    pub name: Option<Name>,
    /// What of it: `status`, `scale`, …
    pub subresource: Option<Cow<'static, str>>,
    /// In which form.
    pub form: Form,
}

/// In which form the server is to send objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Form {
    /// As they are.
    #[default]
    Object,
    /// Only their metadata (`PartialObjectMetadata`).
    Metadata,
    /// As `kubectl get` shows them (`Table`).
    Table,
}

impl Target {
    /// All objects of a kind.
    #[must_use]
    pub fn of(resource: &ApiResource) -> Self {
        Self {
            resource: resource.clone(),
            namespace: None,
            name: None,
            subresource: None,
            form: Form::Object,
        }
    }

    /// Those in one namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: Namespace) -> Self {
        self.namespace = Some(namespace);
        self
    }

    /// One object.
    #[must_use]
    pub fn name(mut self, name: Name) -> Self {
        self.name = Some(name);
        self
    }

    /// A part of the object.
    #[must_use]
    pub fn subresource(mut self, subresource: impl Into<Cow<'static, str>>) -> Self {
        self.subresource = Some(subresource.into());
        self
    }

    /// Only the metadata.
    #[must_use]
    pub fn metadata_only(mut self) -> Self {
        self.form = Form::Metadata;
        self
    }

    /// As `kubectl get` shows it.
    #[must_use]
    pub fn table(mut self) -> Self {
        self.form = Form::Table;
        self
    }

    /// The object as messages name it, whatever part of it is meant.
    pub(super) fn object(&self) -> String {
        Self { subresource: None, ..self.clone() }.to_string()
    }

    pub(super) fn path(&self, verb: Verb) -> Result<String> {
        let refuse = |why: &str| Err(Error::new(ErrorKind::Input, why));
        match (verb.is_collection(), &self.name) {
            (true, Some(_)) => {
                return refuse("a collection has no name: select it by `metadata.name` instead");
            }
            (false, None) if verb != Verb::Create => return refuse("say which object is meant"),
            // The server would create it in no namespace, and say that the namespace is missing.
            (false, None) if self.resource.is_namespaced() && self.namespace.is_none() => {
                return refuse("say in which namespace");
            }
            _ => {}
        }
        self.resource.path(self.namespace.as_ref(), self.name.as_ref(), self.subresource.as_deref())
    }

    pub(super) fn accept(&self, verb: Verb) -> &'static str {
        match (self.form, verb) {
            (Form::Object, _) => "application/json",
            // A deletion of a collection is answered with the list of what was deleted.
            (Form::Metadata, Verb::List | Verb::DeleteCollection) => {
                "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
            }
            (Form::Metadata, _) => "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
            (Form::Table, _) => "application/json;as=Table;g=meta.k8s.io;v=v1",
        }
    }
}

/// As messages name it: ``pods `web` in namespace `prod` ``.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.resource.fmt(f)?;
        if let Some(subresource) = &self.subresource {
            write!(f, "/{subresource}")?;
        }
        if let Some(name) = &self.name {
            write!(f, " `{name}`")?;
        }
        match &self.namespace {
            Some(namespace) => write!(f, " in namespace `{namespace}`"),
            None => Ok(()),
        }
    }
}
