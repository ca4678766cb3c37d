//! Ours as a client.

use std::pin::pin;
use std::time::Duration;

use anyhow::Context as _;
use futures::TryStreamExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Pod;
use ours::core::Client;
use ours::core::Config;
use ours::core::Resource as _;
use ours::core::api::Event;
use tokio::task::JoinSet;

use super::counted;
use super::counted::Counted;
use super::front;
use super::front::Address;
use super::front::NAMESPACE;
use super::work;
use super::work::Begun;
use super::work::Work;

fn client(address: &Address, secure: bool) -> anyhow::Result<Client> {
    let config = match secure {
        true => Config::new(&address.secure)?.certificate_authority(address.authority.as_bytes()),
        false => Config::new(&address.plain)?,
    };
    // The large list is served by one thread.
    Ok(Client::new(config.token(address.token.as_str()).timeout(Duration::from_secs(600)))?)
}

/// Does the work, so many times where it is done several times.
pub async fn run(address: &Address, work: Work, times: usize) -> anyhow::Result<()> {
    if work == Work::Watches {
        return watches(&client(address, true)?, times).await;
    }
    let client = client(address, false)?;
    let maps = client.namespace(NAMESPACE).api::<ConfigMap>();
    maps.get(front::name(0)).await?;
    let begun = Begun::now();
    let mut findings = match work {
        Work::List => {
            let list = client.all::<Pod>().list().await?;
            anyhow::ensure!(list.items.len() == times, "{} Pods of {times}", list.items.len());
            begun.end()
        }
        Work::Pages => {
            let pods = client.api::<Counted>(Pod::RESOURCE, None).list().pages(work::PAGE);
            let mut pods = pin!(pods.into_stream());
            let (mut seen, mut nodes) = (0, 0);
            while let Some(counted) = pods.try_next().await? {
                let spec = counted.0.spec.as_ref();
                seen += 1;
                nodes += usize::from(spec.is_some_and(|spec| spec.node_name.is_some()));
            }
            anyhow::ensure!((seen, nodes) == (times, times), "{seen} Pods of {times}");
            begun.end()
        }
        Work::Gets | Work::Watches => {
            for _ in 0..times {
                let map = maps.get(front::name(0)).await?;
                anyhow::ensure!(map.data.is_some(), "it has data");
            }
            begun.end()
        }
    };
    findings.alive = counted::most();
    work::tell(&findings);
    Ok(())
}

async fn watches(client: &Client, times: usize) -> anyhow::Result<()> {
    let maps = client.namespace(NAMESPACE).api::<ConfigMap>();
    maps.get(front::name(0)).await?;
    let (begun, mut opened, mut followed) = (Begun::now(), JoinSet::new(), JoinSet::new());
    for number in 0..times {
        let only = format!("metadata.name={}", front::name(number));
        let maps = maps.clone();
        opened.spawn(async move {
            let mut watch = maps.watch().fields(&*only).resource_version("0").await?;
            let first = watch.next().await?;
            anyhow::ensure!(matches!(first, Some(Event::Added(_))), "{first:?} is not the first");
            Ok(watch)
        });
    }
    while let Some(watch) = opened.join_next().await {
        let mut watch = watch??;
        followed.spawn(async move {
            let mut seen = 0;
            while seen < work::CHANGES {
                let event = watch.next().await?.context("the watch ended")?;
                seen += usize::from(matches!(event, Event::Modified(_)));
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
