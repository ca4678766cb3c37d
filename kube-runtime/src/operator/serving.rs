//! What an operator tells of itself, and where: checks, numbers and addresses in, an open port out.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use kube_core::Client;

use super::Operator;
use crate::clock::Clock;
use crate::endpoint::Admin;
use crate::endpoint::Check;
use crate::endpoint::Checks;
use crate::endpoint::Endpoint;
use crate::endpoint::Guard;
use crate::endpoint::LIVE;
use crate::endpoint::Listening;
use crate::endpoint::More;
use crate::endpoint::Pages;
use crate::endpoint::READY;
use crate::endpoint::Serves;
use crate::endpoint::Site;
use crate::endpoint::Vitals;
use crate::endpoint::bind;
use crate::endpoint::bind_admin;
use crate::error::Error;
use crate::error::Result;
use crate::manager::Group;
use crate::manager::Served;
use crate::shutdown::Shutdown;

/// What an operator is to tell.
#[derive(Debug, Default)]
pub(super) struct Serving {
    pub(super) endpoint: Endpoint,
    pub(super) admin: Option<Admin>,
    ready: Checks,
    live: Checks,
    more: Vec<More>,
}

impl<A: Send + Sync + 'static> Operator<A> {
    /// Serves metrics and health there. Without it nothing is served; on the command line `--metrics-bind-address` and
    /// `--health-probe-bind-address` say the same, and win.
    pub fn serve(mut self, endpoint: Endpoint) -> Self {
        self.serving.endpoint = endpoint;
        self
    }

    /// Serves the live page there: pipeline, queues, failures, caches and lease as they are now, for people. On the command line `--admin`
    /// says the same, and wins.
    ///
    /// ```
    /// use kube_runtime::endpoint::Admin;
    /// use kube_runtime::operator::Operator;
    ///
    /// let open = Operator::new("shop").admin("127.0.0.1:8090");
    /// let guarded = Operator::new("shop").admin(Admin::at(":8090").token_file("/etc/shop/token"));
    /// # _ = (open, guarded);
    /// ```
    pub fn admin(mut self, admin: impl Into<Admin>) -> Self {
        self.serving.admin = Some(admin.into());
        self
    }

    /// A check of the program's own: the operator is not ready while it fails. It is asked at each probe, so it is quick; one that panics or
    /// takes longer than [`Endpoint::checked_within`] has failed.
    ///
    /// ```
    /// use kube_runtime::error::{Error, Result};
    /// use kube_runtime::operator::Operator;
    ///
    /// let operator = Operator::new("shop").ready_check("database", || async {
    ///     Err::<(), _>(Error::msg("not connected yet"))
    /// });
    /// # _ = operator;
    /// ```
    pub fn ready_check<F, Fut, E>(mut self, name: impl Into<String>, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Error>,
    {
        self.serving.ready.add(Check::new(name, check));
        self
    }

    /// The same for whether it is alive: Kubernetes restarts a Pod for which this fails.
    pub fn live_check<F, Fut, E>(mut self, name: impl Into<String>, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Error>,
    {
        self.serving.live.add(Check::new(name, check));
        self
    }

    /// Metrics of the program's own, in Prometheus' text format or OpenMetrics, put below those of the operator at each scrape.
    pub fn more_metrics(mut self, text: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.serving.more.push(More(Box::new(text)));
        self
    }
}

impl Serving {
    /// Whether the API server is asked who may read metrics.
    pub(super) fn is_secure(&self) -> bool {
        self.endpoint.secure.is_some()
    }

    /// What can be wrong before any request.
    pub(super) fn check(&self) -> Result<()> {
        let (metrics, probes) = (self.endpoint.metrics.trim(), self.endpoint.probes.trim());
        if self.endpoint.secure.is_some() && metrics == probes && !matches!(metrics, "" | "0") {
            return Err(Error::msg(format!(
                "metrics that are secure and health probes cannot both be at `{metrics}`: nobody logs in to probe, so give the probes another address with `--health-probe-bind-address`"
            )));
        }
        self.ready.mistake("ready", &READY)?;
        self.live.mistake("live", &LIVE)
    }

    /// Opens the ports that are asked for, and answers from now on.
    ///
    /// # Errors
    /// An address that cannot be had.
    pub(super) async fn begin(
        self,
        operator: &str,
        clock: Clock,
        client: &Client,
    ) -> Result<Served> {
        let open = bind(&self.endpoint).await?;
        let live = match &self.admin {
            Some(admin) => bind_admin(&self.endpoint, admin).await?.map(|port| (port, admin)),
            None => None,
        };
        let vitals = Vitals::new(operator, clock, &self.endpoint, self.ready, self.live, self.more);
        let (mut group, end) = (Group::new(), Shutdown::new());
        let address = |wanted: fn(&Serves) -> bool| -> Option<SocketAddr> {
            open.iter().find(|(_, serves)| wanted(serves)).map(|(port, _)| port.address)
        };
        let metrics = address(|serves| serves.metrics);
        let probes = address(|serves| serves.probes);
        let secure = self.endpoint.secure.as_ref();
        if let Some(address) = metrics {
            let scheme = if secure.is_some() { "https" } else { "http" };
            tracing::info!("metrics: {scheme}://{address}/metrics");
        }
        if let Some(address) = probes {
            tracing::info!("health: http://{address}/healthz and http://{address}/readyz");
        }
        let mut serve = |port: Listening, pages: Pages| {
            let name = format!("the port {}", port.address);
            group.spawn(name, port.run(Arc::new(pages), end.clone()));
        };
        for (port, serves) in open {
            let pages = match secure.filter(|_| serves.metrics) {
                Some(secure) => {
                    let client = client.clone().counted_by(vitals.requests());
                    Pages::Guarded(vitals.clone(), Guard::new(secure, client))
                }
                None => Pages::Vitals(vitals.clone(), serves),
            };
            serve(port, pages);
        }
        let mut admin = None;
        if let Some((port, asked)) = live {
            let site = Site::new(asked, port.address, vitals.clone()).await?;
            let url = site.url(port.address);
            tracing::info!("live page: {url}");
            admin = Some((port.address, url));
            serve(port, Pages::Admin(site));
        }
        Ok(Served { vitals, metrics, probes, admin, group, end, ..Served::default() })
    }
}
