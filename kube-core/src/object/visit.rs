//! The members that every object has, read from a map one by one: a member in, whether it was one of them out.

use serde::de::Error;
use serde::de::MapAccess;

use super::ObjectMeta;

/// What every object has beside its own members.
#[derive(Default)]
pub(super) struct Common {
    pub(super) api_version: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) metadata: Option<ObjectMeta>,
}

impl Common {
    /// Takes the member's value if it is one of ours. `null` is nothing, twice the same is a mistake.
    pub(super) fn take<'de, A: MapAccess<'de>>(
        &mut self,
        member: &str,
        map: &mut A,
    ) -> Result<bool, A::Error> {
        match member {
            "apiVersion" => once(&mut self.api_version, map, "apiVersion")?,
            "kind" => once(&mut self.kind, map, "kind")?,
            "metadata" => once(&mut self.metadata, map, "metadata")?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn once<'de, A: MapAccess<'de>, T: serde::Deserialize<'de>>(
    slot: &mut Option<T>,
    map: &mut A,
    member: &'static str,
) -> Result<(), A::Error> {
    if slot.is_some() {
        return Err(A::Error::duplicate_field(member));
    }
    *slot = map.next_value()?;
    Ok(())
}
