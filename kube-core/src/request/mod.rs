//! One call as data: a target, options and a body in, a [`Request`] out that a transport can send.
//!
//! Promises:
//! - No name, selector or option can change the path, or a member of the query other than its own.
//! - Nothing printed of a request shows its body.

mod exchange;
mod options;
mod log;
mod patch;
mod process;
mod proxy;
mod target;
mod verb;

pub use exchange::Exchange;
pub use log::LogOptions;
pub use options::CreateOptions;
pub use options::DeleteOptions;
pub use options::FieldValidation;
pub use options::GetOptions;
pub use options::ListOptions;
pub use options::PatchOptions;
pub use options::Propagation;
pub use options::ReplaceOptions;
pub use options::ResourceVersionMatch;
pub use options::WatchOptions;
pub use patch::Patch;
pub use process::ProcessOptions;
pub use proxy::ProxyName;
pub use target::Form;
pub use target::Target;
pub use verb::Method;
pub use verb::Verb;

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use percent_encoding::utf8_percent_encode;
use serde::Serialize;

use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::object::ENCODED;
use crate::status::excerpt;

/// One member of a query or one header.
pub type Pair = (Cow<'static, str>, String);

/// One call of the API.
///
/// ```
/// # use kube_core::request::{GetOptions, Request, Target};
/// # use kube_core::Resource;
/// # use k8s_openapi::api::core::v1::Pod;
/// # fn main() -> kube_core::Result<()> {
/// let target = Target::of(&Pod::RESOURCE).namespace("prod".try_into()?).name("web".try_into()?);
/// let request = Request::get(&target, &GetOptions::default())?;
/// assert_eq!(request.path_and_query(), "/api/v1/namespaces/prod/pods/web");
/// assert_eq!(request.failed(), "failed to get pods `web` in namespace `prod`");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// The path, encoded, beginning with `/`.
    pub path: String,
    /// The query's members, not encoded.
    pub query: Vec<Pair>,
    /// Headers that belong to this call: what is accepted, what is sent.
    pub headers: Vec<Pair>,
    /// What is sent.
    pub body: Option<Bytes>,
    /// What the call means.
    pub verb: Verb,
    /// How the answer comes.
    pub exchange: Exchange,
    /// What the call does, for messages: ``get pods `web` in namespace `prod` ``.
    pub purpose: String,
}

const JSON: &str = "application/json";

impl Request {
    /// A call outside of the objects' paths, as `/version`; what it does reads "get `/version`".
    ///
    /// # Errors
    ///
    /// The path does not begin with `/`, or holds a character that cannot stand there.
    pub fn raw(method: Method, path: &str) -> Result<Self> {
        if !is_path(path) {
            let path = excerpt(path.as_bytes(), 128);
            let why = "it begins with `/`, has no `.` or `..` in it and no query";
            return Err(Error::new(ErrorKind::Input, format!("`{path}` is not a path: {why}")));
        }
        Ok(Self {
            method,
            path: path.to_owned(),
            query: Vec::new(),
            headers: vec![("accept".into(), JSON.to_owned())],
            body: None,
            verb: Verb::of(method),
            exchange: Exchange::Whole,
            purpose: format!("{} `{}`", Verb::of(method), excerpt(path.as_bytes(), 256)),
        })
    }

    /// Reads one object.
    ///
    /// # Errors
    ///
    /// As for every call: the target has no such path.
    pub fn get(target: &Target, options: &GetOptions) -> Result<Self> {
        let mut request = Self::to(target, Verb::Get)?;
        request.add("resourceVersion", options.resource_version.as_ref());
        Ok(request)
    }

    /// Reads a collection, or a page of it.
    pub fn list(target: &Target, options: &ListOptions) -> Result<Self> {
        let mut request = Self::to(target, Verb::List)?;
        options.push(&mut request);
        Ok(request)
    }

    /// Follows a collection.
    pub fn watch(target: &Target, options: &WatchOptions) -> Result<Self> {
        let mut request = Self::to(target, Verb::Watch)?;
        options.push(&mut request);
        Ok(request)
    }

    /// Reads what a Pod's container has written.
    pub fn log(target: &Target, options: &LogOptions) -> Result<Self> {
        let mut request = Self::to(target, Verb::Get)?;
        options.push(&mut request);
        // What is not text is sent as it is, and an error comes as JSON.
        request.headers = vec![("accept".into(), "application/json, */*".to_owned())];
        request.exchange = Exchange::Stream;
        request.purpose = format!("read the log of {}", target.object());
        Ok(request)
    }

    /// Stores a new object (or posts to a subresource).
    ///
    /// # Errors
    ///
    /// The object cannot be written as JSON; the options cannot be sent.
    pub fn create<B: Serialize>(
        target: &Target,
        body: &B,
        options: &CreateOptions,
    ) -> Result<Self> {
        let mut request = Self::to(target, Verb::Create)?;
        options.push(&mut request)?;
        request.with_json(body)
    }

    /// Replaces an object.
    ///
    /// # Errors
    ///
    /// The object cannot be written as JSON; the options cannot be sent.
    pub fn replace<B: Serialize>(
        target: &Target,
        body: &B,
        options: &ReplaceOptions,
    ) -> Result<Self> {
        let mut request = Self::to(target, Verb::Update)?;
        options.push(&mut request)?;
        request.with_json(body)
    }

    /// Changes an object, or applies to it.
    ///
    /// # Errors
    ///
    /// An apply without a field manager, force with another patch; the options cannot be sent.
    pub fn patch(target: &Target, patch: &Patch, options: &PatchOptions) -> Result<Self> {
        let mut request = Self::to(target, Verb::Patch)?;
        options.push(&mut request, patch)?;
        Ok(request.with_body(patch.content_type(), patch.to_bytes()?))
    }

    /// Deletes an object.
    pub fn delete(target: &Target, options: &DeleteOptions) -> Result<Self> {
        Self::to(target, Verb::Delete)?.with_json_of(options)
    }

    /// Deletes all objects of a collection that the list options select.
    pub fn delete_collection(
        target: &Target,
        options: &DeleteOptions,
        which: &ListOptions,
    ) -> Result<Self> {
        let mut request = Self::to(target, Verb::DeleteCollection)?;
        which.push(&mut request);
        request.with_json_of(options)
    }

    fn to(target: &Target, verb: Verb) -> Result<Self> {
        let purpose = format!("{verb} {target}");
        let path =
            target.path(verb).map_err(|error| error.context(format!("failed to {purpose}")))?;
        Ok(Self {
            method: verb.method(),
            path,
            query: Vec::new(),
            headers: vec![("accept".into(), target.accept(verb).to_owned())],
            body: None,
            verb,
            exchange: Exchange::of(verb),
            purpose,
        })
    }

    /// Sends this value as JSON.
    ///
    /// # Errors
    ///
    /// It cannot be written as JSON.
    pub fn with_json<B: Serialize>(self, body: &B) -> Result<Self> {
        let bytes = serde_json::to_vec(body).map_err(|_| {
            let why = "what is to be sent cannot be written as JSON (is a map's key no text?)";
            Error::new(ErrorKind::Input, why).context(self.failed())
        })?;
        Ok(self.with_body(JSON, bytes.into()))
    }

    fn with_json_of(self, options: &DeleteOptions) -> Result<Self> {
        match options.body() {
            None => Ok(self),
            Some(body) => self.with_json(&body),
        }
    }

    fn with_body(mut self, content_type: &'static str, body: Bytes) -> Self {
        self.headers.push(("content-type".into(), content_type.to_owned()));
        self.body = Some(body);
        self
    }

    /// One more header, in place of one of the same name: `accept` is said already.
    ///
    /// # Errors
    ///
    /// The name or the value could end the header and begin another.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Result<Self> {
        let value = value.into();
        let token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let visible = |byte: u8| matches!(byte, b' '..=b'~');
        if name.is_empty() || !name.bytes().all(token) || !value.bytes().all(visible) {
            let why = "it holds characters other than printable ASCII";
            return Err(Error::new(
                ErrorKind::Input,
                format!("header `{name}` cannot be sent: {why}"),
            ));
        }
        self.headers.retain(|(said, _)| !said.eq_ignore_ascii_case(name));
        self.headers.push((name.into(), value));
        Ok(self)
    }

    /// One more member of the query.
    #[must_use]
    pub fn parameter(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    fn add(&mut self, name: &'static str, value: Option<impl ToString>) {
        self.query.extend(value.map(|value| (name.into(), value.to_string())));
    }
}

impl Request {
    /// Path and query as they are sent.
    #[must_use]
    pub fn path_and_query(&self) -> String {
        let mut text = self.path.clone();
        for (index, (name, value)) in self.query.iter().enumerate() {
            text.push(if index == 0 { '?' } else { '&' });
            text.extend(utf8_percent_encode(name, ENCODED));
            text.push('=');
            text.extend(utf8_percent_encode(value, ENCODED));
        }
        text
    }

    /// What an error of this call says first.
    #[must_use]
    pub fn failed(&self) -> String {
        format!("failed to {}", self.purpose)
    }
}

/// Whether this is a path and nothing else, of which no part leads upwards.
fn is_path(path: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b'!'..=b'~') && !matches!(byte, b'?' | b'#' | b'\\');
    // A server may decode dots before it goes upwards.
    let plain = path.to_ascii_lowercase().replace("%2e", ".");
    let folder = plain.split('/').any(|part| matches!(part, "." | ".."));
    path.starts_with('/') && !folder && path.bytes().all(allowed)
}

/// Everything but the body, which may be a Secret, and the headers' values.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &self.path_and_query())
            .field("headers", &self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("body", &format_args!("{} bytes", self.body.as_ref().map_or(0, Bytes::len)))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
