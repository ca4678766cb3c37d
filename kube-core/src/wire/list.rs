//! A list's bytes in, whatever their boundaries; its objects one by one, and at the end its head out.

use std::fmt;

use bytes::Buf;
use bytes::BytesMut;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Map;
use serde_json::Value;

use super::Limits;
use super::extent::Extent;
use super::head::Object;
use super::malformed::Malformed;
use super::raw::RawObject;
use super::typed::Typed;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::status::Status;
use crate::status::excerpt;

/// The most that is held of anything in a list that is not an item; continue tokens are the longest.
const HEAD: usize = 64 << 10;
/// The members of a `Status` beside its kind.
const ACCOUNT: [&str; 5] = ["status", "message", "reason", "details", "code"];
/// How much is kept of an item that is too large, to read its key from.
pub(super) const KEPT: usize = 64 << 10;

/// What a list says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListHead {
    /// The revision at which the list was made: a watch goes on from there.
    pub resource_version: String,
    /// Where the next page begins; none on the last one.
    pub continue_token: Option<String>,
    /// How many objects are on the pages after this one, if the server counts them.
    pub remaining: Option<u64>,
    /// `PodList`.
    pub kind: String,
    /// The group and version of the list.
    pub api_version: String,
}

/// Reads a list while it arrives. It holds the last chunk and one object at most.
///
/// ```
/// # use kube_core::wire::{Limits, ListDecoder};
/// let json = r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"a"}},7]}"#;
/// let mut list = ListDecoder::new(Limits::default());
/// for chunk in json.as_bytes().chunks(10) {
///     list.push(chunk);
/// }
/// assert_eq!(&*list.next().unwrap().unwrap().meta.name, "a");
/// assert!(list.next().unwrap().is_err(), "7 is no object");
/// assert!(list.next().is_none());
/// assert_eq!(list.finish().unwrap().resource_version, "9");
/// ```
pub struct ListDecoder {
    limits: Limits,
    /// What arrived and is not read yet; it begins with the value that is being read.
    buffer: BytesMut,
    /// How many bytes of that value were looked at.
    seen: usize,
    state: State,
    head: ListHead,
    items: Items,
    /// What only a `Status` has.
    account: Map<String, Value>,
    count: usize,
    /// How long the last item was.
    usual: usize,
    typed: Typed,
}

#[derive(Debug)]
enum State {
    Start,
    /// Before a member's name or the end of the list.
    Member {
        first: bool,
    },
    Name(Extent),
    Colon(Member),
    Before(Member),
    Value(Member, Extent),
    /// The value of a member that nobody asked for, or of an item that is too large: not kept, but for its beginning.
    Skipped(Option<Vec<u8>>, Extent),
    AfterMember,
    Item {
        first: bool,
    },
    InItem(Extent),
    AfterItem,
    Done,
    Failed(ListError),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member {
    Kind,
    ApiVersion,
    Metadata,
    Items,
    /// One of [`ACCOUNT`].
    Account(&'static str),
    Other,
}

/// Whether the list has said which objects are in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Items {
    Unseen,
    Seen,
}

#[derive(Clone, Debug, thiserror::Error)]
enum ListError {
    #[error("the answer is no list but begins with `{0}`")]
    NoList(String),
    #[error("the answer is an object of kind `{0}`, which has no items")]
    NoItems(String),
    #[error("the list is broken after {0} items: {1}")]
    Broken(usize, &'static str),
    #[error("the list ends in its middle, after {0} items: the connection was cut")]
    Cut(usize),
}

impl From<ListError> for Error {
    fn from(error: ListError) -> Self {
        let kind = match error {
            ListError::Cut(_) => ErrorKind::Connection,
            ListError::NoList(_) | ListError::NoItems(_) | ListError::Broken(..) => {
                ErrorKind::Decode
            }
        };
        Self::new(kind, error)
    }
}

/// What one step found.
enum Step {
    Further,
    Starved,
    /// An item begins, which is probably whole, going by the one before.
    Begun,
    /// A whole item, of so many bytes.
    Whole(usize),
    TooLarge(Malformed),
}

impl ListDecoder {
    /// Nothing read yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            buffer: BytesMut::new(),
            seen: 0,
            state: State::Start,
            head: ListHead::default(),
            items: Items::Unseen,
            account: Map::new(),
            count: 0,
            usual: 0,
            typed: Typed::default(),
        }
    }

    /// More bytes arrived.
    pub fn push(&mut self, chunk: &[u8]) {
        if !matches!(self.state, State::Failed(_)) {
            self.buffer.extend_from_slice(chunk);
        }
    }

    /// The next object; none if more bytes are needed first, or no more come.
    #[expect(clippy::should_implement_trait, reason = "none is not the end: more may be pushed")]
    pub fn next(&mut self) -> Option<Result<RawObject, Malformed>> {
        let keep = self.limits.keep_managed_fields;
        self.next_by(
            |_, begun, _| RawObject::first_of(begun, keep),
            |_, whole| RawObject::copied_from(whole, keep),
        )
    }

    /// The next object, typed, in one pass over all but its metadata; none if more bytes are needed first, or no more come.
    pub fn next_typed<K: DeserializeOwned>(&mut self) -> Option<Result<K, Malformed>> {
        let keep = self.limits.keep_managed_fields;
        self.next_by(
            |typed, begun, usual| typed.first_of(&begun[..begun.len().min(2 * usual)], keep),
            |typed, whole| match typed.first_of(whole, keep) {
                Some((object, _)) => Ok(object),
                None => RawObject::copied_from(whole, keep)?.decode(),
            },
        )
    }

    /// The next item. Most are whole and right: one pass finds their end and reads them. Everything else takes the careful way,
    /// which finds the end first.
    fn next_by<T>(
        &mut self,
        first: impl Fn(&mut Typed, &[u8], usize) -> Option<(T, usize)>,
        whole: impl Fn(&mut Typed, &[u8]) -> Result<T, Malformed>,
    ) -> Option<Result<T, Malformed>> {
        loop {
            match self.step() {
                Ok(Step::Further) => {}
                Ok(Step::Starved) => return None,
                Ok(Step::Begun) => match first(&mut self.typed, &self.buffer, self.usual) {
                    Some((item, length)) if length <= self.limits.object => {
                        self.over(length);
                        return Some(Ok(item));
                    }
                    _ => self.state = State::InItem(Extent::default()),
                },
                Ok(Step::Whole(length)) => {
                    let item = whole(&mut self.typed, &self.buffer[..length]);
                    self.over(length);
                    return Some(item);
                }
                Ok(Step::TooLarge(item)) => return Some(Err(item)),
                Err(error) => {
                    self.state = State::Failed(error);
                    self.buffer = BytesMut::new();
                }
            }
        }
    }

    /// The bytes have ended: what the list says about itself. To be asked when [`next`](Self::next) has none left.
    ///
    /// # Errors
    ///
    /// It was no list, or not all of one; of a failure that came in its place the error is the server's own account.
    pub fn finish(&self) -> Result<ListHead> {
        match (&self.state, self.items) {
            (State::Done, Items::Seen) => Ok(self.head.clone()),
            (State::Done, Items::Unseen) => Err(match self.failure() {
                Some(status) => Error::from_status(status, "the answer is no list but a failure"),
                None => ListError::NoItems(excerpt(self.head.kind.as_bytes(), 64)).into(),
            }),
            (State::Failed(error), _) => Err(error.clone().into()),
            _ => Err(ListError::Cut(self.count).into()),
        }
    }

    /// How many bytes are held.
    pub(super) fn held(&self) -> usize {
        let kept = match &self.state {
            State::Skipped(Some(kept), _) => kept.len(),
            _ => 0,
        };
        self.buffer.len() + kept
    }

    /// The failure that came in place of a list.
    fn failure(&self) -> Option<Status> {
        let mut account = self.account.clone();
        account.insert("kind".to_owned(), self.head.kind.as_str().into());
        Status::from_value(&account.into()).filter(Status::is_failure)
    }

    fn step(&mut self) -> Result<Step, ListError> {
        match &mut self.state {
            State::Name(extent)
            | State::Value(_, extent)
            | State::InItem(extent)
            | State::Skipped(_, extent) => {
                let end = extent.advance(&self.buffer[self.seen..]).map(|more| self.seen + more);
                self.seen = self.buffer.len();
                return self.value(end);
            }
            _ => {}
        }
        let blank = self.buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.buffer.advance(blank);
        match self.buffer.first().copied() {
            None => Ok(Step::Starved),
            Some(byte) => self.token(byte),
        }
    }

    /// Between values: one byte decides.
    fn token(&mut self, byte: u8) -> Result<Step, ListError> {
        let (state, taken) = match (&self.state, byte) {
            (State::Start, b'{') => (State::Member { first: true }, 1),
            (State::Start, _) => return Err(ListError::NoList(self.beginning())),
            (State::Member { first: true }, b'}') | (State::AfterMember, b'}') => (State::Done, 1),
            (State::Member { .. }, b'"') => (State::Name(Extent::default()), 0),
            (State::Colon(member), b':') => (State::Before(*member), 1),
            (State::Before(Member::Items), b'[') => {
                if self.items == Items::Seen {
                    return Err(self.broken("it has items twice"));
                }
                self.items = Items::Seen;
                (State::Item { first: true }, 1)
            }
            (State::Before(Member::Other), _) => (State::Skipped(None, Extent::default()), 0),
            (State::Before(member), _) => (State::Value(*member, Extent::default()), 0),
            (State::AfterMember, b',') => (State::Member { first: false }, 1),
            (State::Item { first: true }, b']') | (State::AfterItem, b']') => {
                (State::AfterMember, 1)
            }
            (State::AfterItem, b',') => (State::Item { first: false }, 1),
            (State::Item { .. }, b',' | b']' | b'}') => {
                return Err(self.broken("a comma stands where an item should"));
            }
            (State::Item { .. }, _) if self.buffer.len() >= self.usual => return Ok(Step::Begun),
            (State::Item { .. }, _) => (State::InItem(Extent::default()), 0),
            (State::Done, _) => return Err(self.broken("something follows it")),
            _ => return Err(self.broken("it is not JSON")),
        };
        self.buffer.advance(taken);
        self.seen = 0;
        self.state = state;
        Ok(Step::Further)
    }

    /// Inside a value, which ends there or is not over yet.
    fn value(&mut self, end: Option<usize>) -> Result<Step, ListError> {
        let length = end.unwrap_or(self.buffer.len());
        let over = end.is_some();
        match &mut self.state {
            State::Skipped(kept, _) => {
                let kept = kept.take_if(|_| over);
                self.buffer.advance(length);
                self.seen = 0;
                if !over {
                    return Ok(Step::Starved);
                }
                match kept {
                    None => self.state = State::AfterMember,
                    Some(kept) => return Ok(self.too_large(kept)),
                }
            }
            State::InItem(extent) if length > self.limits.object => {
                let kept = self.buffer[..length.min(KEPT)].to_vec();
                if over {
                    self.buffer.advance(length);
                    return Ok(self.too_large(kept));
                }
                self.state = State::Skipped(Some(kept), *extent);
            }
            State::InItem(_) | State::Name(_) | State::Value(..) if !over => {
                if length > HEAD && !matches!(self.state, State::InItem(_)) {
                    return Err(self.broken("its head is longer than 64 KiB"));
                }
                return Ok(Step::Starved);
            }
            State::InItem(_) => return Ok(Step::Whole(length)),
            State::Name(_) => {
                let name = self.buffer.split_to(length);
                self.state = State::Colon(match &name[..] {
                    b"\"kind\"" => Member::Kind,
                    b"\"apiVersion\"" => Member::ApiVersion,
                    b"\"metadata\"" => Member::Metadata,
                    b"\"items\"" => Member::Items,
                    name => account(name).map_or(Member::Other, Member::Account),
                });
            }
            State::Value(member, _) => {
                let member = *member;
                let value = self.buffer.split_to(length);
                self.state = State::AfterMember;
                self.member(member, &value)?;
            }
            _ => {}
        }
        Ok(Step::Further)
    }

    fn member(&mut self, member: Member, value: &[u8]) -> Result<(), ListError> {
        match member {
            Member::Kind => self.head.kind = serde_json::from_slice(value).unwrap_or_default(),
            Member::ApiVersion => {
                self.head.api_version = serde_json::from_slice(value).unwrap_or_default();
            }
            // Go writes an empty list as null where nobody took care.
            Member::Items if value == b"null" => self.items = Items::Seen,
            Member::Items => return Err(self.broken("its items are no list")),
            Member::Metadata => {
                let metadata: Option<Object<Metadata>> = serde_json::from_slice(value)
                    .map_err(|_| self.broken("its metadata cannot be read"))?;
                if let Some(Object(metadata)) = metadata {
                    self.head.resource_version = metadata.resource_version.unwrap_or_default();
                    self.head.continue_token =
                        metadata.continue_token.filter(|token| !token.is_empty());
                    self.head.remaining =
                        metadata.remaining.and_then(|count| u64::try_from(count).ok());
                }
            }
            Member::Account(name) => {
                let value = serde_json::from_slice(value).unwrap_or_default();
                self.account.insert(name.to_owned(), value);
            }
            Member::Other => {}
        }
        Ok(())
    }

    /// The item at the front was read, and had so many bytes.
    fn over(&mut self, length: usize) {
        self.usual = length;
        self.buffer.advance(length);
        self.after_item();
    }

    fn after_item(&mut self) {
        self.state = State::AfterItem;
        self.count += 1;
    }

    fn too_large(&mut self, kept: Vec<u8>) -> Step {
        self.after_item();
        Step::TooLarge(too_large(kept, self.limits, &[]))
    }

    fn broken(&self, why: &'static str) -> ListError {
        ListError::Broken(self.count, why)
    }

    /// A proxy's page is worth quoting; what may be an object's content is not.
    fn beginning(&self) -> String {
        match self.buffer.first() {
            Some(b'[' | b'"') => "a value that is no object".to_owned(),
            _ => excerpt(&self.buffer, 128),
        }
    }
}

/// How much it holds; not what, as it may be a Secret.
impl fmt::Debug for ListDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ListDecoder({} items read, {} bytes held)", self.count, self.held())
    }
}

/// Which member of a `Status` this name is, in its quotes.
fn account(name: &[u8]) -> Option<&'static str> {
    let name = name.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    ACCOUNT.into_iter().find(|known| known.as_bytes() == name)
}

pub(super) fn too_large(kept: Vec<u8>, limits: Limits, below: &[&str]) -> Malformed {
    let why = format!("it is larger than the limit of {} bytes", limits.object);
    Malformed::salvaged(kept.into(), below, why)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    resource_version: Option<String>,
    #[serde(rename = "continue")]
    continue_token: Option<String>,
    #[serde(rename = "remainingItemCount")]
    remaining: Option<i64>,
}
