//! The query of a request: text in; members, options of each verb and the texts of bad ones out.

use crate::auth::User;
use crate::container::Part;
use crate::kind::Kind;
use crate::schema::{FieldError, FieldErrorKind};
use crate::status::Failure;
use crate::streaming::Wanted;
use crate::verb::{ListOptions, Match, Options, Selection, Validation};
use crate::watch::{WatchOptions, WatchPlan};
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::json;
use std::time::Duration;

/// Which log is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WantedLog {
    /// The name of the container; empty: the only one.
    pub(crate) container: String,
    pub(crate) previous: bool,
    pub(crate) part: Part,
}

/// The members of a query in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(text: &str) -> Self {
        let decode = |part: &str| {
            let part = part.replace('+', " ");
            percent_decode_str(&part).decode_utf8_lossy().into_owned()
        };
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let split = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        };
        Self(pairs.map(split).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// As text again.
    pub(crate) fn encoded(&self) -> String {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs = self.0.iter().map(|(name, value)| (encode(name), encode(value)));
        let pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("&")
    }

    fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or("")
    }

    /// A switch: there and neither `false` nor `0`.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !matches!(value.to_lowercase().as_str(), "false" | "0"))
    }

    fn number(&self, name: &str) -> Result<Option<i64>, Failure> {
        let Some(text) = self.get(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| {
            let text = crate::json::quoted(text);
            Failure::bad_request(format!("strconv.ParseInt: parsing {text}: invalid syntax"))
        })
    }

    fn version_match(&self) -> Result<Option<Match>, Failure> {
        match self.text("resourceVersionMatch") {
            "" => Ok(None),
            "Exact" => Ok(Some(Match::Exact)),
            "NotOlderThan" => Ok(Some(Match::NotOlderThan)),
            other => {
                let supported = ["Exact", "NotOlderThan", ""];
                let field = "resourceVersionMatch";
                let error = FieldError::not_supported(field, &json!(other), supported);
                Err(Failure::invalid("meta.k8s.io", "ListOptions", "", &[error]))
            }
        }
    }

    fn selection(&self, kind: &Kind) -> Result<Selection, Failure> {
        Selection::parse(kind, self.text("labelSelector"), self.text("fieldSelector"))
    }

    pub(crate) fn list(&self, kind: &Kind) -> Result<ListOptions, Failure> {
        if self.get("sendInitialEvents").is_some() {
            let field = "sendInitialEvents";
            let error = FieldError::forbidden(field, "sendInitialEvents is forbidden for list");
            return Err(Failure::invalid("meta.k8s.io", "ListOptions", "", &[error]));
        }
        self.number("timeoutSeconds")?;
        Ok(ListOptions {
            selection: self.selection(kind)?,
            limit: usize::try_from(self.number("limit")?.unwrap_or(0)).unwrap_or(0),
            token: self.text("continue").to_owned(),
            resource_version: self.text("resourceVersion").to_owned(),
            version_match: self.version_match()?,
        })
    }

    pub(crate) fn watch(&self, kind: &Kind, plan: WatchPlan) -> Result<WatchOptions, Failure> {
        let seconds = self.number("timeoutSeconds")?.unwrap_or(0);
        // Zero is no limit; what is negative is over at once.
        let timeout = (seconds != 0).then(|| u64::try_from(seconds).unwrap_or(0));
        Ok(WatchOptions {
            selection: self.selection(kind)?,
            resource_version: self.text("resourceVersion").to_owned(),
            version_match: self.version_match()?,
            bookmarks: self.flag("allowWatchBookmarks"),
            send_initial_events: self
                .get("sendInitialEvents")
                .map(|value| value == "true" || value == "1"),
            timeout: timeout.map(Duration::from_secs),
            plan,
        })
    }

    /// The log of the Pod `name` that is to be read at `now`.
    pub(crate) fn log(&self, name: &str, now: Timestamp) -> Result<WantedLog, Failure> {
        let [tail, limit, seconds] = ["tailLines", "limitBytes", "sinceSeconds"];
        let (tail_lines, limit_bytes) = (self.number(tail)?, self.number(limit)?);
        let since_seconds = self.number(seconds)?;
        let since_time = self.time("sinceTime")?;
        let mut errors = Vec::new();
        let mut check = |field: &str, number: Option<i64>, least: i64, detail: &str| {
            if let Some(number) = number.filter(|number| *number < least) {
                errors.push(FieldError::invalid(field, &json!(number), detail));
            }
        };
        check(tail, tail_lines, 0, "must be greater than or equal to 0");
        check(limit, limit_bytes, 1, "must be greater than 0");
        if since_time.is_none() {
            check(seconds, since_seconds, 1, "must be greater than 0");
        } else if since_seconds.is_some() {
            let detail = "at most one of `sinceTime` or `sinceSeconds` may be specified";
            errors.push(FieldError::forbidden("[]", detail));
        }
        if self.get("stream").is_some() {
            errors.push(FieldError::forbidden("stream", "may not be specified"));
        }
        if !errors.is_empty() {
            return Err(Failure::invalid("", "PodLogOptions", name, &errors));
        }
        let size = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        let ago = since_seconds.map(|seconds| {
            let ago = jiff::SignedDuration::from_secs(seconds);
            now.checked_sub(ago).unwrap_or(Timestamp::MIN)
        });
        let part = Part {
            follow: self.flag("follow"),
            timestamps: self.flag("timestamps"),
            since: since_time.or(ago),
            tail: tail_lines.map(size),
            limit: limit_bytes.map(size),
        };
        let container = self.text("container").to_owned();
        Ok(WantedLog { container, previous: self.flag("previous"), part })
    }

    fn time(&self, name: &str) -> Result<Option<Timestamp>, Failure> {
        let Some(text) = self.get(name).filter(|text| !text.is_empty()) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| {
            let text = crate::json::quoted(text);
            Failure::bad_request(format!(
                "parsing time {text} as \"2006-01-02T15:04:05Z07:00\": cannot parse {text} as \
                 \"2006\""
            ))
        })
    }

    /// The process that is to be run in a container, or joined.
    pub(crate) fn process(&self) -> Wanted {
        let command = self.0.iter().filter(|(name, _)| name == "command");
        Wanted {
            container: self.text("container").to_owned(),
            command: command.map(|(_, word)| word.clone()).collect(),
            stdin: self.flag("stdin"),
            stdout: self.flag("stdout"),
            stderr: self.flag("stderr"),
            terminal: self.flag("tty"),
        }
    }

    /// The ports that are to be forwarded, as far as they are numbers.
    pub(crate) fn ports(&self) -> Vec<i32> {
        let ports = self.0.iter().filter(|(name, _)| name == "ports");
        ports.filter_map(|(_, port)| port.parse().ok()).collect()
    }

    /// The options of a write; `apply`: it is server-side apply.
    pub(crate) fn write(
        &self,
        user: &User,
        agent: &str,
        family: &str,
        apply: bool,
    ) -> Result<Options, Failure> {
        let invalid = |error| Err(Failure::invalid("meta.k8s.io", family, "", &[error]));
        let dry_run = self.0.iter().filter(|(name, _)| name == "dryRun").map(|(_, value)| value);
        let dry_run: Vec<&String> = dry_run.collect();
        if dry_run.iter().any(|value| *value != "All") {
            let error = FieldError::not_supported("dryRun", &json!(dry_run), ["All"]);
            return invalid(error);
        }
        let manager = self.text("fieldManager");
        if manager.len() > 128 {
            let detail = "may not be more than 128 bytes";
            let kind = FieldErrorKind::TooLong;
            return invalid(FieldError::new("fieldManager", kind, "", detail));
        }
        if apply && manager.is_empty() {
            let detail = "is required for apply patch";
            return invalid(FieldError::required("fieldManager", detail));
        }
        if !apply && self.get("force").is_some() && family == "PatchOptions" {
            let detail = "may not be specified for non-apply patch";
            return invalid(FieldError::forbidden("force", detail));
        }
        let validation = match self.text("fieldValidation") {
            "" | "Warn" => Validation::Warn,
            "Ignore" => Validation::Ignore,
            "Strict" => Validation::Strict,
            other => {
                let supported = ["", "Ignore", "Strict", "Warn"];
                let error = FieldError::not_supported("fieldValidation", &json!(other), supported);
                return invalid(error);
            }
        };
        let mut options = Options::of(user.clone(), manager);
        if manager.is_empty() {
            let agent: String = agent.split('/').next().unwrap_or("").chars().take(128).collect();
            options.manager = if agent.is_empty() { "unknown".to_owned() } else { agent };
        }
        for name in ["fieldManager", "fieldValidation"] {
            if let Some(text) = self.get(name).filter(|text| !text.is_empty()) {
                options.sent.insert(name.to_owned(), text.into());
            }
        }
        options.dry_run = !dry_run.is_empty();
        options.validation = validation;
        options.force = self.flag("force");
        Ok(options)
    }
}
