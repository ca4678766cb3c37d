//! An object or a name in, what the server made of it out; a failure ends the test with the whole error.

use kube_core::Allows;
use kube_core::Api;
use kube_core::Apply;
use kube_core::Error;
use kube_core::Patch;
use kube_core::Resource;
use kube_core::object::verb;
use serde_json::Value;

use super::Cluster;
use super::NAMESPACE;

/// The field manager under which a test writes.
const MANAGER: &str = "test";

impl Cluster {
    /// The kind's verbs in the namespace of the test, or in the cluster for a cluster-scoped kind.
    #[must_use]
    pub fn api<K: Resource>(&self) -> Api<K> {
        let namespace = K::RESOURCE.is_namespaced().then_some(NAMESPACE);
        self.client().api(K::RESOURCE, namespace)
    }

    /// Applies an object, as its owner would with `kubectl apply --server-side --force-conflicts`.
    ///
    /// # Panics
    /// When the server refuses it.
    pub async fn apply<A: Apply<Kind: Allows<verb::Patch>>>(&self, object: A) -> A::Kind {
        expect(self.api::<A::Kind>().apply(&object).field_manager(MANAGER).force(true).await)
    }

    /// Creates an object.
    ///
    /// # Panics
    /// When the server refuses it.
    pub async fn create<K: Resource + Allows<verb::Create>>(&self, object: &K) -> K {
        expect(self.api::<K>().create(object).await)
    }

    /// The object of that name.
    ///
    /// # Panics
    /// When there is none.
    pub async fn get<K: Resource>(&self, name: &str) -> K {
        expect(self.api::<K>().get(name).await)
    }

    /// The object of that name, if there is one.
    ///
    /// # Panics
    /// When the server refuses to tell.
    pub async fn find<K: Resource>(&self, name: &str) -> Option<K> {
        expect(self.api::<K>().get(name).optional().await)
    }

    /// All objects of a kind.
    ///
    /// # Panics
    /// When the server refuses, or one of them is not what its type says.
    pub async fn list<K: Resource>(&self) -> Vec<K> {
        let list = expect(self.api::<K>().list().await);
        assert!(list.malformed.is_empty(), "{:?}", list.malformed);
        list.items
    }

    /// Merges a change into an object.
    ///
    /// # Panics
    /// When the server refuses it.
    pub async fn patch<K>(&self, name: &str, change: Value) -> K
    where
        K: Resource + Allows<verb::Patch>,
    {
        expect(self.api::<K>().patch(name, Patch::Merge(change)).await)
    }

    /// Asks for an object's deletion.
    ///
    /// # Panics
    /// When there is none, or the server refuses.
    pub async fn delete<K: Resource + Allows<verb::Delete>>(&self, name: &str) {
        expect(self.api::<K>().delete(name).await);
    }
}

fn expect<T>(result: Result<T, Error>) -> T {
    result.unwrap_or_else(|error| panic!("{}", error.chain()))
}
