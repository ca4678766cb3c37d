//! What behaviours promise, on a stopped clock.

mod budgets;
mod collection;
mod definitions;
mod elections;
mod namespaces;
mod volumes;
mod workloads;

use super::*;
use crate::clock::Clock;
use crate::crd::definition_kind;
use crate::kind::Kinds;
use crate::kind::builtin_kinds;
use crate::status::Failure;
use crate::store::Keep;
use crate::store::Store;
use crate::verb;
use crate::verb::DeleteOptions;
use crate::verb::Options;
use crate::verb::Policy;
use crate::verb::Target;
use futures::FutureExt;
use serde_json::Value;
use serde_json::json;
use std::time::Duration;
use tokio::task::JoinSet;

/// A cluster without a server, and its behaviours.
struct Setup {
    cluster: Cluster,
    _tasks: JoinSet<()>,
}

impl Setup {
    fn new(switches: &Behaviours) -> Self {
        let store = Store::new(0, Keep::default());
        let mut kinds = builtin_kinds();
        if !kinds.iter().any(|kind| kind.kind == "CustomResourceDefinition") {
            kinds.push(definition_kind());
        }
        let clock = Clock::new(jiff::Timestamp::UNIX_EPOCH);
        let cluster = Cluster::new(store, Kinds::new(kinds), clock, 7);
        let made = bootstrap(&cluster, switches).now_or_never();
        made.expect("no webhook is waited for").expect("the first objects are good");
        let mut tasks = JoinSet::new();
        spawn(&cluster, switches, &mut tasks);
        Self { cluster, _tasks: tasks }
    }

    fn target(&self, object: &Value) -> Target {
        let text = |member: &str| object["metadata"][member].as_str().unwrap_or_default();
        let (version, kind) = (&object["apiVersion"], &object["kind"]);
        let kind = self
            .cluster
            .kinds
            .of(version.as_str().unwrap(), kind.as_str().unwrap())
            .unwrap_or_else(|| panic!("{version} {kind} is not served"));
        Target::new(kind, text("namespace"), text("name"))
    }

    fn create(&self, object: Value) -> Value {
        self.try_create(object).expect("creates")
    }

    fn try_create(&self, object: Value) -> Result<Value, Failure> {
        let target = self.target(&object);
        let kind = target.kind.clone();
        let system = Options::system("test");
        let written = verb::create(&self.cluster, &target, &system, object);
        let written = written.now_or_never().expect("no webhook is waited for")?;
        Ok(verb::view_value(&kind, &written.stored))
    }

    fn update(&self, object: Value) -> Value {
        let target = self.target(&object);
        let kind = target.kind.clone();
        let system = Options::system("test");
        let written = verb::update(&self.cluster, &target, &system, object);
        let written = written.now_or_never().expect("no webhook is waited for");
        verb::view_value(&kind, &written.expect("updates").stored)
    }

    fn get(&self, object: &Value) -> Option<Value> {
        let target = self.target(object);
        let stored = verb::get(&self.cluster, &target).now_or_never();
        let stored = stored.expect("no webhook is waited for").ok()?;
        Some(verb::view_value(&target.kind, &stored))
    }

    fn delete(&self, object: &Value, policy: Policy) {
        let options = DeleteOptions { policy: Some(policy), ..DeleteOptions::default() };
        let target = self.target(object);
        let system = Options::system("test");
        let deleted = verb::delete(&self.cluster, &target, &system, &options).now_or_never();
        deleted.expect("no webhook is waited for").expect("deletes");
    }

    /// Lets time pass; the clock is stopped, so that this takes none.
    async fn pass(&self, milliseconds: u64) {
        #[expect(clippy::disallowed_methods, reason = "the clock of the test is stopped")]
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
}

fn config_map(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": name, "namespace": "default" },
    })
}

fn owned(mut object: Value, owner: &Value, blocks: bool) -> Value {
    let reference = json!({
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "blockOwnerDeletion": blocks,
    });
    let metadata = object["metadata"].as_object_mut().unwrap();
    let list = metadata.entry("ownerReferences").or_insert_with(|| json!([]));
    list.as_array_mut().unwrap().push(reference);
    object
}

fn finalized(mut object: Value, finalizer: &str) -> Value {
    object["metadata"]["finalizers"] = json!([finalizer]);
    object
}

fn condition<'a>(object: &'a Value, name: &str) -> &'a Value {
    let conditions = object["status"]["conditions"].as_array();
    let found = conditions.and_then(|list| list.iter().find(|one| one["type"] == name));
    found.unwrap_or_else(|| panic!("no condition {name} in {}", object["status"]))
}
