//! Between the versions of a kind: an object of one version in, the same object in another out.

use crate::cluster::Cluster;
use crate::kind::Kind;
use crate::status::Failure;
use serde_json::Value;

/// An object of `from` as one of `to`; both are versions of one kind.
pub(crate) async fn between(
    _cluster: &Cluster,
    from: &Kind,
    to: &Kind,
    mut object: Value,
) -> Result<Value, Failure> {
    if from.version == to.version && from.group == to.group {
        return Ok(object);
    }
    if let Some(conversion) = &from.conversion {
        conversion.to_stored(&mut object);
    }
    if let Some(conversion) = &to.conversion {
        conversion.from_stored(&mut object);
    }
    Ok(object)
}
