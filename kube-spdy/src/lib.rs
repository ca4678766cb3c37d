//! SPDY/3.1, as much of it as a tunnel to a Pod's ports needs: bytes in, frames out, and the other way round.
//!
//! Promises:
//! - Where the pieces of bytes begin and end changes nothing but where those of data do.
//! - No more than a piece and one frame of control is kept.
//!
//! Of no other use: a crate, because the client (kube-core) and the embedded server (kube-embedded) both speak it, and neither knows the other.
//!
//! Mirrors: client-go tools/portforward (what its tunnels speak)
//! Differs: data is handed on as it comes, not frame by frame. There is no flow control, as the other side knows none.

mod headers;

use std::fmt;

use bytes::Buf as _;
use bytes::Bytes;
use bytes::BytesMut;

use headers::Compressor;
use headers::Decompressor;

/// Nothing more comes in this direction of the stream.
const FIN: u8 = 1;
/// The version, with the bit that says that this is a frame of control.
const CONTROL: u16 = 0x8003;
const SYN_STREAM: u16 = 1;
const SYN_REPLY: u16 = 2;
const RST_STREAM: u16 = 3;
const PING: u16 = 6;
const GOAWAY: u16 = 7;
const HEADERS: u16 = 8;
/// The reason of a reset that means: not wanted any more.
const CANCEL: u32 = 5;
/// The reason of a reset that means: we take no streams.
const REFUSED: u32 = 3;

/// The length of what every frame begins with.
const HEAD: usize = 8;

/// What the other side sent is not SPDY/3.1: what it sent, as a noun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpdyError(pub &'static str);

/// Names and values.
pub type Pairs = Vec<(String, String)>;

/// What the other side says. `id` names a stream; after `fin` nothing more comes on it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the same in all of them")]
#[expect(clippy::exhaustive_enums, reason = "whoever reads frames has to think of each")]
pub enum Frame {
    /// It opens a stream.
    Opened { id: u32, headers: Pairs, fin: bool },
    /// It takes a stream of ours.
    Reply { id: u32, fin: bool },
    /// Bytes of a stream.
    Data { id: u32, bytes: Bytes, fin: bool },
    /// It gives up a stream.
    Reset { id: u32 },
    /// It asks whether we are there.
    Ping(u32),
    /// It takes no more streams.
    GoAway,
    /// What means nothing to a tunnel.
    Other,
}

/// Reads what the other side says.
#[derive(Debug, Default)]
pub struct Reader {
    bytes: BytesMut,
    data: Option<Data>,
    headers: Decompressor,
}

/// A frame of data of which bytes are still to come.
#[derive(Debug)]
struct Data {
    id: u32,
    fin: bool,
    left: usize,
}

/// Writes what we say.
#[derive(Debug, Default)]
pub struct Writer(Compressor);

impl Reader {
    /// Reads from the beginning of a connection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece, when there is no frame any more.
    pub fn push(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
    }

    /// The next frame, or the next bytes of one with data; `None`: there is none without more bytes.
    ///
    /// # Errors
    /// What came is not SPDY/3.1; what comes after it cannot be read.
    #[expect(clippy::should_implement_trait, reason = "there may be a next one after none")]
    pub fn next(&mut self) -> Result<Option<Frame>, SpdyError> {
        if let Some(Data { id, fin, left }) = self.data.take() {
            let bytes = self.bytes.split_to(left.min(self.bytes.len())).freeze();
            let left = left - bytes.len();
            if left > 0 {
                self.data = Some(Data { id, fin, left });
                if bytes.is_empty() {
                    return Ok(None);
                }
            }
            return Ok(Some(Frame::Data { id, bytes, fin: fin && left == 0 }));
        }
        let Some(head) = self.bytes.first_chunk::<HEAD>() else { return Ok(None) };
        let [a, b, c, d, flags, lengths @ ..] = *head;
        let length = lengths.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        let fin = flags & FIN != 0;
        let first = u16::from_be_bytes([a, b]);
        if first & 0x8000 == 0 {
            self.bytes.advance(HEAD);
            self.data = Some(Data { id: u32::from_be_bytes([a, b, c, d]), fin, left: length });
            return self.next();
        }
        if first != CONTROL {
            return Err(SpdyError("a frame of another version of SPDY"));
        }
        if length > headers::LIMIT {
            return Err(SpdyError("a frame that is too large"));
        }
        if self.bytes.len() < HEAD + length {
            return Ok(None);
        }
        self.bytes.advance(HEAD);
        let body = self.bytes.split_to(length);
        self.control(u16::from_be_bytes([c, d]), &body, fin).map(Some)
    }

    fn control(&mut self, kind: u16, body: &[u8], fin: bool) -> Result<Frame, SpdyError> {
        let short = SpdyError("a frame that ends early");
        let id = || {
            let (id, rest) = body.split_first_chunk::<4>().ok_or(short)?;
            Ok((u32::from_be_bytes(*id) & 0x7fff_ffff, rest))
        };
        match kind {
            SYN_STREAM => {
                let (id, rest) = id()?;
                // The stream it belongs to, its priority and a slot are of no use here.
                let headers = self.headers.pairs(rest.get(6..).ok_or(short)?)?;
                Ok(Frame::Opened { id, headers, fin })
            }
            SYN_REPLY | HEADERS => {
                let (id, rest) = id()?;
                // Every block has to be read, or those after it cannot be.
                self.headers.pairs(rest)?;
                Ok(if kind == SYN_REPLY { Frame::Reply { id, fin } } else { Frame::Other })
            }
            RST_STREAM => Ok(Frame::Reset { id: id()?.0 }),
            PING => {
                let id = body.first_chunk::<4>().ok_or(short)?;
                Ok(Frame::Ping(u32::from_be_bytes(*id)))
            }
            GOAWAY => Ok(Frame::GoAway),
            _ => Ok(Frame::Other),
        }
    }
}

impl Writer {
    /// Writes from the beginning of a connection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens a stream; what this gives has to be sent in the order in which it was called.
    pub fn open(&mut self, id: u32, headers: &[(&str, &str)]) -> Vec<u8> {
        let mut body = id.to_be_bytes().to_vec();
        body.extend_from_slice(&[0; 6]);
        body.extend_from_slice(&self.0.block(headers));
        control(SYN_STREAM, 0, &body)
    }

    /// Takes a stream of the other side; as with [`open`](Self::open), the order counts.
    pub fn reply(&mut self, id: u32) -> Vec<u8> {
        control(SYN_REPLY, 0, &[&id.to_be_bytes()[..], &self.0.block(&[])].concat())
    }
}

/// Bytes of a stream, at most 16 MiB; with `fin` the last.
#[must_use]
pub fn data(id: u32, bytes: &[u8], fin: bool) -> Vec<u8> {
    let mut frame = Vec::with_capacity(HEAD + bytes.len());
    frame.extend_from_slice(&id.to_be_bytes());
    frame.extend_from_slice(&flags_and_length(u8::from(fin), bytes.len()));
    frame.extend_from_slice(bytes);
    frame
}

/// The stream is not wanted any more.
#[must_use]
pub fn cancel(id: u32) -> Vec<u8> {
    reset(id, CANCEL)
}

/// The stream was never wanted.
#[must_use]
pub fn refuse(id: u32) -> Vec<u8> {
    reset(id, REFUSED)
}

/// The answer to a ping.
#[must_use]
pub fn pong(id: u32) -> Vec<u8> {
    control(PING, 0, &id.to_be_bytes())
}

fn reset(id: u32, reason: u32) -> Vec<u8> {
    control(RST_STREAM, 0, &[id.to_be_bytes(), reason.to_be_bytes()].concat())
}

fn control(kind: u16, flags: u8, body: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(HEAD + body.len());
    frame.extend_from_slice(&CONTROL.to_be_bytes());
    frame.extend_from_slice(&kind.to_be_bytes());
    frame.extend_from_slice(&flags_and_length(flags, body.len()));
    frame.extend_from_slice(body);
    frame
}

fn flags_and_length(flags: u8, length: usize) -> [u8; 4] {
    let length = u32::try_from(length).expect("a frame is short");
    debug_assert!(length < 1 << 24, "a frame is short");
    (u32::from(flags) << 24 | length).to_be_bytes()
}

impl std::error::Error for SpdyError {}

impl fmt::Display for SpdyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests;
