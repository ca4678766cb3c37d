//! Where an operator in a Pod is reached: what its program says of addresses in, port numbers and the flags for them out.

use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::error::Result;

/// Where metrics are when the program does not say.
const METRICS: u16 = 8080;
/// Where health is when the program does not say.
const PROBES: u16 = 8081;

/// Where webhooks are when the program leaves it to the machine.
pub(super) const WEBHOOKS: u16 = 9443;

/// Port numbers; both may be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ports {
    pub(super) metrics: u16,
    pub(super) probes: u16,
}

impl Ports {
    pub(super) fn of(endpoint: &Endpoint) -> Result<Self> {
        Ok(Self {
            metrics: port(&endpoint.metrics, METRICS)?,
            probes: port(&endpoint.probes, PROBES)?,
        })
    }

    /// What the command line says, so that both are reached from outside of the Pod whatever address the program prefers.
    pub(super) fn flags(self) -> [String; 2] {
        [
            format!("--metrics-bind-address=:{}", self.metrics),
            format!("--health-probe-bind-address=:{}", self.probes),
        ]
    }

    /// The name of the port that answers probes.
    pub(super) fn probes_name(self) -> &'static str {
        if self.metrics == self.probes { "metrics" } else { "probes" }
    }
}

/// The port of an address; what is off or left to the machine has the usual one.
pub(super) fn port(address: &str, usual: u16) -> Result<u16> {
    let address = address.trim();
    if matches!(address, "" | "0") {
        return Ok(usual);
    }
    let port = address.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
    match port {
        Some(0) => Ok(usual),
        Some(port) => Ok(port),
        None => Err(Error::msg(format!(
            "`{address}` cannot be where an operator answers: use `ADDRESS:PORT`, `:PORT` or `0`"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_those_of_the_program_where_it_says_any() {
        let rows = [
            ("0", "0", (8080, 8081)),
            (":9000", "127.0.0.1:9001", (9000, 9001)),
            ("[::1]:9000", ":0", (9000, 8081)),
            (":9000", ":9000", (9000, 9000)),
        ];
        for (metrics, probes, expected) in rows {
            let ports = Ports::of(&Endpoint::default().metrics(metrics).probes(probes)).unwrap();
            assert_eq!((ports.metrics, ports.probes), expected, "{metrics} {probes}");
        }
        let error = Ports::of(&Endpoint::default().metrics("everywhere")).unwrap_err();
        assert!(error.to_string().contains("`everywhere`"), "{error}");
    }
}
