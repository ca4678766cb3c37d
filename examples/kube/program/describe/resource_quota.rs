//! A ResourceQuota: how much of what there may be in a namespace, and how much there is.

use std::collections::BTreeSet;

use serde_json::Value;

use super::text::Description;
use super::text::items;
use super::text::members;
use super::text::or;
use super::text::text;

pub fn describe(object: &Value, into: &mut Description) {
    into.names(object, true);
    describe_scopes(object, 0, " * ", into);
    into.line(0, "Resource\tUsed\tHard");
    into.line(0, "--------\t----\t----");
    describe_amounts(object, 0, into);
}

/// Which Pods it counts.
pub fn describe_scopes(quota: &Value, level: usize, mark: &str, into: &mut Description) {
    let scopes: BTreeSet<String> = items(&quota["spec"]["scopes"]).map(text).collect();
    if scopes.is_empty() {
        return;
    }
    let all: Vec<&str> = scopes.iter().map(String::as_str).collect();
    into.field(level, "Scopes", all.join(", "));
    for help in scopes.iter().filter_map(|scope| help(scope)) {
        into.line(level, format_args!("{mark}{help}"));
    }
}

/// One resource a line.
pub fn describe_amounts(quota: &Value, level: usize, into: &mut Description) {
    for (resource, hard) in members(&quota["status"]["hard"]) {
        let used = or(&quota["status"]["used"][resource], "0");
        into.line(level, format_args!("{resource}\t{used}\t{}", text(hard)));
    }
}

fn help(scope: &str) -> Option<&'static str> {
    Some(match scope {
        "Terminating" => {
            "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system."
        }
        "NotTerminating" => {
            "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate."
        }
        "BestEffort" => {
            "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service."
        }
        "NotBestEffort" => {
            "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service."
        }
        _ => return None,
    })
}
