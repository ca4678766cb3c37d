//! `--raw`: a path in, what the server says to it out, as it comes.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/rawhttp/raw.go
//! Differs: of an answer that is none of Kubernetes' an error tells how it begins; nothing is sent along.

use kube_core::request::Exchange;
use kube_core::request::Method;
use kube_core::request::Request;

use super::Ground;
use super::console::Console;
use super::failure::Failure;

/// Said where an output is asked for beside.
pub const EXCLUSIVE: &str = "--raw and --output are mutually exclusive";

/// Prints what the server says to a path.
pub async fn tell(
    ground: &Ground,
    console: &mut Console,
    method: Method,
    path: &str,
) -> Result<(), Failure> {
    let (place, query) = path.split_once('?').unwrap_or((path, ""));
    if !place.starts_with('/') {
        let why =
            format!("--raw must be a valid URL path: parse {path:?}: invalid URI for request");
        return Err(Failure::said(why));
    }
    let mut request = Request::raw(method, place)?;
    let terms = url::form_urlencoded::parse(query.as_bytes()).into_owned();
    request.query = terms.map(|(name, value)| (name.into(), value)).collect();
    request.headers = vec![("accept".into(), "application/json, */*".to_owned())];
    request.exchange = Exchange::Stream;
    let mut body = ground.client.send(request).await?.body;
    while let Some(piece) = body.next().await {
        console.bytes(&piece?)?;
    }
    Ok(())
}
