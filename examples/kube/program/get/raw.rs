//! `kube get --raw`: a path in, what the server says to it out, as it comes.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/rawhttp/raw.go
//! Differs: of an answer that is none of Kubernetes' an error tells how it begins.

use kube_core::request::Exchange;
use kube_core::request::Method;
use kube_core::request::Request;

use super::super::Ground;
use super::super::console::Console;
use super::super::failure::Failure;
use super::Get;

impl Get {
    pub(super) async fn tell_raw(
        &self,
        ground: &Ground,
        console: &mut Console,
    ) -> Result<(), Failure> {
        if !self.what.is_empty() {
            return Err(Failure::said("arguments may not be passed when --raw is specified"));
        }
        if self.is_watching() || !self.selector.is_empty() {
            let why = "--raw may not be specified with other flags that filter the server request or alter the output";
            return Err(Failure::said(why));
        }
        if self.output.as_deref().is_some_and(|output| !output.is_empty()) {
            return Err(Failure::said("--raw and --output are mutually exclusive"));
        }
        let (path, query) = self.raw.split_once('?').unwrap_or((&self.raw, ""));
        if !path.starts_with('/') {
            return Err(Failure::said(format!(
                "--raw must be a valid URL path: parse {:?}: invalid URI for request",
                self.raw
            )));
        }
        let mut request = Request::raw(Method::Get, path)?;
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
}
