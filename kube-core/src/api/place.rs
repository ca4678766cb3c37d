//! Which objects a call is about, before it is checked: kind, namespace and name in, a [`Target`] out.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;

use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::object::ApiResource;
use crate::object::Name;
use crate::object::Namespace;
use crate::request::Form;
use crate::request::Target;
use crate::selector::check_labels;

/// Finds out a kind when it is needed. Lets the modules below bring kinds that only the server knows.
pub(crate) trait FindKind: Send + Sync {
    /// The kind.
    fn find(&self) -> BoxFuture<'_, Result<ApiResource>>;
}

/// Kind, namespace, subresource.
#[derive(Clone)]
pub(super) struct Place {
    kind: Kind,
    pub(super) namespace: Where,
    pub(super) subresource: Option<Cow<'static, str>>,
    pub(super) form: Form,
}

#[derive(Clone)]
enum Kind {
    Known(ApiResource),
    Found(Arc<dyn FindKind>),
}

/// A namespace that was named and may be wrong.
#[derive(Clone, Debug)]
pub(super) enum Where {
    Everywhere,
    In(Namespace),
    Wrong(Arc<str>),
}

/// An object's name that was given and may be wrong.
pub(super) type Named = Result<Name, Error>;

/// Takes a name as it is given.
pub(super) fn named<N: TryInto<Name, Error: Into<Error>>>(name: N) -> Named {
    name.try_into().map_err(Into::into)
}

impl Where {
    pub(super) fn of<N: TryInto<Namespace, Error: Into<Error>>>(namespace: N) -> Self {
        match namespace.try_into() {
            Ok(namespace) => Self::In(namespace),
            // An error cannot be cloned, a builder can.
            Err(error) => Self::Wrong(error.into().chain().into()),
        }
    }
}

impl Place {
    pub(super) fn of(resource: ApiResource) -> Self {
        Self::new(Kind::Known(resource))
    }

    pub(super) fn found_by(find: Arc<dyn FindKind>) -> Self {
        Self::new(Kind::Found(find))
    }

    fn new(kind: Kind) -> Self {
        Self { kind, namespace: Where::Everywhere, subresource: None, form: Form::Object }
    }

    /// The collection.
    pub(super) async fn target(&self) -> Result<Target> {
        let namespace = match &self.namespace {
            Where::Everywhere => None,
            Where::In(namespace) => Some(namespace.clone()),
            Where::Wrong(why) => return Err(Error::new(ErrorKind::Input, why.to_string())),
        };
        let mut target = match &self.kind {
            Kind::Known(resource) => Target::of(resource),
            Kind::Found(find) => Target::of(&find.find().await?),
        };
        target.namespace = namespace;
        target.subresource.clone_from(&self.subresource);
        target.form = self.form;
        Ok(target)
    }

    /// One object of it.
    pub(super) async fn object(&self, name: Named) -> Result<Target> {
        let name = name?;
        Ok(self.target().await?.name(name))
    }

    /// The object that this metadata is of. Its namespace counts where none was named.
    pub(super) async fn object_of(&self, written: &Written) -> Result<Target> {
        let mut target = self.collection_of(written).await?;
        target.name = written.name.as_deref().map(Name::try_from).transpose()?;
        Ok(target)
    }

    /// The collection that an object of this metadata goes into.
    pub(super) async fn collection_of(&self, written: &Written) -> Result<Target> {
        let mut target = self.target().await?;
        if let (None, true, Some(namespace)) =
            (&target.namespace, target.resource.is_namespaced(), &written.namespace)
        {
            target.namespace = Some(Namespace::try_from(namespace.as_str())?);
        }
        Ok(target)
    }
}

/// An object that is to be sent: its name and namespace, and its JSON.
pub(super) struct Written {
    pub(super) namespace: Option<String>,
    pub(super) name: Option<String>,
    pub(super) json: Result<Box<serde_json::value::RawValue>>,
}

impl Written {
    pub(super) fn of<T: serde::Serialize>(
        object: &T,
        metadata: &crate::object::ObjectMeta,
    ) -> Self {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let labels = check_labels(metadata.labels.iter().flatten());
        let json =
            labels.and_then(|()| serde_json::value::to_raw_value(object).map_err(|_| unwritable()));
        Self { namespace: given(&metadata.namespace), name: given(&metadata.name), json }
    }

    /// The JSON, with `apiVersion` and `kind` filled in where an object of any kind leaves them out.
    pub(super) fn json_as(
        self,
        resource: &ApiResource,
    ) -> Result<Box<serde_json::value::RawValue>> {
        let json = self.json?;
        if json.get().starts_with(r#"{"apiVersion":"#) {
            return Ok(json);
        }
        let mut object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(json.get()).map_err(|_| unwritable())?;
        object.entry("apiVersion").or_insert_with(|| resource.api_version().into());
        object.entry("kind").or_insert_with(|| resource.kind.as_ref().into());
        serde_json::value::to_raw_value(&object).map_err(|_| unwritable())
    }
}

fn unwritable() -> Error {
    Error::new(ErrorKind::Input, "the object cannot be written as a JSON object")
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Known(resource) => write!(f, "{resource}")?,
            Kind::Found(_) => f.write_str("a kind to be found")?,
        }
        if let Some(subresource) = &self.subresource {
            write!(f, "/{subresource}")?;
        }
        match &self.namespace {
            Where::Everywhere => Ok(()),
            Where::In(namespace) => write!(f, " in {namespace}"),
            Where::Wrong(_) => f.write_str(" in a wrong namespace"),
        }
    }
}
