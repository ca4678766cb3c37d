//! Webpages in two versions, and what works on them: the types, the conversions, the controller and the webhooks.

use kube_runtime::prelude::*;

/// A website, as it was at first.
#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1beta1", kind = "Webpage", namespaced, served)]
#[resource(status = WebpageStatus, deprecated = "use v1")]
pub struct WebpageV1beta1Spec {
    /// Where it is, as `www.example.com:8080`.
    #[resource(print_column(name = "Address"))]
    pub address: String,
}

/// A website.
#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", kind = "Webpage", namespaced, storage)]
#[resource(converts_from(WebpageV1beta1), status = WebpageStatus)]
#[resource(rule(cel = "self.port != 22", message = "22 is for ssh"))]
pub struct WebpageSpec {
    #[resource(print_column(name = "Host"))]
    pub host: String,
    #[resource(default = 80, minimum = 1, maximum = 65535, print_column(name = "Port"))]
    pub port: i32,
    /// The names that it has besides, which v1beta1 knows nothing of.
    #[serde(default)]
    pub aliases: Vec<String>,
}

#[derive(Schema, Clone, Debug, Default)]
pub struct WebpageStatus {
    pub url: Option<String>,
}

impl TryFrom<WebpageV1beta1Spec> for WebpageSpec {
    type Error = String;

    fn try_from(old: WebpageV1beta1Spec) -> Result<Self, String> {
        let (host, port) = old.address.split_once(':').unwrap_or((&old.address, "80"));
        let port = port.parse().map_err(|_| format!("address: `{port}` is no port"))?;
        Ok(Self { host: host.to_owned(), port, aliases: Vec::new() })
    }
}

impl From<WebpageSpec> for WebpageV1beta1Spec {
    fn from(new: WebpageSpec) -> Self {
        let address = match new.port {
            80 => new.host,
            port => format!("{}:{port}", new.host),
        };
        Self { address }
    }
}

/// Works on the version that is stored; whoever writes the other is none of its business.
#[controller]
async fn webpage(page: Object<Webpage>, cx: Cx<Webpage>) -> Result<Action> {
    let url = format!("http://{}:{}/", page.spec.host, page.spec.port);
    cx.status(|status| status.url = Some(url.clone())).await?;
    Ok(Action::done())
}

/// Hosts are written in small letters, in whichever version.
#[webhook(mutate)]
async fn small_letters(page: &mut Webpage) -> Result<(), Denied> {
    page.spec.host.make_ascii_lowercase();
    Ok(())
}

/// A page that has moved to a port of its own does not go back among the privileged ones.
#[webhook(validate, on(update))]
async fn stays_free(change: Change<Webpage>) -> Verdict {
    match (change.old_object(), change.new_object()) {
        (Some(old), Some(new)) if old.spec.port >= 1024 && new.spec.port < 1024 => {
            Verdict::deny(format!("{} stays above port 1023", old.spec.host))
        }
        _ => Verdict::allow(),
    }
}

/// Everything together.
pub fn operator() -> Operator {
    Operator::new("versions-example").controller(webpage).webhook(small_letters).webhook(stays_free)
}
