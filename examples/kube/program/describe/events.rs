//! What was told about an object, oldest first.

use k8s_openapi::api::core::v1::Event;
use kube_core::FieldSelector;
use kube_core::Resource as _;
use serde_json::Value;

use super::super::Ground;
use super::text::Description;
use super::text::is_set;
use super::text::number;
use super::text::text;
use super::time;

/// Which objects events are about.
#[derive(Clone, Debug)]
pub struct About {
    pub namespace: Option<String>,
    pub name: String,
    pub kind: Option<String>,
    pub uid: String,
}

impl About {
    pub fn of(object: &Value) -> Self {
        let metadata = &object["metadata"];
        Self {
            namespace: metadata["namespace"].as_str().map(ToOwned::to_owned),
            name: text(&metadata["name"]),
            kind: object["kind"].as_str().map(ToOwned::to_owned),
            uid: text(&metadata["uid"]),
        }
    }

    fn selector(&self) -> kube_core::Result<FieldSelector> {
        let namespace = self.namespace.as_deref().unwrap_or_default();
        let mut fields = FieldSelector::everything()
            .equals("involvedObject.name", &self.name)?
            .equals("involvedObject.namespace", namespace)?
            .equals("involvedObject.uid", &self.uid)?;
        if let Some(kind) = &self.kind {
            fields = fields.equals("involvedObject.kind", kind)?;
        }
        Ok(fields)
    }

    /// None if they cannot be read: whoever may see an object need not be allowed to see its events.
    pub async fn read(&self, ground: &Ground) -> Vec<Value> {
        let events = ground.client.api::<Value>(Event::RESOURCE, self.namespace.as_deref());
        let Ok(fields) = self.selector() else { return Vec::new() };
        let read = events.list().fields(fields).pages(super::PAGE).whole().await;
        read.map(|list| list.items).unwrap_or_default()
    }
}

/// Describes them.
pub fn describe(mut events: Vec<Value>, into: &mut Description) {
    if events.is_empty() {
        into.field(0, "Events", "<none>");
        return;
    }
    events.sort_by_key(|event| time::at(&event["lastTimestamp"]));
    into.line(0, "Events:");
    into.line(1, "Type\tReason\tAge\tFrom\tMessage");
    into.line(1, "----\t------\t----\t----\t-------");
    for event in &events {
        into.line(1, row(event));
    }
}

fn row(event: &Value) -> String {
    let first = match time::at(&event["eventTime"]) {
        Some(_) => time::age(&event["eventTime"]),
        None => time::age(&event["firstTimestamp"]),
    };
    let repeated =
        |last: &Value, count: i64| format!("{} (x{count} over {first})", time::age(last));
    let age = match (&event["series"], number(&event["count"])) {
        (series @ Value::Object(_), _) => {
            repeated(&series["lastObservedTime"], number(&series["count"]))
        }
        (_, count @ 2..) => repeated(&event["lastTimestamp"], count),
        _ => first,
    };
    let component = &event["source"]["component"];
    let source = if is_set(component) { component } else { &event["reportingComponent"] };
    let mut message = text(&event["message"]).trim().to_owned();
    let path = &event["involvedObject"]["fieldPath"];
    if is_set(path) {
        message = format!("{}: {message}", text(path));
    }
    let (sort, reason) = (text(&event["type"]), text(&event["reason"]));
    format!("{sort}\t{reason}\t{age}\t{}\t{message}", text(source))
}
