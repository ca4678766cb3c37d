//! Checks by name: functions in, what each came to out.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::error::Error;
use crate::error::Result;

/// One question, and its name.
pub(crate) struct Check {
    pub(crate) name: String,
    ask: Box<dyn Fn() -> BoxFuture<'static, Result<()>> + Send + Sync>,
}

impl Check {
    pub(crate) fn new<F, Fut, E>(name: impl Into<String>, ask: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Error>,
    {
        let ask = move || -> BoxFuture<'static, Result<()>> {
            let asked = ask();
            Box::pin(async move { asked.await.map_err(Into::into) })
        };
        Self { name: name.into(), ask: Box::new(ask) }
    }

    /// Asks. Whatever the function does, this ends within `limit`, unless it blocks its thread.
    pub(crate) async fn result(&self, limit: Duration) -> Result<()> {
        // The function may panic before it returns its future.
        let guarded = AssertUnwindSafe(async { (self.ask)().await }).catch_unwind();
        match tokio::time::timeout(limit, guarded).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Error::msg("the check panicked")),
            Err(_) => Err(Error::msg(format!("no answer within {}s", limit.as_secs_f64()))),
        }
    }
}

/// The checks of one kind.
#[derive(Default)]
pub(crate) struct Checks(Vec<Check>);

impl Checks {
    pub(crate) fn add(&mut self, check: Check) {
        self.0.push(check);
    }

    pub(crate) fn all(&self) -> &[Check] {
        &self.0
    }

    /// What is wrong with the names, if anything: a name is part of a path.
    pub(crate) fn mistake(&self, what: &str, reserved: &[&str]) -> Result<()> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        for (position, Check { name, .. }) in self.0.iter().enumerate() {
            if name.is_empty() || !name.chars().all(plain) {
                return Err(Error::msg(format!(
                    "`{name}` cannot be the name of a {what} check: use letters, digits, `-`, `_` and `.`"
                )));
            }
            let taken = self.0[..position].iter().any(|earlier| earlier.name == *name);
            if taken || reserved.contains(&name.as_str()) {
                return Err(Error::msg(format!(
                    "there are two {what} checks called `{name}`: give one another name"
                )));
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Checks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.0.iter().map(|check| &check.name)).finish()
    }
}
