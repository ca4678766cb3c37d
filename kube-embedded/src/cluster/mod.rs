//! What every part of the server shares: the objects, the kinds, the time and the chance.

mod kept;

use crate::clock::Clock;
use crate::container::{Containers, Silent};
use crate::kind::Kinds;
use crate::outbound::Outbound;
use crate::store::Store;
use kept::Kept;
use parking_lot::Mutex;
use std::sync::Arc;

/// The state of one server; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    pub(crate) store: Store,
    pub(crate) kinds: Kinds,
    pub(crate) clock: Clock,
    pub(crate) random: Arc<Mutex<fastrand::Rng>>,
    /// How webhooks are called; `None`: none can be.
    pub(crate) outbound: Option<Arc<dyn Outbound>>,
    /// What containers say and do.
    pub(crate) containers: Arc<dyn Containers>,
    /// What was made of webhooks and policies.
    pub(crate) kept: Kept,
}

/// What generated names end in: no vowels, so that no words appear.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

impl Cluster {
    pub(crate) fn new(store: Store, kinds: Kinds, clock: Clock, seed: u64) -> Self {
        let random = Arc::new(Mutex::new(fastrand::Rng::with_seed(seed)));
        for kind in kinds.all() {
            store.open(&kind.resource);
        }
        let containers: Arc<dyn Containers> = Arc::new(Silent);
        let kept = Kept::default();
        Self { store, kinds, clock, random, outbound: None, containers, kept }
    }

    /// With a way to call webhooks.
    pub(crate) fn outbound(self, outbound: Option<Arc<dyn Outbound>>) -> Self {
        Self { outbound, ..self }
    }

    /// With containers that say and do something.
    pub(crate) fn containers(self, containers: Arc<dyn Containers>) -> Self {
        Self { containers, ..self }
    }

    /// A new random uid (version 4), reproducible from the seed.
    pub(crate) fn uid(&self) -> String {
        let random = self.random.lock().u128(..);
        uuid::Builder::from_random_bytes(random.to_be_bytes()).into_uuid().to_string()
    }

    /// A generated name: the base, cut to fit, and five characters.
    pub(crate) fn generated(&self, base: &str) -> String {
        let mut random = self.random.lock();
        let mut name: String = base.chars().take(58).collect();
        for _ in 0..5 {
            name.push(char::from(LETTERS[random.usize(..LETTERS.len())]));
        }
        name
    }
}
