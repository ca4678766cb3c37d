//! Gateway API's HTTPRoute (`gateway.networking.k8s.io/v1`, standard channel), said in structs.

mod filter;
mod matching;
mod scalar;

use kube_core::Resource;
use kube_core::Schema;
use kube_core::Time;

use filter::BackendReference;
use filter::Filters;
use matching::Match;
use scalar::Domain;
use scalar::Group;
use scalar::KindName;
use scalar::Label;
use scalar::ObjectName;
use scalar::Port;
use scalar::Span;

#[derive(Resource, Clone, Debug)]
#[resource(group = "gateway.networking.k8s.io", version = "v1", kind = "HTTPRoute", namespaced)]
#[resource(status = HTTPRouteStatus, category = "gateway-api")]
#[resource(print_column(name = "Hostnames", path = ".spec.hostnames", type = "string"))]
#[resource(print_column(name = "Age", path = ".metadata.creationTimestamp", type = "date"))]
pub(crate) struct HTTPRouteSpec {
    #[resource(max_items = 16, items(min_length = 1, max_length = 253, pattern = r#"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"#), list_type = atomic)]
    hostnames: Option<Vec<String>>,
    #[resource(max_items = 32, list_type = atomic, rule(cel = "self.all(p1, self.all(p2, p1.group == p2.group && p1.kind == p2.kind && p1.name == p2.name && (((!has(p1.__namespace__) || p1.__namespace__ == '') && (!has(p2.__namespace__) || p2.__namespace__ == '')) || (has(p1.__namespace__) && has(p2.__namespace__) && p1.__namespace__ == p2.__namespace__ )) ? ((!has(p1.sectionName) || p1.sectionName == '') == (!has(p2.sectionName) || p2.sectionName == '')) : true))"), rule(cel = "self.all(p1, self.exists_one(p2, p1.group == p2.group && p1.kind == p2.kind && p1.name == p2.name && (((!has(p1.__namespace__) || p1.__namespace__ == '') && (!has(p2.__namespace__) || p2.__namespace__ == '')) || (has(p1.__namespace__) && has(p2.__namespace__) && p1.__namespace__ == p2.__namespace__ )) && (((!has(p1.sectionName) || p1.sectionName == '') && (!has(p2.sectionName) || p2.sectionName == '')) || (has(p1.sectionName) && has(p2.sectionName) && p1.sectionName == p2.sectionName))))"))]
    parent_refs: Option<Vec<ParentRef>>,
    #[resource(min_items = 1, max_items = 16, list_type = atomic, rule(cel = "(self.size() > 0 ? self[0].matches.size() : 0) + (self.size() > 1 ? self[1].matches.size() : 0) + (self.size() > 2 ? self[2].matches.size() : 0) + (self.size() > 3 ? self[3].matches.size() : 0) + (self.size() > 4 ? self[4].matches.size() : 0) + (self.size() > 5 ? self[5].matches.size() : 0) + (self.size() > 6 ? self[6].matches.size() : 0) + (self.size() > 7 ? self[7].matches.size() : 0) + (self.size() > 8 ? self[8].matches.size() : 0) + (self.size() > 9 ? self[9].matches.size() : 0) + (self.size() > 10 ? self[10].matches.size() : 0) + (self.size() > 11 ? self[11].matches.size() : 0) + (self.size() > 12 ? self[12].matches.size() : 0) + (self.size() > 13 ? self[13].matches.size() : 0) + (self.size() > 14 ? self[14].matches.size() : 0) + (self.size() > 15 ? self[15].matches.size() : 0) <= 128"), default = vec![RouteRule::all()])]
    rules: Vec<RouteRule>,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct ParentRef {
    #[resource(default = Group("gateway.networking.k8s.io".into()))]
    group: Group,
    #[resource(default = KindName("Gateway".into()))]
    kind: KindName,
    name: ObjectName,
    namespace: Option<Label>,
    port: Option<Port>,
    section_name: Option<Domain>,
}

#[derive(Schema, Clone, Debug)]
#[resource(rule(
    cel = "(has(self.backendRefs) && size(self.backendRefs) > 0) ? (!has(self.filters) || self.filters.all(f, !has(f.requestRedirect))): true"
))]
#[resource(rule(
    cel = "(has(self.filters) && self.filters.exists_one(f, has(f.requestRedirect) && has(f.requestRedirect.path) && f.requestRedirect.path.type == 'ReplacePrefixMatch' && has(f.requestRedirect.path.replacePrefixMatch))) ? ((size(self.matches) != 1 || !has(self.matches[0].path) || self.matches[0].path.type != 'PathPrefix') ? false : true) : true"
))]
#[resource(rule(
    cel = "(has(self.filters) && self.filters.exists_one(f, has(f.urlRewrite) && has(f.urlRewrite.path) && f.urlRewrite.path.type == 'ReplacePrefixMatch' && has(f.urlRewrite.path.replacePrefixMatch))) ? ((size(self.matches) != 1 || !has(self.matches[0].path) || self.matches[0].path.type != 'PathPrefix') ? false : true) : true"
))]
#[resource(rule(
    cel = "(has(self.backendRefs) && self.backendRefs.exists_one(b, (has(b.filters) && b.filters.exists_one(f, has(f.requestRedirect) && has(f.requestRedirect.path) && f.requestRedirect.path.type == 'ReplacePrefixMatch' && has(f.requestRedirect.path.replacePrefixMatch))) )) ? ((size(self.matches) != 1 || !has(self.matches[0].path) || self.matches[0].path.type != 'PathPrefix') ? false : true) : true"
))]
#[resource(rule(
    cel = "(has(self.backendRefs) && self.backendRefs.exists_one(b, (has(b.filters) && b.filters.exists_one(f, has(f.urlRewrite) && has(f.urlRewrite.path) && f.urlRewrite.path.type == 'ReplacePrefixMatch' && has(f.urlRewrite.path.replacePrefixMatch))) )) ? ((size(self.matches) != 1 || !has(self.matches[0].path) || self.matches[0].path.type != 'PathPrefix') ? false : true) : true"
))]
pub(crate) struct RouteRule {
    #[resource(max_items = 16, list_type = atomic)]
    backend_refs: Option<Vec<BackendRef>>,
    filters: Option<Filters>,
    #[resource(max_items = 64, list_type = atomic, default = vec![Match::all()])]
    matches: Vec<Match>,
    name: Option<Domain>,
    timeouts: Option<Timeouts>,
}

impl RouteRule {
    /// That of every request.
    fn all() -> Self {
        Self {
            backend_refs: None,
            filters: None,
            matches: vec![Match::all()],
            name: None,
            timeouts: None,
        }
    }
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct BackendRef {
    #[serde(flatten)]
    reference: BackendReference,
    filters: Option<Filters>,
    #[resource(minimum = 0, maximum = 1_000_000, default = 1)]
    weight: i32,
}

#[derive(Schema, Clone, Debug)]
#[resource(rule(
    cel = "!(has(self.request) && has(self.backendRequest) && duration(self.request) != duration('0s') && duration(self.backendRequest) > duration(self.request))"
))]
pub(crate) struct Timeouts {
    backend_request: Option<Span>,
    request: Option<Span>,
}

#[derive(Schema, Clone, Debug, Default)]
pub(crate) struct HTTPRouteStatus {
    #[resource(max_items = 32, list_type = atomic)]
    parents: Vec<Parent>,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct Parent {
    #[resource(min_items = 1, max_items = 8, list_type(map = "type"))]
    conditions: Vec<Condition>,
    #[resource(
        min_length = 1,
        max_length = 253,
        pattern = r#"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9\/\-._~%!$&'()*+,;=:]+$"#
    )]
    controller_name: String,
    parent_ref: ParentRef,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct Condition {
    last_transition_time: Time,
    #[resource(max_length = 32768)]
    message: String,
    #[resource(minimum = 0)]
    observed_generation: Option<i64>,
    #[resource(
        min_length = 1,
        max_length = 1024,
        pattern = "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"
    )]
    reason: String,
    status: Status,
    #[resource(
        max_length = 316,
        pattern = r#"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$"#
    )]
    r#type: String,
}

#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    True,
    False,
    Unknown,
}
