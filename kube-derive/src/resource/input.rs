//! What the user wrote in `#[resource(..)]` on the struct.

use darling::FromMeta;
use darling::util::PathList;
use syn::{LitStr, Path};

use super::attr::{Deprecated, Scale, Written};
use crate::path::Crates;
use crate::report::{Known, Usage};
use crate::schema::{Owner, PrintColumn, Rule, Whole};

/// The attributes of a kind.
#[derive(Debug, Default, FromMeta)]
#[darling(default)]
pub(crate) struct Input {
    pub(crate) group: Option<LitStr>,
    pub(crate) version: Option<LitStr>,
    pub(crate) kind: Option<LitStr>,
    pub(crate) served: Option<bool>,
    pub(crate) storage: bool,
    pub(crate) converts_from: PathList,
    pub(crate) namespaced: bool,
    pub(crate) status: Option<Path>,
    pub(crate) plural: Option<LitStr>,
    pub(crate) singular: Option<LitStr>,
    pub(crate) list_kind: Option<LitStr>,
    #[darling(multiple, rename = "short_name")]
    pub(crate) short_names: Vec<LitStr>,
    #[darling(multiple, rename = "category")]
    pub(crate) categories: Vec<LitStr>,
    #[darling(multiple, rename = "print_column")]
    pub(crate) print_columns: Vec<PrintColumn>,
    pub(crate) scale: Option<Scale>,
    #[darling(multiple)]
    pub(crate) selectable: Vec<LitStr>,
    pub(crate) deprecated: Option<Deprecated>,
    #[darling(multiple, rename = "label")]
    pub(crate) labels: Vec<LitStr>,
    #[darling(multiple, rename = "annotation")]
    pub(crate) annotations: Vec<LitStr>,
    #[darling(multiple, rename = "object_rule")]
    pub(crate) object_rules: Vec<Rule>,
    #[darling(flatten)]
    pub(crate) whole: Whole,
    pub(crate) derive: PathList,
    pub(crate) crd_compatible_with: Option<LitStr>,
    pub(crate) untested: bool,
    pub(crate) serde: Option<Owner>,
    pub(crate) read_only: bool,
    pub(crate) only_verbs: Option<PathList>,
    #[darling(multiple, rename = "method")]
    pub(crate) methods: Vec<Written>,
    /// Never here: it makes the struct a [view](super::view), and the name is known for those who mistype it.
    pub(crate) existing: Option<LitStr>,
    pub(crate) crates: Option<Crates>,
}

impl Known for Input {
    const PLACE: &'static str = "a kind";
    const USAGE: &'static [&'static [Usage]] = &[
        &Whole::USAGE,
        &[
            ("group", "group = \"demo.example.com\""),
            ("version", "version = \"v1\""),
            ("kind", "kind = \"Shop\""),
            ("served", "served` or `served = false"),
            ("storage", "storage"),
            ("converts_from", "converts_from(ShopV1beta1)"),
            ("namespaced", "namespaced"),
            ("status", "status = ShopStatus"),
            ("plural", "plural = \"shops\""),
            ("singular", "singular = \"shop\""),
            ("list_kind", "list_kind = \"ShopList\""),
            ("short_name", "short_name = \"ws\""),
            ("category", "category = \"all\""),
            ("print_column", "print_column(name = \"Ready\", path = \".status.ready\")"),
            ("scale", "scale(spec = \".spec.replicas\", status = \".status.replicas\")"),
            ("selectable", "selectable = \".spec.tier\""),
            ("deprecated", "deprecated` or `deprecated = \"use v1\""),
            ("label", "label = \"team=web\""),
            ("annotation", "annotation = \"note=made by hand\""),
            ("object_rule", "object_rule(cel = \"self.metadata.name.size() <= 20\")"),
            ("crd_compatible_with", "crd_compatible_with = \"crds/shops.yaml\""),
            ("untested", "untested"),
            ("read_only", "read_only"),
            ("only_verbs", "only_verbs(get, list, watch, patch)"),
            (
                "method",
                "method(name = get_scale, verb = get, subresource = \"scale\", result = Scale)",
            ),
            ("existing", "existing = \"v1/ConfigMap\""),
            ("derive", "derive(PartialEq)"),
            ("serde", "serde = own"),
            ("crates", "crates(core = \"::path::to::kube_core\")"),
        ],
    ];
}
