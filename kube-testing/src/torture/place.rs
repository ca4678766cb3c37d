//! A request in; which collection it is about, and which object of it, whatever the version, out.

use kube_core::request::Request;
use serde_json::Value;

/// Where a request reads or writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// As `pods` or `apps/deployments`.
    pub(super) collection: String,
    /// As `apps/deployments/prod/web`; of a collection without the name.
    pub(super) object: String,
}

impl Place {
    /// None for what is no resource.
    pub(super) fn of(request: &Request) -> Option<Self> {
        let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        let (group, rest) = match &parts[..] {
            ["api", _, rest @ ..] => ("", rest),
            ["apis", group, _, rest @ ..] => (*group, rest),
            _ => return None,
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, rest @ ..]
                if rest.first().is_some_and(|next| !["status", "finalize"].contains(next)) =>
            {
                (*namespace, rest)
            }
            rest => ("", rest),
        };
        let plural = rest.first()?;
        let collection = match group {
            "" => (*plural).to_owned(),
            group => format!("{group}/{plural}"),
        };
        let name = rest.get(1).map_or_else(|| named(request), |name| (*name).to_owned());
        let object = format!("{collection}/{namespace}/{name}");
        Some(Self { collection, object })
    }
}

/// The name in the body, as of what is created.
fn named(request: &Request) -> String {
    let body = request.body.as_deref().unwrap_or_default();
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    body["metadata"]["name"].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use kube_core::request::Method;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_is_the_same_in_each_version_and_by_each_of_its_paths() {
        let rows = [
            ("/api/v1/namespaces/prod/pods/web/status", "pods", "pods/prod/web"),
            ("/api/v1/namespaces/prod", "namespaces", "namespaces//prod"),
            ("/api/v1/namespaces/prod/finalize", "namespaces", "namespaces//prod"),
            (
                "/apis/a.example.com/v1/things/one",
                "a.example.com/things",
                "a.example.com/things//one",
            ),
            (
                "/apis/a.example.com/v2/things/one",
                "a.example.com/things",
                "a.example.com/things//one",
            ),
            ("/apis/apps/v1/deployments", "apps/deployments", "apps/deployments//"),
        ];
        for (path, collection, object) in rows {
            let place = Place::of(&Request::raw(Method::Patch, path).unwrap()).unwrap();
            assert_eq!((&*place.collection, &*place.object), (collection, object), "{path}");
        }
        let made = Request::raw(Method::Post, "/api/v1/namespaces/prod/pods").unwrap();
        let made = made.with_json(&json!({ "metadata": { "name": "web" } })).unwrap();
        assert_eq!(Place::of(&made).unwrap().object, "pods/prod/web");
        assert_eq!(Place::of(&Request::raw(Method::Get, "/version").unwrap()), None);
    }
}
