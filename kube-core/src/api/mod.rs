//! What can be done with the objects of a kind: a verb's builder in, its answer out. One file a verb.
//!
//! Every builder is a future: nothing leaves before `.await`, and a bad name or selector is the error of the
//! `.await`, without a request.
//!
//! Mirrors: client-go gentype, dynamic, metadata
//! Differs: one type for typed, dynamic and metadata-only access.

mod apply;
mod create;
mod creates;
mod decode;
mod delete;
mod delete_collection;
mod get;
mod list;
mod modify;
mod next_page;
mod pages;
mod patch;
mod place;
mod pod;
mod proxy;
mod replace;
mod resumed;
mod status;
mod subresource;
mod table;
mod token;
mod until;
mod watch;

use std::fmt;
use std::marker::PhantomData;

use crate::client::Client;
use crate::error::Error;
use crate::object::ApiResource;
use crate::object::Namespace;
use crate::object::PartialObjectMetadata;
use crate::object::Resource;
use crate::request::Form;

pub use apply::Applies;
pub use apply::ApplyObject;
pub use create::Create;
pub use creates::Creates;
pub use creates::Everywhere;
pub use creates::Placed;
pub use delete::Delete;
pub use delete::Deletion;
pub use delete_collection::DeleteCollection;
pub use get::Get;
pub use get::GetOptional;
pub use list::List;
pub use list::ListMetadata;
pub use list::ListObjects;
pub use list::RawList;
pub use modify::Modify;
pub use pages::Pages;
pub use patch::PatchObject;
pub(crate) use place::FindKind;
use place::Place;
#[cfg(feature = "streaming")]
pub use pod::CopyFiles;
pub use pod::Line;
pub use pod::Log;
pub use pod::LogLines;
#[cfg(feature = "streaming")]
pub use pod::OpenPortForward;
#[cfg(feature = "streaming")]
pub use pod::OpenProcess;
pub use pod::PodApi;
pub use pod::ReadLog;
pub use proxy::ProxyApi;
pub use proxy::ProxyCall;
pub use replace::Replace;
pub use resumed::ResumedWatch;
pub use status::StatusApi;
pub use subresource::Evict;
pub use subresource::Scale;
pub use subresource::ScaleApi;
pub use subresource::SubresourceApi;
pub use subresource::WriteSubresource;
pub use table::GetTable;
pub use table::Include;
pub use table::ListTable;
pub use table::Table;
pub use table::TableApi;
pub use table::TableColumn;
pub use table::TablePages;
pub use table::TableRow;
pub use table::TableWatch;
pub use table::WatchTable;
pub use token::CreateToken;
pub use token::Token;
pub use until::Until;
pub use until::Verdict;
pub use until::has_condition;
pub use watch::Event;
pub use watch::RawWatch;
pub use watch::Watch;
pub use watch::WatchObjects;

/// The objects of one kind: in one namespace, in all of them, or of the cluster. `P` says which, as far as the compiler knows: an object of a
/// kind with namespaces is created where one was named, anything else does not compile.
pub struct Api<K, P = Placed> {
    client: Client,
    place: Place,
    kind: PhantomData<fn() -> (K, P)>,
}

/// The objects of one namespace, or those of the cluster, of any kind; `P` as of an [`Api`].
///
/// ```
/// # use k8s_openapi::api::core::v1::ConfigMap;
/// # use kube_core::{ObjectMeta, ResourceExt};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> kube_core::Result<()> {
/// # let server = kube_embedded::Server::builder().build();
/// # let listening = server.listen(([127, 0, 0, 1], 0).into()).await.expect("a port is free");
/// # let config = kube_core::Config::new(&listening.url())?.token(server.admin_token());
/// # let client = kube_core::Client::new(config)?;
/// let here = client.namespace("default");
/// let metadata = ObjectMeta { name: Some("a".to_owned()), ..ObjectMeta::default() };
/// here.apply(&ConfigMap { metadata, ..ConfigMap::default() }).field_manager("me").await?;
/// assert_eq!(here.get::<ConfigMap>("a").await?.name(), "a");
/// assert!(here.get::<ConfigMap>("b").optional().await?.is_none());
///
/// // A wrong name is the error of the request, and no request leaves.
/// let error = here.get::<ConfigMap>("../a").await.unwrap_err();
/// assert!(error.to_string().contains("`../a` cannot be a name"));
/// # Ok(())
/// # }
/// ```
pub struct Objects<P = Placed> {
    client: Client,
    place: place::Where,
    of: PhantomData<fn() -> P>,
}

impl Client {
    /// The objects of a kind in all namespaces, or of a kind without namespaces.
    #[must_use]
    pub fn all<K: Resource>(&self) -> Api<K, Everywhere> {
        Api::new(self, Place::of(K::RESOURCE))
    }

    /// The objects of one namespace. A wrong name is the error of the request.
    #[must_use]
    pub fn namespace<N>(&self, namespace: N) -> Objects
    where
        N: TryInto<Namespace, Error: Into<Error>>,
    {
        Objects { client: self.clone(), place: place::Where::of(namespace), of: PhantomData }
    }

    /// The objects of the cluster, of kinds without namespaces.
    #[must_use]
    pub fn cluster(&self) -> Objects<Everywhere> {
        Objects { client: self.clone(), place: place::Where::Everywhere, of: PhantomData }
    }

    /// The objects of a kind known at run time, or to be read as another type than its own.
    #[must_use]
    pub fn api<K>(&self, resource: ApiResource, namespace: Option<&str>) -> Api<K> {
        let api = Api::new(self, Place::of(resource));
        match namespace {
            Some(namespace) => api.namespace(namespace),
            None => api,
        }
    }

    /// Only the metadata of the objects of a kind, in all namespaces.
    #[must_use]
    pub fn metadata<K: Resource>(&self) -> Api<PartialObjectMetadata> {
        self.all::<K>().metadata_only()
    }

    /// The objects of a kind that is found out when the first request is made.
    pub(crate) fn found_by<K>(&self, find: std::sync::Arc<dyn FindKind>) -> Api<K> {
        Api::new(self, Place::found_by(find))
    }
}

impl<K, P> Api<K, P> {
    fn new(client: &Client, place: Place) -> Self {
        Self { client: client.clone(), place, kind: PhantomData }
    }

    /// The same objects read as another type, for what `#[resource(method(..))]` declares.
    #[doc(hidden)]
    #[must_use]
    pub fn as_kind<T>(&self) -> Api<T> {
        self.as_type(self.place.clone())
    }

    fn as_type<T>(&self, place: Place) -> Api<T> {
        Api::new(&self.client, place)
    }

    /// Those of one namespace. A wrong name is the error of the request.
    #[must_use]
    pub fn namespace<N>(mut self, namespace: N) -> Api<K>
    where
        N: TryInto<Namespace, Error: Into<Error>>,
    {
        self.place.namespace = place::Where::of(namespace);
        Api::new(&self.client, self.place)
    }

    /// Only their metadata: the server sends nothing else.
    #[must_use]
    pub fn metadata_only(&self) -> Api<PartialObjectMetadata> {
        let mut place = self.place.clone();
        place.form = Form::Metadata;
        self.as_type(place)
    }

    /// The client it works with.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl<P> Objects<P> {
    /// The objects of this kind.
    #[must_use]
    pub fn api<K: Resource>(&self) -> Api<K, P> {
        let mut place = Place::of(K::RESOURCE);
        place.namespace = self.place.clone();
        Api::new(&self.client, place)
    }
}

impl<K, P> Clone for Api<K, P> {
    fn clone(&self) -> Self {
        Self::new(&self.client, self.place.clone())
    }
}

impl<P> Clone for Objects<P> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), place: self.place.clone(), of: PhantomData }
    }
}

impl<K, P> fmt::Debug for Api<K, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("place", &self.place).finish_non_exhaustive()
    }
}

impl<P> fmt::Debug for Objects<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objects").field("place", &self.place).finish_non_exhaustive()
    }
}

/// A builder is `Debug` as what it does to what.
macro_rules! debug_as_place {
    ($($builder:ident $(<$($parameter:ident),+>)?),+) => {$(
        impl$(<$($parameter),+>)? std::fmt::Debug for $builder$(<$($parameter),+>)? {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($builder)).field("place", &self.place).finish_non_exhaustive()
            }
        }
    )+};
}
use debug_as_place;

/// How builders of lists and watches say what they select; their `options` are a `Result` of this type.
macro_rules! selects {
    ($builder:ident $(<$parameter:ident>)?, $options:ty) => {
        impl$(<$parameter>)? $builder$(<$parameter>)? {
            fn set(
                mut self,
                set: impl FnOnce($options) -> $crate::error::Result<$options>,
            ) -> Self {
                self.options = self.options.and_then(set);
                self
            }

            /// Only those with these labels, as `app=web,tier!=db`.
            pub fn labels(
                self,
                labels: impl TryInto<$crate::selector::LabelSelector, Error: Into<$crate::error::Error>>,
            ) -> Self {
                self.set(|options| Ok(options.labels(labels.try_into().map_err(Into::into)?)))
            }

            /// Only those with these fields, as `spec.nodeName=a`.
            pub fn fields(
                self,
                fields: impl TryInto<$crate::selector::FieldSelector, Error: Into<$crate::error::Error>>,
            ) -> Self {
                self.set(|options| Ok(options.fields(fields.try_into().map_err(Into::into)?)))
            }

            /// All options at once, in place of those set before.
            pub fn options(mut self, options: $options) -> Self {
                self.options = Ok(options);
                self
            }
        }
    };
}
use selects;

#[cfg(test)]
mod tests;
