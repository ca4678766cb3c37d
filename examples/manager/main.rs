//! Two controllers in one operator, a function and a type: they share caches and one life. One seals every ConfigMap that asks for it, the other
//! counts the seals.

#[path = "../ground.rs"]
mod ground;

use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Secret;
use kube_runtime::prelude::*;
use tokio::sync::watch;
use tracing::info;

use crate::ground::Ground;

const SEALED: &str = "example.com/sealed";

/// Keeps a Secret beside each ConfigMap that says `seal: yes`.
#[controller(owns(Secret))]
async fn seal(map: Object<ConfigMap>, cx: Cx<ConfigMap>) -> Result<Action> {
    if map.data.as_ref().and_then(|data| data.get("seal")).is_some_and(|seal| seal == "yes") {
        let mut secret = Secret::default();
        secret.metadata.name = Some(map.name().to_owned());
        secret.metadata.labels = Some([(SEALED.to_owned(), "yes".to_owned())].into());
        cx.apply(secret).await?;
    }
    Ok(Action::done())
}

/// Counts the Secrets of the other controller. It reads the cache that the other one's `owns` opened; how many there are is its own state.
#[derive(Default)]
struct Census {
    seals: watch::Sender<usize>,
}

#[controller]
impl Census {
    async fn reconcile(&self, secret: Object<Secret>, secrets: Lister<Secret>) -> Result<Action> {
        let sealed = secrets.labels(format!("{SEALED}=yes").as_str()).list()?.len();
        if self.seals.send_replace(sealed) != sealed {
            info!("with `{}` there are {sealed} seals", secret.name());
        }
        Ok(Action::done())
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let ground = Ground::of("manager").await?;
    let census = Census::default();
    let mut seals = census.seals.subscribe();
    let operator = Operator::new("sealer").controller(seal).controller(census);
    let shutdown = Shutdown::new();
    let account = ground.account(&operator).await?;
    let running = operator.start(account.client.clone(), shutdown.clone()).await?;

    let maps = ground.client.namespace(ground.namespace.as_str());
    for (name, seal) in [("a", "yes"), ("b", "no"), ("c", "yes"), ("d", "yes")] {
        let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
        let data = Some([("seal".to_owned(), seal.to_owned())].into());
        maps.create(&ConfigMap { metadata, data, ..ConfigMap::default() }).await?;
    }
    let three = seals.wait_for(|seals| *seals == 3);
    let counted = tokio::time::timeout(Duration::from_secs(30), three).await.is_ok();
    shutdown.begin();
    running.stopped().await?;
    info!("both have stopped");
    let exact = ground.dismiss(account).await;
    ground.leave().await?;
    anyhow::ensure!(counted, "{} seals were counted in 30 s, not 3", *seals.borrow());
    exact
}
