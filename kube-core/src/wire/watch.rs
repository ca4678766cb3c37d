//! A watch's bytes in, whatever their boundaries; its events out.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Buf;
use bytes::Bytes;
use bytes::BytesMut;
use memchr::memchr;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::Limits;
use super::extent::Extent;
use super::head::Object;
use super::list::KEPT;
use super::list::too_large;
use super::malformed::Malformed;
use super::raw::RawObject;
use super::reason;
use super::salvage;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::status::Status;
use crate::status::excerpt;

/// What a watch says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WatchEvent {
    /// There is an object that was not there before, or was not selected.
    Added(RawObject),
    /// An object changed.
    Modified(RawObject),
    /// An object is gone, or is not selected any more: its last state, at the revision of the deletion.
    Deleted(RawObject),
    /// Everything up to this revision has been said.
    Bookmark {
        /// That revision, never empty.
        resource_version: String,
        /// The objects that were there from the beginning have all been sent.
        initial_events_end: bool,
    },
    /// The server ends the watch, and says why. With 410 its revision is too old.
    Error(Status),
    /// An event that cannot be read; those after it can.
    Malformed(Malformed),
    /// An event of a type that we do not know.
    Unknown {
        /// The type.
        type_: String,
    },
}

/// Reads a watch while it arrives. It holds what is not an event yet.
///
/// ```
/// # use kube_core::wire::{Limits, WatchDecoder, WatchEvent};
/// let mut watch = WatchDecoder::new(Limits::default());
/// watch.push(r#"{"type":"ADDED","object":{"metadata":{"name":"a"}}}"#.into());
/// watch.push("\n{\"type\":\"BOOK".into());
/// let Some(WatchEvent::Added(object)) = watch.next() else { panic!("no object") };
/// assert_eq!(&*object.meta.name, "a");
/// assert_eq!(watch.next(), None);
/// assert!(watch.finish().is_err(), "cut off in an event");
/// ```
pub struct WatchDecoder {
    limits: Limits,
    /// What arrived and is no event yet.
    buffer: Bytes,
    /// Up to where there is no line's end in the buffer.
    searched: usize,
    /// An event that has no line's end yet: where it may end, as far as this was looked at.
    extent: (usize, Extent),
    /// The beginning of an event that is too large, whose rest is not kept.
    skipped: Option<Vec<u8>>,
}

/// What can be taken out of the buffer.
enum Piece {
    /// Up to there is a line, or an event without a line's end.
    Line(usize),
    /// The beginning of what was too large.
    TooLarge(Vec<u8>),
}

impl WatchDecoder {
    /// Nothing read yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            buffer: Bytes::new(),
            searched: 0,
            extent: (0, Extent::default()),
            skipped: None,
        }
    }

    /// More bytes arrived. A chunk that begins an event is taken as it is; only an event that is cut is put together.
    pub fn push(&mut self, chunk: Bytes) {
        if self.buffer.is_empty() {
            self.buffer = chunk;
            return;
        }
        let begun = std::mem::take(&mut self.buffer).try_into_mut();
        let mut joined = begun.unwrap_or_else(|shared| BytesMut::from(&shared[..]));
        joined.extend_from_slice(&chunk);
        self.buffer = joined.freeze();
    }

    /// The next event; none if more bytes are needed first.
    #[expect(clippy::should_implement_trait, reason = "none is not the end: more may be pushed")]
    pub fn next(&mut self) -> Option<WatchEvent> {
        match self.piece()? {
            Piece::Line(end) => {
                let (event, read) = decode(&self.buffer[..end], self.limits);
                self.consume(read);
                Some(event)
            }
            Piece::TooLarge(kept) => Some(self.oversized(kept)),
        }
    }

    /// The next event of what is no object of its kind, as a table: its type, and the JSON of what it is about.
    pub(crate) fn next_frame(&mut self) -> Option<Result<(String, Bytes), Malformed>> {
        match self.piece()? {
            Piece::Line(end) => {
                let line = &self.buffer[..end];
                let read = end_of_first(line);
                let frame = match serde_json::from_slice::<Object<Frame<'_>>>(&line[..read]) {
                    Ok(Object(frame)) => Ok((
                        frame.type_.into(),
                        Bytes::copy_from_slice(frame.object.get().as_bytes()),
                    )),
                    Err(error) => {
                        let why = reason::of(&error, &line[..read]);
                        Err(Malformed::salvaged(line[..read].to_vec().into(), &["object"], why))
                    }
                };
                self.consume(read);
                Some(frame)
            }
            Piece::TooLarge(kept) => Some(Err(too_large(kept, self.limits, &["object"]))),
        }
    }

    /// How far the next line goes; what is too large is let go.
    fn piece(&mut self) -> Option<Piece> {
        if self.searched == 0 && self.skipped.is_none() {
            let blank = self.buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            self.buffer.advance(blank);
        }
        let end_of_line =
            memchr(b'\n', &self.buffer[self.searched..]).map(|more| self.searched + more + 1);
        self.searched = self.buffer.len();
        let Some(end) = end_of_line.or_else(|| self.end_of_value()) else {
            self.shed();
            return None;
        };
        if let Some(kept) = self.skipped.take() {
            self.consume(end);
            return Some(Piece::TooLarge(kept));
        }
        if end > self.limit() {
            let kept = self.buffer[..KEPT.min(end)].to_vec();
            self.consume(end);
            return Some(Piece::TooLarge(kept));
        }
        Some(Piece::Line(end))
    }

    /// The bytes have ended. To be asked when [`next`](Self::next) has none left.
    ///
    /// # Errors
    ///
    /// They ended within an event.
    pub fn finish(&self) -> Result<()> {
        if self.skipped.is_none() && self.buffer.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Connection,
            "the watch ends within an event: the connection was cut",
        ))
    }

    /// Some proxies and servers leave the line's end out, or send it with the next event: an event that is whole does
    /// not wait for it.
    fn end_of_value(&mut self) -> Option<usize> {
        if self.skipped.is_some()
            || self.buffer.first() != Some(&b'{')
            || self.buffer.last() != Some(&b'}')
        {
            return None;
        }
        let (from, extent) = &mut self.extent;
        let end = extent.advance(&self.buffer[*from..]).map(|more| *from + more);
        *from = self.buffer.len();
        end
    }

    /// Gives up what is held of an event that is too large.
    fn shed(&mut self) {
        if self.skipped.is_none() && self.buffer.len() > self.limit() {
            self.skipped = Some(self.buffer[..KEPT.min(self.buffer.len())].to_vec());
        }
        if self.skipped.is_some() {
            self.buffer.clear();
            self.searched = 0;
        }
    }

    fn consume(&mut self, read: usize) {
        self.buffer.advance(read);
        self.searched = 0;
        self.extent = (0, Extent::default());
    }

    fn oversized(&self, kept: Vec<u8>) -> WatchEvent {
        let removed = salvage::text(&kept, "type").as_deref() == Some("DELETED");
        WatchEvent::Malformed(too_large(kept, self.limits, &["object"]).removed(removed))
    }

    /// How many bytes are held.
    pub(super) fn held(&self) -> usize {
        self.buffer.len() + self.skipped.as_ref().map_or(0, Vec::len)
    }

    /// The object, and what an event puts around it.
    fn limit(&self) -> usize {
        self.limits.object.saturating_add(64)
    }
}

/// How much it holds; not what, as it may be a Secret.
impl fmt::Debug for WatchDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WatchDecoder({} bytes held)", self.held())
    }
}

#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(rename = "type")]
    type_: Box<str>,
    #[serde(borrow)]
    object: &'a RawValue,
}

/// The first event of a line, and how many bytes of the line it takes: usually all.
fn decode(line: &[u8], limits: Limits) -> (WatchEvent, usize) {
    // Nearly every event: then the object is read in one pass instead of two.
    if let Some((type_, object)) = usual(line)
        && let Ok(object) = RawObject::copied_from(object, limits.keep_managed_fields)
    {
        let event = match type_ {
            b'A' => WatchEvent::Added(object),
            b'M' => WatchEvent::Modified(object),
            _ => WatchEvent::Deleted(object),
        };
        return (event, line.len());
    }
    let end = end_of_first(line);
    let value = line[..end].trim_ascii_end();
    let event = match serde_json::from_slice::<Object<Frame<'_>>>(value) {
        Ok(Object(frame)) => of_type(&frame.type_, frame.object.get().as_bytes(), limits),
        Err(error) => {
            if let Some(status) = Status::from_json(value).filter(Status::is_failure) {
                return (WatchEvent::Error(status), end);
            }
            let removed = salvage::text(value, "type").as_deref() == Some("DELETED");
            // As a list says it: where in the object, and with the same bytes.
            let object = usual(value).and_then(|(_, object)| {
                RawObject::copied_from(object, limits.keep_managed_fields).err()
            });
            let malformed = object.unwrap_or_else(|| {
                let why = reason::of(&error, value);
                Malformed::salvaged(value.to_vec().into(), &["object"], why)
            });
            WatchEvent::Malformed(malformed.removed(removed))
        }
    };
    (event, end)
}

/// Where the first event of a line ends.
fn end_of_first(line: &[u8]) -> usize {
    match line.first() {
        Some(b'{') => Extent::default().advance(line).unwrap_or(line.len()),
        // Whatever this is, the next line is another event.
        _ => line.len(),
    }
}

/// The first letter of the type, and the object, of an event as the server writes it.
fn usual(line: &[u8]) -> Option<(u8, &[u8])> {
    let rest = line.trim_ascii_end().strip_prefix(br#"{"type":""#)?;
    let quote = memchr(b'"', rest)?;
    let (type_, rest) = rest.split_at(quote);
    let object = rest.strip_prefix(br#"","object":"#)?.strip_suffix(b"}")?;
    matches!(type_, b"ADDED" | b"MODIFIED" | b"DELETED").then(|| (type_[0], object))
}

fn of_type(type_: &str, object: &[u8], limits: Limits) -> WatchEvent {
    let read = || RawObject::copied_from(object, limits.keep_managed_fields);
    let event = match type_ {
        "ADDED" => read().map(WatchEvent::Added),
        "MODIFIED" => read().map(WatchEvent::Modified),
        "DELETED" => read().map(WatchEvent::Deleted).map_err(|malformed| malformed.removed(true)),
        "BOOKMARK" => bookmark(object),
        "ERROR" => Ok(WatchEvent::Error(why_it_ended(object))),
        other => Ok(WatchEvent::Unknown { type_: excerpt(other.as_bytes(), 64) }),
    };
    event.unwrap_or_else(WatchEvent::Malformed)
}

/// What the server says of a watch that it ends.
pub(crate) fn why_it_ended(object: &[u8]) -> Status {
    Status::from_json(object).unwrap_or_else(|| {
        let message = "the watch failed, and the server's account of it cannot be read";
        Status::failure(500, "InternalError", message)
    })
}

#[derive(Deserialize)]
struct Bookmark {
    metadata: Object<BookmarkMetadata>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BookmarkMetadata {
    resource_version: Option<String>,
    annotations: Option<BTreeMap<String, Value>>,
}

fn bookmark(json: &[u8]) -> Result<WatchEvent, Malformed> {
    let unreadable = |why| Malformed::salvaged(json.to_vec().into(), &[], why);
    let Object(Bookmark { metadata: Object(metadata) }) =
        serde_json::from_slice(json).map_err(|error| unreadable(reason::of(&error, json)))?;
    let version = metadata.resource_version.filter(|version| !version.is_empty());
    let annotations = metadata.annotations.unwrap_or_default();
    Ok(WatchEvent::Bookmark {
        resource_version: version
            .ok_or_else(|| unreadable("a bookmark without a revision".to_owned()))?,
        initial_events_end: annotations.get("k8s.io/initial-events-end").and_then(Value::as_str)
            == Some("true"),
    })
}
