//! What an operator tells of itself, and where: checks, numbers and addresses in, an open port out.

use std::future::Future;
use std::net::SocketAddr;

use super::Operator;
use crate::clock::Clock;
use crate::endpoint::Check;
use crate::endpoint::Checks;
use crate::endpoint::Endpoint;
use crate::endpoint::LIVE;
use crate::endpoint::Listening;
use crate::endpoint::More;
use crate::endpoint::READY;
use crate::endpoint::Vitals;
use crate::endpoint::bind;
use crate::error::Error;
use crate::error::Result;
use crate::manager::Group;
use crate::manager::Served;
use crate::shutdown::Shutdown;

/// What an operator is to tell.
#[derive(Debug, Default)]
pub(super) struct Serving {
    pub(super) endpoint: Endpoint,
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
    /// What can be wrong before any request.
    pub(super) fn check(&self) -> Result<()> {
        self.ready.mistake("ready", &READY)?;
        self.live.mistake("live", &LIVE)
    }

    /// Opens the ports that are asked for, and answers from now on.
    ///
    /// # Errors
    /// An address that cannot be had.
    pub(super) async fn begin(self, operator: &str, clock: Clock) -> Result<Served> {
        let open = bind(&self.endpoint).await?;
        let vitals = Vitals::new(operator, clock, &self.endpoint, self.ready, self.live, self.more);
        let (mut group, end) = (Group::new(), Shutdown::new());
        let address = |wanted: fn(&Listening) -> bool| -> Option<SocketAddr> {
            open.iter().find(|port| wanted(port)).map(|port| port.address)
        };
        let metrics = address(|port| port.serves.metrics);
        let probes = address(|port| port.serves.probes);
        if let Some(address) = metrics {
            tracing::info!("metrics: http://{address}/metrics");
        }
        if let Some(address) = probes {
            tracing::info!("health: http://{address}/healthz and http://{address}/readyz");
        }
        for port in open {
            let name = format!("the port {}", port.address);
            group.spawn(name, port.run(vitals.clone(), end.clone()));
        }
        Ok(Served { vitals, metrics, probes, group, end })
    }
}
