//! Definitions that go and come again, and namespaces that end, under a running operator: nothing of them may be left over.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_core::Patch;
use kube_embedded::Ending;
use kube_embedded::Fault;
use kube_runtime::clock::Seed;
use kube_runtime::informer::Gone;
use kube_runtime::informer::Informers;
use kube_runtime::prelude::*;
use kube_runtime::reflector::Settings;
use kube_testing::__private::run;
use kube_testing::Cluster;
use serde_json::json;
use tokio::task::JoinSet;

use crate::ALLOCATOR;
use crate::alone;
use crate::alone::alone;
use crate::times;

const DEFINITION: &str = "tenants.test.example.com";
/// So many tenants are there at once.
const NAMES: usize = 8;
/// What ended is looked for now and then only: so many bytes may wait for that.
const SWEPT: usize = 48 << 10;
/// Longer than any wait between two attempts of a watch, and than a namespace takes to end.
const WHILE: &str = "3m";

/// Somebody who has a name on a door, and gives the key back at the end.
#[derive(Resource, Clone, Debug)]
#[resource(group = "test.example.com", version = "v1", kind = "Tenant", namespaced)]
struct TenantSpec {
    floor: u8,
}

type Uids = BTreeSet<String>;

/// What the reconciles did, and what the handler of an informer beside them was told, of what is there.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Sight>>);

#[derive(Default)]
struct Sight {
    reconciled: Uids,
    cleaned: Uids,
    told: Uids,
    /// What should not have been.
    wrong: Vec<String>,
    cache: Option<Lister<Tenant>>,
}

#[controller(owns(ConfigMap), cleanup = move_out, workers = 2)]
async fn move_in(
    tenant: Object<Tenant>,
    cx: Cx<Tenant>,
    owned: Owned<ConfigMap>,
    cache: Lister<Tenant>,
    seen: State<Seen>,
) -> Result<Action> {
    let uid = uid(&tenant);
    let foreign = owned.list().into_iter().filter(|door| !belongs_to(door, &uid)).count();
    {
        let mut seen = seen.0.lock().unwrap();
        if seen.cleaned.contains(&uid) {
            seen.wrong.push(format!("{uid} is reconciled after its end"));
        }
        if foreign > 0 {
            seen.wrong.push(format!("{uid} has {foreign} doors of its forerunner"));
        }
        seen.reconciled.insert(uid);
        seen.cache = Some(cache);
    }
    let metadata = json!({ "name": tenant.name(), "labels": { "door": "yes" } });
    cx.apply(serde_json::from_value::<ConfigMap>(json!({ "metadata": metadata }))?).await?;
    Ok(Action::done())
}

async fn move_out(tenant: Object<Tenant>, seen: State<Seen>) -> Result<Action> {
    let (uid, mut seen) = (uid(&tenant), seen.0.lock().unwrap());
    if !seen.cleaned.insert(uid.clone()) {
        seen.wrong.push(format!("{uid} moves out twice"));
    }
    Ok(Action::done())
}

fn uid(tenant: &Tenant) -> String {
    tenant.uid().unwrap().to_owned()
}

fn name(number: usize) -> String {
    format!("tenant-{number}")
}

fn belongs_to(door: &ConfigMap, uid: &str) -> bool {
    door.metadata.owner_references.iter().flatten().all(|owner| owner.uid == uid)
}

fn operator(seen: &Seen) -> Operator {
    Operator::new("porter").state(seen.clone()).controller(move_in)
}

/// What there is at a quiet moment.
#[derive(Clone, Debug, PartialEq)]
struct Quiet {
    tasks: usize,
    watches: usize,
    /// The sizes of caches and queues, as `/metrics` tells them.
    sizes: BTreeMap<String, String>,
}

/// A cluster, an operator in it, an informer that stays, and informers that come and go with the kind.
struct House {
    cluster: Cluster,
    seen: Seen,
    passing: Informers,
    _informers: JoinSet<()>,
}

impl House {
    async fn new(cluster: &Cluster) -> Self {
        let seen = Seen::default();
        cluster.run(operator(&seen)).await;
        let client = cluster.client().clone();
        let staying = Informers::with(client.clone(), Settings::default(), Seed::new(1));
        let passing = Informers::with(client, Settings::default(), Seed::new(2));
        let (adds, deletes) = (seen.clone(), seen.clone());
        let add = move |tenant: Arc<Tenant>| adds.tell(&tenant, true);
        let delete = move |gone: Gone<Tenant>| {
            deletes.tell(gone.last_known(), false);
        };
        _ = staying.of::<Tenant>().on_add(add).on_delete(delete);
        let mut informers = JoinSet::new();
        for some in [&staying, &passing] {
            let running = some.run(Shutdown::new());
            informers.spawn(async move { running.await.unwrap() });
        }
        Self { cluster: cluster.clone(), seen, passing, _informers: informers }
    }

    async fn settle_in(&self, namespace: &str) -> Uids {
        let api = self.cluster.client().namespace(namespace).api::<Tenant>();
        let mut uids = Uids::new();
        for number in 0..NAMES {
            let tenant = Tenant::new(name(number), TenantSpec { floor: 1 });
            let made = api.create(&tenant).await.unwrap();
            uids.insert(uid(&made));
        }
        uids
    }

    /// All of these and nobody else are there, were reconciled, and have their doors.
    async fn all_are_in(&self, namespace: &str, uids: &Uids) {
        self.seen.of_those_who_are_in(uids);
        let doors = self.doors(namespace).await;
        let owners = doors.iter().flat_map(|door| door.metadata.owner_references.iter().flatten());
        assert_eq!(&owners.map(|owner| owner.uid.clone()).collect::<Uids>(), uids);
        assert_eq!(doors.len(), NAMES);
    }

    /// Nobody is there; these have been cleaned up.
    async fn all_are_out(&self, namespace: &str, cleaned: &Uids) {
        self.seen.of_those_who_are_out(cleaned);
        assert_eq!(self.doors(namespace).await.len(), 0, "doors of nobody");
    }

    async fn doors(&self, namespace: &str) -> Vec<ConfigMap> {
        let maps = self.cluster.client().namespace(namespace).list::<ConfigMap>().await.unwrap();
        maps.items.into_iter().filter(|map| map.labels().contains_key("door")).collect()
    }

    /// What is there now; what the server remembers of the past is no matter of the operator's.
    async fn quiet(&self) -> Quiet {
        self.cluster.server().compact();
        self.cluster.server().clear_journal();
        self.cluster.settled().await;
        let sizes = self.cluster.metrics();
        let sizes = sizes.lines().filter_map(|line| line.rsplit_once(' ')).filter(|(name, _)| {
            name.starts_with("kube_runtime_cache_objects") || name.starts_with("workqueue_depth")
        });
        Quiet {
            tasks: tokio::runtime::Handle::current().metrics().num_alive_tasks(),
            watches: self.cluster.server().watches(),
            sizes: sizes.map(|(name, size)| (name.to_owned(), size.to_owned())).collect(),
        }
    }
}

impl Seen {
    fn of_those_who_are_in(&self, uids: &Uids) {
        let seen = self.0.lock().unwrap();
        assert!(seen.wrong.is_empty(), "{:?}", seen.wrong);
        assert!(seen.reconciled.is_superset(uids), "not reconciled: {uids:?}");
        assert_eq!(&seen.told, uids, "what the handler was told of");
        let cached = seen.cache.as_ref().unwrap().list();
        assert_eq!(&cached.iter().map(|one| uid(one)).collect::<Uids>(), uids);
    }

    fn of_those_who_are_out(&self, cleaned: &Uids) {
        let mut seen = self.0.lock().unwrap();
        assert!(seen.wrong.is_empty(), "{:?}", seen.wrong);
        assert!(seen.cleaned.is_superset(cleaned), "not cleaned up: {cleaned:?}");
        assert_eq!(seen.told, Uids::new(), "the handler was not told of their end");
        assert_eq!(seen.cache.as_ref().unwrap().list().len(), 0, "the cache has them yet");
        // What this test remembers is no leak of theirs.
        seen.cleaned.clear();
        seen.reconciled.clear();
    }

    fn tell(&self, tenant: &Tenant, there: bool) {
        let (uid, mut seen) = (uid(tenant), self.0.lock().unwrap());
        let once = if there { seen.told.insert(uid.clone()) } else { seen.told.remove(&uid) };
        if !once {
            seen.wrong.push(format!("the handler was told twice of {uid}"));
        }
    }
}

/// Plays rounds, each of which says what was there in its middle. In the last third of them there may be no more than in the second.
async fn rounds(house: &House, count: usize, mut round: impl AsyncFnMut(usize) -> Quiet) {
    let mut first = None;
    let (mut bytes, mut resident) = ([0_usize; 3], [0_usize; 3]);
    for number in 0..count {
        let quiet = (round(number).await, house.quiet().await);
        let third = number * 3 / count;
        bytes[third] = bytes[third].max(ALLOCATOR.current_usage());
        resident[third] = resident[third].max(alone::resident());
        // The first round makes what stays.
        if number > 0 {
            let first = first.get_or_insert_with(|| quiet.clone());
            assert_eq!(&quiet, first, "there is something else after round {number}");
        }
    }
    let grown = bytes[2].saturating_sub(bytes[1]);
    assert!(grown <= SWEPT, "{grown} bytes of {count} rounds are left over: {bytes:?}");
    let flat = resident[2].abs_diff(resident[1]) * 20 <= resident[1];
    assert!(flat, "more than a twentieth more or less is resident: {resident:?}");
}

/// The definition is made, used and deleted; now and then it is made anew before anybody hears that it is gone.
async fn define(house: &House, number: usize) -> Quiet {
    let cluster = &house.cluster;
    operator(&house.seen).install_crds(cluster.client()).await.unwrap();
    let passing = house.passing.of::<Tenant>().on_add(|_| {});
    let mut uids = house.settle_in("default").await;
    cluster.advance(WHILE).await;
    house.all_are_in("default", &uids).await;
    assert!(passing.registration().unwrap().is_synced());
    let there = house.quiet().await;
    if number % 6 == 5 {
        uids = unseen(house, number % 12 == 5).await;
    }
    cluster.delete::<CustomResourceDefinition>(DEFINITION).await;
    cluster.advance(WHILE).await;
    assert!(cluster.find::<CustomResourceDefinition>(DEFINITION).await.is_none(), "it stays");
    house.passing.remove(&Tenant::RESOURCE);
    house.all_are_out("default", &uids).await;
    there
}

/// The definition goes and is made anew, and so are all tenants, before anybody hears of it; or ever hears, where the history goes too.
async fn unseen(house: &House, compacted: bool) -> Uids {
    let (cluster, late) = (&house.cluster, Duration::from_millis(1_200));
    cluster.faults().inject(Fault::delay(late).on("watch", "tenants").times(3));
    // Doors whose owners nobody knows to be gone would be made again as fast as they are collected.
    cluster.faults().inject(Fault::refuse(503).on("patch", "configmaps").times(1_000));
    cluster.server().end_watches(Some("tenants"), Ending::Cut);
    cluster.settled().await;
    cluster.delete::<CustomResourceDefinition>(DEFINITION).await;
    for number in 0..NAMES {
        let none = Patch::Merge(json!({ "metadata": { "finalizers": null } }));
        cluster.api::<Tenant>().patch(&*name(number), none).await.unwrap();
    }
    cluster.advance("1s").await;
    assert!(cluster.find::<CustomResourceDefinition>(DEFINITION).await.is_none());
    operator(&house.seen).install_crds(cluster.client()).await.unwrap();
    let uids = house.settle_in("default").await;
    if compacted {
        cluster.server().compact();
    }
    cluster.advance("2s").await;
    cluster.faults().clear();
    cluster.advance(WHILE).await;
    house.all_are_in("default", &uids).await;
    uids
}

/// A namespace is made, used and deleted; every third time under the name of the one before.
async fn house_them(house: &House, number: usize) -> Quiet {
    let cluster = &house.cluster;
    let name = format!("team-{}", if number % 3 == 2 { number - 1 } else { number });
    let metadata = ObjectMeta { name: Some(name.clone()), ..ObjectMeta::default() };
    cluster.create(&Namespace { metadata, ..Namespace::default() }).await;
    let uids = house.settle_in(&name).await;
    cluster.advance(WHILE).await;
    house.all_are_in(&name, &uids).await;
    let there = house.quiet().await;
    cluster.delete::<Namespace>(&name).await;
    cluster.advance(WHILE).await;
    assert!(cluster.find::<Namespace>(&name).await.is_none(), "{name} does not end");
    house.all_are_out(&name, &uids).await;
    there
}

#[test]
fn of_a_definition_that_is_deleted_and_made_again_nothing_is_left_over() {
    alone(|| {
        run("definitions", async |cluster: Cluster| {
            let house = House::new(&cluster).await;
            rounds(&house, 24 * times(), async |number| define(&house, number).await).await;
        });
    });
}

#[test]
fn of_a_namespace_that_ends_nothing_is_left_over_and_its_finalizers_are_done() {
    alone(|| {
        run("namespaces", async |cluster: Cluster| {
            let house = House::new(&cluster).await;
            rounds(&house, 24 * times(), async |number| house_them(&house, number).await).await;
        });
    });
}
