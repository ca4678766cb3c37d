//! Where a watch starts: its options in, a running watch or a refusal out.

use super::control::{WatchControl, WatchPlan};
use super::frame::{Form, Framer};
use super::{BOOKMARK_BEFORE_END, BOOKMARK_EVERY, Watcher};
use crate::cluster::Cluster;
use crate::json;
use crate::schema::FieldError;
use crate::status::Failure;
use crate::store::{Span, Unserved};
use crate::verb::{Match, Selection, Target};
use std::time::Duration;
use tokio::time::Instant;

/// What to watch, as the query said it.
#[derive(Clone, Debug, Default)]
pub(crate) struct WatchOptions {
    pub(crate) selection: Selection,
    pub(crate) resource_version: String,
    pub(crate) version_match: Option<Match>,
    pub(crate) bookmarks: bool,
    pub(crate) send_initial_events: Option<bool>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) plan: WatchPlan,
}

/// Starts a watch on a target's collection.
///
/// # Errors
/// Options that do not go together, or a resourceVersion that is none.
pub(crate) fn start(
    cluster: &Cluster,
    control: &WatchControl,
    target: &Target,
    options: WatchOptions,
    form: Form,
) -> Result<Watcher, Failure> {
    check(&options)?;
    let asked = revision(&options.resource_version)?;
    let kind = &target.kind;
    let namespace = Some(target.namespace.clone()).filter(|namespace| !namespace.is_empty());
    let news = cluster.store.news(&kind.resource);
    let orders = control.orders();
    let removals = cluster.kinds.removals();
    let from_now = options.send_initial_events == Some(false) && asked == 0;
    // Since 1.34 a watch from nowhere is a list and a watch, whether it says so or not.
    let with_state = !from_now && (asked == 0 || options.send_initial_events == Some(true));
    let mut cursor = asked;
    let mut initial = Vec::new();
    let mut failing = None;
    if with_state {
        let span = Span { namespace: namespace.as_deref(), ..Span::default() };
        let matches = |stored: &_| options.selection.may_match(kind, stored);
        if let Ok(page) = cluster.store.page(&kind.resource, span, matches) {
            cursor = page.revision;
            initial = page.items;
        }
        if asked > cursor {
            let failure = Failure::future_revision(asked, cursor);
            failing = Some(super::frame::error(&failure.to_value()));
        }
    } else if from_now {
        cursor = cluster.store.revision();
    } else if let Err(Unserved::TooOld { oldest }) = cluster.store.events(&kind.resource, cursor, 0)
    {
        let failure = Failure::expired(format!("too old resource version: {asked} ({oldest})"));
        failing = Some(super::frame::error(&failure.to_value()));
    }
    let timeout = options.timeout.unwrap_or_else(|| {
        let seconds = cluster.random.lock().u64(1800..3600);
        Duration::from_secs(seconds)
    });
    let now = Instant::now();
    let deadline = now + timeout;
    let first =
        (now + BOOKMARK_EVERY).min((now + timeout.saturating_sub(BOOKMARK_BEFORE_END)).max(now));
    Ok(Watcher {
        cluster: cluster.clone(),
        kind: kind.clone(),
        namespace,
        selection: options.selection,
        framer: Framer { form, clock: cluster.clock.clone(), told: false },
        cursor,
        initial: initial.into_iter(),
        unfit: true,
        end_mark: with_state && options.bookmarks,
        bookmarks: options.bookmarks,
        next_mark: first,
        started: cursor,
        deadline,
        news,
        removals,
        orders,
        plan: options.plan,
        handed: 0,
        ended: false,
        failing,
    })
}

fn check(options: &WatchOptions) -> Result<(), Failure> {
    const FIELD: &str = "resourceVersionMatch";
    let mut errors = Vec::new();
    match (options.send_initial_events, options.version_match) {
        (Some(_), Some(Match::NotOlderThan)) | (None, None) => return Ok(()),
        (Some(_), matched) => {
            let why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
            errors.push(FieldError::forbidden(FIELD, why));
            if matched == Some(Match::Exact) {
                let supported = ["NotOlderThan"];
                errors.push(FieldError::not_supported(FIELD, &"Exact".into(), supported));
            }
        }
        (None, Some(_)) => {
            let why =
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
            errors.push(FieldError::forbidden(FIELD, why));
        }
    }
    Err(Failure::invalid("meta.k8s.io", "ListOptions", "", &errors))
}

fn revision(text: &str) -> Result<u64, Failure> {
    if text.is_empty() {
        return Ok(0);
    }
    text.parse().map_err(|_| {
        let text = json::quoted(text);
        Failure::plain(format!(
            "resourceVersion: Invalid value: {text}: strconv.ParseUint: parsing {text}: invalid \
             syntax"
        ))
    })
}
