//! The cache of every side filled from a genuine kube-apiserver: its address in, one table out.

use std::io::Write as _;

use anyhow::Context as _;
use futures::StreamExt as _;
use futures::TryStreamExt as _;
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::core::v1::ServiceAccount;
use ours::core::Client;
use ours::core::Config;
use ours::core::Patch;
use ours::core::ResourceExt as _;
use ours::core::request::Method;
use ours::core::request::Request;
use serde_json::json;

use crate::pods::DataSet;
use crate::pods::pod;
use crate::report::Process;
use crate::work;
use crate::work::Findings;
use crate::work::Work;

/// So many requests are under way while the server is filled.
const AT_ONCE: usize = 32;

/// Fills the server with Pods of the data set B as far as a server takes them, and has each side sync.
pub async fn run(url: &str, pods: usize) -> anyhow::Result<()> {
    let client = Client::new(Config::new(url)?)?;
    for number in 0..20 {
        let name = format!("namespace-{number:02}");
        let metadata = ours::core::ObjectMeta { name: Some(name.clone()), ..Default::default() };
        client.cluster().create(&Namespace { metadata, ..Namespace::default() }).await?;
        // No controller makes it here, and Pods need it.
        let name_of_account = Some("default".to_owned());
        let metadata = ours::core::ObjectMeta { name: name_of_account, ..Default::default() };
        let account = ServiceAccount { metadata, ..Default::default() };
        client.namespace(name).create(&account).await?;
    }
    let numbers = futures::stream::iter(0..pods);
    let made = numbers.map(|number| make(&client, number)).buffer_unordered(AT_ONCE);
    made.try_for_each(|()| std::future::ready(Ok(()))).await?;
    let answer = client.send(Request::raw(Method::Get, "/api/v1/pods")?).await?;
    let bytes = answer.body.collect(1 << 30).await?.len();
    let mut output = std::io::stdout().lock();
    writeln!(
        output,
        "{pods} Pods, {} MB of JSON, from a genuine kube-apiserver by `kubectl proxy`; each side a process of its own.\n\n| side | sync, CPU s | resident, MiB | peak, MiB |\n|---|---:|---:|---:|",
        bytes / 1_000_000
    )?;
    for (side, name) in [("ours", "ours"), ("peer", "kube-rs 5")] {
        let sentinel = format!("sentinel-{side}");
        let count = pods + usize::from(side == "peer");
        let task = Work::Cache.name();
        let mut process =
            Process::start(&["side", side, task, url, "", &count.to_string(), &sentinel])?;
        anyhow::ensure!(process.line()? == work::SYNCED, "the client speaks out of turn");
        let mut last: Pod = serde_json::from_value(pod(DataSet::Differing, pods))?;
        (last.metadata.name, last.metadata.uid) = (Some(sentinel), None);
        last.metadata.managed_fields = None;
        client.namespace(last.namespace().unwrap_or_default()).create(&last).await?;
        let found: Findings = serde_json::from_str(&process.line()?)?;
        writeln!(
            output,
            "| {name} | {:.2} | {:.0} | {:.0} |",
            found.sync_cpu, found.resident, found.peak
        )?;
    }
    Ok(())
}

/// Makes one Pod, and says its status as a kubelet would.
async fn make(client: &Client, number: usize) -> anyhow::Result<()> {
    let mut whole = pod(DataSet::Differing, number);
    let status = json!({ "status": whole["status"].take() });
    let mut new: Pod = serde_json::from_value(whole)?;
    (new.metadata.uid, new.metadata.managed_fields) = (None, None);
    let namespace = new.namespace().context("a namespace")?.to_owned();
    let here = client.namespace(namespace.as_str());
    here.create(&new).await?;
    here.api::<Pod>().status().patch(new.name(), Patch::Merge(status)).await?;
    Ok(())
}
