//! Keeps a certificate good: a template and a store in, the current pair, now and after each renewal, out.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

use crate::client::Client;
use crate::error::Result;

use super::Pair;
use super::key::PrivateKey;
use super::requests::{Ask, SigningRequests};
use super::rotation::Plan;
use super::store::Store;
use super::template::Template;

/// A clock may be set, and a machine may sleep: the time is looked at so often at least.
const LOOK: Duration = Duration::from_secs(60);

/// A certificate that is asked for when there is none, and again when 70 to 90 % of its life are over, at random between the two.
///
/// Each time with a new key. Somebody, or something in the cluster, has to approve. What fails is tried again after 2 s, then ever less often,
/// up to every 32 s; the certificate before stays in use.
///
/// ```no_run
/// # async fn f(client: kube_core::Client) -> kube_core::Result<()> {
/// use kube_core::certificates::{Ask, FileStore, Rotation, Template};
///
/// let store = FileStore::new("/var/lib/agent", "agent");
/// let rotation = Rotation::new(&client, "agent-", Ask::client(), Template::new("agent"), store);
/// let mut current = rotation.current();
/// let follow = async {
///     while current.changed().await.is_ok() {
///         println!("good until {:?}", current.borrow().as_ref().map(|pair| pair.not_after()));
///     }
/// };
/// tokio::join!(rotation.run(), follow);
/// # Ok(())
/// # }
/// ```
pub struct Rotation {
    requests: SigningRequests,
    name: String,
    ask: Ask,
    template: Template,
    store: Arc<dyn Store>,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    random: fastrand::Rng,
    current: watch::Sender<Option<Pair>>,
}

impl Rotation {
    /// Prepares it; nothing is asked for yet. Each request is named so and a few letters more.
    #[must_use]
    pub fn new(
        client: &Client,
        name: impl Into<String>,
        ask: Ask,
        template: Template,
        store: impl Store + 'static,
    ) -> Self {
        let (requests, mut name) = (SigningRequests::new(client), name.into());
        if !name.ends_with('-') {
            name.push('-');
        }
        let (store, clock) = (Arc::new(store), Arc::new(SystemTime::now));
        let (random, (current, _)) = (fastrand::Rng::new(), watch::channel(None));
        Self { requests, name, ask, template, store, clock, random, current }
    }

    /// How long one request is waited for; 15 minutes by default.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.requests = self.requests.within(time);
        self
    }

    /// Another clock and another source of chance.
    #[must_use]
    pub fn clock(
        mut self,
        clock: impl Fn() -> SystemTime + Send + Sync + 'static,
        seed: u64,
    ) -> Self {
        (self.clock, self.random) = (Arc::new(clock), fastrand::Rng::with_seed(seed));
        self
    }

    /// The pair that is to be used now, and each that takes its place; none before there is one.
    #[must_use]
    pub fn current(&self) -> watch::Receiver<Option<Pair>> {
        self.current.subscribe()
    }

    /// Does it, for as long as it is awaited.
    ///
    /// # Cancel safety
    /// Dropping the future loses a request that is on its way, and nothing that is kept.
    pub async fn run(mut self) {
        let kept = match self.store.load().await {
            Ok(kept) => kept.filter(|pair| pair.not_after() > (self.clock)()),
            Err(error) => {
                tracing::warn!(error = %error.chain(), "the certificate that is kept is of no use, another is asked for");
                None
            }
        };
        let mut plan = Plan::new(kept.as_ref().map(|pair| pair.validity), self.random.f64());
        self.current.send_replace(kept);
        loop {
            loop {
                let wait = plan.wait((self.clock)());
                if wait.is_zero() {
                    break;
                }
                pause(wait.min(LOOK)).await;
                // What failed is due again after its wait, whatever the clock says.
                if wait <= LOOK {
                    break;
                }
            }
            match self.renewed().await {
                Ok(pair) => {
                    tracing::info!(name = self.template.name(), not_after = ?pair.not_after(), "a certificate was renewed");
                    plan.renewed(pair.validity, self.random.f64());
                    self.current.send_replace(Some(pair));
                }
                Err(error) => {
                    tracing::warn!(error = %error.chain(), "no certificate came, and another is asked for soon");
                    plan.failed();
                }
            }
        }
    }

    async fn renewed(&self) -> Result<Pair> {
        let key = PrivateKey::generate()?;
        let name = self.requests.create(&self.name, &self.ask, &self.template, &key).await?;
        let pair = self.requests.pair(&name, &key).await?;
        self.store.store(&pair).await?;
        Ok(pair)
    }
}

#[expect(clippy::disallowed_methods, reason = "a certificate is renewed at its time")]
async fn pause(wait: Duration) {
    tokio::time::sleep(wait).await;
}

impl fmt::Debug for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rotation")
            .field("template", &self.template)
            .field("current", &*self.current.borrow())
            .finish_non_exhaustive()
    }
}
