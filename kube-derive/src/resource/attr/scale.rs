//! `scale(spec = ".spec.replicas", status = ".status.replicas")`: what `kubectl scale` and autoscalers set and read.

use darling::FromMeta;
use syn::LitStr;

use super::path;
use crate::report::Report;

/// Where the numbers are, as written.
#[derive(Debug, FromMeta)]
pub(crate) struct Scale {
    pub(crate) spec: LitStr,
    pub(crate) status: LitStr,
    #[darling(default)]
    pub(crate) selector: Option<LitStr>,
}

/// Checks the paths as the API server does.
pub(crate) fn scale(scale: &Scale, has_status: bool, report: &mut Report) {
    path(&scale.spec, &[".spec."], report);
    path(&scale.status, &[".status."], report);
    if let Some(selector) = &scale.selector {
        path(selector, &[".spec.", ".status."], report);
    }
    if !has_status {
        report.at(
            &scale.status,
            "a kind without a status has no number to report; add `status = ShopStatus`",
        );
    }
}
