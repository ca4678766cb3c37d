//! kube-rs as a client.

use std::pin::Pin;
use std::time::Duration;

use anyhow::Context as _;
use futures::Stream;
use futures::TryStreamExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Pod;
use peer::Api;
use peer::Client;
use peer::Config;
use peer::api::ListParams;
use peer::api::WatchEvent;
use peer::api::WatchParams;
use tokio::task::JoinSet;

use super::front;
use super::front::Address;
use super::front::NAMESPACE;
use super::work;
use super::work::Begun;
use super::work::Work;

fn client(address: &Address, secure: bool) -> anyhow::Result<Client> {
    let server = if secure { &address.secure } else { &address.plain };
    let mut config = Config::new(server.parse()?);
    config.auth_info.token = Some(address.token.clone().into());
    if secure {
        let authority =
            rustls::pki_types::pem::PemObject::from_pem_slice(address.authority.as_bytes());
        let authority: rustls::pki_types::CertificateDer<'_> =
            authority.context("a certificate")?;
        config.root_cert = Some(vec![authority.to_vec()]);
    }
    // The large list is served by one thread.
    config.read_timeout = Some(Duration::from_secs(600));
    Client::try_from(config).context("a client")
}

/// Does the work, so many times where it is done several times.
pub async fn run(address: &Address, work: Work, times: usize) -> anyhow::Result<()> {
    if work == Work::Watches {
        return watches(client(address, true)?, times).await;
    }
    let client = client(address, false)?;
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), NAMESPACE);
    let pods: Api<Pod> = Api::all(client);
    maps.get(&front::name(0)).await?;
    let begun = Begun::now();
    let findings = match work {
        Work::List => {
            let list = pods.list(&ListParams::default()).await?;
            anyhow::ensure!(list.items.len() == times, "{} Pods of {times}", list.items.len());
            begun.end()
        }
        Work::Pages => {
            let mut options = ListParams::default().limit(work::PAGE);
            let (mut seen, mut nodes) = (0, 0);
            loop {
                let page = pods.list(&options).await?;
                for pod in page.items {
                    seen += 1;
                    nodes +=
                        usize::from(pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some()));
                }
                let Some(token) = page.metadata.continue_.filter(|token| !token.is_empty()) else {
                    break;
                };
                options = options.continue_token(&token);
            }
            anyhow::ensure!((seen, nodes) == (times, times), "{seen} Pods of {times}");
            begun.end()
        }
        Work::Gets | Work::Watches => {
            for _ in 0..times {
                let map = maps.get(&front::name(0)).await?;
                anyhow::ensure!(map.data.is_some(), "it has data");
            }
            begun.end()
        }
    };
    work::tell(&findings);
    Ok(())
}

type Events = Pin<Box<dyn Stream<Item = peer::Result<WatchEvent<ConfigMap>>> + Send>>;

async fn watches(client: Client, times: usize) -> anyhow::Result<()> {
    let maps: Api<ConfigMap> = Api::namespaced(client, NAMESPACE);
    maps.get(&front::name(0)).await?;
    let (begun, mut opened, mut followed) = (Begun::now(), JoinSet::new(), JoinSet::new());
    for number in 0..times {
        let only = format!("metadata.name={}", front::name(number));
        let maps = maps.clone();
        opened.spawn(async move {
            let mut watch: Events =
                Box::pin(maps.watch(&WatchParams::default().fields(&only), "0").await?);
            let first = watch.try_next().await?;
            anyhow::ensure!(matches!(first, Some(WatchEvent::Added(_))), "not the first");
            Ok(watch)
        });
    }
    while let Some(watch) = opened.join_next().await {
        let mut watch = watch??;
        followed.spawn(async move {
            let mut seen = 0;
            while seen < work::CHANGES {
                let event = watch.try_next().await?.context("the watch ended")?;
                seen += usize::from(matches!(event, WatchEvent::Modified(_)));
            }
            anyhow::Ok(watch)
        });
    }
    let mut findings = begun.end();
    let begun = Begun::now();
    work::say_open();
    let mut held = Vec::new();
    while let Some(watch) = followed.join_next().await {
        held.push(watch??);
    }
    findings.events = begun.end().cpu;
    work::tell(&findings);
    Ok(())
}
