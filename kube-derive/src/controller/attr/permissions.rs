//! `permissions(Secret: get, list)`: what goes through a plain `Client`.

use super::Attribute;
use crate::said::Permission;

pub(super) const ATTRIBUTE: Attribute = Attribute {
    name: "permissions",
    usage: "permissions(Secret: get, list, Deployment/scale: patch)",
    repeats: true,
    read: |given, input| {
        input.permissions.extend(Permission::all(given)?);
        Ok(())
    },
};
