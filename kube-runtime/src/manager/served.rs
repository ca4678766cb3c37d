//! What an operator tells of itself while it runs: its vitals, and the ports where they are served.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use super::Group;
use crate::endpoint::Vitals;
use crate::shutdown::Shutdown;
use crate::webhook::Webhooks;

/// How long ports may take to close.
const CLOSED: Duration = Duration::from_secs(2);

/// An operator's vitals and its open ports. Dropping it closes them.
#[derive(Default)]
pub(crate) struct Served {
    pub(crate) vitals: Vitals,
    pub(crate) metrics: Option<SocketAddr>,
    pub(crate) probes: Option<SocketAddr>,
    /// Where the live page is, and what a person opens.
    pub(crate) admin: Option<(SocketAddr, String)>,
    /// What answers the API server, and where if anywhere.
    pub(crate) webhooks: Webhooks,
    pub(crate) webhooks_at: Option<SocketAddr>,
    pub(crate) group: Group,
    pub(crate) end: Shutdown,
}

impl Served {
    /// Closes the ports; what is being answered is, for a moment.
    pub(super) async fn close(mut self) {
        self.end.begin();
        // A port that did not close in time is closed by force: nobody needs to know.
        _ = self.group.ended(CLOSED).await;
    }
}

impl fmt::Debug for Served {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Served")
            .field("metrics", &self.metrics)
            .field("probes", &self.probes)
            .field("admin", &self.admin.as_ref().map(|(address, _)| address))
            .finish_non_exhaustive()
    }
}
