//! Calls that the server makes itself, to webhooks: where to, a CA and a JSON body in; the JSON answer, or why there is none, out.
//!
//! Mirrors: kubernetes apiserver pkg/util/webhook (client.go, error.go)

mod error;
#[cfg(feature = "webhooks")]
mod https;

pub use error::OutboundError;
#[cfg(feature = "webhooks")]
pub use https::Https;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// The answer that is waited for.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Value, OutboundError>> + Send + 'a>>;

/// How a server reaches webhooks: over HTTPS (the feature `webhooks`), or however a test kit calls an operator in process.
///
/// Promises that an implementation keeps:
/// - It asks nobody but the place that the call names, and trusts no CA but the call's.
/// - It may be called many times at once.
/// - It gives up by itself, or when it is dropped: the server drops it after [`OutboundCall::timeout`].
///
/// ```
/// use kube_embedded::outbound::Answering;
/// use kube_embedded::{Outbound, OutboundCall, Server};
/// use serde_json::json;
///
/// /// A webhook in this process, which allows nothing.
/// #[derive(Debug)]
/// struct Denying;
///
/// impl Outbound for Denying {
///     fn call(&self, call: OutboundCall) -> Answering<'_> {
///         let response = json!({"uid": call.body["request"]["uid"], "allowed": false,
///             "status": {"message": "not today"}});
///         let (version, kind) = (&call.body["apiVersion"], &call.body["kind"]);
///         let answer = json!({"apiVersion": version, "kind": kind, "response": response});
///         Box::pin(async move { Ok(answer) })
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Server::builder().seed(1).outbound(Denying).build();
/// let post = async |path: &str, body: serde_json::Value| {
///     let request = http::Request::post(path)
///         .header("authorization", format!("Bearer {}", server.admin_token()))
///         .body(body.to_string().into())?;
///     let answer = server.handle(request).await?.into_body().collect().await?;
///     serde_json::from_slice::<serde_json::Value>(&answer).map_err(Box::<dyn std::error::Error>::from)
/// };
/// let rule = json!({"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"],
///     "resources": ["configmaps"]});
/// let webhook = json!({"name": "maps.example.com", "clientConfig": {"url": "https://in.process"},
///     "rules": [rule], "sideEffects": "None", "admissionReviewVersions": ["v1"]});
/// let path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
/// post(path, json!({"metadata": {"name": "example"}, "webhooks": [webhook]})).await?;
/// let map = json!({"metadata": {"name": "m"}});
/// let refused = post("/api/v1/namespaces/default/configmaps", map).await?;
/// let text = "admission webhook \"maps.example.com\" denied the request: not today";
/// assert_eq!(refused["message"], text);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot call webhooks for a server",
    note = "implement `kube_embedded::Outbound`, or enable the feature `webhooks` and use `Https`"
)]
pub trait Outbound: fmt::Debug + Send + Sync {
    /// Sends the body and waits for the answer.
    ///
    /// # Cancel safety
    /// Dropping it may leave the webhook with the request and nobody to hear the answer.
    fn call(&self, call: OutboundCall) -> Answering<'_>;
}

impl<T: Outbound + ?Sized> Outbound for Arc<T> {
    fn call(&self, call: OutboundCall) -> Answering<'_> {
        (**self).call(call)
    }
}

impl<T: Outbound + ?Sized> Outbound for Box<T> {
    fn call(&self, call: OutboundCall) -> Answering<'_> {
        (**self).call(call)
    }
}

/// Where a webhook is, as its `clientConfig` says it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// An `https` URL.
    Url(String),
    /// A Service of the cluster.
    Service {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// The path with its slash, or nothing.
        path: String,
        /// Its port; 443 where the configuration names none.
        port: u16,
    },
}

impl Place {
    /// The place that a `clientConfig` names; `None` if it names none.
    pub(crate) fn of(client_config: &Value) -> Option<Self> {
        if let Some(url) = client_config["url"].as_str() {
            return Some(Self::Url(url.to_owned()));
        }
        let service = &client_config["service"];
        let text = |member: &str| service[member].as_str().unwrap_or_default().to_owned();
        let port = service["port"].as_u64().and_then(|port| u16::try_from(port).ok());
        service.is_object().then(|| Self::Service {
            namespace: text("namespace"),
            name: text("name"),
            path: text("path"),
            port: port.unwrap_or(443),
        })
    }

    /// The URL that is posted to, as messages show it; a Service's is `https://NAME.NAMESPACE.svc:PORT/PATH`.
    #[must_use]
    pub fn url(&self) -> String {
        match self {
            Self::Url(url) => url.clone(),
            Self::Service { namespace, name, path, port } => {
                format!("https://{name}.{namespace}.svc:{port}{path}")
            }
        }
    }
}

/// One call: `POST` of a JSON body.
#[derive(Clone)]
#[non_exhaustive]
pub struct OutboundCall {
    /// Where to.
    pub place: Place,
    /// The CAs to trust, PEM; empty: the configuration names none.
    pub ca_bundle: Vec<u8>,
    /// What to send: an `AdmissionReview` or a `ConversionReview`.
    pub body: Value,
    /// How long the answer may take; whole seconds.
    pub timeout: Duration,
}

impl OutboundCall {
    /// A call with no CA that may take 10 s.
    #[must_use]
    pub fn new(place: Place, body: Value) -> Self {
        Self { place, ca_bundle: Vec::new(), body, timeout: Duration::from_secs(10) }
    }

    /// The call that a `clientConfig` describes.
    ///
    /// # Errors
    /// It describes none.
    pub(crate) fn of(client_config: &Value, body: Value) -> Result<Self, String> {
        let place = Place::of(client_config).ok_or("neither a URL nor a Service is given")?;
        let bundle = client_config["caBundle"].as_str().unwrap_or_default();
        let bundle = STANDARD.decode(bundle).unwrap_or_default();
        let pem = b"-----BEGIN CERTIFICATE-----";
        if !bundle.is_empty() && !bundle.windows(pem.len()).any(|part| part == pem) {
            let why = "unable to load root certificates: unable to parse bytes as PEM block";
            return Err(why.to_owned());
        }
        Ok(Self::new(place, body).ca_bundle(bundle))
    }

    /// Sets [`OutboundCall::ca_bundle`].
    #[must_use]
    pub fn ca_bundle(self, ca_bundle: Vec<u8>) -> Self {
        Self { ca_bundle, ..self }
    }

    /// Sets [`OutboundCall::timeout`].
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// The URL with the time limit in its query, as the server posts to it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}?timeout={}s", self.place.url(), self.timeout.as_secs())
    }
}

impl fmt::Debug for OutboundCall {
    /// Without the body: it holds objects, Secrets among them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboundCall")
            .field("place", &self.place)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Calls, within the call's time; the text of a failure is client-go's.
pub(crate) async fn call(
    outbound: Option<&Arc<dyn Outbound>>,
    call: OutboundCall,
) -> Result<Value, String> {
    let (url, timeout) = (call.url(), call.timeout);
    let Some(outbound) = outbound else {
        let why = "this server calls no webhooks: give it `ServerBuilder::outbound`";
        return Err(OutboundError::failed(why).told(&url));
    };
    match tokio::time::timeout(timeout, outbound.call(call)).await {
        Ok(answer) => answer.map_err(|error| error.told(&url)),
        Err(_) => Err(OutboundError::failed("context deadline exceeded").told(&url)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Debug)]
    struct Silent;

    impl Outbound for Silent {
        fn call(&self, _call: OutboundCall) -> Answering<'_> {
            Box::pin(std::future::pending())
        }
    }

    #[test]
    fn a_place_is_shown_as_the_url_that_is_posted_to() {
        let service = json!({"service": {"namespace": "n", "name": "s", "path": "/x"}});
        assert_eq!(Place::of(&service).unwrap().url(), "https://s.n.svc:443/x");
        let url = Place::of(&json!({"url": "https://h:1/y"})).unwrap();
        let call = OutboundCall::new(url, json!({"secret": "s3cr3t"}));
        assert_eq!(call.url(), "https://h:1/y?timeout=10s");
        assert!(!format!("{call:?}").contains("s3cr3t"));
        assert_eq!(Place::of(&json!({})), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_answer_is_given_up_at_its_time() {
        let asked = || {
            OutboundCall::new(Place::Url("https://h".to_owned()), json!({}))
                .timeout(Duration::from_secs(2))
        };
        let start = tokio::time::Instant::now();
        let silent: Arc<dyn Outbound> = Arc::new(Silent);
        let error = call(Some(&silent), asked()).await.unwrap_err();
        assert_eq!(error, "Post \"https://h?timeout=2s\": context deadline exceeded");
        assert_eq!(start.elapsed(), Duration::from_secs(2));
        let error = call(None, asked()).await.unwrap_err();
        assert!(error.ends_with("give it `ServerBuilder::outbound`"), "{error}");
    }
}
