//! Kinds that only the server knows: a word in, an [`Api`] of [`DynamicObject`]s out.

use std::fmt;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::api::Api;
use crate::api::FindKind;
use crate::client::Client;
use crate::discovery::Discovery;
use crate::error::Result;
use crate::object::ApiResource;
use crate::object::DynamicObject;

/// A word that discovery finds the kind of.
struct Word {
    text: String,
    discovery: Discovery,
}

/// An `apiVersion` and a `kind` that discovery finds the rest of.
struct Sort {
    api_version: String,
    kind: String,
    discovery: Discovery,
}

impl Client {
    /// The objects of the kind that this word means: a plural, a singular, a kind or a short name, with `.GROUP` or
    /// `.VERSION.GROUP` behind it where it must be told from others. The server is asked with the first request.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> kube_core::Result<()> {
    /// # let server = kube_embedded::Server::builder().build();
    /// # let listening = server.listen(([127, 0, 0, 1], 0).into()).await.expect("a port is free");
    /// # let config = kube_core::Config::new(&listening.url())?.token(server.admin_token());
    /// # let client = kube_core::Client::new(config)?;
    /// let default = client.dynamic("ns").get("default").await?;
    /// assert_eq!(default.kind, "Namespace");
    /// let error = client.dynamic("deploy").namespace("default").get("web").await.unwrap_err();
    /// assert_eq!(error.to_string(), "failed to get deployments.apps `web` in namespace `default`");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn dynamic(&self, word: &str) -> Api<DynamicObject> {
        self.found_by(Arc::new(Word { text: word.to_owned(), discovery: self.discovery() }))
    }

    /// The objects of the kind that objects with this `apiVersion` and `kind` are of.
    #[must_use]
    pub fn dynamic_kind(&self, api_version: &str, kind: &str) -> Api<DynamicObject> {
        self.found_by(Arc::new(Sort {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            discovery: self.discovery(),
        }))
    }
}

impl FindKind for Word {
    fn find(&self) -> BoxFuture<'_, Result<ApiResource>> {
        self.discovery.resolve(&self.text).boxed()
    }
}

impl FindKind for Sort {
    fn find(&self) -> BoxFuture<'_, Result<ApiResource>> {
        self.discovery.resolve_kind(&self.api_version, &self.kind).boxed()
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.kind, self.api_version)
    }
}
