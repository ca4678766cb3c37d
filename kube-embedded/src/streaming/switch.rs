//! The handshake with which a connection leaves HTTP: headers in; what both sides speak from then on, and the headers of the answer, out.

use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

const SPDY: &str = "SPDY/3.1";
const SPDY_PROTOCOL: HeaderName = HeaderName::from_static("x-stream-protocol-version");

/// What is spoken for one purpose, in the order of preference.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) websocket: &'static [&'static str],
    pub(crate) spdy: &'static [&'static str],
}

/// What is spoken with processes.
pub(crate) const PROCESSES: Known =
    Known { websocket: &["v5.channel.k8s.io", "v4.channel.k8s.io"], spdy: &[] };
/// What is spoken with ports.
pub(crate) const PORTS: Known =
    Known { websocket: &["SPDY/3.1+portforward.k8s.io"], spdy: &["portforward.k8s.io"] };

/// What a client would like to speak instead of HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    /// Nothing else.
    Nothing,
    WebSocket {
        key: String,
        protocols: Vec<String>,
    },
    Spdy {
        protocols: Vec<String>,
    },
    /// Something that nobody speaks here.
    Other(String),
}

impl Offer {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let upgrades = text(CONNECTION).map(str::to_lowercase);
        let upgrades = upgrades.is_some_and(|value| value.contains("upgrade"));
        let Some(wanted) = text(UPGRADE).filter(|_| upgrades) else { return Self::Nothing };
        let protocols = |name| -> Vec<String> {
            let all = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
            all.flat_map(|value| value.split(',')).map(|one| one.trim().to_owned()).collect()
        };
        if wanted.eq_ignore_ascii_case(SPDY) {
            return Self::Spdy { protocols: protocols(SPDY_PROTOCOL) };
        }
        let websocket = wanted.eq_ignore_ascii_case("websocket");
        match text(SEC_WEBSOCKET_KEY).filter(|_| websocket) {
            Some(key) => Self::WebSocket {
                key: key.to_owned(),
                protocols: protocols(SEC_WEBSOCKET_PROTOCOL),
            },
            None => Self::Other(wanted.to_owned()),
        }
    }
}

/// What carries a protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    /// `accept` is what the client's key becomes.
    WebSocket {
        accept: String,
    },
    Spdy,
}

/// A handshake that both sides agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Switch {
    pub(super) protocol: &'static str,
    pub(super) wire: Wire,
}

impl Switch {
    /// `None`: nothing of what is offered is known.
    pub(crate) fn of(offer: &Offer, known: Known) -> Option<Self> {
        let common = |known: &[&'static str], offered: &[String]| {
            known.iter().find(|own| offered.iter().any(|offered| offered == *own)).copied()
        };
        match offer {
            Offer::WebSocket { key, protocols } => {
                let protocol = common(known.websocket, protocols)?;
                let accept = derive_accept_key(key.as_bytes());
                Some(Self { protocol, wire: Wire::WebSocket { accept } })
            }
            Offer::Spdy { protocols } => {
                let protocol = common(known.spdy, protocols)?;
                Some(Self { protocol, wire: Wire::Spdy })
            }
            Offer::Nothing | Offer::Other(_) => None,
        }
    }

    /// Whether it can tell that there is no process.
    pub(crate) fn tells_refusals(&self) -> bool {
        Some(&self.protocol) == PROCESSES.websocket.first()
    }

    /// The headers of the answer.
    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        let (name, protocol) = match &self.wire {
            Wire::WebSocket { accept } => {
                headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
                if let Ok(accept) = HeaderValue::from_str(accept) {
                    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
                }
                (SEC_WEBSOCKET_PROTOCOL, self.protocol)
            }
            Wire::Spdy => {
                headers.insert(UPGRADE, HeaderValue::from_static(SPDY));
                (SPDY_PROTOCOL, self.protocol)
            }
        };
        headers.insert(name, HeaderValue::from_static(protocol));
        headers
    }
}
