//! A client in; one informer for each kind, namespace and selector out, shared by all who ask for it.
//!
//! Mirrors: client-go informers/factory.go
//! Differs: the same kind can be cached under several selectors; what is asked for while it runs is run.

use std::fmt::{self, Formatter};
use std::sync::Arc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use hashbrown::HashMap;
use kube_core::client::{Write, WriteObserver};
use kube_core::selector::{FieldSelector, LabelSelector};
use kube_core::{
    ApiResource, Client, DynamicObject, PartialObjectMetadata, Resource, Result, Scope,
};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::Notify;

use super::caching::CacheOptions;
use super::handle::InformerHandle;
use super::pipeline::Informer;
use crate::clock::Seed;
use crate::indexer::{Cache, Store, Transform};
use crate::reflector::{OverClient, Settings};
use crate::shutdown::Shutdown;

/// The informers of one client. Clones share them; so do the narrower views that
/// [`namespace`](Self::namespace), [`labels`](Self::labels) and [`fields`](Self::fields) give.
#[derive(Clone)]
pub struct Informers {
    shared: Arc<Shared>,
    view: View,
}

struct Shared {
    client: Client,
    settings: Settings,
    seed: Seed,
    registry: Mutex<Registry>,
    added: Notify,
}

#[derive(Default)]
struct Registry {
    informers: HashMap<Identity, Informer>,
    /// Not yet run.
    waiting: Vec<Informer>,
}

/// What is asked for.
#[derive(Clone)]
struct View {
    namespace: Option<String>,
    labels: LabelSelector,
    fields: FieldSelector,
    options: CacheOptions,
    /// Kinds that are kept in another way.
    kinds: Arc<HashMap<ApiResource, CacheOptions>>,
}

#[derive(PartialEq, Eq, Hash)]
struct Identity {
    resource: ApiResource,
    namespace: Option<String>,
    labels: String,
    fields: String,
    metadata_only: bool,
    /// Which transform, by its address.
    transform: Option<usize>,
}

impl Informers {
    /// Informers of everything that the client can see. Nothing is asked before [`run`](Self::run).
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self::with(client, Settings::default(), Seed::default())
    }

    /// The same with other settings, and with a seed from which a run can be repeated.
    #[must_use]
    pub fn with(client: Client, settings: Settings, seed: Seed) -> Self {
        let view = View {
            namespace: None,
            labels: LabelSelector::everything(),
            fields: FieldSelector::everything(),
            options: CacheOptions::default(),
            kinds: Arc::default(),
        };
        let (registry, added) = (Mutex::default(), Notify::new());
        Self { shared: Arc::new(Shared { client, settings, seed, registry, added }), view }
    }

    /// The informers of one namespace; cluster-scoped kinds stay as they are.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.view.namespace = Some(namespace.into());
        self
    }

    /// The informers of objects with these labels.
    #[must_use]
    pub fn labels(mut self, labels: LabelSelector) -> Self {
        self.view.labels = labels;
        self
    }

    /// The informers of objects with these fields.
    #[must_use]
    pub fn fields(mut self, fields: FieldSelector) -> Self {
        self.view.fields = fields;
        self
    }

    /// How informers that are made from now on keep their objects.
    #[must_use]
    pub fn cache(mut self, cache: Cache) -> Self {
        self.view.options.cache = cache;
        self
    }

    /// How informers of one kind that are made from now on keep their objects, whatever is said for all.
    #[must_use]
    pub fn keep(mut self, resource: ApiResource, options: impl Into<CacheOptions>) -> Self {
        Arc::make_mut(&mut self.view.kinds).insert(resource, options.into());
        self
    }

    /// The informers of objects that `change` has worked on before they are kept, as JSON: leave out what nobody reads, and it
    /// costs no memory. They are other informers than those without it. See [`Store::transformed_by`].
    ///
    /// ```
    /// use k8s_openapi::api::core::v1::Pod;
    /// use kube_runtime::informer::Informers;
    ///
    /// fn pods(informers: &Informers) -> kube_runtime::informer::InformerHandle<Pod> {
    ///     let bare = informers.clone().transform(|object| {
    ///         if let Some(metadata) = object["metadata"].as_object_mut() {
    ///             metadata.remove("annotations");
    ///         }
    ///     });
    ///     bare.of::<Pod>()
    /// }
    /// # _ = pods;
    /// ```
    #[must_use]
    pub fn transform(mut self, change: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        self.view.options = self.view.options.transform(change);
        self
    }

    /// The informer of a kind: the same one for all who ask.
    #[must_use]
    pub fn of<K: Resource>(&self) -> InformerHandle<K> {
        InformerHandle::new(self.of_resource(K::RESOURCE))
    }

    /// The informer of a kind that is known at run time only, its objects read as JSON. Client-go's
    /// `DynamicSharedInformerFactory.ForResource`; `client.discovery().resolve("deploy")` finds the kind.
    #[must_use]
    pub fn dynamic(&self, resource: ApiResource) -> InformerHandle<DynamicObject> {
        InformerHandle::new(self.of_resource(resource))
    }

    /// An informer of nothing but metadata: the server sends no more, so that it costs least of all, on the wire too. It
    /// is another one than that of the whole objects. Client-go's `metadatainformer`.
    #[must_use]
    pub fn metadata(&self, resource: ApiResource) -> InformerHandle<PartialObjectMetadata> {
        InformerHandle::new(self.informer(resource, true))
    }

    /// The informer of a kind, as whatever type it is to be read.
    #[must_use]
    pub fn of_resource(&self, resource: ApiResource) -> Informer {
        self.informer(resource, false)
    }

    fn informer(&self, resource: ApiResource, metadata_only: bool) -> Informer {
        let namespaced = resource.scope == Scope::Namespaced;
        let namespace = self.view.namespace.clone().filter(|_| namespaced);
        let (labels, fields) = (self.view.labels.clone(), self.view.fields.clone());
        let options = self.view.kinds.get(&resource).unwrap_or(&self.view.options);
        let identity = Identity {
            resource: resource.clone(),
            namespace: namespace.clone(),
            labels: labels.to_string(),
            fields: fields.to_string(),
            metadata_only,
            transform: options.transform.as_ref().map(Transform::address),
        };
        let mut registry = self.shared.registry.lock();
        if let Some(informer) = registry.informers.get(&identity) {
            return informer.clone();
        }
        let name = format!("informer/{resource}/{}", namespace.as_deref().unwrap_or_default());
        let random = self.shared.seed.stream(&name);
        let source = OverClient::new(self.shared.client.clone(), resource.clone())
            .namespace(namespace.as_deref())
            .labels(labels.clone())
            .fields(fields.clone())
            .metadata_only(metadata_only);
        let store = Store::new(resource, namespace.as_deref(), labels, options.cache)
            .under(fields)
            .transforming(options.transform.clone());
        let settings = self.shared.settings.clone();
        let informer = Informer::new(Arc::new(source), store, settings, random);
        registry.informers.insert(identity, informer.clone());
        registry.waiting.push(informer.clone());
        self.shared.added.notify_one();
        informer
    }

    /// Stops every informer of a kind, in whatever namespace and under whatever selector, and forgets it: whoever asks
    /// for the kind again gets a new one. For kinds that come and go.
    pub fn remove(&self, resource: &ApiResource) {
        let mut registry = self.shared.registry.lock();
        registry.informers.retain(|identity, informer| {
            let other = identity.resource != *resource;
            if !other {
                informer.stop();
            }
            other
        });
    }

    /// Every informer that was asked for.
    #[must_use]
    pub fn all(&self) -> Vec<Informer> {
        self.shared.registry.lock().informers.values().cloned().collect()
    }

    /// Runs all informers, also those that are asked for later, until the shutdown begins and the
    /// handlers have read what waited for them. The future owns what it needs.
    ///
    /// All of it is one task; to use more processors, run the informers one by one:
    /// [`all`](Self::all), [`Informer::run`].
    ///
    /// # Errors
    /// None yet: whatever fails is tried again.
    ///
    /// # Cancel safety
    /// Dropping the future stops everything at once.
    pub fn run(&self, shutdown: Shutdown) -> impl Future<Output = Result<()>> + Send + 'static {
        let shared = Arc::clone(&self.shared);
        async move {
            let mut running = FuturesUnordered::new();
            loop {
                let waiting = std::mem::take(&mut shared.registry.lock().waiting);
                for informer in waiting {
                    let shutdown = &shutdown;
                    running.push(async move { informer.run(shutdown).await });
                }
                tokio::select! {
                    () = shutdown.begun() => break,
                    () = shared.added.notified() => {}
                    Some(()) = running.next(), if !running.is_empty() => {}
                }
            }
            while running.next().await.is_some() {}
            Ok(())
        }
    }

    /// Waits until every cache that was asked for so far has had a whole list.
    ///
    /// # Cancel safety
    /// Dropping the future costs nothing.
    pub async fn synced(&self) {
        for informer in self.all() {
            informer.synced().await;
        }
    }

    /// Asks the server about every object of which nobody knows what became of a write of ours.
    /// Costs nothing when there is none.
    ///
    /// # Errors
    /// When the server cannot be asked; the objects stay unknown.
    pub async fn settle(&self) -> Result<()> {
        for informer in self.all() {
            informer.settle().await?;
        }
        Ok(())
    }

    /// Hears of the writes of a client and shows them to the readers of these caches at once.
    #[must_use]
    pub fn observer(&self) -> Arc<dyn WriteObserver> {
        Arc::new(Observer(Arc::clone(&self.shared)))
    }
}

struct Observer(Arc<Shared>);

impl WriteObserver for Observer {
    fn wrote(&self, resource: &ApiResource, write: &Write) {
        for (identity, informer) in &self.0.registry.lock().informers {
            let same = identity.resource.group == resource.group
                && identity.resource.plural == resource.plural
                && identity.resource.version == resource.version;
            if same {
                informer.store().wrote(write);
            }
        }
    }
}

impl fmt::Debug for Informers {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let registry = self.shared.registry.lock();
        formatter.debug_list().entries(registry.informers.values()).finish()
    }
}
