//! What Pods are made of: the template of a workload, and the parts that a Pod has as well.

use serde_json::Value;

use super::containers;
use super::containers::Where;
use super::selector;
use super::text::Description;
use super::text::is_set;
use super::text::items;
use super::text::number;
use super::text::or;
use super::text::text;
use super::volumes;

pub fn describe(template: &Value, into: &mut Description) {
    into.line(0, "Pod Template:");
    into.labels("  Labels", &template["metadata"]["labels"]);
    if is_set(&template["metadata"]["annotations"]) {
        into.annotations("  Annotations", &template["metadata"]["annotations"]);
    }
    let spec = &template["spec"];
    into.field_if(1, "Service Account", &spec["serviceAccountName"]);
    if is_set(&spec["initContainers"]) {
        containers::describe("Init Containers", &spec["initContainers"], Where::Template, into);
    }
    containers::describe("Containers", &spec["containers"], Where::Template, into);
    volumes::describe(&spec["volumes"], "  ", into);
    describe_spread(spec, "  ", into);
    into.field_if(1, "Priority Class Name", &spec["priorityClassName"]);
    into.labels("  Node-Selectors", &spec["nodeSelector"]);
    describe_tolerations(spec, "  ", into);
    describe_group(spec, "  ", into);
}

/// How its Pods are spread over the cluster.
pub fn describe_spread(spec: &Value, indent: &str, into: &mut Description) {
    let mut constraints: Vec<&Value> = items(&spec["topologySpreadConstraints"]).collect();
    constraints.sort_by_key(|constraint| text(&constraint["topologyKey"]));
    let mut title = "Topology Spread Constraints:";
    for constraint in constraints {
        let (key, unsatisfiable) = (&constraint["topologyKey"], &constraint["whenUnsatisfiable"]);
        let skew = number(&constraint["maxSkew"]);
        let mut line =
            format!("{}:{} when max skew {skew} is exceeded", text(key), text(unsatisfiable));
        if constraint["labelSelector"].is_object() {
            let selector = or(&selector::of(&constraint["labelSelector"]).into(), "<none>");
            line.push_str(&format!(" for selector {selector}"));
        }
        into.line(0, format_args!("{indent}{title}\t{line}"));
        title = "";
    }
}

/// Which taints of nodes do not keep it away.
pub fn describe_tolerations(spec: &Value, indent: &str, into: &mut Description) {
    let mut tolerations: Vec<&Value> = items(&spec["tolerations"]).collect();
    tolerations.sort_by_key(|toleration| text(&toleration["key"]));
    into.lines(&format!("{indent}Tolerations"), tolerations.into_iter().map(toleration));
}

fn toleration(toleration: &Value) -> String {
    let [key, value, effect] = ["key", "value", "effect"].map(|member| text(&toleration[member]));
    let mut line = key;
    if !value.is_empty() {
        line.push_str(&format!("={value}"));
    }
    if !effect.is_empty() {
        line.push_str(&format!(":{effect}"));
    }
    if toleration["operator"] == "Exists" && value.is_empty() {
        line.push_str(if line.is_empty() { "op=Exists" } else { " op=Exists" });
    }
    if let Some(seconds) = toleration["tolerationSeconds"].as_i64() {
        line.push_str(&format!(" for {seconds}s"));
    }
    line
}

/// The group that it is scheduled with.
pub fn describe_group(spec: &Value, indent: &str, into: &mut Description) {
    if let group @ Value::Object(_) = &spec["schedulingGroup"] {
        into.line(0, format_args!("{indent}SchedulingGroup:"));
        into.field(1, "PodGroupName", text(&group["podGroupName"]));
    }
}
