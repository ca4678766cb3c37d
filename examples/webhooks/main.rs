//! What is asked before an object is stored: one webhook fills in, one refuses, both over HTTPS with a certificate that the operator makes; and
//! two policies, which the API server asks by itself.
//!
//! The API server has to reach this machine: `-- --cluster` is for a cluster that runs on it.

#[path = "../ground.rs"]
mod ground;
#[path = "../played.rs"]
mod played;

use std::net::Ipv4Addr;
use std::net::TcpListener;
use std::time::Duration;

use anyhow::Context as _;
use ground::Ground;
use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::core::Patch;
use kube_runtime::prelude::*;
use kube_runtime::webhook::WebhookServer;
use played::played;
use serde_json::json;
use tokio::time::Instant;
use tracing::info;

/// A ship that is to be built.
#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", kind = "Ship", namespaced)]
#[resource(rule(
    cel = "self.masts > 0 || has(self.engine)",
    message = "a ship has masts or an engine"
))]
struct ShipSpec {
    #[resource(minimum = 0, maximum = 7, print_column(name = "Masts"))]
    masts: i32,
    #[resource(max_length = 40)]
    engine: Option<String>,
    #[resource(enum("sail", "steam"), selectable, print_column(name = "Class"))]
    class: Option<String>,
    #[resource(immutable, max_length = 40)]
    name: String,
}

/// What the harbour takes.
struct Harbour {
    masts: i32,
}

/// The class follows from the rest, unless somebody says it.
#[webhook(mutate)]
async fn classify(ship: &mut Ship) -> Result<(), Denied> {
    let steam = ship.spec.engine.is_some();
    ship.spec.class.get_or_insert_with(|| if steam { "steam" } else { "sail" }.to_owned());
    Ok(())
}

/// No ship is larger than the harbour.
#[webhook(validate, timeout = "5s")]
async fn seaworthy(change: Change<Ship>, harbour: State<Harbour>) -> Verdict {
    let masts = change.new_object().map_or(0, |ship| ship.spec.masts);
    if masts > harbour.masts {
        return Verdict::deny(format!("the harbour takes {} masts", harbour.masts));
    }
    let verdict = Verdict::allow();
    if masts == harbour.masts { verdict.warn("it just fits") } else { verdict }
}

/// None loses more than one mast at once: where the two states are enough to tell, no webhook has to run.
#[policy(
    kind = Ship,
    on(update),
    variable(name = "lost", cel = "oldObject.spec.masts - object.spec.masts"),
    rule(
        cel = "variables.lost <= 1",
        message_expression = "'one mast at a time, not ' + string(variables.lost)"
    )
)]
struct OneMast;

/// A list of cargo gets no shorter: also kinds of Kubernetes can have rules.
#[policy(
    kind = ConfigMap,
    on(update),
    labels = "cargo",
    rule(
        cel = "size(object.?data.orValue({})) >= size(oldObject.?data.orValue({}))",
        message = "cargo stays on board",
        reason = Forbidden
    )
)]
struct CargoStays;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let ground = Ground::of("webhooks").await?;
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let server = WebhookServer::at(free.to_string()).url(format!("https://{free}"));
    let operator = Operator::new("webhooks-example")
        .state(Harbour { masts: 5 })
        .webhook(classify)
        .webhook(seaworthy)
        .policy(OneMast)
        .policy(CargoStays)
        .webhook_server(server);
    played(ground, operator, Duration::from_secs(60), story).await
}

async fn story(ground: &Ground) -> anyhow::Result<()> {
    let ships = ground.client.namespace(&*ground.namespace).api::<Ship>();
    let ship = |name: &str, masts: i32| {
        let spec = ShipSpec { masts, engine: None, class: None, name: name.to_owned() };
        Ship::new(name.to_lowercase(), spec)
    };
    // A server takes a moment until it asks.
    let deadline = Instant::now() + Duration::from_secs(20);
    while ships.create(&ship("Probe", 1)).dry_run(true).await?.spec.class.is_none() {
        anyhow::ensure!(Instant::now() < deadline, "the API server does not ask");
        tokio::time::sleep_until(Instant::now() + Duration::from_millis(200)).await;
    }
    let gorch = ships.create(&ship("Gorch", 3)).await?;
    info!("{} is of the class {:?}", gorch.name(), gorch.spec.class);
    let refused = ships.create(&ship("Preussen", 6)).await.err().context("it is too large")?;
    info!("{}", refused.chain());
    let masts = |masts: i32| Patch::Merge(json!({ "spec": { "masts": masts } }));
    // A policy takes a moment as well.
    while ships.patch("gorch", masts(1)).dry_run(true).await.is_ok() {
        anyhow::ensure!(Instant::now() < deadline, "the API server does not ask the policy");
        tokio::time::sleep_until(Instant::now() + Duration::from_millis(200)).await;
    }
    let refused = ships.patch("gorch", masts(1)).await.err().context("it lost two masts")?;
    info!("{}", refused.chain());
    let smaller = ships.patch("gorch", masts(2)).await?;
    info!("{} has {} masts now", smaller.name(), smaller.spec.masts);
    let lists = ground.client.namespace(&*ground.namespace).api::<ConfigMap>();
    let list: ConfigMap = serde_json::from_value(json!({
        "metadata": { "name": "cargo", "labels": { "cargo": "" } }, "data": { "tea": "12 t" },
    }))?;
    lists.create(&list).await?;
    let empty = Patch::Merge(json!({ "data": null }));
    let refused = lists.patch("cargo", empty).await.err().context("the cargo is gone")?;
    info!("{}", refused.chain());
    Ok(())
}
