//! What a server says of its kinds' fields (OpenAPI v3): a group and version in, the [`Document`] of it out.
//!
//! Promises:
//! - A document is read again only when the hash of its content has changed.
//! - Nothing that a server says leads to another path than one of its documents'.
//!
//! Mirrors: client-go openapi, openapi/cached, openapi3
//! Differs: the small index is read each time, so nothing has to be invalidated; documents are JSON.

mod document;
mod error;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use serde::Deserialize;

use crate::client::Client;
use crate::error::Error;
use crate::error::Result;
use crate::object::ApiResource;
use crate::request::Method;
use crate::request::Request;

pub use document::Document;
use error::OpenApiError;

/// Where the index is.
const INDEX: &str = "/openapi/v3";

/// What a server says of its kinds' fields. All clones of a client share what was read.
///
/// ```
/// # use kube_core::{CustomResource, Resource};
/// # use k8s_openapi::api::core::v1::ConfigMap;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> kube_core::Result<()> {
/// # let server = kube_embedded::Server::builder().build();
/// # let listening = server.listen(([127, 0, 0, 1], 0).into()).await.expect("a port is free");
/// # let config = kube_core::Config::new(&listening.url())?.token(server.admin_token());
/// # let client = kube_core::Client::new(config)?;
/// let documents = client.open_api();
/// assert!(documents.group_versions().await?.contains(&"apps/v1".to_owned()));
/// let core = documents.document("v1").await?;
/// assert!(core.schema(&ConfigMap::RESOURCE).is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct OpenApi {
    client: Client,
    cache: Arc<Cache>,
}

/// One document a group and version.
#[derive(Default)]
struct Cache(Mutex<BTreeMap<String, (String, Arc<Document>)>>);

#[derive(Deserialize)]
struct Index {
    paths: BTreeMap<String, Place>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    #[serde(rename = "serverRelativeURL")]
    url: String,
}

impl Client {
    /// What the server says of its kinds' fields.
    #[must_use]
    pub fn open_api(&self) -> OpenApi {
        OpenApi { client: self.clone(), cache: self.attached() }
    }
}

impl OpenApi {
    /// The groups and versions that have a document, as `v1`, `apps/v1`.
    ///
    /// # Errors
    /// The server could not be asked, or has no such index.
    pub async fn group_versions(&self) -> Result<Vec<String>> {
        let index = self.index().await?;
        Ok(index.paths.keys().filter_map(|path| group_version(path)).map(str::to_owned).collect())
    }

    /// The document of this group and version, as `v1`, `apps/v1`. What has not changed is not read again.
    ///
    /// # Errors
    /// The server has no such document, or could not be asked.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing but a document that was being read.
    pub async fn document(&self, named: &str) -> Result<Arc<Document>> {
        let mut index = self.index().await?.paths;
        let path = match named.contains('/') {
            true => format!("apis/{named}"),
            false => format!("api/{named}"),
        };
        let Some(Place { url }) = index.remove(&path) else {
            let (named, server) = (named.to_owned(), self.client.describe());
            return Err(OpenApiError::Unknown { named, server }.into());
        };
        if let Some((kept, document)) = self.cache.0.lock().get(&path)
            && *kept == url
        {
            return Ok(Arc::clone(document));
        }
        let request = request(&path, &url)?;
        let failed = request.failed();
        let answer = self.client.bytes(request).await?;
        let document = serde_json::from_slice(&answer).map(Document::new).map_err(|_| {
            Error::from(OpenApiError::Answer { what: "OpenAPI document" }).context(failed)
        })?;
        let document = Arc::new(document);
        let mut kept = self.cache.0.lock();
        // Groups come and go with their CRDs.
        kept.retain(|known, _| index.contains_key(known));
        kept.insert(path, (url, Arc::clone(&document)));
        Ok(document)
    }

    /// The schema of this kind, from the document of its version.
    ///
    /// # Errors
    /// The server does not tell it, or could not be asked.
    pub async fn schema(&self, kind: &ApiResource) -> Result<serde_json::Value> {
        let document = self.document(&kind.api_version()).await?;
        let unknown =
            || OpenApiError::Kind { kind: kind.kind.to_string(), named: kind.api_version() };
        Ok(document.schema(kind).cloned().ok_or_else(unknown)?)
    }

    async fn index(&self) -> Result<Index> {
        let request = Request::raw(Method::Get, INDEX)?;
        let failed = request.failed();
        let answer = self.client.bytes(request).await?;
        serde_json::from_slice(&answer).map_err(|_| {
            Error::from(OpenApiError::Answer { what: "index of OpenAPI documents" }).context(failed)
        })
    }
}

/// As `apps/v1`, of `apis/apps/v1`; other documents, as of `/version`, are of no group.
fn group_version(path: &str) -> Option<&str> {
    path.strip_prefix("apis/")
        .filter(|named| named.contains('/'))
        .or_else(|| path.strip_prefix("api/"))
}

/// The read of one document: at its own path, with the query that the index tells.
fn request(path: &str, url: &str) -> Result<Request> {
    let mut request = Request::raw(Method::Get, &format!("{INDEX}/{path}"))?;
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let hash = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "hash");
    if let Some((_, hash)) = hash {
        request = request.parameter("hash", hash);
    }
    Ok(request)
}

impl fmt::Debug for OpenApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept: Vec<String> = self.cache.0.lock().keys().cloned().collect();
        f.debug_struct("OpenApi").field("kept", &kept).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
