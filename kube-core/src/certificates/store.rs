//! Where a certificate is kept: a pair in, the same pair after a restart out.

use futures::future::BoxFuture;

use crate::error::Result;

use super::Pair;

/// Keeps one certificate and its key.
///
/// Whoever reads finds the old pair or the new one, never half of each.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot keep a certificate",
    note = "use `FileStore` or `SecretStore`, or implement `Store`"
)]
pub trait Store: Send + Sync {
    /// What is kept; none if nothing is yet.
    ///
    /// # Errors
    /// It cannot be read, or is no certificate with its key.
    fn load(&self) -> BoxFuture<'_, Result<Option<Pair>>>;

    /// Keeps this pair in place of the one before.
    ///
    /// # Errors
    /// It cannot be written; the one before is still there then.
    fn store<'a>(&'a self, pair: &'a Pair) -> BoxFuture<'a, Result<()>>;
}
