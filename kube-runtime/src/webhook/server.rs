//! Where an operator answers the API server's questions, and how that knows it.

use std::path::PathBuf;

/// Where webhooks are served. Given to `Operator::webhook_server`; on the command line `--webhook-bind-address`, `--webhook-cert-path` and
/// `--webhook-url` say the same, and win.
///
/// ```
/// use kube_runtime::operator::Operator;
/// use kube_runtime::webhook::WebhookServer;
///
/// let in_a_cluster = Operator::new("shop").webhook_server(WebhookServer::at(":9443"));
/// let by_ones_own_server = Operator::new("shop").webhook_server(WebhookServer::off());
/// # _ = (in_a_cluster, by_ones_own_server);
/// ```
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebhookServer {
    /// `ADDRESS:PORT` or `:PORT`; `0` for nowhere: the program answers with [`Running::webhooks`](crate::manager::Running::webhooks). `:9443`.
    pub address: String,
    /// A folder with `tls.crt` and `tls.key`, as cert-manager fills one; whoever does also tells the API server whom to trust. None: the
    /// operator makes a certificate, keeps it in a Secret of its namespace that is called as the operator with `-webhook-tls` behind, renews it,
    /// and tells the API server.
    pub certificates: Option<PathBuf>,
    /// Where the API server reaches this process, `https://HOST:PORT`, if not by a Service: a developer's machine. Then the configurations are
    /// made at the start, called as the operator with `-local` behind, and go at the end; should they stay, they harm nobody, as their failures
    /// are ignored.
    pub url: Option<String>,
}

impl Default for WebhookServer {
    fn default() -> Self {
        Self { address: ":9443".to_owned(), certificates: None, url: None }
    }
}

impl WebhookServer {
    /// At this address.
    pub fn at(address: impl Into<String>) -> Self {
        Self { address: address.into(), ..Self::default() }
    }

    /// Nowhere.
    pub fn off() -> Self {
        Self::at("0")
    }

    /// With the certificate in this folder.
    pub fn certificates(mut self, folder: impl Into<PathBuf>) -> Self {
        self.certificates = Some(folder.into());
        self
    }

    /// Reached by this address.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Whether nothing is served.
    #[must_use]
    pub fn is_off(&self) -> bool {
        matches!(self.address.trim(), "" | "0")
    }
}
