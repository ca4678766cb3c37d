//! Which requests a rule of a route is about.

use kube_core::Schema;

use super::scalar::HeaderName;
use super::scalar::HeaderValue;

#[derive(Schema, Clone, Debug)]
pub(crate) struct Match {
    #[resource(max_items = 16, list_type(map = "name"))]
    headers: Option<Vec<Header>>,
    method: Option<Method>,
    #[resource(default = MatchPath::all())]
    path: MatchPath,
    #[resource(max_items = 16, list_type(map = "name"))]
    query_params: Option<Vec<QueryParam>>,
}

impl Match {
    /// Every request.
    pub(super) fn all() -> Self {
        Self { headers: None, method: None, path: MatchPath::all(), query_params: None }
    }
}

#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Method {
    Get,
    Head,
    Post,
    Put,
    Delete,
    Connect,
    Options,
    Trace,
    Patch,
}

#[derive(Schema, Clone, Debug)]
#[resource(rule(
    cel = "(self.type in ['Exact','PathPrefix']) ? self.value.startsWith('/') : true"
))]
#[resource(rule(
    cel = "(self.type in ['Exact','PathPrefix']) ? !self.value.contains('//') : true"
))]
#[resource(rule(
    cel = "(self.type in ['Exact','PathPrefix']) ? !self.value.contains('/./') : true"
))]
#[resource(rule(
    cel = "(self.type in ['Exact','PathPrefix']) ? !self.value.contains('/../') : true"
))]
#[resource(rule(
    cel = "(self.type in ['Exact','PathPrefix']) ? !self.value.contains('%2f') : true"
))]
#[resource(rule(
    cel = "(self.type in ['Exact','PathPrefix']) ? !self.value.contains('%2F') : true"
))]
#[resource(rule(cel = "(self.type in ['Exact','PathPrefix']) ? !self.value.contains('#') : true"))]
#[resource(rule(
    cel = "(self.type in ['Exact','PathPrefix']) ? !self.value.endsWith('/..') : true"
))]
#[resource(rule(
    cel = "(self.type in ['Exact','PathPrefix']) ? !self.value.endsWith('/.') : true"
))]
#[resource(rule(cel = "self.type in ['Exact','PathPrefix'] || self.type == 'RegularExpression'"))]
#[resource(rule(
    cel = r#"(self.type in ['Exact','PathPrefix']) ? self.value.matches(r"""^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$""") : true"#
))]
pub(crate) struct MatchPath {
    #[resource(default = MatchPathType::PathPrefix)]
    r#type: MatchPathType,
    #[resource(max_length = 1024, default = "/")]
    value: String,
}

impl MatchPath {
    fn all() -> Self {
        Self { r#type: MatchPathType::PathPrefix, value: "/".to_owned() }
    }
}

#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MatchPathType {
    Exact,
    PathPrefix,
    RegularExpression,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct Header {
    name: HeaderName,
    #[resource(default = HeaderType::Exact)]
    r#type: HeaderType,
    value: HeaderValue,
}

#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderType {
    Exact,
    RegularExpression,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct QueryParam {
    name: HeaderName,
    #[resource(default = HeaderType::Exact)]
    r#type: HeaderType,
    #[resource(min_length = 1, max_length = 1024)]
    value: String,
}
