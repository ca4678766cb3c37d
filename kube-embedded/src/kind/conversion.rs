//! Between the stored form of an object and another version of it.

use super::Strategy;
use serde_json::Value;
use std::fmt::Debug;
use std::sync::Arc;

/// Turns objects of one version into another; must not fail: what it cannot express it drops.
pub(crate) trait Conversion: Send + Sync + Debug {
    /// From what is stored to this version.
    #[expect(
        clippy::wrong_self_convention,
        reason = "it is from and to what is stored, by a conversion"
    )]
    fn from_stored(&self, object: &mut Value);
    /// From this version to what is stored.
    fn to_stored(&self, object: &mut Value);
}

/// A webhook that turns objects of one version into another. It is asked where something waits anyway: when objects are read,
/// listed, watched and stored, never in between.
#[derive(Debug)]
pub(crate) struct ConversionHook {
    /// Where it is, as the definition says it.
    pub(crate) client_config: Value,
    /// The versions of a `ConversionReview` that it takes, the preferred one first.
    pub(crate) review_versions: Vec<String>,
    /// The `apiVersion` of what is stored from now on.
    pub(crate) stored_version: String,
    /// The rules of that version.
    pub(crate) stored: Arc<dyn Strategy>,
    /// Whether the definition changed, so that what is stored may lack what its schema says now.
    pub(crate) changed: bool,
}
