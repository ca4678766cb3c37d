//! `kube port-forward`: ports of this machine that lead to a Pod, until Ctrl-C or the Pod's end.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/portforward/portforward.go, client-go tools/portforward
//! Differs: what goes wrong with one connection ends that one only.

use std::error::Error as StdError;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::sync::Mutex;
use std::time::Duration;

use futures::future::select_all;
use kube_core::Error;
use kube_core::streaming::Listening;
use kube_core::streaming::PortForward as Tunnel;
use kube_core::streaming::PortPair;

use super::Ground;
use super::console::Console;
use super::failure::Failure;
use super::pods;
use super::pods::Purpose;
use super::ports;

/// Leads ports of this machine to a Pod.
#[derive(Debug, clap::Args)]
pub struct PortForward {
    /// The Pod, or what has Pods, as `web`, `deploy/web`, `svc/web`; and ports, as `80`, `8080:80`, `:80`, `8080:http`.
    #[arg(value_name = "TYPE/NAME [LOCAL:]REMOTE")]
    words: Vec<String>,
    /// Where is listened: addresses of this machine, or localhost, which is 127.0.0.1 and ::1.
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',', default_value = "localhost")]
    address: Vec<String>,
    /// How long is waited for a Pod if there is none, as `30s`.
    #[arg(long, value_name = "TIME", value_parser = kube_core::config::go_duration, default_value = "60s")]
    pod_running_timeout: Duration,
}

/// An address to listen at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Address {
    address: IpAddr,
    /// As one of several of which one is enough.
    localhost: bool,
}

impl PortForward {
    pub async fn run(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        let Some((what, texts)) = self.words.split_first().filter(|(_, texts)| !texts.is_empty())
        else {
            let why = "TYPE/NAME and list of ports are required for port-forward";
            return Err(Failure::usage("port-forward", why));
        };
        let found = pods::found(ground, what).await?;
        let within = self.pod_running_timeout;
        let (pod, _) = found.pod(ground, console, Purpose::Attach, within).await?;
        let pairs = match found.is("Service") {
            true => ports::of_service(texts, &found.read()?, &pod)?,
            false => ports::of_pod(texts, &pod)?,
        };
        let phase = pod.status.and_then(|status| status.phase).unwrap_or_default();
        if phase != "Running" {
            return Err(Failure::said(format!(
                "unable to forward port because pod is not running. Current status={phase}"
            )));
        }
        let addresses = addresses(&self.address)?;
        let name = pod.metadata.name.as_deref().unwrap_or_default();
        let pod = ground.client.namespace(ground.namespace.as_str()).pod(name);
        let tunnel = pod.port_forward().await?;
        let listening = listen(&tunnel, &addresses, &pairs, console).await?;
        drop(tunnel);
        let interrupted = console.interrupted();
        tokio::select! {
            biased;
            () = interrupted => Ok(()),
            ended = forward(listening, console) => ended.map_err(|lost| {
                Failure::said(format!("lost connection to pod: {}", lost.chain()))
            }),
        }
    }
}

/// Binds every port that can be bound; that there is none is an error.
async fn listen(
    tunnel: &Tunnel,
    addresses: &[Address],
    pairs: &[PortPair],
    console: &mut Console,
) -> Result<Vec<Listening>, Failure> {
    let mut listening = Vec::new();
    let mut any = false;
    let mut wanted = Vec::new();
    for pair in pairs {
        let mut pair = *pair;
        let mut failures = Vec::new();
        let (mut localhost, mut failed) = (false, false);
        for Address { address, localhost: one_is_enough } in addresses {
            match tunnel.listen_on([*address], [pair]).await {
                Ok(bound) => {
                    for (bound, remote) in bound.addresses() {
                        // The port that was chosen is the one at the other addresses too.
                        pair.local = bound.port();
                        console.say(&format!("Forwarding from {bound} -> {remote}"))?;
                    }
                    listening.push(bound);
                    localhost |= one_is_enough;
                }
                Err(error) => {
                    failures.push(not_bound(*address, pair.local, &error));
                    failed |= !one_is_enough;
                }
            }
        }
        let wants_localhost = addresses.iter().any(|one| one.localhost);
        match failed || (wants_localhost && !localhost) {
            true => console.warn(&format!(
                "Unable to listen on port {}: Listeners failed to create with the following errors: [{}]",
                pair.local,
                failures.join(" ")
            )),
            false => any = true,
        }
        wanted.push(format!("{{{} {}}}", pair.local, pair.remote));
    }
    match any {
        true => Ok(listening),
        false => Err(Failure::said(format!(
            "unable to listen on any of the requested ports: [{}]",
            wanted.join(" ")
        ))),
    }
}

/// Forwards connections until the tunnel is lost.
async fn forward(listening: Vec<Listening>, console: &mut Console) -> Result<(), Error> {
    // All of them are polled by one task: nobody ever waits for it.
    let console = Mutex::new(console);
    let run = |listening: Listening| {
        Box::pin(listening.run_telling(|here, _| {
            if let Ok(mut console) = console.lock() {
                // Who does not want to be told is still served.
                _ = console.say(&format!("Handling connection for {}", here.port()));
            }
        }))
    };
    let (ended, ..) = select_all(listening.into_iter().map(run)).await;
    ended
}

/// In the words of Go's own library, as kubectl says them.
fn not_bound(address: IpAddr, port: u16, error: &Error) -> String {
    let protocol = if address.is_ipv4() { "tcp4" } else { "tcp6" };
    let mut cause = error.source();
    while let Some(inner) = cause.and_then(StdError::source) {
        cause = Some(inner);
    }
    let why = cause.map_or_else(|| error.to_string(), ToString::to_string);
    let why = why.split(" (os error").next().unwrap_or_default().to_lowercase();
    let address = std::net::SocketAddr::new(address, port);
    format!("unable to create listener: Error listen {protocol} {address}: bind: {why}")
}

/// The addresses that are meant, in kubectl's order, each once.
fn addresses(texts: &[String]) -> Result<Vec<Address>, Failure> {
    let mut addresses: Vec<Address> = Vec::new();
    for text in texts {
        let (found, localhost) = match text.as_str() {
            "localhost" => (vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()], true),
            text => match text.parse() {
                Ok(address) => (vec![address], false),
                Err(_) => return Err(Failure::said(format!("{text} is not a valid IP"))),
            },
        };
        for address in found {
            match addresses.iter_mut().find(|one| one.address == address) {
                Some(known) => known.localhost &= localhost,
                None => addresses.push(Address { address, localhost }),
            }
        }
    }
    addresses.sort_by_key(|one| one.address.to_string());
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localhost_is_two_addresses_of_which_one_is_enough() {
        let check = |texts: &[&str], expected: &[(&str, bool)]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            let found = addresses(&texts).unwrap();
            let found: Vec<_> =
                found.iter().map(|one| (one.address.to_string(), one.localhost)).collect();
            let found: Vec<_> = found.iter().map(|(text, one)| (text.as_str(), *one)).collect();
            assert_eq!(found, expected, "{texts:?}");
        };
        check(&["localhost"], &[("127.0.0.1", true), ("::1", true)]);
        check(
            &["::1", "localhost", "10.0.0.1"],
            &[("10.0.0.1", false), ("127.0.0.1", true), ("::1", false)],
        );
        check(&["0.0.0.0", "0.0.0.0"], &[("0.0.0.0", false)]);
        let failure = addresses(&["here".to_owned()]).unwrap_err();
        assert_eq!(failure.lines(), ["error: here is not a valid IP"]);
    }
}
