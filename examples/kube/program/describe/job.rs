//! A Job: how often it is to succeed, how far it is, and what its Pods are made of.

use serde_json::Value;

use super::selector;
use super::template;
use super::text::Description;
use super::text::is_set;
use super::text::number;
use super::text::or;
use super::text::text;
use super::time;

/// How much of the list of indexes is shown, up to the next comma.
const MOST: usize = 50;

pub fn describe(object: &Value, into: &mut Description) {
    let (spec, status) = (&object["spec"], &object["status"]);
    into.names(object, true);
    into.field(0, "Selector", selector::of(&spec["selector"]));
    into.notes(object);
    into.controller(object);
    into.field_if(0, "Parallelism", &spec["parallelism"]);
    into.field(0, "Completions", or(&spec["completions"], "<unset>"));
    into.field_if(0, "Completion Mode", &spec["completionMode"]);
    into.field_if(0, "Suspend", &spec["suspend"]);
    into.field_if(0, "Backoff Limit", &spec["backoffLimit"]);
    into.field_if(0, "TTL Seconds After Finished", &spec["ttlSecondsAfterFinished"]);
    for (title, member) in [("Start Time", "startTime"), ("Completed At", "completionTime")] {
        if is_set(&status[member]) {
            into.field(0, title, time::date(&status[member]));
        }
    }
    let times = (time::at(&status["startTime"]), time::at(&status["completionTime"]));
    if let (Some(start), Some(end)) = times {
        into.field(0, "Duration", time::between(start, end));
    }
    if is_set(&spec["activeDeadlineSeconds"]) {
        let limit = number(&spec["activeDeadlineSeconds"]);
        into.field(0, "Active Deadline Seconds", format_args!("{limit}s"));
    }
    let [active, succeeded, failed] =
        ["active", "succeeded", "failed"].map(|member| number(&status[member]));
    let ready = match status["ready"].as_i64() {
        Some(ready) => format!(" ({ready} Ready)"),
        None => String::new(),
    };
    let pods = format!("{active} Active{ready} / {succeeded} Succeeded / {failed} Failed");
    into.field(0, "Pods Statuses", pods);
    if spec["completionMode"] == "Indexed" {
        into.field(0, "Completed Indexes", indexes(&text(&status["completedIndexes"])));
    }
    template::describe(&spec["template"], into);
}

fn indexes(all: &str) -> String {
    let cut = all.bytes().skip(MOST).position(|byte| byte == b',').map(|index| MOST + index);
    match (all, cut) {
        ("", _) => "<none>".to_owned(),
        (all, Some(cut)) => format!("{}...", &all[..=cut]),
        (all, None) => all.to_owned(),
    }
}
