//! A CronJob: when Jobs are made, what they are made of, and which of them run.

use serde_json::Value;

use super::selector;
use super::template;
use super::text::Description;
use super::text::is_set;
use super::text::items;
use super::text::number;
use super::text::or;
use super::text::text;
use super::text::truth;
use super::time;

const UNSET: &str = "<unset>";

pub fn describe(object: &Value, into: &mut Description) {
    let (spec, job) = (&object["spec"], &object["spec"]["jobTemplate"]["spec"]);
    into.names(object, true);
    into.notes(object);
    into.field(0, "Schedule", text(&spec["schedule"]));
    into.field(0, "Concurrency Policy", text(&spec["concurrencyPolicy"]));
    into.field(0, "Suspend", truth(&spec["suspend"]));
    into.field(0, "Time Zone", or(&spec["timeZone"], UNSET));
    into.field(0, "Successful Job History Limit", or(&spec["successfulJobsHistoryLimit"], UNSET));
    into.field(0, "Failed Job History Limit", or(&spec["failedJobsHistoryLimit"], UNSET));
    let deadline = spec["startingDeadlineSeconds"].as_i64().map(|limit| format!("{limit}s"));
    into.field(0, "Starting Deadline Seconds", deadline.as_deref().unwrap_or(UNSET));
    match job["selector"].is_object() {
        true => into.field(0, "Selector", selector::of(&job["selector"])),
        false => into.field(0, "Selector", UNSET),
    }
    into.field(0, "Parallelism", or(&job["parallelism"], UNSET));
    into.field(0, "Completions", or(&job["completions"], UNSET));
    if is_set(&job["activeDeadlineSeconds"]) {
        let limit = number(&job["activeDeadlineSeconds"]);
        into.field(0, "Active Deadline Seconds", format_args!("{limit}s"));
    }
    template::describe(&job["template"], into);
    let last = &object["status"]["lastScheduleTime"];
    let last = if is_set(last) { time::date(last) } else { UNSET.to_owned() };
    into.field(0, "Last Schedule Time", last);
    let active: Vec<String> =
        items(&object["status"]["active"]).map(|job| text(&job["name"])).collect();
    into.field(0, "Active Jobs", or(&active.join(", ").into(), "<none>"));
}
