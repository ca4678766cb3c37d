//! A connection of the in-process server that has left HTTP: what the server has to say there in, the client's end out.

use std::io;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use kube_embedded::Conversation;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::DuplexStream;
use tokio::io::ReadBuf;

/// What a network keeps on its way.
const WAITING: usize = 64 << 10;

/// The client's end. The server's end goes on whenever the client reads or writes, so that nothing is left when it is dropped.
pub(crate) struct Held {
    near: DuplexStream,
    server: Option<BoxFuture<'static, ()>>,
}

impl Held {
    pub(crate) fn new(conversation: Conversation) -> Self {
        let (near, far) = tokio::io::duplex(WAITING);
        Self { near, server: Some(conversation.hold(far).boxed()) }
    }

    fn go_on(&mut self, cx: &mut Context<'_>) {
        if self.server.as_mut().is_some_and(|server| server.poll_unpin(cx).is_ready()) {
            self.server = None;
        }
    }
}

impl AsyncRead for Held {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.go_on(cx);
        Pin::new(&mut self.near).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Held {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.go_on(cx);
        Pin::new(&mut self.near).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.go_on(cx);
        Pin::new(&mut self.near).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.go_on(cx);
        Pin::new(&mut self.near).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use k8s_openapi::api::core::v1::Pod;
    use kube_core::Client;
    use kube_embedded::Containers;
    use kube_embedded::Server;
    use kube_embedded::container::Container;
    use kube_embedded::container::Process;
    use serde_json::json;
    use tokio::io::AsyncReadExt as _;
    use tokio::io::AsyncWriteExt as _;

    use super::*;
    use crate::InProcess;

    /// Says what it hears, and how much that was.
    #[derive(Debug)]
    struct Echo;

    impl Containers for Echo {
        fn exec(&self, _: &Container, mut process: Process) -> BoxFuture<'static, io::Result<i32>> {
            async move {
                let mut heard = Vec::new();
                process.stdin.read_to_end(&mut heard).await?;
                process.stdout.write_all(&heard).await?;
                Ok(i32::try_from(heard.len()).unwrap_or(i32::MAX))
            }
            .boxed()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_process_in_a_container_is_talked_to_with_no_socket_between() {
        let server = Server::builder().containers(Echo).build();
        let client = Client::over(Arc::new(InProcess::new(&server, server.admin_token())));
        let here = client.namespace("default");
        let pod = json!({ "metadata": { "name": "p" }, "spec": { "containers": [{ "name": "c", "image": "i" }] } });
        here.create::<Pod>(&serde_json::from_value(pod).unwrap()).await.unwrap();
        let running = |pod: &Pod| {
            pod.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Running")
        };
        while !running(&here.get::<Pod>("p").await.unwrap()) {
            tokio::time::advance(std::time::Duration::from_millis(100)).await;
            tokio::task::yield_now().await;
        }
        let mut process = here.pod("p").exec(["echo"]).stdin(true).await.unwrap();
        let mut stdin = process.stdin().unwrap();
        let sent = vec![b'x'; 300_000];
        stdin.write_all(&sent).await.unwrap();
        stdin.shutdown().await.unwrap();
        let finished = process.output().await.unwrap();
        assert_eq!((finished.stdout == sent, finished.exit.code()), (true, 300_000));
    }
}
