//! A WebSocket: a connection after the handshake in, the connection as messages out.

use super::conversation::Carrier;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};

/// The longest message that is taken; clients send 32 KiB.
const LONGEST: usize = 1 << 20;

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
