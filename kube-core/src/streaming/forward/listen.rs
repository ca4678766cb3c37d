//! Ports of this machine that lead to a Pod: pairs of ports in, listeners out, and a future that serves them.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::PortForward;
use super::PortPair;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;

/// A listener that fails, as for want of file descriptors, is tried again after so long.
const AGAIN: Duration = Duration::from_millis(100);

/// Ports of this machine that are bound. Nothing goes through them before [`run`](Self::run) is polled.
#[must_use = "nothing is forwarded before `run` is awaited"]
pub struct Listening {
    forward: PortForward,
    listeners: Vec<(TcpListener, u16)>,
}

impl PortForward {
    /// Binds ports on this machine's loopback addresses, as kubectl does: one of `127.0.0.1` and `::1` at least.
    ///
    /// # Errors
    /// A port is taken.
    ///
    /// # Cancel safety
    /// Dropping the future gives the ports back.
    pub async fn listen<P>(&self, ports: impl IntoIterator<Item = P>) -> Result<Listening>
    where
        P: TryInto<PortPair, Error: Into<Error>>,
    {
        let mut listeners = Vec::new();
        for pair in ports {
            let mut pair = pair.try_into().map_err(Into::into)?;
            let first = bind(Ipv4Addr::LOCALHOST.into(), pair).await;
            if let Ok((listener, _)) = &first
                && let Ok(address) = listener.local_addr()
            {
                // The port that was chosen, if one was.
                pair.local = address.port();
            }
            let second = bind(Ipv6Addr::LOCALHOST.into(), pair).await;
            match (first, second) {
                (Err(error), Err(_)) => return Err(error),
                (first, second) => listeners.extend(first.into_iter().chain(second)),
            }
        }
        Ok(Listening { forward: self.clone(), listeners })
    }

    /// Binds ports on these addresses, on all of them. Whoever can reach one of them reaches the Pod.
    ///
    /// # Errors
    /// A port is taken, or an address is none of this machine.
    ///
    /// # Cancel safety
    /// Dropping the future gives the ports back.
    pub async fn listen_on<P>(
        &self,
        addresses: impl IntoIterator<Item = IpAddr>,
        ports: impl IntoIterator<Item = P>,
    ) -> Result<Listening>
    where
        P: TryInto<PortPair, Error: Into<Error>>,
    {
        let ports: Vec<PortPair> = ports
            .into_iter()
            .map(|pair| pair.try_into().map_err(Into::into))
            .collect::<Result<_>>()?;
        let mut listeners = Vec::new();
        for address in addresses {
            for pair in &ports {
                listeners.push(bind(address, *pair).await?);
            }
        }
        Ok(Listening { forward: self.clone(), listeners })
    }
}

async fn bind(address: IpAddr, pair: PortPair) -> Result<(TcpListener, u16)> {
    let address = SocketAddr::new(address, pair.local);
    let listener = TcpListener::bind(address).await.map_err(|error| {
        let tried = format!(
            "failed to listen on {address}: choose another port, or `:{}` for a free one",
            pair.remote
        );
        Error::new(ErrorKind::Input, error).context(tried)
    })?;
    Ok((listener, pair.remote))
}

impl Listening {
    /// The addresses that are bound, and the Pod's port to which each leads.
    #[must_use]
    pub fn addresses(&self) -> Vec<(SocketAddr, u16)> {
        let address =
            |(listener, remote): &(TcpListener, u16)| Some((listener.local_addr().ok()?, *remote));
        self.listeners.iter().filter_map(address).collect()
    }

    /// Forwards connections until the tunnel is lost. A connection that goes wrong ends alone; why is logged.
    ///
    /// # Errors
    /// The tunnel was lost: open another.
    ///
    /// # Cancel safety
    /// Dropping the future ends the connections and gives the ports back.
    pub async fn run(self) -> Result<()> {
        self.run_telling(|_, _| {}).await
    }

    /// As [`run`](Self::run), and tells of each connection that is accepted: the address here that it came to, and the Pod's
    /// port.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    ///
    /// # Cancel safety
    /// As for [`run`](Self::run).
    pub async fn run_telling(self, mut accepted: impl FnMut(SocketAddr, u16)) -> Result<()> {
        let mut connections = JoinSet::new();
        let accept = |index: usize| next(index, &self.listeners[index].0);
        let mut accepting: FuturesUnordered<_> = (0..self.listeners.len()).map(accept).collect();
        loop {
            tokio::select! {
                Some((index, socket)) = accepting.next() => {
                    accepting.push(accept(index));
                    match socket {
                        Ok((socket, here)) => {
                            let (forward, port) = (self.forward.clone(), self.listeners[index].1);
                            accepted(here, port);
                            connections.spawn(carry(forward, socket, port));
                        }
                        Err(error) => {
                            tracing::warn!(%error, "a connection to a forwarded port was not accepted");
                            pause().await;
                        }
                    }
                }
                Some(_) = connections.join_next() => {}
                () = self.forward.tunnel.asked.closed() => {
                    let tunnel = &self.forward.tunnel;
                    return Err(tunnel.lost().context(tunnel.failed.clone()));
                }
            }
        }
    }
}

/// The next connection, and the address here that it came to.
async fn next(
    index: usize,
    listener: &TcpListener,
) -> (usize, io::Result<(TcpStream, SocketAddr)>) {
    let accepted = async {
        let (socket, _) = listener.accept().await?;
        let here = socket.local_addr()?;
        Ok((socket, here))
    };
    (index, accepted.await)
}

#[expect(clippy::disallowed_methods, reason = "a listener that fails is not asked again at once")]
async fn pause() {
    tokio::time::sleep(AGAIN).await;
}

/// Carries one connection.
async fn carry(forward: PortForward, mut socket: TcpStream, port: u16) {
    let carried = async {
        let mut connection = forward.connect(port).await.map_err(io::Error::other)?;
        tokio::io::copy_bidirectional(&mut socket, &mut connection).await?;
        connection.ended().await.map_err(io::Error::other)
    };
    if let Err(error) = carried.await {
        let story =
            error.get_ref().and_then(|error| error.downcast_ref::<Error>()).map(Error::chain);
        let error = story.unwrap_or_else(|| error.to_string());
        tracing::warn!(port, error, "a connection to a forwarded port failed");
        // The other side may be gone.
        let _ = socket.shutdown().await;
    }
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening").field("addresses", &self.addresses()).finish_non_exhaustive()
    }
}
