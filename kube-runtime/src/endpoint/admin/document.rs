//! What the live page shows, as data: the form of `/admin.json`. Times are milliseconds; what is not known is left out.

use serde::Serialize;

/// The form of the document. It grows when a member changes its meaning or goes, not when one is added.
pub(super) const VERSION: u32 = 1;

/// Everything, at one moment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    pub(super) version: u32,
    /// By the operator's clock.
    pub(super) at: String,
    pub(super) operator: Who,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lease: Option<Lease>,
    pub(super) requests: Requests,
    pub(super) controllers: Vec<Controller>,
    pub(super) caches: Vec<Cache>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Who {
    pub(super) name: String,
    /// The version of this crate.
    pub(super) runtime: &'static str,
    /// `starting`, `running`, `waiting to lead` or `stopping`.
    pub(super) state: &'static str,
    pub(super) uptime_ms: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Lease {
    /// `namespace/name`.
    pub(super) lease: String,
    /// This process.
    pub(super) identity: String,
    pub(super) leads: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) holder: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires_in_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) transitions: Option<i32>,
    /// In a row.
    pub(super) failures: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_error: Option<String>,
}

/// Requests to the API server.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Requests {
    pub(super) total: u64,
    /// Without an answer, or with a status from 400 on.
    pub(super) failed: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Controller {
    pub(super) name: String,
    /// For this process to lead; those that need no lease do not.
    pub(super) waits: bool,
    pub(super) workers: usize,
    /// How many of them are there.
    pub(super) workers_alive: usize,
    pub(super) pipeline: Pipeline,
    pub(super) queue: Queue,
    pub(super) reconciles: Reconciles,
    /// The last failures, the latest first.
    pub(super) errors: Vec<Failure>,
    /// Positions in `caches`.
    pub(super) caches: Vec<usize>,
}

/// What is where before the queue, of all caches of a controller together.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pipeline {
    pub(super) reflectors: usize,
    /// Those that follow their watch.
    pub(super) watching: usize,
    /// Those that have failed since their last proof of life.
    pub(super) failing: usize,
    /// Between reflector and indexer.
    pub(super) fifo: usize,
    /// What came to the indexer so far.
    pub(super) changes: u64,
    pub(super) objects: usize,
    pub(super) handlers: usize,
    /// Notices that handlers have not read yet.
    pub(super) unread: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Queue {
    pub(super) queued: usize,
    pub(super) processing: usize,
    /// Those that are held after a failure among them.
    pub(super) delayed: usize,
    pub(super) adds: u64,
    pub(super) retries: u64,
    /// How many keys there are; `keys` has the first of each state.
    pub(super) total: usize,
    pub(super) keys: Vec<QueueKey>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct QueueKey {
    pub(super) key: String,
    /// `processing`, `queued`, `delayed` or `held`.
    pub(super) state: &'static str,
    /// Of one that is queued: `low`, `normal` or `high`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) priority: Option<&'static str>,
    /// Added again while it is processed.
    pub(super) again: bool,
    /// How long it has been processed or queued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) age_ms: Option<u64>,
    /// When it comes by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) due_in_ms: Option<u64>,
    /// Since it last went well.
    pub(super) failures: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reconciles {
    pub(super) active: u64,
    pub(super) success: u64,
    pub(super) requeue: u64,
    /// All failures, those below among them.
    pub(super) errors: u64,
    pub(super) terminal: u64,
    pub(super) panics: u64,
    pub(super) timeouts: u64,
    /// Of those that have ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mean_us: Option<u64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Failure {
    pub(super) key: String,
    /// `error`, `conflict`, `told to wait`, `terminal`, `panic` or `timeout`.
    pub(super) class: &'static str,
    /// What was tried, and below it why that failed.
    pub(super) chain: Vec<String>,
    /// How often this key has failed in this way.
    pub(super) times: u64,
    pub(super) first_ms_ago: u64,
    pub(super) last_ms_ago: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cache {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    /// Empty for all.
    pub(super) namespace: String,
    /// Of labels; empty for all.
    pub(super) selector: String,
    pub(super) objects: usize,
    /// As they are kept.
    pub(super) bytes: usize,
    pub(super) synced: bool,
    /// `listing`, `watching` or `stopped`.
    pub(super) phase: &'static str,
    pub(super) changes: u64,
    pub(super) lists: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) listed_ms_ago: Option<u64>,
    /// All failures of lists and watches.
    pub(super) failed: u64,
    /// In a row.
    pub(super) failures: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) failed_ms_ago: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_error: Option<String>,
}
