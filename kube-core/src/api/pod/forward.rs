//! A tunnel to a Pod's ports.

use std::future::IntoFuture;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::error::Result;
use crate::request::Request;
use crate::streaming;
use crate::streaming::PortForward;
use crate::streaming::StreamLimits;

use super::PodApi;

/// Opens a tunnel to a Pod's ports, once it is awaited.
#[derive(Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct OpenPortForward {
    pod: PodApi,
    limits: StreamLimits,
}

impl PodApi {
    /// Opens a tunnel to the Pod, through which any of its ports can be reached. The tunnel is not opened again by itself
    /// when it is lost: its Pod may be gone.
    ///
    /// ```no_run
    /// # async fn example(client: kube_core::Client) -> kube_core::Result<()> {
    /// let forward = client.namespace("prod").pod("web-0").port_forward().await?;
    /// let connection = forward.connect(80).await?;      // AsyncRead and AsyncWrite
    /// let listening = forward.listen(["8080:80"]).await?;  // on loopback
    /// listening.run().await
    /// # }
    /// ```
    pub fn port_forward(&self) -> OpenPortForward {
        OpenPortForward { pod: self.clone(), limits: StreamLimits::default() }
    }
}

impl OpenPortForward {
    /// How much is kept, how many connections may be open, and how long the other side may be silent.
    pub fn limits(mut self, limits: StreamLimits) -> Self {
        self.limits = limits;
        self
    }
}

impl IntoFuture for OpenPortForward {
    type Output = Result<PortForward>;
    type IntoFuture = BoxFuture<'static, Result<PortForward>>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let target = self.pod.target("portforward").await?;
            let request = Request::port_forward(&target)?;
            streaming::forward::open(&self.pod.client, &target, request, self.limits).await
        }
        .boxed()
    }
}
