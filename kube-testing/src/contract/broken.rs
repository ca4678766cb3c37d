//! What an informer promises, and what is said when it did not keep it.

use std::fmt;

use kube_runtime::flow::Key;

/// Something that every informer promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Promise {
    /// An object is told as added once, and again only after it was told as deleted.
    AddedOnce,
    /// An object is added before it is updated or deleted.
    AddedFirst,
    /// What is told of a key never goes back to an older version.
    NeverBack,
    /// A version is told once; a resync repeats it and says so.
    EachVersionOnce,
    /// The old state of an update is the one that was told last.
    OldIsWhatWasToldLast,
    /// Another object of the same name is a deletion and an addition, not an update.
    NewObjectIsAdded,
    /// A resync repeats the state that was told last.
    ResyncRepeats,
    /// A deletion is told once.
    DeletedOnce,
    /// An object that is gone is told as deleted, if it was told at all.
    EveryDeletionIsTold,
    /// An object that is there is not told as deleted.
    LiveObjectIsNotDeleted,
    /// A deletion carries the last known state.
    DeletionCarriesTheLastState,
    /// A deletion that the watch brought has a final state; only a list leaves it unknown.
    FinalStateUnknownOnlyAfterAList,
    /// What is told as initial is told before the sync.
    InitialOnlyBeforeSync,
    /// A handler is synced after it was told the whole list.
    SyncedAfterTheWholeList,
    /// A handler is synced in the end.
    SyncIsSaid,
    /// The cache has a change before a handler is told.
    CacheFirst,
    /// In the end the cache has every object at its last version.
    CacheEndsOnTheLastState,
    /// In the end the cache has nothing that is gone.
    CacheForgetsWhatIsGone,
    /// An object in the cache never goes back to an older version.
    CacheNeverGoesBack,
    /// An index finds what of the cache belongs to a value, and nothing else.
    IndexAgreesWithTheCache,
    /// A handler that keeps up sees every version, as long as the watch had no gap.
    SeesEveryVersion,
    /// In the end a handler has been told the last state of everything.
    EndsOnTheLastState,
    /// Nothing is told or cached that the server never had.
    NothingInvented,
}

impl Promise {
    fn sentence(self) -> &'static str {
        match self {
            Self::AddedOnce => "an object is added once until it is deleted",
            Self::AddedFirst => "an object is added before it is updated or deleted",
            Self::NeverBack => "what is told never goes back to an older version",
            Self::EachVersionOnce => "a version is told once",
            Self::OldIsWhatWasToldLast => "the old state of an update was told last",
            Self::NewObjectIsAdded => "another object of the same name is added, not updated",
            Self::ResyncRepeats => "a resync repeats what was told last",
            Self::DeletedOnce => "a deletion is told once",
            Self::EveryDeletionIsTold => "an object that is gone is told as deleted",
            Self::LiveObjectIsNotDeleted => "an object that is there is not told as deleted",
            Self::DeletionCarriesTheLastState => "a deletion carries the last known state",
            Self::FinalStateUnknownOnlyAfterAList => {
                "a final state is unknown only after another list"
            }
            Self::InitialOnlyBeforeSync => "what is initial is told before the sync",
            Self::SyncedAfterTheWholeList => "a handler is synced after the whole list",
            Self::SyncIsSaid => "a handler is synced in the end",
            Self::CacheFirst => "the cache has a change before it is told",
            Self::CacheEndsOnTheLastState => "the cache ends on the last state of everything",
            Self::CacheForgetsWhatIsGone => "the cache ends without what is gone",
            Self::CacheNeverGoesBack => "the cache never goes back to an older version",
            Self::IndexAgreesWithTheCache => "an index agrees with the cache",
            Self::SeesEveryVersion => "a handler that keeps up sees every version",
            Self::EndsOnTheLastState => "a handler ends on the last state of everything",
            Self::NothingInvented => "nothing is shown that the server never had",
        }
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.sentence())
    }
}

/// A promise that was not kept: which, about which object, and the versions that show it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Broken {
    /// Which promise.
    pub promise: Promise,
    /// About which object.
    pub key: Key,
    /// The version that was due; `None` if none was.
    pub expected: Option<String>,
    /// The version that was shown; `None` if none was.
    pub found: Option<String>,
}

impl Broken {
    pub(super) fn new(
        promise: Promise,
        key: &Key,
        expected: Option<&str>,
        found: Option<&str>,
    ) -> Self {
        let (expected, found) = (expected.map(str::to_owned), found.map(str::to_owned));
        Self { promise, key: key.clone(), expected, found }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = |version: &Option<String>| match version {
            Some(version) => format!("version {version}"),
            None => "nothing".to_owned(),
        };
        let (expected, found) = (version(&self.expected), version(&self.found));
        let Self { promise, key, .. } = self;
        write!(formatter, "broken for `{key}`: {promise}; {expected} was due, {found} was shown")
    }
}
