//! Who owns what: `metadata.managedFields` in, field sets by manager out, and back.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::set::Set;

/// What tells one entry from another. An applier has one entry whatever version it speaks, an updater one for each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Identity {
    pub(super) manager: String,
    pub(super) operation: Operation,
    pub(super) api_version: String,
    pub(super) subresource: String,
}

/// How a field came to be owned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operation {
    Apply,
    Update,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Apply => "Apply",
            Self::Update => "Update",
        }
    }
}

impl Identity {
    pub(super) fn new(
        manager: &str,
        operation: Operation,
        api_version: &str,
        subresource: &str,
    ) -> Self {
        let api_version = if operation == Operation::Apply { "" } else { api_version };
        Self {
            manager: if manager.is_empty() { "unknown".into() } else { manager.into() },
            operation,
            api_version: api_version.into(),
            subresource: subresource.into(),
        }
    }

    /// The manager as conflicts name it: `"kubectl" with subresource "status" using apps/v1`.
    pub(super) fn shown(&self) -> String {
        let mut text = crate::json::quoted(&self.manager);
        if !self.subresource.is_empty() {
            text = format!("{text} with subresource {}", crate::json::quoted(&self.subresource));
        }
        match self.operation {
            Operation::Apply => text,
            Operation::Update => format!("{text} using {}", self.api_version),
        }
    }
}

/// What one manager owns, in which version, and when it last took something.
#[derive(Debug, Clone)]
pub(super) struct Owned {
    pub(super) set: Set,
    pub(super) api_version: String,
    pub(super) time: Option<String>,
}

/// All managers of an object.
#[derive(Debug, Clone, Default)]
pub(super) struct Managers(pub(super) BTreeMap<Identity, Owned>);

impl Managers {
    /// Reads the managers of an object.
    ///
    /// # Errors
    /// What is wrong with an entry.
    pub(super) fn of(object: &Value) -> Result<Self, String> {
        let mut managers = BTreeMap::new();
        let entries = object.pointer("/metadata/managedFields").and_then(Value::as_array);
        for (index, entry) in entries.into_iter().flatten().enumerate() {
            let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
            let operation = match text("operation") {
                "Apply" => Operation::Apply,
                "Update" => Operation::Update,
                _ => return Err("operation must be `Apply` or `Update`".into()),
            };
            if text("apiVersion").is_empty() {
                return Err("apiVersion must not be empty".into());
            }
            match text("fieldsType") {
                "FieldsV1" => {}
                "" => return Err(format!("missing fieldsType in managed fields entry {index}")),
                other => {
                    return Err(format!(
                        "invalid fieldsType {other:?} in managed fields entry {index}"
                    ));
                }
            }
            let set = entry.get("fieldsV1").map(Set::decode).transpose()?.unwrap_or_default();
            let owned = Owned {
                set,
                api_version: text("apiVersion").into(),
                time: entry.get("time").and_then(Value::as_str).map(str::to_owned),
            };
            // The manager's name as it stands, even if it is empty.
            let mut identity =
                Identity::new("", operation, text("apiVersion"), text("subresource"));
            identity.manager = text("manager").into();
            managers.insert(identity, owned);
        }
        Ok(Self(managers))
    }

    /// Writes the managers into an object; none leave no trace.
    pub(super) fn write_to(&self, object: &mut Value) {
        remove_from(object);
        if self.0.is_empty() {
            return;
        }
        let mut entries: Vec<(&Identity, &Owned)> = self.0.iter().collect();
        entries.sort_by(|(left, left_owned), (right, right_owned)| {
            let key = |identity: &Identity, owned: &Owned| {
                let time = owned.time.clone().unwrap_or_default();
                (
                    identity.operation,
                    time,
                    identity.manager.clone(),
                    owned.api_version.clone(),
                    identity.subresource.clone(),
                )
            };
            key(left, left_owned).cmp(&key(right, right_owned))
        });
        let entries = entries.into_iter().map(|(identity, owned)| entry(identity, owned)).collect();
        if let Some(metadata) = metadata(object) {
            metadata.insert("managedFields".into(), Value::Array(entries));
        }
    }

    /// Merges the oldest updaters into `ancient-changes`, one for each version, until there are no more than ten.
    pub(super) fn cap(&mut self) {
        const MOST: usize = 10;
        let mut updaters: Vec<Identity> = self
            .0
            .keys()
            .filter(|identity| identity.operation == Operation::Update)
            .cloned()
            .collect();
        let mut left = updaters.len();
        updaters.sort_by_cached_key(|identity| {
            (self.0[identity].time.clone().unwrap_or_default(), identity.clone())
        });
        let mut first_of: BTreeMap<String, Identity> = BTreeMap::new();
        for identity in updaters {
            if left <= MOST {
                return;
            }
            let version = self.0[&identity].api_version.clone();
            let Some(first) = first_of.get(&version) else {
                first_of.insert(version, identity);
                continue;
            };
            let bucket = Identity::new("ancient-changes", Operation::Update, &version, "");
            if !self.0.contains_key(&bucket)
                && let Some(owned) = self.0.remove(first)
            {
                self.0.insert(bucket.clone(), owned);
            }
            if let Some(merged) = self.0.remove(&identity)
                && let Some(owned) = self.0.get_mut(&bucket)
            {
                owned.set = owned.set.union(&merged.set);
                owned.time = merged.time;
                left -= 1;
            }
        }
    }
}

fn entry(identity: &Identity, owned: &Owned) -> Value {
    let mut entry = Map::new();
    entry.insert("manager".into(), identity.manager.as_str().into());
    entry.insert("operation".into(), identity.operation.name().into());
    entry.insert("apiVersion".into(), owned.api_version.as_str().into());
    entry.insert("fieldsType".into(), "FieldsV1".into());
    entry.insert("fieldsV1".into(), owned.set.encode());
    if let Some(time) = &owned.time {
        entry.insert("time".into(), time.as_str().into());
    }
    if !identity.subresource.is_empty() {
        entry.insert("subresource".into(), identity.subresource.as_str().into());
    }
    entry.retain(|name, value| name != "manager" || value != "");
    Value::Object(entry)
}

fn metadata(object: &mut Value) -> Option<&mut Map<String, Value>> {
    let metadata =
        object.as_object_mut()?.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
    metadata.as_object_mut()
}

/// Takes the managers out of an object.
pub(super) fn remove_from(object: &mut Value) {
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        metadata.remove("managedFields");
    }
}
