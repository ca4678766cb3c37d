//! Whom the API server is to trust where it asks this program: a part of an object that is there in, the same filled in there out.

use kube_core::ApiResource;
use kube_core::Client;
use kube_core::DynamicObject;

use crate::error::Error;
use crate::error::Result;

/// Fills in whom to trust, in an object that is there; `otherwise` is said where it is another one.
pub(super) async fn trust(
    client: &Client,
    operator: &str,
    resource: ApiResource,
    part: &DynamicObject,
    otherwise: impl FnOnce() -> String,
) -> Result<()> {
    let api = client.api::<DynamicObject>(resource, None);
    let applied = api.apply(part).field_manager(format!("{operator}-webhooks")).force(true).await;
    applied.map(drop).map_err(|error| {
        let is_another = error.is_invalid() || error.is_forbidden() || error.is_not_found();
        let error = Error::from(error);
        if is_another { error.context(otherwise()) } else { error }
    })
}
