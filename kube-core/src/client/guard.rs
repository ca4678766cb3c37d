//! Who may stop a request before it leaves.

use crate::error::Result;
use crate::object::ApiResource;
use crate::request::Request;
use crate::request::Verb;

/// Is asked before every request of a client that concerns a kind; what it refuses never leaves.
#[diagnostic::on_unimplemented(message = "`{Self}` does not implement `RequestGuard`")]
pub trait RequestGuard: Send + Sync {
    /// Whether this may be done to this kind, or to this subresource of it.
    ///
    /// # Errors
    /// It may not; the error says what to do.
    fn check(&self, verb: Verb, resource: &ApiResource, subresource: Option<&str>) -> Result<()>;

    /// Whether this kind may be dealt with in this namespace; for a kind of namespaces, `None` is all of them.
    ///
    /// # Errors
    /// It may not; the error says what to do.
    fn reaches(&self, resource: &ApiResource, namespace: Option<&str>) -> Result<()> {
        let _ = (resource, namespace);
        Ok(())
    }

    /// Whether any request, raw ones too, may leave now. It is asked in the instant before the request is handed to the transport.
    ///
    /// # Errors
    /// It may not; an error of a kind that promises that the server has not seen the request, as
    /// [`Input`](crate::error::ErrorKind::Input).
    fn leaves(&self, request: &Request) -> Result<()> {
        let _ = request;
        Ok(())
    }
}

impl<F> RequestGuard for F
where
    F: Fn(Verb, &ApiResource, Option<&str>) -> Result<()> + Send + Sync,
{
    fn check(&self, verb: Verb, resource: &ApiResource, subresource: Option<&str>) -> Result<()> {
        self(verb, resource, subresource)
    }
}
