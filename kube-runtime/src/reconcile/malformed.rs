//! Objects that cannot be read: a key and its version in, whether that is news out.

use hashbrown::HashMap;
use parking_lot::Mutex;

use crate::flow::Key;

/// At which version each object was last told of; holds those that are malformed now, and no others.
#[derive(Debug, Default)]
pub(crate) struct Malformed {
    told: Mutex<HashMap<Key, Box<str>>>,
}

impl Malformed {
    /// Whether nobody was told of this version yet.
    pub(crate) fn is_news(&self, key: &Key, version: &str) -> bool {
        let known = self.told.lock().insert(key.clone(), version.into());
        known.as_deref() != Some(version)
    }

    /// The object can be read again, or is gone.
    pub(crate) fn forget(&self, key: &Key) {
        self.told.lock().remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_news_once_until_the_object_is_mended() {
        let (malformed, key) = (Malformed::default(), Key::cluster("node-1"));
        let told = ["7", "7", "8", "8"].map(|version| malformed.is_news(&key, version));
        assert_eq!(told, [true, false, true, false]);
        malformed.forget(&key);
        assert!(malformed.is_news(&key, "8"));
    }
}
