//! An operator and a story in; whether it ends in the same state, wherever in the story its process dies, out.

use std::fmt;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use kube_core::request::Method;
use kube_core::request::Request;
use kube_core::transport::Response;
use kube_core::transport::Transport;
use kube_runtime::operator::IntoOperator;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::Notify;

use crate::cluster::Cluster;
use crate::run::run;
use crate::transport::InProcess;

/// At how many writes a story is taken for one that never ends.
const LIMIT: usize = 1_000;
/// How long everything has to come to rest after the story: longer than any back-off that a crash can lead to.
const REST: &str = "20m";
/// What a crash may leave more or less of: what is told, and who leads.
const APART: [&str; 3] = ["events", "events.k8s.io/events", "coordination.k8s.io/leases"];
/// What the server makes up, so that it is different each time.
const MADE_UP: [&str; 4] = ["uid", "resourceVersion", "managedFields", "pod-template-hash"];

/// When the process dies.
#[derive(Clone, Copy, Debug)]
enum Death {
    /// Instead of a write.
    Before(usize),
    /// When the server has carried out a write, and before its answer comes.
    After(usize),
}

impl fmt::Display for Death {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before(write) => write!(formatter, "before write {}", write + 1),
            Self::After(write) => write!(formatter, "after write {}", write + 1),
        }
    }
}

/// Plays a story once undisturbed, then once for each write of the operator with a crash before it and once with a crash after it, each time on
/// a fresh cluster. After a crash nothing more leaves the process, it is dropped without any order, and a new one starts at once.
/// Each play goes on for 20 minutes of virtual time after the story; then what is stored is compared, but for Events, Leases and what
/// the server makes up (uids, versions, times). Says how often the process died.
///
/// The story may do everything with the cluster but run operators, and has to lead to one end, whenever the operator works:
/// `torture(operator, async |cluster: &Cluster| { cluster.create(&site).await; cluster.advance("1m").await; .. })`.
///
/// # Panics
/// When an end is another than that of the undisturbed play: it says after which crash, and what is different. When the story writes nothing, or
/// 1,000 times.
#[expect(clippy::needless_pass_by_value, reason = "a story is written where it is called")]
pub fn torture<O: IntoOperator>(operator: impl Fn() -> O, story: impl AsyncFn(&Cluster)) -> usize {
    let undisturbed = Life::default();
    let expected = play(&undisturbed, &operator, &story);
    let writes = undisturbed.writes();
    assert!(!writes.is_empty(), "the operator writes nothing in this story");
    assert!(
        writes.len() < LIMIT,
        "the operator has written {LIMIT} times: it does not come to rest"
    );
    let mut deaths = 0;
    for (number, write) in writes.iter().enumerate() {
        for death in [Death::Before(number), Death::After(number)] {
            let life = Life::until(death);
            let end = play(&life, &operator, &story);
            deaths += usize::from(life.is_over());
            let differences = differences(&expected, &end);
            assert!(
                differences.is_empty(),
                "another end after a crash {death} ({write}):\n{}",
                differences.join("\n")
            );
        }
    }
    deaths
}

/// One play: what is stored at the end.
fn play<O: IntoOperator>(
    life: &Life,
    operator: &impl Fn() -> O,
    story: &impl AsyncFn(&Cluster),
) -> Vec<(String, Value)> {
    run("torture", async |cluster: Cluster| {
        let lives = async {
            let begun =
                cluster.start(operator(), |own| Arc::new(Mortal { own, life: life.clone() }));
            let running = tokio::select! {
                running = begun => Some(running),
                () = life.over() => None,
            };
            life.begun.notify_one();
            life.over().await;
            drop(running);
            cluster.run(operator()).await;
            std::future::pending::<()>().await;
        };
        let told = async {
            life.begun.notified().await;
            story(&cluster).await;
            cluster.advance(REST).await;
        };
        tokio::select! {
            () = lives => {}
            () = told => {}
        }
        let stored = cluster.server().dump().into_iter();
        let mut end: Vec<_> = stored
            .filter(|(resource, _)| !APART.contains(&resource.as_str()))
            .map(|(resource, object)| (resource, comparable(object)))
            .collect();
        end.sort_by_cached_key(|(resource, object)| (resource.clone(), object.to_string()));
        end
    })
}

/// The life of the first process, shared by all its requests.
#[derive(Clone, Default)]
struct Life {
    death: Option<Death>,
    state: Arc<Mutex<State>>,
    ended: Arc<Notify>,
    begun: Arc<Notify>,
}

#[derive(Default)]
struct State {
    writes: Vec<String>,
    is_over: bool,
}

impl Life {
    fn until(death: Death) -> Self {
        Self { death: Some(death), ..Self::default() }
    }

    fn writes(&self) -> Vec<String> {
        self.state.lock().writes.clone()
    }

    fn is_over(&self) -> bool {
        self.state.lock().is_over
    }

    fn end(&self) {
        self.state.lock().is_over = true;
        self.ended.notify_one();
    }

    /// Waits for its end. Only one waits.
    async fn over(&self) {
        if !self.is_over() {
            self.ended.notified().await;
        }
    }

    /// Notes a write, and says which it is.
    fn wrote(&self, request: &Request) -> usize {
        let mut state = self.state.lock();
        if state.writes.len() < LIMIT {
            state.writes.push(format!("{} {}", request.method.as_str(), request.path_and_query()));
        }
        state.writes.len() - 1
    }
}

/// Carries requests as long as the process lives; then none is answered any more.
struct Mortal {
    own: InProcess,
    life: Life,
}

impl Transport for Mortal {
    fn send(&self, request: Request) -> BoxFuture<'static, kube_core::Result<Response>> {
        let (own, life) = (self.own.clone(), self.life.clone());
        async move {
            let number = match request.method {
                Method::Get => None,
                _ if life.is_over() => None,
                _ => Some(life.wrote(&request)),
            };
            match (life.death, number) {
                (Some(Death::Before(death)), Some(number)) if death == number => life.end(),
                (Some(Death::After(death)), Some(number)) if death == number => {
                    drop(own.send(request.clone()).await);
                    life.end();
                }
                _ => {}
            }
            if life.is_over() { std::future::pending().await } else { own.send(request).await }
        }
        .boxed()
    }

    fn describe(&self) -> String {
        self.own.describe()
    }
}

/// An object without what is different each time.
fn comparable(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            fields.retain(|name, _| !MADE_UP.contains(&name.as_str()));
            fields.values_mut().for_each(|field| *field = comparable(field.take()));
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
