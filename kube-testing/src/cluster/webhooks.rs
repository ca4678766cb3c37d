//! How the server of a test asks the operators of that test: in process, without a socket.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use kube_embedded::Outbound;
use kube_embedded::OutboundCall;
use kube_embedded::OutboundError;
use kube_embedded::Place;
use kube_embedded::outbound::Answering;
use kube_runtime::webhook::Webhooks;
use parking_lot::Mutex;

/// The webhooks of the operators that run, each by the name of its Service.
#[derive(Clone, Default)]
pub(super) struct Asked(Arc<Mutex<HashMap<String, Webhooks>>>);

impl Asked {
    /// From now on these are asked where the Service of this operator is named.
    pub(super) fn insert(&self, operator: &str, webhooks: Webhooks) {
        if !webhooks.is_empty() {
            self.0.lock().insert(format!("{operator}-webhook"), webhooks);
        }
    }

    /// Nobody is there any more.
    pub(super) fn clear(&self) {
        self.0.lock().clear();
    }
}

impl Outbound for Asked {
    fn call(&self, call: OutboundCall) -> Answering<'_> {
        Box::pin(async move {
            let Place::Service { name, path, .. } = &call.place else {
                return Err(OutboundError::failed("a test asks Services only, not URLs"));
            };
            let webhooks = self.0.lock().get(name).cloned();
            let webhooks = webhooks.ok_or_else(|| {
                OutboundError::failed(format!("no operator of this test has the Service `{name}`"))
            })?;
            let body = serde_json::to_vec(&call.body).unwrap_or_default();
            let answered = webhooks.answer(path, &body).await;
            let text = || String::from_utf8_lossy(&answered.body).into_owned();
            match answered.status {
                200 => serde_json::from_slice(&answered.body)
                    .map_err(|error| OutboundError::failed(error.to_string())),
                status => Err(OutboundError::status(status, text())),
            }
        })
    }
}

impl fmt::Debug for Asked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.lock().keys()).finish()
    }
}
