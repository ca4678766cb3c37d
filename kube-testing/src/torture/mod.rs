//! An operator and a story in; whether it ends in the same state, wherever its process dies and whatever its caches miss, out.

mod place;
mod disturbance;
mod life;
mod made_up;
mod wire;
#[cfg(test)]
mod tests;

use std::time::Duration;

use kube_runtime::operator::IntoOperator;
use serde_json::Value;
use tokio::time::Instant;

use crate::cluster::Cluster;
use crate::run::run_seeded;
use crate::run::seed;
use crate::said::Said;

use disturbance::Disturbance;
use life::LIMIT;
use life::Life;
use made_up::MadeUp;
use wire::Sender;
use wire::Wire;

/// How long everything has to come to rest after the story: longer than any back-off that a crash can lead to.
const REST: &str = "20m";
/// How long caches are behind at most: less than after what a silent watch is given up.
const LAG: &str = "80s";
/// How much virtual time a disturbed play may take beyond the undisturbed one.
const PATIENCE: Duration = Duration::from_secs(60 * 60);
/// What a crash may leave more or less of: what is told, and who leads.
const APART: [&str; 3] = ["events", "events.k8s.io/events", "coordination.k8s.io/leases"];
/// What the server makes up, so that it is different each time.
const MADE_UP: [&str; 4] = ["uid", "resourceVersion", "managedFields", "pod-template-hash"];

/// How often a story was played, and with what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plays {
    /// With a crash before or after a write of the operator.
    pub crashes: usize,
    /// With a new process whose caches of one collection were behind for a while.
    pub behind: usize,
    /// With changes that the operator was never told of, only of what came of them.
    pub missed: usize,
}

/// Plays a story once undisturbed, and then again and again on a fresh cluster, each time with one of these:
///
/// - The process dies before a write of the operator, or after one and before its answer. Nothing more leaves it, it is dropped without any
///   order, and a new one starts at once.
/// - The process dies after a write, of the operator or of the story, and for 80 s of virtual time the caches of one collection in the next show
///   what was before that or an earlier write, as those of a server that lags behind. What is read with a `Client` is what is there.
/// - The operator is not told of a write, nor of what follows in that collection, until the story writes the same object again or 80 s have
///   passed; then it lists, and sees only what came of it all.
///
/// Of the latter two at most 50 each are played. A play goes on for 20 minutes of virtual time after the story; then what is stored is
/// compared, but for Events, Leases and what the server makes up (uids, versions, times, generated names, how often a spec was written). What is
/// another in a second undisturbed play, with other random numbers, is not compared either: the address of a Service, a password that was thought
/// of. Says how often it was played.
///
/// The story may do everything with the cluster but run operators, and has to lead to one end, whenever the operator works:
/// `torture(operator, async |cluster: &Cluster| { cluster.create(&site).await; cluster.advance("1m").await; .. })`.
///
/// # Panics
/// When an end is another than that of the undisturbed play: it says after what, and what is different. When the story writes nothing, or
/// 1,000 times; when a play takes an hour of virtual time more than the undisturbed one, or the operator asks 50,000 times.
#[expect(clippy::needless_pass_by_value, reason = "a story is written where it is called")]
pub fn torture<O: IntoOperator>(operator: impl Fn() -> O, story: impl AsyncFn(&Cluster)) -> Plays {
    let seed = seed("torture");
    let undisturbed = |seed| {
        let _said = Said::listen();
        let life = Life::new(None, seed);
        let end = play(&life, None, &operator, &story);
        let (end, length) = end.unwrap_or_else(|why| panic!("the undisturbed play: {why}"));
        (life.writes(), end, length)
    };
    let (writes, expected, length) = undisturbed(seed);
    let (_, again, _) = undisturbed(!seed);
    let made_up = MadeUp::between(&expected, &again);
    let expected = made_up.hidden(expected);
    let by_operator = writes.iter().filter(|write| write.by_operator).count();
    assert!(by_operator > 0, "the operator writes nothing in this story");
    assert!(
        writes.len() < LIMIT,
        "the operator has written {LIMIT} times: it does not come to rest"
    );
    // How often it had the disturbance, which a play that went another way before it has not.
    let all = |disturbances: Vec<Disturbance>| {
        let had = disturbances.into_iter().filter(|disturbance| {
            let _said = Said::listen();
            let life = Life::new(Some(disturbance.clone()), seed);
            let end = play(&life, Some(length + PATIENCE), &operator, &story);
            let end = end.map(|(end, _)| made_up.hidden(end));
            check(&expected, end, &disturbance.told(&writes));
            life.is_disturbed()
        });
        had.count()
    };
    Plays {
        crashes: all(disturbance::crashes(&writes)),
        missed: all(disturbance::missed(&writes)),
        behind: all(disturbance::behind(&writes)),
    }
}

/// What is stored at the end of a play: each object with its resource.
type End = Vec<(String, Value)>;

fn check(expected: &End, end: Result<End, String>, disturbance: &str) {
    match end {
        Err(why) => panic!("{why} {disturbance}"),
        Ok(end) => {
            let differences = differences(expected, &end);
            assert!(
                differences.is_empty(),
                "another end {disturbance}:\n{}",
                differences.join("\n")
            );
        }
    }
}

/// One play: what is stored at the end, and how much virtual time it took; or why there was no end.
fn play<O: IntoOperator>(
    life: &Life,
    limit: Option<Duration>,
    operator: &impl Fn() -> O,
    story: &impl AsyncFn(&Cluster),
) -> Result<(End, Duration), String> {
    run_seeded(life.seed(), "torture", async |cluster: Cluster| {
        let began = Instant::now();
        let told = async {
            life.begun.notified().await;
            let stage = cluster.over(|own| Wire::new(own, life, Sender::Story));
            story(&stage).await;
            cluster.advance(REST).await;
        };
        let told = async {
            match limit {
                Some(limit) => tokio::time::timeout(limit, told).await.is_ok(),
                None => {
                    told.await;
                    true
                }
            }
        };
        let ended = tokio::select! {
            () = lives(life, &cluster, operator) => false,
            () = late(life, &cluster) => false,
            ended = told => ended,
        };
        match ended {
            _ if life.asks_without_end() => Err("the operator asks without end".to_owned()),
            false => Err("the story does not end".to_owned()),
            true => Ok((stored(&cluster), began.elapsed())),
        }
    })
}

/// The first process until it dies, and the next. It never ends.
async fn lives<O: IntoOperator>(life: &Life, cluster: &Cluster, operator: &impl Fn() -> O) {
    let begun = cluster.start(operator(), |own| Wire::new(own, life, Sender::First));
    let running = tokio::select! {
        running = begun => Some(running),
        () = life.over() => None,
    };
    life.begun.notify_one();
    life.over().await;
    drop(running);
    cluster.run_over(operator(), |own| Wire::new(own, life, Sender::Next)).await;
    std::future::pending::<()>().await;
}

/// Lets caches that are behind catch up in the end. It never ends.
async fn late(life: &Life, cluster: &Cluster) {
    let mut view = life.view();
    while view.wait_for(|view| !view.is_current()).await.is_ok() {
        cluster.advance(LAG).await;
        life.catch_up(cluster.server().revision());
    }
}

fn stored(cluster: &Cluster) -> End {
    let stored = cluster.server().dump().into_iter();
    let mut end: End = stored
        .filter(|(resource, _)| !APART.contains(&resource.as_str()))
        .map(|(resource, object)| (resource, whole(object)))
        .collect();
    end.sort_by_cached_key(|(resource, object)| (resource.clone(), object.to_string()));
    end
}

/// An object without what is different each time.
fn whole(mut object: Value) -> Value {
    let generation = object["metadata"]["generation"].take();
    if !generation.is_null() && object["status"]["observedGeneration"] == generation {
        object["status"]["observedGeneration"] = "its own".into();
    }
    if let Some(prefix) = object["metadata"]["generateName"].as_str() {
        object["metadata"]["name"] = format!("{prefix}*").into();
    }
    comparable(object)
}

/// A value without what is different each time.
fn comparable(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            fields.retain(|name, _| !MADE_UP.contains(&name.as_str()));
            fields.values_mut().for_each(|field| *field = comparable(field.take()));
            // Which came first is history.
            if let Some(Value::Array(conditions)) = fields.get_mut("conditions") {
                conditions.sort_by_cached_key(Value::to_string);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = comparable(item.take())),
        Value::String(text) if text.parse::<jiff::Timestamp>().is_ok() => {
            "a time".clone_into(text);
        }
        _ => {}
    }
    value
}

/// What is there in one end only, a line each.
fn differences(expected: &[(String, Value)], end: &[(String, Value)]) -> Vec<String> {
    let only = |what: &str, these: &[(String, Value)], those: &[(String, Value)]| {
        let lines = these.iter().filter(|object| !those.contains(object));
        lines.map(|(resource, object)| format!("{what}: {resource} {object}")).collect::<Vec<_>>()
    };
    [only("only without the crash", expected, end), only("only after it", end, expected)].concat()
}
