//! How bytes reach the server: a [`Request`] in, a [`Response`] out.
//!
//! Promises:
//! - A redirect is never followed; credentials go to one host only.
//! - Credentials over plain HTTP go to this machine only.
//! - A request that the server refuses with 401 is sent once more if other credentials can be had: it did nothing.
//! - Connections are shared by equal ways to a server where a [`Connector`] is given, and end with the last that uses them.
//! - Requests that come at once make one connection where the server speaks HTTP/2, not one each.
//! - A watch never takes the place of another request, however many watches are open.
//!
//! Mirrors: client-go transport
//! Differs: one trait instead of a chain of round trippers; watches have connections of their own.

mod carrier;
mod connections;
mod connector;
pub(crate) mod error;
mod files;
mod gate;
mod named;
mod network;
mod pool;
mod response;
mod route;
#[cfg(test)]
pub(crate) mod script;
mod way;

use std::sync::Arc;

use futures::future::BoxFuture;

use crate::error::Result;
use crate::request::Request;

pub use connector::Connector;
pub use network::HttpTransport;
pub use response::{Body, Connection, Headers, Response};

/// Something that takes a request to an API server and brings back the answer.
///
/// An answer of any status is `Ok`; an error means that there is no answer. An error of kind
/// [`Connect`](crate::error::ErrorKind::Connect), [`Input`](crate::error::ErrorKind::Input),
/// [`Config`](crate::error::ErrorKind::Config) or [`Auth`](crate::error::ErrorKind::Auth) promises that the server has
/// not seen the request. Dropping the future, or the answer's body, gives up the request.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot carry requests to a server",
    note = "implement `Transport` for it, or use `Client::new` with a `Config`"
)]
pub trait Transport: Send + Sync + 'static {
    /// Sends one request; ready when the answer's head is there.
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response>>;

    /// Waits for what a request needs before it can be sent, as for credentials that a program has to bring. It has its
    /// own limits of time: what it takes is no part of the time that a request may take.
    ///
    /// # Errors
    /// It cannot be had.
    fn ready(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    /// What an error calls the server and the user, e.g. "https://10.0.0.1 as user `jane`".
    fn describe(&self) -> String {
        "the server".to_owned()
    }

    /// Host and port of the server, for whoever counts requests; empty if there is no such thing.
    fn host(&self) -> &str {
        ""
    }
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response>> {
        (**self).send(request)
    }

    fn ready(&self) -> BoxFuture<'_, Result<()>> {
        (**self).ready()
    }

    fn describe(&self) -> String {
        (**self).describe()
    }

    fn host(&self) -> &str {
        (**self).host()
    }
}

#[cfg(test)]
mod tests;
