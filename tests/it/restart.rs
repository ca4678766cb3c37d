//! The server goes away and comes back under a running operator, over real HTTP.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Secret;
use kube_core::Config;
use kube_embedded::Listening;
use kube_embedded::Server;
use kube_runtime::manager::Running;
use kube_runtime::prelude::*;
use kube_testing::InProcess;

/// Keeps a Secret with the text of each ConfigMap that has one.
#[controller(owns(Secret))]
async fn mirror(map: Object<ConfigMap>, cx: Cx<ConfigMap>) -> Result<Action> {
    let Some(text) = map.data.as_ref().and_then(|data| data.get("text")) else {
        return Ok(Action::done());
    };
    let metadata = ObjectMeta { name: map.metadata.name.clone(), ..ObjectMeta::default() };
    let string_data = Some(BTreeMap::from([("text".to_owned(), text.clone())]));
    cx.apply(Secret { metadata, string_data, ..Secret::default() }).await?;
    Ok(Action::done())
}

/// A server, and who asks it in process, whether it listens or not.
struct World {
    server: Server,
    admin: Client,
}

impl World {
    fn new() -> Self {
        let server = Server::builder().seed(7).build();
        let admin = Client::over(Arc::new(InProcess::new(&server, server.admin_token())));
        Self { server, admin }
    }

    async fn listen(&self, port: u16) -> Listening {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listening = self.server.listen(address).await;
        listening.expect("the port is free: it was this test's a moment ago")
    }

    async fn put(&self, name: &str, text: &str) {
        let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
        let data = Some(BTreeMap::from([("text".to_owned(), text.to_owned())]));
        let map = ConfigMap { metadata, data, ..ConfigMap::default() };
        self.admin.namespace("default").apply(&map).field_manager("test").await.unwrap();
    }

    async fn delete(&self, name: &str) {
        self.admin.namespace("default").delete::<ConfigMap>(name).await.unwrap();
    }

    /// The texts of the Secrets, by name.
    async fn mirrored(&self) -> BTreeMap<String, String> {
        let secrets = self.admin.namespace("default").list::<Secret>().await.unwrap();
        let text = |secret: &Secret| {
            let text = secret.data.as_ref()?.get("text")?;
            Some((secret.name().to_owned(), String::from_utf8(text.0.clone()).unwrap()))
        };
        secrets.items.iter().filter_map(text).collect()
    }

    /// Waits until there are these mirrors and no others.
    #[expect(clippy::disallowed_methods, reason = "a real server is asked again and again")]
    async fn mirrors(&self, expected: &[(&str, &str)]) {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        let expected: BTreeMap<_, _> = expected.iter().map(owned).collect();
        let mut seen = BTreeMap::new();
        for _ in 0..600 {
            seen = self.mirrored().await;
            if seen == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("a minute has passed: {seen:?}, and not {expected:?}");
    }
}

async fn operator(world: &World, listening: &Listening) -> Running {
    let config = Config::new(&listening.url()).unwrap().token(world.server.admin_token());
    let client = Client::new(config).unwrap();
    let operator = Operator::new("mirror").controller(mirror);
    operator.start(client, Shutdown::new()).await.unwrap()
}

#[tokio::test]
async fn an_operator_catches_up_with_a_server_that_was_away() {
    let world = World::new();
    let listening = world.listen(0).await;
    let port = listening.address().port();
    let running = operator(&world, &listening).await;
    world.put("changed", "old").await;
    world.put("deleted", "old").await;
    world.mirrors(&[("changed", "old"), ("deleted", "old")]).await;
    listening.stop().await;
    world.put("changed", "new").await;
    world.put("added", "new").await;
    world.delete("deleted").await;
    let listening = world.listen(port).await;
    world.mirrors(&[("added", "new"), ("changed", "new")]).await;
    world.put("later", "new").await;
    world.mirrors(&[("added", "new"), ("changed", "new"), ("later", "new")]).await;
    running.stop().await.unwrap();
    listening.stop().await;
}
