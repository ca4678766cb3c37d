//! What the user wrote in `#[resource(..)]` on a view and on its fields.

use darling::FromMeta;
use darling::util::PathList;
use syn::{Expr, LitStr, Path};

use crate::path::Crates;
use crate::report::{Known, Usage};
use crate::resource::attr::Written;

/// The attributes of a view.
#[derive(Debug, Default, FromMeta)]
#[darling(default)]
pub(crate) struct Input {
    pub(crate) existing: Option<LitStr>,
    pub(crate) namespaced: bool,
    pub(crate) cluster: bool,
    pub(crate) plural: Option<LitStr>,
    pub(crate) status: Option<Path>,
    pub(crate) read_only: bool,
    pub(crate) only_verbs: Option<PathList>,
    #[darling(multiple, rename = "method")]
    pub(crate) methods: Vec<Written>,
    pub(crate) crates: Option<Crates>,
}

impl Known for Input {
    const PLACE: &'static str = "a view of an existing kind";
    const USAGE: &'static [&'static [Usage]] = &[&[
        ("existing", "existing = \"v1/ConfigMap\""),
        ("namespaced", "namespaced"),
        ("cluster", "cluster"),
        ("plural", "plural = \"certificates\""),
        ("status", "status = DeploymentStatus"),
        ("read_only", "read_only"),
        ("only_verbs", "only_verbs(get, patch)"),
        ("method", "method(name = get_scale, verb = get, subresource = \"scale\", result = Scale)"),
        ("crates", "crates(core = \"::path::to::kube_core\")"),
    ]];
}

/// On a field of it.
#[derive(Debug, Default, FromMeta)]
#[darling(default)]
pub(crate) struct Field {
    #[darling(with = darling::util::parse_expr::preserve_str_literal, map = Some)]
    pub(crate) default: Option<Expr>,
}

impl Known for Field {
    const PLACE: &'static str =
        "a field of a view, of which the server has the schema and its limits";
    const USAGE: &'static [&'static [Usage]] = &[&[("default", "default = 1")]];
}
