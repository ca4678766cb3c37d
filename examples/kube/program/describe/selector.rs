//! The selector of a workload: as it stands in the object in, as a list is asked for out.

use serde_json::Value;

use super::text::items;
use super::text::members;
use super::text::text;

/// Its requirements in the order of their keys; empty if it selects all, or if there is none.
pub fn of(selector: &Value) -> String {
    let mut requirements: Vec<(String, String)> = members(&selector["matchLabels"])
        .map(|(key, value)| (key.clone(), format!("{key}={}", text(value))))
        .collect();
    for expression in items(&selector["matchExpressions"]) {
        let key = text(&expression["key"]);
        let mut values: Vec<String> = items(&expression["values"]).map(text).collect();
        values.sort();
        let values = values.join(",");
        let requirement = match text(&expression["operator"]).as_str() {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "DoesNotExist" => format!("!{key}"),
            _ => key.clone(),
        };
        requirements.push((key, requirement));
    }
    requirements.sort_by(|(one, _), (other, _)| one.cmp(other));
    requirements.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(",")
}
