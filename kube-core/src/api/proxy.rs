//! Calls to what runs in the cluster, handed on by the API server: whom they are for, method and path in, the answer as it comes out.
//!
//! Mirrors: client-go kubernetes/typed/core/v1/service_expansion.go, pod_expansion.go (ProxyGet)
//! Differs: any method, a body, headers; nodes too.

use std::future::IntoFuture;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::core::v1::Service;

use crate::client::Client;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::request::Method;
use crate::request::ProxyName;
use crate::request::Request;
use crate::transport::Response;

use super::Api;
use super::debug_as_place;
use super::place::Place;

/// What answers behind the API server: a Pod, a Service or a node's kubelet.
///
/// ```no_run
/// # use k8s_openapi::api::core::v1::Service;
/// # async fn example(client: kube_core::Client) -> kube_core::Result<()> {
/// let web = client.namespace("prod").api::<Service>().proxy("https:web:8443");
/// let answer = web.get("healthz").parameter("verbose", "1").await?;
/// let text = answer.body.collect(1 << 20).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ProxyApi {
    client: Client,
    place: Place,
    /// An error cannot be cloned, its words can.
    to: Result<ProxyName, Arc<str>>,
}

/// One call that is handed on, once it is awaited: the head of the answer, and its body as it arrives.
///
/// What is no success is an error, whoever answers. A redirect is one too: it is never followed, so that nobody else is shown the credentials,
/// of which whoever answers hears nothing either. Only what changes nothing is repeated.
#[must_use = "nothing is sent before it is awaited"]
pub struct ProxyCall {
    client: Client,
    place: Place,
    to: Result<ProxyName>,
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(&'static str, String)>,
    body: Option<Bytes>,
}

debug_as_place!(ProxyApi, ProxyCall);

/// Implements `proxy` for the kinds that the API server hands calls on to.
macro_rules! hands_on_to {
    ($($kind:ty),+) => {$(
        impl<P> Api<$kind, P> {
            /// What answers there, by its name: `web`, `web:8080`, `https:web:8443`. A wrong name is the error of the call.
            #[must_use]
            pub fn proxy(&self, to: impl TryInto<ProxyName, Error: Into<Error>>) -> ProxyApi {
                let to = to.try_into().map_err(|error| error.into().chain().into());
                ProxyApi { client: self.client.clone(), place: self.place.clone(), to }
            }
        }
    )+};
}

hands_on_to!(Pod, Service, Node);

impl ProxyApi {
    /// Reads what is at this path: encoded as in a URL, without a query.
    pub fn get(&self, path: impl Into<String>) -> ProxyCall {
        self.call(Method::Get, path)
    }

    /// Any call: a method and a path, encoded as in a URL, without a query. RBAC knows it by the verb of the method (`get`, `create`, ..) on `pods/proxy`,
    /// `services/proxy` or `nodes/proxy`.
    pub fn call(&self, method: Method, path: impl Into<String>) -> ProxyCall {
        ProxyCall {
            client: self.client.clone(),
            place: self.place.clone(),
            to: self.to.clone().map_err(|why| Error::new(ErrorKind::Input, why.to_string())),
            method,
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
        }
    }
}

impl ProxyCall {
    /// One more member of the query.
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// One more header; what cannot be one is the error of the call.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// What is sent, and of which type it is.
    pub fn body(mut self, content_type: impl Into<String>, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self.header("content-type", content_type)
    }
}

impl IntoFuture for ProxyCall {
    type Output = Result<Response>;
    type IntoFuture = BoxFuture<'static, Result<Response>>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let (to, target) = (self.to?, self.place.target().await?);
            let mut request = Request::proxy(&target, &to, self.method, &self.path)?;
            for (name, value) in self.headers {
                let failed = request.failed();
                request = request.header(name, value).map_err(|error| error.context(failed))?;
            }
            request.query.extend(self.query.into_iter().map(|(name, value)| (name.into(), value)));
            request.body = self.body;
            let target = target.subresource("proxy");
            let repeat = !request.verb.is_write();
            self.client.open(&target, request, repeat).await
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::transport::script::Reply;
    use crate::transport::script::Script;
    use crate::transport::script::failure;
    use crate::transport::script::ok;

    fn answering(
        think: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    ) -> (Arc<Script>, Client) {
        let script = Script::new(think);
        let client = Client::over(Arc::<Script>::clone(&script));
        (script, client)
    }

    #[tokio::test]
    async fn a_call_is_handed_on_to_a_pod_a_service_or_a_node_as_it_was_meant() {
        let (script, client) = answering(|_, _| ok("hello"));
        let prod = client.namespace("prod");
        let check = |expected: &str| assert_eq!(script.seen().last().unwrap(), expected);
        let services = prod.api::<Service>();

        let answer = services.proxy("https:web:8443").get("/healthz").await.unwrap();
        check("GET /api/v1/namespaces/prod/services/https:web:8443/proxy/healthz");
        assert_eq!(
            (answer.status, &answer.body.collect(9).await.unwrap()[..]),
            (200, &b"hello"[..])
        );
        prod.api::<Pod>().proxy("web-0:8080").get("").await.unwrap();
        check("GET /api/v1/namespaces/prod/pods/web-0:8080/proxy/");
        client.all::<Node>().proxy("node-1").get("metrics/cadvisor").await.unwrap();
        check("GET /api/v1/nodes/node-1/proxy/metrics/cadvisor");
        services.proxy("https:web:").get("a%20b//c/").parameter("q", "a b&c=/?").await.unwrap();
        check(
            "GET /api/v1/namespaces/prod/services/https:web:/proxy/a%20b//c/?q=a%20b%26c%3D%2F%3F",
        );
        let posted = services.proxy("web").call(Method::Post, "api").body("text/plain", "hi");
        posted.header("accept", "text/html").header("x-a", "b").await.unwrap();
        check("POST /api/v1/namespaces/prod/services/web/proxy/api");
        let sent = script.last();
        assert_eq!(sent.body.as_deref(), Some(&b"hi"[..]));
        for (name, value) in [("content-type", "text/plain"), ("accept", "text/html"), ("x-a", "b")]
        {
            let found: Vec<_> = sent.headers.iter().filter(|(known, _)| known == name).collect();
            assert!(found.len() == 1 && found[0].1 == value, "{:?}", sent.headers);
        }
    }

    #[tokio::test]
    async fn what_would_lead_elsewhere_is_an_error_and_never_leaves() {
        let (script, client) = answering(|_, _| ok("hello"));
        let prod = client.namespace("prod");
        let web = prod.api::<Service>().proxy("web:80");
        let mut calls: Vec<ProxyCall> =
            ["..", "../x", "a/%2e%2E/b", "a?b=c", "a#b", "a\\b", "a b", "ä", "a\r\nb", "./a"]
                .map(|path| web.get(path))
                .into();
        calls.extend(
            ["", "a/b", "a%2fb", "..", "web:0", "ftp:web:1"]
                .map(|to| prod.api::<Pod>().proxy(to).get("a")),
        );
        calls.push(client.namespace("..").api::<Pod>().proxy("a").get("a"));
        calls.push(client.all::<Pod>().proxy("a").get("a"));
        calls.push(prod.api::<Node>().proxy("a").get("a"));
        calls.push(web.get("a").header("x-a", "b\r\nauthorization: c"));
        calls.push(web.get("a").header("", "b"));
        for (index, call) in calls.into_iter().enumerate() {
            let error = call.await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Input, "{index}: {error:?}");
        }
        assert_eq!(script.seen(), Vec::<String>::new());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_comes_as_it_is_written_and_what_is_no_success_is_an_error_that_is_followed_nowhere()
     {
        let (_, client) =
            answering(|_, _| Reply::Endless(vec!["one".to_owned(), "two".to_owned()]));
        let web = client.namespace("prod").api::<Service>().proxy("web:80");
        let mut body = web.get("log").await.unwrap().body;
        assert_eq!(body.next().await.unwrap().unwrap(), "one");
        assert_eq!(body.next().await.unwrap().unwrap(), "two");
        let more = tokio::time::timeout(Duration::from_secs(3600), body.next()).await;
        assert!(more.is_err(), "it goes on for as long as it is written");

        for (code, kind) in
            [(302, ErrorKind::Refused), (404, ErrorKind::NotFound), (503, ErrorKind::Unavailable)]
        {
            let (script, client) = answering(move |_, _| {
                Reply::Answer(
                    code,
                    vec![("location", "https://evil.example/"), ("retry-after", "1")],
                    "no".to_owned(),
                )
            });
            let web = client.namespace("prod").api::<Service>().proxy("web:80");
            let error = web.call(Method::Post, "a").await.unwrap_err();
            assert_eq!((error.kind(), script.seen().len()), (kind, 1), "{error:?}");
            assert!(
                error.chain().contains(
                    "failed to create `/a` of services `web:80` in namespace `prod` by proxy"
                ),
                "{}",
                error.chain()
            );
        }
        let (script, client) = answering(|_, before| match before {
            0 => Reply::Answer(503, vec![("retry-after", "1")], String::new()),
            1 => failure(429, "TooManyRequests", &serde_json::json!({ "retryAfterSeconds": 1 })),
            _ => ok("hello"),
        });
        client.namespace("prod").api::<Pod>().proxy("web").get("a").await.unwrap();
        assert_eq!(script.seen().len(), 3, "a read is repeated");
    }
}
