//! What a rule of a route does to requests and answers on their way.

use kube_core::Schema;

use super::scalar::Domain;
use super::scalar::Group;
use super::scalar::HeaderName;
use super::scalar::HeaderValue;
use super::scalar::KindName;
use super::scalar::Label;
use super::scalar::ObjectName;
use super::scalar::Port;

/// Of each kind one at most, but for mirrors and extensions.
#[derive(Schema, Clone, Debug)]
pub(crate) struct Filters(
    #[resource(max_items = 16, list_type = atomic, rule(cel = "!(self.exists(f, f.type == 'RequestRedirect') && self.exists(f, f.type == 'URLRewrite'))"), rule(cel = "self.filter(f, f.type == 'CORS').size() <= 1"), rule(cel = "self.filter(f, f.type == 'RequestHeaderModifier').size() <= 1"), rule(cel = "self.filter(f, f.type == 'ResponseHeaderModifier').size() <= 1"), rule(cel = "self.filter(f, f.type == 'RequestRedirect').size() <= 1"), rule(cel = "self.filter(f, f.type == 'URLRewrite').size() <= 1"))]
     Vec<Filter>,
);

#[derive(Schema, Clone, Debug)]
#[resource(rule(cel = "!(has(self.cors) && self.type != 'CORS')"))]
#[resource(rule(cel = "!(!has(self.cors) && self.type == 'CORS')"))]
#[resource(rule(
    cel = "!(has(self.requestHeaderModifier) && self.type != 'RequestHeaderModifier')"
))]
#[resource(rule(
    cel = "!(!has(self.requestHeaderModifier) && self.type == 'RequestHeaderModifier')"
))]
#[resource(rule(
    cel = "!(has(self.responseHeaderModifier) && self.type != 'ResponseHeaderModifier')"
))]
#[resource(rule(
    cel = "!(!has(self.responseHeaderModifier) && self.type == 'ResponseHeaderModifier')"
))]
#[resource(rule(cel = "!(has(self.requestMirror) && self.type != 'RequestMirror')"))]
#[resource(rule(cel = "!(!has(self.requestMirror) && self.type == 'RequestMirror')"))]
#[resource(rule(cel = "!(has(self.requestRedirect) && self.type != 'RequestRedirect')"))]
#[resource(rule(cel = "!(!has(self.requestRedirect) && self.type == 'RequestRedirect')"))]
#[resource(rule(cel = "!(has(self.urlRewrite) && self.type != 'URLRewrite')"))]
#[resource(rule(cel = "!(!has(self.urlRewrite) && self.type == 'URLRewrite')"))]
#[resource(rule(cel = "!(has(self.extensionRef) && self.type != 'ExtensionRef')"))]
#[resource(rule(cel = "!(!has(self.extensionRef) && self.type == 'ExtensionRef')"))]
pub(crate) struct Filter {
    cors: Option<Cors>,
    extension_ref: Option<ExtensionRef>,
    request_header_modifier: Option<RequestHeaderModifier>,
    request_mirror: Option<RequestMirror>,
    request_redirect: Option<RequestRedirect>,
    response_header_modifier: Option<RequestHeaderModifier>,
    r#type: FilterType,
    url_rewrite: Option<UrlRewrite>,
}

#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FilterType {
    RequestHeaderModifier,
    ResponseHeaderModifier,
    RequestMirror,
    RequestRedirect,
    URLRewrite,
    ExtensionRef,
    #[serde(rename = "CORS")]
    Cors,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct Cors {
    allow_credentials: Option<bool>,
    #[resource(max_items = 64, list_type = set, rule(cel = "!('*' in self && self.size() > 1)"))]
    allow_headers: Option<Vec<HeaderName>>,
    #[resource(max_items = 9, list_type = set, rule(cel = "!('*' in self && self.size() > 1)"))]
    allow_methods: Option<Vec<AllowMethod>>,
    #[resource(max_items = 64, items(min_length = 1, max_length = 253, pattern = r#"(^\*$)|(^(http(s)?):\/\/(((\*\.)?([a-zA-Z0-9\-]+\.)*[a-zA-Z0-9-]+|\*)(:([0-9]{1,5}))?)$)"#), list_type = set, rule(cel = "!('*' in self && self.size() > 1)"))]
    allow_origins: Option<Vec<String>>,
    #[resource(max_items = 64, list_type = set)]
    expose_headers: Option<Vec<HeaderName>>,
    #[resource(minimum = 1, default = 5)]
    max_age: i32,
}

#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AllowMethod {
    #[serde(rename = "GET")]
    Get,
    #[serde(rename = "HEAD")]
    Head,
    #[serde(rename = "POST")]
    Post,
    #[serde(rename = "PUT")]
    Put,
    #[serde(rename = "DELETE")]
    Delete,
    #[serde(rename = "CONNECT")]
    Connect,
    #[serde(rename = "OPTIONS")]
    Options,
    #[serde(rename = "TRACE")]
    Trace,
    #[serde(rename = "PATCH")]
    Patch,
    #[serde(rename = "*")]
    Any,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct ExtensionRef {
    group: Group,
    kind: KindName,
    name: ObjectName,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct RequestHeaderModifier {
    #[resource(max_items = 16, list_type(map = "name"))]
    add: Option<Vec<Add>>,
    #[resource(max_items = 16, list_type = set)]
    remove: Option<Vec<String>>,
    #[resource(max_items = 16, list_type(map = "name"))]
    set: Option<Vec<Add>>,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct Add {
    name: HeaderName,
    value: HeaderValue,
}

#[derive(Schema, Clone, Debug)]
#[resource(rule(cel = "!(has(self.percent) && has(self.fraction))"))]
pub(crate) struct RequestMirror {
    backend_ref: BackendReference,
    fraction: Option<Fraction>,
    #[resource(minimum = 0, maximum = 100)]
    percent: Option<i32>,
}

#[derive(Schema, Clone, Debug)]
#[resource(rule(
    cel = "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true"
))]
pub(crate) struct BackendReference {
    #[resource(default = Group("".into()))]
    group: Group,
    #[resource(default = KindName("Service".into()))]
    kind: KindName,
    name: ObjectName,
    namespace: Option<Label>,
    port: Option<Port>,
}

#[derive(Schema, Clone, Debug)]
#[resource(rule(cel = "self.numerator <= self.denominator"))]
pub(crate) struct Fraction {
    #[resource(minimum = 1, default = 100)]
    denominator: i32,
    #[resource(minimum = 0)]
    numerator: i32,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct RequestRedirect {
    hostname: Option<Domain>,
    path: Option<Path>,
    port: Option<Port>,
    scheme: Option<Scheme>,
    #[resource(enum(301, 302, 303, 307, 308), default = 302)]
    status_code: i64,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct UrlRewrite {
    hostname: Option<Domain>,
    path: Option<Path>,
}

#[derive(Schema, Clone, Debug)]
#[resource(rule(cel = "self.type == 'ReplaceFullPath' ? has(self.replaceFullPath) : true"))]
#[resource(rule(cel = "has(self.replaceFullPath) ? self.type == 'ReplaceFullPath' : true"))]
#[resource(rule(cel = "self.type == 'ReplacePrefixMatch' ? has(self.replacePrefixMatch) : true"))]
#[resource(rule(cel = "has(self.replacePrefixMatch) ? self.type == 'ReplacePrefixMatch' : true"))]
pub(crate) struct Path {
    #[resource(max_length = 1024)]
    replace_full_path: Option<String>,
    #[resource(max_length = 1024)]
    replace_prefix_match: Option<String>,
    r#type: Type,
}

#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    ReplaceFullPath,
    ReplacePrefixMatch,
}

#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    #[serde(rename = "http")]
    Http,
    #[serde(rename = "https")]
    Https,
}
