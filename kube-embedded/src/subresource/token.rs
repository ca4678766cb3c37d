//! A token for a service account: a request in, the request with its token out.

use crate::auth::{self, LiveObjects, Tokens};
use crate::cluster::Cluster;
use crate::status::Failure;
use crate::verb::Target;
use serde_json::Value;

/// Answers `POST ../serviceaccounts/NAME/token`.
pub(crate) fn create_token(
    cluster: &Cluster,
    tokens: &Tokens,
    target: &Target,
    body: &Value,
    live: LiveObjects<'_>,
) -> Result<Value, Failure> {
    let account = cluster
        .store
        .get(&target.kind.resource, &target.namespace, &target.name)
        .ok_or_else(|| Failure::not_found(target.kind.name(), &target.name))?;
    auth::token_request(tokens, &account.value(), body, cluster.clock.now(), live)
}
