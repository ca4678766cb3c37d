//! The parameters of a policy: a reference in, the objects that it names out.
//!
//! Mirrors: kubernetes apiserver pkg/admission/plugin/policy/generic/policy_dispatcher.go

use crate::admission::labels::Selector;
use crate::cluster::Cluster;
use crate::convert;
use crate::kind::Kind;
use serde::Deserialize;
use serde_json::Value;

/// Which objects a policy is asked with.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Reference {
    name: String,
    namespace: String,
    selector: Option<Selector>,
    parameter_not_found_action: String,
}

/// The objects that the reference names, for a write in `namespace`.
///
/// # Errors
/// There can be none, or there is none and must be.
pub(super) async fn found(
    cluster: &Cluster,
    kind: &Kind,
    reference: &Reference,
    namespace: &str,
) -> Result<Vec<Value>, String> {
    let own = reference.namespace.as_str();
    let place = match (kind.namespaced, own, namespace) {
        (false, "", _) => "",
        (false, ..) => {
            let why = "paramRef.namespace must not be provided for a cluster-scoped `paramKind`";
            return Err(why.to_owned());
        }
        (true, "", "") => {
            let why = "cannot use namespaced paramRef in policy binding that matches cluster-scoped \
                       resources";
            return Err(why.to_owned());
        }
        (true, "", namespace) => namespace,
        (true, own, _) => own,
    };
    let stored = match &reference.selector {
        _ if !reference.name.is_empty() => {
            cluster.store.get(&kind.resource, place, &reference.name).into_iter().collect()
        }
        Some(_) => cluster.store.list(&kind.resource, kind.namespaced.then_some(place)),
        None => return Err("one of name or selector must be provided".to_owned()),
    };
    let mut found = Vec::new();
    for stored in stored {
        let fitted = convert::fit(cluster, kind, stored).await;
        let fitted = fitted.map_err(|failure| failure.message().to_owned())?;
        let mut value = fitted.value();
        if let Some(conversion) = &kind.conversion {
            conversion.from_stored(&mut value);
        }
        let meant = match &reference.selector {
            Some(selector) if reference.name.is_empty() => selector.matches(&value),
            _ => true,
        };
        if meant {
            found.push(value);
        }
    }
    if found.is_empty() && reference.parameter_not_found_action == "Deny" {
        let why = "no params found for policy binding with `Deny` parameterNotFoundAction";
        return Err(why.to_owned());
    }
    Ok(found)
}
