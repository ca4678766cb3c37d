//! Replicas of one operator, of which one works: `cargo run --example leader`, with `-- --cluster` on a real cluster.
//!
//! This program starts itself as three replicas, one after the other; kills the leader, freezes the next one and lets it go on later; takes over
//! from the last one as a developer's copy does, and gives back; and watches every write. It ends with an error when two replicas wrote in turns, or when none took over in time.

use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use anyhow::bail;
use anyhow::ensure;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::ServiceAccount;
use kube_embedded::Server;
use kube_runtime::core::Config;
use kube_runtime::core::Patch;
use kube_runtime::core::api::Event;
use kube_runtime::core::api::Watch;
use kube_runtime::leader::Timing;
use kube_runtime::prelude::*;
use kube_testing::Grants;
use serde_json::json;
use tokio::process::Child;
use tokio::process::Command;
use tracing::info;

const NAMESPACE: &str = "default";

/// Every 100 ms it writes into the ConfigMap `leader-log` who it is, as long as there is a ConfigMap `leader-work`.
#[controller(permissions(ConfigMap: patch))]
async fn work(map: Object<ConfigMap>, maps: Lister<ConfigMap>, client: Client) -> Result<Action> {
    let (true, Some(log)) = (map.name() == "leader-work", maps.get(Some(NAMESPACE), "leader-log")?)
    else {
        return Ok(Action::done());
    };
    // A process may be frozen with this request in hand. With the version in it the server refuses what comes too late.
    let version = log.resource_version();
    let change = json!({
        "metadata": { "resourceVersion": version },
        "data": { "writer": std::process::id().to_string(), "after": version },
    });
    client
        .namespace(NAMESPACE)
        .api::<ConfigMap>()
        .patch("leader-log", Patch::Merge(change))
        .await?;
    Ok(Action::after(Duration::from_millis(100)))
}

fn operator() -> anyhow::Result<Operator> {
    let ms = Duration::from_millis;
    // Short, for people who watch; the defaults are 15 s, 10 s and 2 s.
    let election = LeaderElection::default().timing(Timing::new(ms(3000), ms(2000), ms(500))?);
    Ok(Operator::new("leader-example").controller(work).leader_election(election))
}

#[tokio::main]
async fn main() -> ExitCode {
    let ended = match std::env::args().nth(1).as_deref() {
        Some("run") => match operator() {
            Ok(operator) => return operator.main().await,
            Err(error) => Err(error),
        },
        argument => {
            tracing_subscriber::fmt().with_target(false).compact().init();
            let played = play(argument == Some("--cluster"));
            let limit = Duration::from_secs(90);
            tokio::time::timeout(limit, played).await.unwrap_or_else(|_| bail!("not over in time"))
        }
    };
    if let Err(error) = ended {
        tracing::error!("{error:#}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Finds the cluster, or makes one, and tells the story there.
async fn play(cluster: bool) -> anyhow::Result<()> {
    if cluster {
        let admin = Client::connect().await?;
        let told = tell(&admin, &[]).await;
        for name in ["leader-work", "leader-log"] {
            admin.namespace(NAMESPACE).delete::<ConfigMap>(name).await?;
        }
        admin.namespace(NAMESPACE).delete::<Lease>("leader-example").await?;
        return told;
    }
    let server = Server::builder().build();
    let api = server.listen((Ipv4Addr::LOCALHOST, 0).into()).await?;
    let admin = Client::new(Config::new(&api.url())?.token(server.admin_token()))?;
    operator()?.install_rbac(&admin, NAMESPACE).await?;
    let accounts = admin.namespace(NAMESPACE).api::<ServiceAccount>();
    let token = accounts.create_token("leader-example").await?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("kubeconfig");
    let kubeconfig = json!({
        "clusters": [{ "name": "here", "cluster": { "server": api.url() } }],
        "users": [{ "name": "replica", "user": { "token": token.expose() } }],
        "contexts": [{ "name": "here", "context": { "cluster": "here", "user": "replica" } }],
        "current-context": "here",
    });
    std::fs::write(&path, kubeconfig.to_string())?;
    let path = path.to_str().context("the temporary folder has an odd name")?;
    let told = tell(&admin, &["--kubeconfig", path]).await;
    let exact = Grants::of(&operator()?, NAMESPACE).used_by(&server.journal()).exact();
    api.stop().await;
    told?;
    exact?;
    info!("the roles of `leader-example` are what it used");
    Ok(())
}

async fn tell(admin: &Client, arguments: &[&str]) -> anyhow::Result<()> {
    let here = admin.namespace(NAMESPACE);
    for name in ["leader-work", "leader-log"] {
        let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
        here.create(&ConfigMap { metadata, ..ConfigMap::default() }).await?;
    }
    let mut log = Log { watch: here.watch::<ConfigMap>().await?, writers: Vec::new() };
    let (mut first, mut second) = (replica(arguments)?, replica(arguments)?);
    if log.next().await? != id(&first)? {
        std::mem::swap(&mut first, &mut second);
    }
    info!("replica {} leads and writes; replica {} waits", id(&first)?, id(&second)?);
    log.writes(&first, 10).await?;

    info!("kill -9 {}", id(&first)?);
    first.kill().await?;
    log.writes(&second, 10).await?;
    info!("replica {} has taken over", id(&second)?);

    let third = replica(arguments)?;
    tokio::time::timeout(Duration::from_secs(1), log.writes(&second, 100))
        .await
        .unwrap_or(Ok(()))?;
    info!("kill -STOP {}: it stands still in the middle of its work", id(&second)?);
    signal(&second, "-STOP").await?;
    log.writes(&third, 10).await?;
    info!("replica {} has taken over; kill -CONT {}", id(&third)?, id(&second)?);
    signal(&second, "-CONT").await?;
    ensure!(!second.wait().await?.success(), "who has lost the lease ends with an error");
    log.writes(&third, 10).await?;

    let mut last = take_over(&mut log, third, arguments).await?;
    signal(&last, "-TERM").await?;
    ensure!(last.wait().await?.success(), "who is told to stop ends in order");
    let lease = here.get::<Lease>("leader-example").await?;
    let spec = lease.spec.context("a lease that was held says so")?;
    ensure!(spec.holder_identity.is_none_or(|holder| holder.is_empty()), "it was given up");
    info!("{} writes, never two in turns; the lease is free again", log.writers.len());
    Ok(())
}

/// A developer's copy works instead of the leader while it runs; a replica that the leader was started again as works after it.
async fn take_over(log: &mut Log, mut leader: Child, arguments: &[&str]) -> anyhow::Result<Child> {
    let mut copy = replica(&[&["--take-over"], arguments].concat())?;
    info!("copy {} asks replica {} to make room", id(&copy)?, id(&leader)?);
    log.writes(&copy, 10).await?;
    ensure!(leader.wait().await?.success(), "who makes room ends in order");
    let again = replica(arguments)?;
    log.writes(&copy, 10).await?;
    signal(&copy, "-TERM").await?;
    log.writes(&again, 10).await?;
    ensure!(copy.wait().await?.success(), "who gives back ends in order");
    info!("it has given back: replica {} works", id(&again)?);
    Ok(again)
}

fn replica(arguments: &[&str]) -> anyhow::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    Ok(command.arg("run").args(arguments).stdin(Stdio::null()).kill_on_drop(true).spawn()?)
}

fn id(replica: &Child) -> anyhow::Result<u32> {
    replica.id().context("a replica ended by itself")
}

async fn signal(replica: &Child, signal: &str) -> anyhow::Result<()> {
    let status = Command::new("kill").arg(signal).arg(id(replica)?.to_string()).status().await?;
    ensure!(status.success(), "failed to send {signal}");
    Ok(())
}

/// Who wrote, as the server tells it: every write, in order.
struct Log {
    watch: Watch<ConfigMap>,
    writers: Vec<u32>,
}

impl Log {
    /// Waits for the next write. Who has been followed by another must not come back.
    async fn next(&mut self) -> anyhow::Result<u32> {
        loop {
            let event = self.watch.next().await?.context("the watch ended")?;
            let (Event::Added(map) | Event::Modified(map)) = event else { continue };
            let Some(writer) = map.data.as_ref().and_then(|data| data.get("writer")) else {
                continue;
            };
            let writer = writer.parse()?;
            let back = self.writers.last() != Some(&writer) && self.writers.contains(&writer);
            ensure!(!back, "replica {writer} wrote after another one had taken over");
            self.writers.push(writer);
            return Ok(writer);
        }
    }

    /// Waits for so many writes of this replica.
    async fn writes(&mut self, replica: &Child, mut count: usize) -> anyhow::Result<()> {
        let replica = id(replica)?;
        while count > 0 {
            if self.next().await? == replica {
                count -= 1;
            }
        }
        Ok(())
    }
}
