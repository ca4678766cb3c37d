//! What was set of an object or of a part: values in, the JSON object that is sent out.

use std::fmt;

use kube_core::Wanted;
use serde::Serialize;
use serde::Serializer;
use serde::ser::Error as _;
use serde_json::Map;
use serde_json::Value;

/// The fields that were set.
#[derive(Clone, Default)]
pub(crate) struct Fields {
    set: Map<String, Value>,
    /// Why the first value that cannot be written cannot.
    failed: Option<String>,
}

impl Fields {
    pub(crate) fn of(set: Map<String, Value>) -> Self {
        Self { set, failed: None }
    }

    pub(crate) fn as_json(&self) -> &Map<String, Value> {
        &self.set
    }

    pub(crate) fn as_json_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.set
    }

    pub(crate) fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.set.insert(name.to_owned(), value.into());
    }

    pub(crate) fn put_part<T>(&mut self, name: &str, part: Wanted<T>) {
        let value = self.value(name, part);
        self.put(name, value);
    }

    /// Adds to a list; with keys, an item takes the place of the one that is equal in all of them, and with `once` of an equal one.
    pub(crate) fn add<V: Into<Value>>(
        &mut self,
        name: &str,
        by: Option<&[&str]>,
        items: impl IntoIterator<Item = V>,
    ) {
        let list = self.set.entry(name).or_insert_with(|| Value::Array(Vec::new()));
        let Value::Array(list) = list else { return };
        for item in items {
            let item = item.into();
            let same = |known: &&mut Value| match by {
                None => false,
                Some([]) => **known == item,
                Some(keys) => keys.iter().all(|key| known.get(*key) == item.get(*key)),
            };
            match list.iter_mut().find(same) {
                Some(known) => *known = item,
                None => list.push(item),
            }
        }
    }

    pub(crate) fn add_parts<T>(
        &mut self,
        name: &str,
        by: Option<&[&str]>,
        parts: impl IntoIterator<Item = Wanted<T>>,
    ) {
        let items: Vec<Value> = parts.into_iter().map(|part| self.value(name, part)).collect();
        self.add(name, by, items);
    }

    /// Puts entries into a map.
    pub(crate) fn extend<K: Into<String>, V: Into<Value>>(
        &mut self,
        name: &str,
        entries: impl IntoIterator<Item = (K, V)>,
    ) {
        let map = self.set.entry(name).or_insert_with(|| Value::Object(Map::new()));
        let Value::Object(map) = map else { return };
        map.extend(entries.into_iter().map(|(key, value)| (key.into(), value.into())));
    }

    pub(crate) fn extend_parts<K: Into<String>, T>(
        &mut self,
        name: &str,
        entries: impl IntoIterator<Item = (K, Wanted<T>)>,
    ) {
        let entries: Vec<(K, Value)> =
            entries.into_iter().map(|(key, part)| (key, self.value(name, part))).collect();
        self.extend(name, entries);
    }

    fn value<T>(&mut self, name: &str, part: Wanted<T>) -> Value {
        match part.into_json() {
            Ok(value) => value,
            Err(why) => {
                self.failed.get_or_insert_with(|| format!("`{name}` cannot be written: {why}"));
                Value::Null
            }
        }
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.failed {
            Some(why) => Err(S::Error::custom(why)),
            None => self.set.serialize(serializer),
        }
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.failed {
            Some(why) => formatter.write_str(why),
            None => formatter.debug_map().entries(&self.set).finish(),
        }
    }
}
