//! Reconciles that something outside of the cluster asks for: a webhook, as a registry calls one for a new image, and a channel.
//!
//! `curl -X POST http://127.0.0.1:PORT/pushed/NAMESPACE/NAME` has that image looked at.

#[path = "../ground.rs"]
mod ground;

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::post;
use ground::Ground;
use kube_runtime::core::api::Event;
use kube_runtime::prelude::*;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tracing::info;

/// An image that is followed.
#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", kind = "Image", namespaced, status = ImageStatus)]
struct ImageSpec {
    repository: String,
}

#[derive(Schema, Clone, Debug, Default)]
struct ImageStatus {
    digest: String,
}

/// A registry, which the cluster knows nothing of.
#[derive(Clone, Default)]
struct Registry(Arc<Mutex<HashMap<String, u32>>>);

impl Registry {
    fn push(&self, repository: &str) {
        *self.0.lock().expect("no thread panicked").entry(repository.to_owned()).or_default() += 1;
    }

    fn digest(&self, repository: &str) -> String {
        let pushed = self.0.lock().expect("no thread panicked").get(repository).copied();
        format!("{repository}@{}", pushed.unwrap_or_default())
    }
}

/// Writes down which digest an image has.
#[controller]
async fn follow(image: Object<Image>, cx: Cx<Image>, registry: State<Registry>) -> Result<Action> {
    let digest = registry.digest(&image.spec.repository);
    if cx.status(|status| status.digest.clone_from(&digest)).await? {
        info!("{} is {digest}", cx.key());
    }
    Ok(Action::done())
}

/// `POST /pushed/NAMESPACE/NAME`: somebody says that there is a new image.
async fn pushed(trigger: &Trigger<Image>, namespace: &str, name: &str) -> StatusCode {
    match trigger.reconcile(&Key::namespaced(namespace, name)) {
        Triggered::Enqueued => StatusCode::ACCEPTED,
        Triggered::NoSuchObject => StatusCode::NOT_FOUND,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let once = std::env::args().any(|argument| argument == "--once" || argument == "--cluster");
    let ground = Ground::of("trigger").await?;
    let registry = Registry::default();
    let operator = Operator::new("trigger-example").state(registry.clone()).controller(follow);
    let account = ground.account(&operator).await?;
    let shutdown = Shutdown::new();
    let running = operator.start(account.client.clone(), shutdown.clone()).await?;

    let trigger = running.trigger::<Image>()?;
    let webhook = trigger.clone();
    let handler = async move |Path((namespace, name)): Path<(String, String)>| {
        pushed(&webhook, &namespace, &name).await
    };
    let app = Router::new().route("/pushed/{namespace}/{name}", post(handler));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    info!("POST http://{address}/pushed/{}/web; Ctrl-C ends it", ground.namespace);

    // A channel is a loop; a stream, a timer or a file that changes is one as well.
    let (messages, mut channel) = mpsc::channel::<Key>(16);
    let listen = async {
        while let Some(key) = channel.recv().await {
            info!("a message about {key}: {:?}", trigger.reconcile(&key));
        }
    };
    let story = async {
        let ended = match once {
            true => story(&ground, &registry, address, &messages).await,
            false => tokio::signal::ctrl_c().await.map_err(Error::from),
        };
        drop(messages);
        shutdown.begin();
        ended
    };
    let serve = axum::serve(listener, app).with_graceful_shutdown(shutdown.clone().begun());
    let (served, told, ()) = tokio::join!(async { serve.await }, story, listen);
    running.stopped().await?;
    // Whoever ends it by hand may not have done all that it may.
    let exact = if once { ground.dismiss(account).await } else { Ok(()) };
    ground.leave().await?;
    served.map_err(Error::from).and(told).and(exact)
}

/// An image is pushed twice; the cluster does not see it.
async fn story(
    ground: &Ground,
    registry: &Registry,
    address: SocketAddr,
    messages: &mpsc::Sender<Key>,
) -> anyhow::Result<()> {
    let images = ground.client.namespace(&*ground.namespace);
    let mut watch = images.watch::<Image>().await?;
    images.create(&Image::new("web", ImageSpec { repository: "shop/web".to_owned() })).await?;
    let mut seen = async |digest: &str| -> anyhow::Result<()> {
        let comes = async {
            while let Some(event) = watch.next().await? {
                let (Event::Added(image) | Event::Modified(image)) = event else { continue };
                if image.status.is_some_and(|status| status.digest == digest) {
                    return Ok(());
                }
            }
            anyhow::bail!("the watch ended")
        };
        tokio::time::timeout(Duration::from_secs(30), comes).await.context("it was not seen")?
    };
    seen("shop/web@0").await?;
    registry.push("shop/web");
    anyhow::ensure!(call(address, &ground.namespace, "web").await?.contains("202"));
    seen("shop/web@1").await?;
    registry.push("shop/web");
    messages.send(Key::namespaced(&ground.namespace, "web")).await?;
    seen("shop/web@2").await?;
    let unknown = call(address, &ground.namespace, "other").await?;
    info!("of an image that is not followed the webhook says: {unknown}");
    anyhow::ensure!(unknown.contains("404"));
    Ok(())
}

/// What a registry does; the first line of the answer.
async fn call(address: SocketAddr, namespace: &str, name: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("POST /pushed/{namespace}/{name} HTTP/1.0\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}
