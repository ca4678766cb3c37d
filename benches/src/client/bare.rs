//! The same small requests by hand, with hyper-util's client and with reqwest: what a client costs beside what carries its requests.

use anyhow::Context as _;
use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt as _;
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use k8s_openapi::api::core::v1::ConfigMap;

use super::front;
use super::front::Address;
use super::front::NAMESPACE;
use super::work;
use super::work::Begun;

fn url(address: &Address) -> String {
    format!("{}/api/v1/namespaces/{NAMESPACE}/configmaps/{}", address.plain, front::name(0))
}

fn check(body: &[u8]) -> anyhow::Result<()> {
    let map: ConfigMap = serde_json::from_slice(body)?;
    map.data.map(drop).context("it has data")
}

/// With hyper-util.
pub async fn hyper(address: &Address, times: usize) -> anyhow::Result<()> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let get = async || {
        let request = Request::get(url(address))
            .header("accept", "application/json")
            .header("authorization", format!("Bearer {}", address.token))
            .body(Empty::new())?;
        check(&client.request(request).await?.into_body().collect().await?.to_bytes())
    };
    get().await?;
    let begun = Begun::now();
    for _ in 0..times {
        get().await?;
    }
    work::tell(&begun.end());
    Ok(())
}

/// With reqwest.
pub async fn reqwest(address: &Address, times: usize) -> anyhow::Result<()> {
    // It asks for one even where there is no TLS; nobody else has chosen another.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build()?;
    let get = async || {
        let request = client.get(url(address)).header("accept", "application/json");
        let answer = request.bearer_auth(&address.token).send().await?;
        check(&answer.bytes().await?)
    };
    get().await?;
    let begun = Begun::now();
    for _ in 0..times {
        get().await?;
    }
    work::tell(&begun.end());
    Ok(())
}
