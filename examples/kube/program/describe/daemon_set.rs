//! A DaemonSet: on how many nodes its Pods are and should be, and what they are made of.

use serde_json::Value;

use super::super::Ground;
use super::replica_set;
use super::selector;
use super::template;
use super::text::Description;
use super::text::members;
use super::text::number;
use super::text::or;
use super::text::text;

pub async fn describe(
    ground: &Ground,
    object: &Value,
    into: &mut Description,
) -> kube_core::Result<()> {
    into.names(object, true);
    let selector = selector::of(&object["spec"]["selector"]);
    into.field(0, "Selector", &selector);
    let nodes: Vec<String> = members(&object["spec"]["template"]["spec"]["nodeSelector"])
        .map(|(key, value)| format!("{key}={}", text(value)))
        .collect();
    into.field(0, "Node-Selector", or(&nodes.join(",").into(), "<none>"));
    into.notes(object);
    for (title, member) in [
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        into.line(0, format_args!("{title}: {}", number(&object["status"][member])));
    }
    let pods = replica_set::pods_status(ground, object, &selector).await?;
    into.field(0, "Pods Status", pods);
    template::describe(&object["spec"]["template"], into);
    Ok(())
}
