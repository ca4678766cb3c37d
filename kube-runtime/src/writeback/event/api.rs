//! One event in one of the two APIs: what is to be written in, a request and how it ended out.

use k8s_openapi::api::core::v1::Event as CoreEvent;
use k8s_openapi::api::core::v1::EventSource;
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube_core::Allows;
use kube_core::Api;
use kube_core::Client;
use kube_core::Error;
use kube_core::MicroTime;
use kube_core::ObjectMeta;
use kube_core::Patch;
use kube_core::Resource;
use kube_core::Result;
use kube_core::object::verb;
use serde_json::Value;
use serde_json::json;

use super::correlate::Write;
use super::settings::EventApi;

/// Where a controller's events are written, and as whose.
#[derive(Debug)]
pub(crate) struct Place {
    pub(super) client: Client,
    pub(super) api: EventApi,
    /// `reportingController`.
    pub(super) controller: String,
    /// `reportingInstance`.
    pub(super) instance: String,
    pub(super) action: &'static str,
}

/// How a write ended.
#[derive(Debug)]
pub(super) enum Written {
    Done,
    /// There is no such event to change, or there is one already: it is to be made anew.
    Again,
    Not(Error),
}

impl Place {
    pub(super) async fn write(&self, write: &Write) -> Written {
        let done = match (self.api, write.count) {
            (EventApi::Events, 1) => self.create(&self.event(write)).await,
            (EventApi::Core, 1) => self.create(&self.core_event(write)).await,
            (EventApi::Events, _) => {
                let last = MicroTime(write.occurrence.at);
                let series = json!({ "count": write.count, "lastObservedTime": last });
                self.patch::<Event>(write, json!({ "series": series })).await
            }
            (EventApi::Core, _) => {
                let (last, message) = (Time(write.occurrence.at), &write.note);
                let change =
                    json!({ "count": write.count, "lastTimestamp": last, "message": message });
                self.patch::<CoreEvent>(write, change).await
            }
        };
        match done {
            Ok(()) => Written::Done,
            Err(error) if error.is_not_found() && write.count > 1 => Written::Again,
            Err(error) if error.is_already_exists() && write.count == 1 => Written::Again,
            Err(error) => Written::Not(error),
        }
    }

    async fn create<K: Resource + Allows<verb::Create>>(&self, event: &K) -> Result<()> {
        let namespace = event.metadata().namespace.as_deref();
        self.events::<K>(namespace).create(event).await.map(drop)
    }

    async fn patch<K>(&self, write: &Write, change: Value) -> Result<()>
    where
        K: Resource + Allows<verb::Patch>,
    {
        let events = self.events::<K>(Some(namespace(write)));
        events.patch(write.name.as_str(), Patch::Merge(change)).await.map(drop)
    }

    fn events<K: Resource>(&self, namespace: Option<&str>) -> Api<K> {
        self.client.api(K::RESOURCE, namespace)
    }

    fn event(&self, write: &Write) -> Event {
        let occurrence = &write.occurrence;
        Event {
            metadata: metadata(write),
            action: Some(self.action.to_owned()),
            event_time: Some(MicroTime(occurrence.at)),
            note: Some(write.note.clone()),
            reason: Some(occurrence.reason.clone()),
            regarding: Some(occurrence.regarding.clone()),
            reporting_controller: Some(self.controller.clone()),
            reporting_instance: Some(self.instance.clone()),
            type_: Some(occurrence.type_.as_str().to_owned()),
            ..Event::default()
        }
    }

    fn core_event(&self, write: &Write) -> CoreEvent {
        let occurrence = &write.occurrence;
        let source = EventSource { component: Some(self.controller.clone()), host: None };
        CoreEvent {
            metadata: metadata(write),
            count: Some(write.count),
            first_timestamp: Some(Time(write.first)),
            last_timestamp: Some(Time(occurrence.at)),
            involved_object: occurrence.regarding.clone(),
            message: Some(write.note.clone()),
            reason: Some(occurrence.reason.clone()),
            reporting_component: Some(self.controller.clone()),
            reporting_instance: Some(self.instance.clone()),
            source: Some(source),
            type_: Some(occurrence.type_.as_str().to_owned()),
            ..CoreEvent::default()
        }
    }
}

fn metadata(write: &Write) -> ObjectMeta {
    ObjectMeta {
        namespace: Some(namespace(write).to_owned()),
        name: Some(write.name.clone()),
        ..ObjectMeta::default()
    }
}

/// An event about what has no namespace is in `default`.
fn namespace(write: &Write) -> &str {
    let namespace = write.occurrence.regarding.namespace.as_deref();
    namespace.filter(|namespace| !namespace.is_empty()).unwrap_or("default")
}
