//! Between the stored form of an object and another version of it.

use serde_json::Value;
use std::fmt::Debug;

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
