//! Where the conversation with the server stands, and what follows from each of its answers.

use std::cmp::Ordering;
use std::time::Duration;

use kube_core::wire::{ListHead, WatchEvent};
use tokio::time::Instant;

use super::backoff::Backoff;
use super::failure::Failure;
use super::list_watch::{ListPlan, WatchPlan};
use crate::flow::{Change, order};

/// How a reflector asks.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// How many objects a page of a list has.
    pub page_size: u32,
    /// Whether to ask for the list as a stream first; a list follows where that fails.
    pub streaming: bool,
    /// A watch is asked to end after this time, or up to twice as much.
    pub watch_timeout: Duration,
    /// A streaming list that is silent for this long before it is complete is given up.
    pub initial_silence: Duration,
    /// A page that is silent for this long is given up.
    pub list_silence: Duration,
    /// How long to wait after failures.
    pub backoff: Backoff,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            page_size: 500,
            streaming: true,
            watch_timeout: Duration::from_secs(300),
            initial_silence: Duration::from_secs(15),
            list_silence: Duration::from_secs(60),
            backoff: Backoff::default(),
        }
    }
}

/// What the machine wants next.
#[derive(Debug)]
#[non_exhaustive]
pub enum Ask {
    /// Hand this on.
    Tell(Change),
    /// Wait this long.
    Wait(Duration),
    /// Ask for a page of a list; then [`Reflector::page_ended`] or [`Reflector::failed`].
    List(ListPlan),
    /// Ask for a watch; then [`Reflector::heard`], [`Reflector::ended`] or [`Reflector::failed`].
    Watch(WatchPlan),
}

/// What follows from an event of a watch.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Heard {
    /// Hand this on.
    pub change: Option<Change>,
    /// The stream is of no use any more.
    pub over: bool,
}

/// Which part of the conversation is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// A list, page by page.
    Listing,
    /// A list as a stream.
    Streaming,
    /// A watch.
    Watching,
}

/// The machine.
#[derive(Debug)]
pub struct Reflector {
    settings: Settings,
    random: fastrand::Rng,
    backoff: Backoff,
    phase: Phase,
    /// The list has begun: what it does not name will have vanished.
    begun: bool,
    /// Where the next page begins.
    continue_token: Option<String>,
    /// Pages have failed; all in one now.
    unpaged: bool,
    /// The newest version that everything up to was handed on.
    version: Option<String>,
    /// The server does not have that version: the next list asks for the newest state, whatever its version.
    unavailable: bool,
    /// Even the newest state lies behind what was seen; it is listed as one that nothing of before is compared with.
    new_history: bool,
    /// The next wait.
    wait: Option<Duration>,
    streaming_failures: u32,
    watch_failures: u32,
    /// There was no event since the last list.
    unproven: bool,
    /// The server sends bookmarks.
    bookmarks: bool,
    stream: Stream,
}

/// What is known of the present stream.
#[derive(Debug, Default)]
struct Stream {
    started: Option<Instant>,
    heard: Option<Instant>,
    bookmark: Option<Instant>,
    timeout: Duration,
    anything: bool,
    /// The longest time between two bookmarks.
    period: Option<Duration>,
}

/// A streaming list that failed this often in a row is not tried again.
const STREAMING_FAILURES: u32 = 2;
/// After this many failures in a row a watch is not resumed but begun anew, with a list.
const WATCH_FAILURES: u32 = 5;
/// A watch that ends within this time without an event is a failure.
const SHORT: Duration = Duration::from_secs(1);
/// A silent watch is never given up sooner, …
const LEAST_PATIENCE: Duration = Duration::from_secs(90);
/// … nor later where no two bookmarks have said how far they are apart: API servers send one a minute, and for what sends none a watch that
/// is asked for again from where it was costs next to nothing. A relay that answers pings in the server's place hides a death from the transport.
const UNTOLD_PATIENCE: Duration = Duration::from_secs(115);
/// … and this much after the end that was asked for at the latest.
const GRACE: Duration = Duration::from_secs(5);

impl Reflector {
    /// A machine that has not asked anything yet.
    #[must_use]
    pub fn new(settings: Settings, random: fastrand::Rng) -> Self {
        let mut reflector = Self {
            backoff: settings.backoff.clone(),
            settings,
            random,
            phase: Phase::Listing,
            begun: false,
            continue_token: None,
            unpaged: false,
            version: None,
            unavailable: false,
            new_history: false,
            wait: None,
            streaming_failures: 0,
            watch_failures: 0,
            unproven: false,
            bookmarks: false,
            stream: Stream::default(),
        };
        reflector.begin_list();
        reflector
    }

    /// What to do now.
    pub fn ask(&mut self) -> Ask {
        if let Some(wait) = self.wait.take() {
            return Ask::Wait(wait);
        }
        if self.phase != Phase::Watching && !self.begun {
            self.begun = true;
            return Ask::Tell(Change::ListBegun { new_history: self.new_history });
        }
        match self.phase {
            Phase::Listing => Ask::List(self.list_plan()),
            Phase::Streaming => Ask::Watch(self.watch_plan(self.known(), true)),
            Phase::Watching => Ask::Watch(self.watch_plan(self.version.clone(), false)),
        }
    }

    /// A page has been handed on.
    pub fn page_ended(&mut self, head: ListHead) -> Option<Change> {
        if let Some(token) = head.continue_token.filter(|token| !token.is_empty()) {
            self.continue_token = Some(token);
            return None;
        }
        self.list_complete(head.resource_version)
    }

    /// A stream began.
    pub fn started(&mut self, now: Instant) {
        self.stream.started = Some(now);
        self.stream.heard = Some(now);
    }

    /// A stream brought an event.
    pub fn heard(&mut self, now: Instant, event: WatchEvent) -> Heard {
        self.stream.heard = Some(now);
        if let WatchEvent::Error(status) = event {
            let failure = Failure::from(&status);
            if self.phase == Phase::Watching && !matches!(failure, Failure::Busy { .. }) {
                let immediately = failure == Failure::Gone && !self.unproven;
                self.relist(immediately);
            } else {
                self.failed(&failure);
            }
            return Heard { change: None, over: true };
        }
        self.stream.anything = true;
        let change = match self.phase {
            Phase::Streaming => self.initial(event),
            Phase::Watching | Phase::Listing => self.live(now, event),
        };
        Heard { change, over: self.wait.is_some() }
    }

    /// A stream ended, or was given up.
    pub fn ended(&mut self, now: Instant) {
        let lived = self.stream.started.map(|started| now.duration_since(started));
        let short = !self.stream.anything && lived.is_none_or(|lived| lived < SHORT);
        match self.phase {
            Phase::Listing => self.back_off(None),
            Phase::Streaming => self.failed(&Failure::Other { retry_after: None }),
            Phase::Watching if short => self.watch_failed(None),
            Phase::Watching => {}
        }
    }

    /// A request or a stream failed.
    pub fn failed(&mut self, failure: &Failure) {
        match (self.phase, failure) {
            (_, Failure::Busy { retry_after }) => self.back_off(*retry_after),
            (Phase::Watching, Failure::Gone) => self.relist(!self.unproven),
            (Phase::Watching, Failure::Other { retry_after }) => self.watch_failed(*retry_after),
            (Phase::Watching, Failure::TooLarge | Failure::Refused | Failure::Unreachable) => {
                self.watch_failed(None);
            }
            (Phase::Listing, Failure::Gone) if self.continue_token.is_some() => {
                self.begin_list();
                self.phase = Phase::Listing;
                self.unpaged = true;
            }
            (_, Failure::Gone | Failure::TooLarge) => {
                let again = self.unavailable;
                self.begin_list();
                self.unavailable = true;
                if again {
                    self.back_off(None);
                }
            }
            (Phase::Streaming, Failure::Refused | Failure::Other { .. }) => {
                self.streaming_failures += 1;
                if let Failure::Other { retry_after } = failure {
                    self.back_off(*retry_after);
                }
                self.begun = false;
                self.phase = Phase::Listing;
            }
            (Phase::Listing, Failure::Other { retry_after }) => self.back_off(*retry_after),
            (Phase::Listing, Failure::Refused) => self.back_off(None),
            // Says nothing about whether a list as a stream is to be had.
            (_, Failure::Unreachable) => self.back_off(None),
        }
    }

    /// A stream, or a page, has been silent for too long.
    pub fn silent(&mut self) {
        match self.phase {
            Phase::Listing => self.back_off(None),
            Phase::Streaming => self.failed(&Failure::Refused),
            // The other end is gone; a new connection resumes where this one was.
            Phase::Watching => {}
        }
    }

    /// Whether silence may mean that there is nothing to tell: the server answered, and it was never heard to send bookmarks.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.phase == Phase::Watching && self.stream.started.is_some() && !self.bookmarks
    }

    /// When silence means that the other end is dead.
    #[must_use]
    pub fn patience(&self, now: Instant) -> Instant {
        let heard = self.stream.heard.unwrap_or(now);
        let started = self.stream.started.unwrap_or(now);
        match self.phase {
            Phase::Listing => now + self.settings.list_silence,
            Phase::Streaming => heard + self.settings.initial_silence,
            Phase::Watching => {
                let end = started + self.stream.timeout + GRACE;
                let told = |period: Duration| (period * 2).max(LEAST_PATIENCE);
                end.min(heard + self.stream.period.map_or(UNTOLD_PATIENCE, told))
            }
        }
    }

    /// Which part of the conversation is going on.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The newest version that everything up to was handed on.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// How many failures there were since the last proof of life.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.backoff.failures()
    }

    fn initial(&mut self, event: WatchEvent) -> Option<Change> {
        match event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => Some(Change::Item(object)),
            WatchEvent::Deleted(object) => Some(Change::Deleted(object)),
            WatchEvent::Malformed(malformed) => Some(Change::Malformed(malformed)),
            WatchEvent::Bookmark { resource_version, initial_events_end: true } => {
                self.list_complete(resource_version)
            }
            _ => None,
        }
    }

    fn live(&mut self, now: Instant, event: WatchEvent) -> Option<Change> {
        self.backoff.reset();
        self.watch_failures = 0;
        self.unproven = false;
        match event {
            WatchEvent::Added(object) => {
                self.advance(&object.meta.resource_version);
                Some(Change::Added(object))
            }
            WatchEvent::Modified(object) => {
                self.advance(&object.meta.resource_version);
                Some(Change::Modified(object))
            }
            WatchEvent::Deleted(object) => {
                self.advance(&object.meta.resource_version);
                Some(Change::Deleted(object))
            }
            WatchEvent::Malformed(malformed) => {
                if let Some(version) = &malformed.resource_version {
                    self.advance(version);
                }
                Some(Change::Malformed(malformed))
            }
            WatchEvent::Bookmark { resource_version, .. } => {
                self.bookmarks = true;
                self.stream.bookmark_at(now);
                self.advance(&resource_version).then_some(Change::Bookmark { resource_version })
            }
            _ => None,
        }
    }

    /// False when the version lies behind.
    fn advance(&mut self, version: &str) -> bool {
        if version.is_empty() || self.is_behind(version) {
            return false;
        }
        match &mut self.version {
            Some(present) => version.clone_into(present),
            None => self.version = Some(version.to_owned()),
        }
        true
    }

    fn is_behind(&self, version: &str) -> bool {
        let present = self.version.as_deref();
        present.is_some_and(|present| order(version, present) == Some(Ordering::Less))
    }

    /// A list that is older than what was seen comes from a server that lags behind. One that asked for the newest state
    /// cannot: then the server itself went back, and is followed from there.
    fn list_complete(&mut self, resource_version: String) -> Option<Change> {
        if resource_version.is_empty() || self.is_behind(&resource_version) {
            if self.unavailable && !resource_version.is_empty() {
                self.version = None;
                self.new_history = true;
            }
            self.begin_list();
            self.unavailable = true;
            self.back_off(None);
            return None;
        }
        if self.phase == Phase::Streaming {
            self.streaming_failures = 0;
        }
        self.version = Some(resource_version.clone());
        self.unavailable = false;
        self.new_history = false;
        self.unpaged = false;
        self.continue_token = None;
        self.begun = false;
        self.watch_failures = 0;
        self.phase = Phase::Watching;
        Some(Change::ListEnded { resource_version })
    }

    /// A list follows; at once only if there was a sign of life since the last one.
    fn relist(&mut self, immediately: bool) {
        self.begin_list();
        if !immediately {
            self.back_off(None);
        }
        self.unproven = true;
    }

    fn begin_list(&mut self) {
        self.begun = false;
        self.continue_token = None;
        self.unpaged = false;
        self.phase = if self.settings.streaming && self.streaming_failures < STREAMING_FAILURES {
            Phase::Streaming
        } else {
            Phase::Listing
        };
    }

    fn watch_failed(&mut self, retry_after: Option<Duration>) {
        self.watch_failures += 1;
        if self.watch_failures >= WATCH_FAILURES {
            self.begin_list();
            self.unproven = true;
        }
        self.back_off(retry_after);
    }

    fn back_off(&mut self, retry_after: Option<Duration>) {
        if self.continue_token.is_none() {
            // What the failed attempt named may be gone when the next one looks.
            self.begun = false;
        }
        let wait = self.backoff.wait(&mut self.random);
        self.wait = Some(wait.max(retry_after.unwrap_or_default()));
    }

    /// What a list must not be older than.
    fn known(&self) -> Option<String> {
        self.version.clone().filter(|_| !self.unavailable)
    }

    /// A list at a version is answered from the server's cache, which knows no pages.
    fn list_plan(&self) -> ListPlan {
        let not_older_than = self.known();
        let paged = !self.unpaged && not_older_than.is_none();
        ListPlan {
            limit: paged.then_some(self.settings.page_size),
            // A token carries its version, and the server refuses both.
            not_older_than: not_older_than.filter(|_| self.continue_token.is_none()),
            continue_token: self.continue_token.clone(),
        }
    }

    fn watch_plan(&mut self, resource_version: Option<String>, initial: bool) -> WatchPlan {
        let timeout = self.settings.watch_timeout.mul_f64(1.0 + self.random.f64());
        self.stream = Stream { timeout, ..Stream::default() };
        WatchPlan { resource_version, initial, timeout }
    }
}

impl Stream {
    fn bookmark_at(&mut self, now: Instant) {
        if let Some(before) = self.bookmark.replace(now) {
            let passed = now.duration_since(before);
            self.period = Some(self.period.map_or(passed, |period| period.max(passed)));
        }
    }
}
