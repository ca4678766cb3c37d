//! A LimitRange: how much one container, Pod or claim may have.

use std::collections::BTreeSet;

use serde_json::Value;

use super::text::Description;
use super::text::items;
use super::text::members;
use super::text::or;
use super::text::text;

const SORTS: [&str; 5] = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];

pub fn describe(object: &Value, into: &mut Description) {
    into.names(object, true);
    describe_titles("", into);
    describe_limits(object, "", into);
}

pub fn describe_titles(indent: &str, into: &mut Description) {
    let columns =
        "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio";
    into.line(0, format_args!("{indent}{columns}"));
    let dashes: Vec<String> = columns.split('\t').map(|column| "-".repeat(column.len())).collect();
    into.line(0, format_args!("{indent}{}", dashes.join("\t")));
}

/// In the order of their names; kubectl has them in none.
pub fn describe_limits(range: &Value, indent: &str, into: &mut Description) {
    for limit in items(&range["spec"]["limits"]) {
        let resources: BTreeSet<&String> =
            SORTS.iter().flat_map(|sort| members(&limit[sort]).map(|(name, _)| name)).collect();
        for resource in resources {
            let cells = SORTS.map(|sort| or(&limit[sort][resource], "-")).join("\t");
            into.line(0, format_args!("{indent}{}\t{resource}\t{cells}", text(&limit["type"])));
        }
    }
}
