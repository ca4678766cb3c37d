//! What a request is about: method, path and query in; verb, resource and name out.
//!
//! Mirrors: kubernetes apiserver pkg/endpoints/request/requestinfo.go

use super::query::Query;
use crate::auth::Attributes;
use http::Method;
use percent_encoding::percent_decode_str;

/// A request, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestInfo {
    pub(crate) path: String,
    /// False for `/version`, `/healthz`, discovery and the like.
    pub(crate) resource_request: bool,
    pub(crate) verb: String,
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) plural: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) sub: String,
    /// The path goes on after the subresource.
    pub(crate) too_deep: bool,
}

impl RequestInfo {
    pub(crate) fn new(method: &Method, path: &str, query: &Query) -> Self {
        let verb = method.as_str().to_lowercase();
        let mut info = Self { path: path.to_owned(), verb, ..Self::default() };
        let parts: Vec<String> = path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
            .collect();
        let mut rest = match parts.first().map(String::as_str) {
            Some("api") if parts.len() >= 3 => &parts[1..],
            Some("apis") if parts.len() >= 4 => {
                info.group.clone_from(&parts[1]);
                &parts[2..]
            }
            _ => return info,
        };
        info.version.clone_from(&rest[0]);
        rest = &rest[1..];
        let old_watch = rest[0] == "watch" && rest.len() > 1;
        if old_watch {
            rest = &rest[1..];
        }
        if rest[0] == "namespaces" {
            if let Some(namespace) = rest.get(1) {
                info.namespace.clone_from(namespace);
            }
            let own = |part: &String| part == "status" || part == "finalize";
            if rest.get(2).is_some_and(|part| !own(part)) {
                rest = &rest[2..];
            }
        }
        info.resource_request = true;
        let part = |at: usize| rest.get(at).cloned().unwrap_or_default();
        (info.plural, info.name, info.sub) = (part(0), part(1), part(2));
        info.too_deep = rest.len() > 3;
        info.verb = verb_of(method, &info, query, old_watch).to_owned();
        if matches!(info.verb.as_str(), "list" | "watch" | "deletecollection")
            && info.name.is_empty()
            && let Some(name) = selected_name(query)
        {
            info.name = name;
        }
        info
    }

    /// Whether the answer is what a container says, and no object.
    pub(crate) fn leads_to_containers(&self) -> bool {
        let of = matches!(self.plural.as_str(), "pods" | "services") && self.group.is_empty();
        of && matches!(self.sub.as_str(), "log" | "exec" | "attach" | "portforward" | "proxy")
    }

    /// As the authorizer sees it.
    pub(crate) fn attributes(&self) -> Attributes {
        if !self.resource_request {
            return Attributes::path(&self.verb, &self.path);
        }
        Attributes::resource(&self.verb, &self.group, &self.plural)
            .namespace(&self.namespace)
            .name(&self.name)
            .subresource(&self.sub)
    }
}

fn verb_of(method: &Method, info: &RequestInfo, query: &Query, old_watch: bool) -> &'static str {
    match method.as_str() {
        "POST" => "create",
        "GET" | "HEAD" if old_watch => "watch",
        "GET" | "HEAD" if !info.name.is_empty() => "get",
        "GET" | "HEAD" if query.flag("watch") => "watch",
        "GET" | "HEAD" => "list",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" if info.name.is_empty() => "deletecollection",
        "DELETE" => "delete",
        _ => "",
    }
}

/// The one name that a field selector lets through.
fn selected_name(query: &Query) -> Option<String> {
    let terms = query.get("fieldSelector")?.split(',');
    let name = |term: &str| term.strip_prefix("metadata.name=").map(str::to_owned);
    terms.into_iter().find_map(name).map(|name| name.trim_start_matches('=').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_taken_apart_as_the_api_server_does() {
        let rows: [(&str, &str, [&str; 6]); 9] = [
            ("GET", "/api/v1/pods", ["list", "", "pods", "", "", ""]),
            ("GET", "/api/v1/pods?watch=1", ["watch", "", "pods", "", "", ""]),
            ("GET", "/api/v1/namespaces/a/pods/p", ["get", "", "pods", "a", "p", ""]),
            (
                "PUT",
                "/api/v1/namespaces/a/status",
                ["update", "", "namespaces", "a", "a", "status"],
            ),
            (
                "DELETE",
                "/apis/apps/v1/namespaces/a/deployments",
                ["deletecollection", "apps", "deployments", "a", "", ""],
            ),
            (
                "PATCH",
                "/apis/apps/v1/namespaces/a/deployments/d/scale",
                ["patch", "apps", "deployments", "a", "d", "scale"],
            ),
            ("GET", "/api/v1/namespaces/a", ["get", "", "namespaces", "a", "a", ""]),
            (
                "GET",
                "/api/v1/pods?fieldSelector=metadata.name%3Dx",
                ["list", "", "pods", "", "x", ""],
            ),
            ("GET", "/api/v1/watch/namespaces/a/pods", ["watch", "", "pods", "a", "", ""]),
        ];
        for (method, uri, [verb, group, plural, namespace, name, sub]) in rows {
            let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let info = RequestInfo::new(&method, path, &Query::parse(query));
            let told =
                [&info.verb, &info.group, &info.plural, &info.namespace, &info.name, &info.sub];
            assert_eq!(
                told.map(String::as_str),
                [verb, group, plural, namespace, name, sub],
                "{uri}"
            );
        }
        let info = RequestInfo::new(&Method::GET, "/apis/apps/v1", &Query::parse(""));
        assert!(!info.resource_request);
    }
}
