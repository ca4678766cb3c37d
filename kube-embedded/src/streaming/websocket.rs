//! The handshake of a WebSocket: headers in; the headers of the answer, and the connection as messages, out.

use super::conversation::Carrier;
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, UPGRADE,
};
use http::{HeaderMap, HeaderValue};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};

/// What is spoken with processes, in the order of preference.
pub(crate) const PROCESSES: &[&str] = &["v5.channel.k8s.io", "v4.channel.k8s.io"];
/// The longest message that is taken; clients send 32 KiB.
const LONGEST: usize = 1 << 20;

/// What a client would like to speak instead of HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    /// Nothing else.
    Nothing,
    WebSocket {
        key: String,
        protocols: Vec<String>,
    },
    /// Something that is not spoken here.
    Other(String),
}

impl Offer {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let upgrades =
            text(CONNECTION).is_some_and(|value| value.to_lowercase().contains("upgrade"));
        let Some(wanted) = text(UPGRADE).filter(|_| upgrades) else { return Self::Nothing };
        let Some(key) =
            text(SEC_WEBSOCKET_KEY).filter(|_| wanted.eq_ignore_ascii_case("websocket"))
        else {
            return Self::Other(wanted.to_owned());
        };
        let all = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
        let all = all.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        let protocols = all.map(|protocol| protocol.trim().to_owned()).collect();
        Self::WebSocket { key: key.to_owned(), protocols }
    }
}

/// A handshake that both sides agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Switch {
    pub(crate) protocol: &'static str,
    accept: String,
}

impl Switch {
    /// `None`: nothing of what is offered is known.
    pub(crate) fn of(key: &str, offered: &[String], known: &[&'static str]) -> Option<Self> {
        let protocol = known.iter().find(|own| offered.iter().any(|offered| offered == *own))?;
        Some(Self { protocol, accept: derive_accept_key(key.as_bytes()) })
    }

    /// The headers of the answer.
    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(self.protocol));
        if let Ok(accept) = HeaderValue::from_str(&self.accept) {
            headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
        }
        headers
    }
}

/// The connection as messages.
pub(super) async fn messages(carrier: Carrier) -> WebSocketStream<Carrier> {
    let config = WebSocketConfig::default()
        .read_buffer_size(16 << 10)
        // Whatever is written is written at once: a person may sit at the other end.
        .write_buffer_size(0)
        .max_message_size(Some(LONGEST))
        .max_frame_size(Some(LONGEST));
    WebSocketStream::from_raw_socket(carrier, Role::Server, Some(config)).await
}

/// The end of a connection on which all was said: without a code clients take it for a loss.
pub(super) fn over() -> CloseFrame {
    CloseFrame { code: CloseCode::Normal, reason: "".into() }
}
