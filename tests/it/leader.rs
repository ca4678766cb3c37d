//! Many replicas of one operator, one that works: what the server sees of them, on a clock that stands still.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::api::events::v1::Event;
use kube_core::Method;
use kube_core::Request;
use kube_embedded::Fault;
use kube_runtime::leader::Health;
use kube_runtime::prelude::*;
use kube_testing::Cluster;
use kube_testing::InProcess;
use serde_json::json;

use crate::replica::Replica;
use crate::replica::copied;
use crate::replica::say;
use crate::replica::writers;

fn election() -> LeaderElection {
    LeaderElection::default().label("app", "copier")
}

fn replica(name: &'static str) -> Replica {
    Replica::new(name, election())
}

/// A developer's own copy, which asks whoever holds the lease to make room.
fn laptop() -> Replica {
    Replica::new("laptop", election().takes_over(true))
}

async fn lease(cluster: &Cluster) -> (String, i32) {
    let spec = cluster.get::<Lease>("copier").await.spec.unwrap();
    (spec.holder_identity.unwrap_or_default(), spec.lease_transitions.unwrap_or_default())
}

#[kube_testing::test]
async fn of_two_replicas_one_works_and_the_other_takes_over_at_once_when_it_is_stopped(
    cluster: Cluster,
) {
    let (one, two) = (replica("one").start(&cluster).await, replica("two"));
    cluster.settled().await;
    let two = two.start(&cluster).await;
    say(&cluster, "hello").await;
    cluster.advance("1m").await;
    assert_eq!((one.is_leader(), two.is_leader()), (true, false));
    assert_eq!(copied(&cluster).await, "hello by one");
    assert_eq!(lease(&cluster).await, ("one".to_owned(), 0));
    let health = two.leadership().unwrap().borrow().clone();
    assert_eq!((health.holder.as_deref(), health.lease.as_str()), (Some("one"), "default/copier"));
    for (replica, leads) in [(&one, 1), (&two, 0)] {
        let told = format!("leader_election_master_status{{name=\"copier\"}} {leads}\n");
        assert!(replica.metrics().contains(&told), "{told}");
    }

    one.stop().await.unwrap();
    assert_eq!(lease(&cluster).await, (String::new(), 0), "given up after the work had ended");
    cluster.advance("5s").await;
    two.leading().await.unwrap();
    say(&cluster, "bye").await;
    assert_eq!(copied(&cluster).await, "bye by two");
    assert_eq!(lease(&cluster).await, ("two".to_owned(), 1));
    assert_eq!(writers(&cluster), ["one", "two"]);
    let lease = cluster.get::<Lease>("copier").await;
    assert_eq!(lease.metadata.labels.unwrap()["app"], "copier");
    let events = cluster.list::<Event>().await;
    let mut notes: Vec<_> = events.iter().filter_map(|event| event.note.clone()).collect();
    notes.sort();
    assert_eq!(notes, ["one became leader", "one stopped leading", "two became leader"]);
    two.stop().await.unwrap();
}

/// Marks each Secret for its own replica.
#[controller(leads = false, permissions(Secret: patch))]
async fn mark(
    secret: Object<Secret>,
    cx: Cx<Secret>,
    client: Client,
    replica: State<Replica>,
) -> Result<Action> {
    let (secrets, mark) = (client.namespace("default").api::<Secret>(), replica.name);
    let change = json!({ "metadata": { "annotations": { mark: "seen" } } });
    secrets.patch(secret.name(), kube_core::Patch::Merge(change)).await?;
    cx.event(Normal, "Marked", format!("by {mark}"));
    Ok(Action::done())
}

#[kube_testing::test]
async fn a_controller_that_need_not_lead_works_on_every_replica_and_no_other_does(
    cluster: Cluster,
) {
    let start = async |name| {
        let replica = replica(name);
        replica.run(&cluster, replica.operator().controller(mark)).await
    };
    let one = start("one").await;
    cluster.settled().await;
    let two = start("two").await;
    assert_eq!((one.is_leader(), two.is_leader()), (true, false));
    let explained = replica("one").operator().controller(mark).explain();
    assert!(explained.contains("it works on every one, whether that leads or not"), "{explained}");
    say(&cluster, "hello").await;
    let secret = json!({ "metadata": { "name": "key" } });
    cluster.create(&serde_json::from_value::<Secret>(secret).unwrap()).await;
    cluster.advance("10s").await;
    let marks = cluster.get::<Secret>("key").await.metadata.annotations.unwrap_or_default();
    assert_eq!(marks.into_keys().collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(copied(&cluster).await, "hello by one");
    assert_eq!(writers(&cluster), ["one"]);
    let events = cluster.list::<Event>().await;
    let mut notes: Vec<_> = events.into_iter().filter_map(|event| event.note).collect();
    notes.retain(|note| note.starts_with("by "));
    notes.sort();
    assert_eq!(notes, ["by one", "by two"]);
    for running in [two, one] {
        running.stop().await.unwrap();
    }
}

/// Takes its time, whoever leads.
#[controller(leads = false)]
async fn brood(_: Object<Secret>, done: State<Arc<AtomicBool>>) -> Result<Action> {
    let long = std::time::Duration::from_secs(20);
    _ = tokio::time::timeout(long, std::future::pending::<()>()).await;
    done.store(true, Ordering::SeqCst);
    Ok(Action::done())
}

#[kube_testing::test]
async fn who_loses_the_lease_finishes_what_needs_none(cluster: Cluster) {
    let (lonely, done) = (replica("lonely"), Arc::new(AtomicBool::new(false)));
    let operator = lonely.operator().state(Arc::clone(&done)).controller(brood);
    let running = lonely.run(&cluster, operator).await;
    cluster.settled().await;
    let secret = json!({ "metadata": { "name": "key" } });
    cluster.create(&serde_json::from_value::<Secret>(secret).unwrap()).await;
    cluster.advance("1s").await;
    lonely.cut.store(true, Ordering::SeqCst);
    let error = format!("{:#}", running.stopped().await.unwrap_err());
    assert!(error.contains("`lonely` lost the lease `default/copier`"), "{error}");
    assert!(done.load(Ordering::SeqCst), "others may begin, but not with this");
}

#[kube_testing::test]
async fn a_replica_that_is_killed_is_followed_when_its_lease_has_expired_by_one_with_warm_caches(
    cluster: Cluster,
) {
    let killed = replica("killed");
    let running = killed.start(&cluster).await;
    let other = replica("other").start(&cluster).await;
    say(&cluster, "hello").await;
    cluster.advance("10s").await;
    // As `kill -9`: first nothing goes through, then nothing runs.
    killed.cut.store(true, Ordering::SeqCst);
    drop(running);
    say(&cluster, "bye").await;
    cluster.advance("12s").await;
    assert!(!other.is_leader(), "its holder could still be at work");
    assert_eq!(copied(&cluster).await, "hello by killed");
    let before = cluster.journal().len();
    cluster.advance("15s").await;
    assert!(other.is_leader());
    assert_eq!(copied(&cluster).await, "bye by other");
    let lists = cluster.journal()[before..].iter().filter(|entry| entry.verb == "list").count();
    assert_eq!(lists, 0, "its caches were there already");
    assert_eq!(writers(&cluster), ["killed", "other"]);
    other.stop().await.unwrap();
}

#[kube_testing::test]
async fn who_cannot_renew_ends_with_an_error_before_another_may_begin(cluster: Cluster) {
    let lonely = replica("lonely");
    lonely.slow.store(true, Ordering::SeqCst);
    let running = lonely.start(&cluster).await;
    let other = replica("other").start(&cluster).await;
    say(&cluster, "hello").await;
    assert_eq!(copied(&cluster).await, "hello by lonely");
    lonely.cut.store(true, Ordering::SeqCst);
    let mut ended = std::pin::pin!(running.stopped());
    let early = tokio::time::timeout(std::time::Duration::from_secs(7), &mut ended).await;
    assert!(early.is_err(), "a lease outlasts a hiccup");
    let error = tokio::time::timeout(std::time::Duration::from_secs(4), ended).await;
    let error = format!("{:#}", error.expect("no reconcile is waited for").unwrap_err());
    assert!(error.contains("`lonely` lost the lease `default/copier`"), "{error}");
    assert!(error.contains("the wire is cut"), "{error}");
    assert!(!other.is_leader());
    cluster.advance("20s").await;
    assert!(other.is_leader());
    other.stop().await.unwrap();
}

#[kube_testing::test]
async fn a_lease_that_somebody_else_has_taken_is_left_alone_and_no_write_leaves_any_more(
    cluster: Cluster,
) {
    let running = replica("one").start(&cluster).await;
    cluster.settled().await;
    assert!(running.is_leader());
    cluster.patch::<Lease>("copier", json!({ "spec": { "holderIdentity": "thief" } })).await;
    let error = running.stopped().await.unwrap_err();
    assert!(format!("{error:#}").contains("`thief` holds it now"), "{error:#}");
    say(&cluster, "hello").await;
    assert_eq!(lease(&cluster).await.0, "thief");
    assert_eq!(copied(&cluster).await, "");
}

#[kube_testing::test]
async fn a_running_reconcile_is_waited_for_under_a_lease_that_is_still_renewed(cluster: Cluster) {
    let slow = replica("slow");
    slow.slow.store(true, Ordering::SeqCst);
    let running = slow.start(&cluster).await;
    let other = replica("other").start(&cluster).await;
    say(&cluster, "hello").await;
    let stopping = running.stop();
    let watching = async {
        cluster.advance("24s").await;
        assert_eq!(lease(&cluster).await.0, "slow", "longer than the lease lasts");
        assert!(!other.is_leader());
    };
    let (stopped, ()) = tokio::join!(stopping, watching);
    assert!(stopped.unwrap_err().to_string().contains("aborted after 25s"));
    cluster.advance("5s").await;
    assert!(other.is_leader());
    other.stop().await.unwrap();
}

#[kube_testing::test]
async fn a_renewal_that_fails_or_loses_its_answer_costs_no_leadership(cluster: Cluster) {
    let faults = [Fault::lose_answer(), Fault::refuse(409), Fault::refuse(500), Fault::cut()];
    let running = replica("one").start(&cluster).await;
    cluster.settled().await;
    for fault in faults {
        cluster.faults().inject(fault.on("update", "leases").times(2));
        cluster.advance("1m").await;
        assert!(running.is_leader());
        assert_eq!(lease(&cluster).await, ("one".to_owned(), 0));
    }
    assert_eq!(cluster.faults().hits().len(), 8);
    cluster.delete::<Lease>("copier").await;
    cluster.advance("5s").await;
    assert!(running.is_leader(), "a lease that was deleted by hand is made anew");
    assert_eq!(lease(&cluster).await, ("one".to_owned(), 0));
    running.stop().await.unwrap();
}

#[kube_testing::test]
async fn no_write_of_any_client_of_a_replica_that_does_not_lead_leaves(cluster: Cluster) {
    /// What a state keeps: a client that no controller guards.
    struct Kept(Client);
    let holder = replica("holder").start(&cluster).await;
    cluster.settled().await;
    let (sender, kept) = tokio::sync::oneshot::channel();
    let second = replica("second");
    let token = cluster.api::<ServiceAccount>().create_token("copier").await.unwrap();
    let client = Client::over(Arc::new(InProcess::new(cluster.server(), token.expose())));
    let operator = second.operator().state_with(async move |start| {
        sender.send(Kept(start.client)).map_err(|_| Error::msg("nobody waits"))?;
        Ok::<_, Error>(0_u8)
    });
    let running = operator.start(client, Shutdown::new()).await.unwrap();
    let Kept(client) = kept.await.unwrap();
    cluster.settled().await;
    let before = cluster.journal().len();
    let raw = Request::raw(Method::Delete, "/api/v1/namespaces/default/configmaps/map").unwrap();
    let typed = client.namespace("default").delete::<ConfigMap>("map").await.unwrap_err();
    for error in [client.send(raw).await.unwrap_err(), typed] {
        let error = error.chain();
        assert!(error.contains("`second` does not hold the lease `default/copier`"), "{error}");
        assert!(error.ends_with("wait, or stop `holder`"), "{error}");
    }
    assert_eq!(cluster.journal().len(), before);
    let review =
        Request::raw(Method::Post, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
    let answer = client.send(review.unwrap()).await;
    assert!(answer.is_err_and(|error| error.status().is_some()), "a question leaves");
    running.stop().await.unwrap();
    holder.stop().await.unwrap();
}

/// Gives its client away, which outlives its leadership.
#[controller(permissions(Secret: delete))]
async fn lend(_: Object<Secret>, client: Client, lent: State<Lent>) -> Result<Action> {
    lent.0.lock().unwrap().get_or_insert(client);
    Ok(Action::done())
}

#[derive(Clone, Default)]
struct Lent(Arc<std::sync::Mutex<Option<Client>>>);

#[kube_testing::test]
async fn the_client_of_a_controller_that_leads_writes_while_that_leads_and_no_longer(
    cluster: Cluster,
) {
    let (one, lent) = (replica("one"), Lent::default());
    let operator = one.operator().state(lent.clone()).controller(lend);
    let running = one.run(&cluster, operator).await;
    for name in ["a", "b"] {
        let secret = json!({ "metadata": { "name": name } });
        cluster.create(&serde_json::from_value::<Secret>(secret).unwrap()).await;
    }
    cluster.settled().await;
    let client = lent.0.lock().unwrap().clone().unwrap();
    let secrets = client.namespace("default").api::<Secret>();
    secrets.delete("a").await.unwrap();
    cluster.patch::<Lease>("copier", json!({ "spec": { "holderIdentity": "thief" } })).await;
    running.stopped().await.unwrap_err();
    let refused = secrets.delete("b").await.unwrap_err().chain();
    assert!(refused.contains("does not hold the lease `default/copier`"), "{refused}");
    assert!(cluster.find::<Secret>("b").await.is_some());
}

#[kube_testing::test]
async fn a_standby_stops_at_once_and_its_health_says_what_is_wrong(cluster: Cluster) {
    let replica = replica("one");
    cluster.faults().inject(Fault::refuse(500).on("get", "leases").times(usize::MAX));
    let running = replica.start(&cluster).await;
    cluster.advance("10s").await;
    let health: Health = running.leadership().unwrap().borrow().clone();
    assert!(health.failures > 1 && health.term.is_none());
    assert!(health.last_error.unwrap().contains("leases"));
    running.stop().await.unwrap();
}

#[kube_testing::test]
async fn a_copy_that_takes_over_works_while_it_runs_and_gives_back_when_it_ends(cluster: Cluster) {
    let one = replica("one").start(&cluster).await;
    cluster.settled().await;
    let two = replica("two").start(&cluster).await;
    say(&cluster, "hello").await;
    assert_eq!(copied(&cluster).await, "hello by one");
    let laptop = laptop().start(&cluster).await;
    cluster.advance("10s").await;
    one.stopped().await.expect("to make room is no failure");
    assert!(laptop.is_leader() && !two.is_leader(), "others do not take what is asked for");
    // As a Deployment does.
    let one = replica("one").start(&cluster).await;
    say(&cluster, "mine").await;
    cluster.advance("1m").await;
    assert_eq!(copied(&cluster).await, "mine by laptop");
    assert_eq!(lease(&cluster).await, ("laptop".to_owned(), 1));
    assert_eq!(cluster.get::<Lease>("copier").await.metadata.annotations, None);
    laptop.stop().await.unwrap();
    cluster.advance("5s").await;
    assert!(one.is_leader() != two.is_leader(), "nobody waits for anything to expire");
    say(&cluster, "bye").await;
    let last = if one.is_leader() { "one" } else { "two" };
    assert_eq!(copied(&cluster).await, format!("bye by {last}"));
    assert_eq!(writers(&cluster), ["one", "laptop", last]);
    one.stop().await.unwrap();
    two.stop().await.unwrap();
}

#[kube_testing::test]
async fn who_is_asked_to_make_room_ends_its_reconciles_under_a_lease_that_is_still_renewed(
    cluster: Cluster,
) {
    let slow = replica("slow");
    slow.slow.store(true, Ordering::SeqCst);
    let running = slow.start(&cluster).await;
    say(&cluster, "hello").await;
    let laptop = laptop().start(&cluster).await;
    cluster.advance("20s").await;
    assert_eq!(lease(&cluster).await.0, "slow", "longer than the lease lasts");
    let health = running.leadership().unwrap().borrow().clone();
    assert_eq!(health.wanted_by.as_deref(), Some("laptop"));
    assert!(running.is_leader() && !laptop.is_leader());
    cluster.advance("15s").await;
    let error = running.stopped().await.unwrap_err().to_string();
    assert!(error.contains("aborted after 25s"), "{error}");
    assert!(laptop.is_leader());
    assert_eq!(writers(&cluster), ["slow", "laptop"], "one after the other");
    laptop.stop().await.unwrap();
}

#[kube_testing::test]
async fn a_copy_that_is_killed_gives_back_when_what_it_asked_for_or_has_expires(cluster: Cluster) {
    for length in ["3s", "20s"] {
        let one = replica("one").start(&cluster).await;
        cluster.advance("20s").await;
        assert!(one.is_leader());
        let two = replica("two").start(&cluster).await;
        let laptop = laptop();
        let running = laptop.start(&cluster).await;
        // Before it leads, and after.
        cluster.advance(length).await;
        one.stopped().await.unwrap();
        laptop.cut.store(true, Ordering::SeqCst);
        drop(running);
        cluster.advance("9s").await;
        assert!(!two.is_leader(), "the copy could still be at work");
        cluster.advance("12s").await;
        assert!(two.is_leader());
        two.stop().await.unwrap();
    }
}

#[kube_testing::test]
async fn a_copy_that_is_stopped_before_it_leads_takes_its_wish_back(cluster: Cluster) {
    let holder = json!({ "holderIdentity": "thief", "leaseDurationSeconds": 3600 });
    let held = json!({ "metadata": { "name": "copier" }, "spec": holder });
    cluster.apply(serde_json::from_value::<Lease>(held).unwrap()).await;
    let laptop = laptop().start(&cluster).await;
    cluster.advance("10s").await;
    let wish = cluster.get::<Lease>("copier").await.metadata.annotations.unwrap();
    assert_eq!(wish["kube-runtime/preferred-holder"], "laptop");
    laptop.stop().await.unwrap();
    let left = cluster.get::<Lease>("copier").await;
    assert_eq!(left.metadata.annotations.unwrap_or_default(), Default::default());
    assert_eq!(left.spec.unwrap().holder_identity.as_deref(), Some("thief"));
}

#[kube_testing::test]
async fn a_copy_that_finds_no_lease_ends_with_an_error_that_says_where_it_looked(cluster: Cluster) {
    let laptop = laptop().start(&cluster).await;
    let error = format!("{:#}", laptop.stopped().await.unwrap_err());
    assert!(error.contains("no lease `default/copier` to take over"), "{error}");
    say(&cluster, "hello").await;
    assert_eq!(copied(&cluster).await, "");
}
