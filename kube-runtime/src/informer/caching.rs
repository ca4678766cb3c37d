//! How objects are kept and what is left out of them: a user's choice in, what a store is made with out.

use serde_json::Value;

use crate::indexer::{Cache, Transform};

/// How the objects of a kind are kept, and what is left out of them before. A [`Cache`] is one that leaves out nothing but `managedFields`.
///
/// ```
/// use kube_runtime::indexer::Cache;
/// use kube_runtime::informer::CacheOptions;
///
/// let read_all_the_time: CacheOptions = Cache::Typed.into();
/// let without_data = CacheOptions::default().transform(|secret| _ = secret.as_object_mut().map(|it| it.remove("data")));
/// # drop((read_all_the_time, without_data));
/// ```
#[derive(Clone, Debug, Default)]
pub struct CacheOptions {
    pub(super) cache: Cache,
    pub(super) transform: Option<Transform>,
}

impl CacheOptions {
    /// What `change` does to each object, as JSON, before it is kept: what nobody reads and is left out costs no memory. Handlers and readers
    /// see what it left, and so does a reconcile that updates an object as a whole: leave out what is never written back, or write by
    /// server-side apply. What names the object and its version stays; of owners and finalizers that are left out nobody knows.
    #[must_use]
    pub fn transform(mut self, change: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        self.transform = Some(Transform::new(change));
        self
    }

    /// In words, where it is not as by default.
    pub(crate) fn describe(&self) -> Option<String> {
        let kept = (self.cache != Cache::default()).then(|| format!("kept as `{:?}`", self.cache));
        let changed = self.transform.is_some().then(|| "changed before it is kept".to_owned());
        let words: Vec<String> = kept.into_iter().chain(changed).collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

impl From<Cache> for CacheOptions {
    fn from(cache: Cache) -> Self {
        Self { cache, transform: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_as_by_default_is_said_in_words() {
        let told = |options: CacheOptions| options.describe();
        assert_eq!(told(CacheOptions::default()), None);
        assert_eq!(told(Cache::default().into()), None);
        assert_eq!(told(Cache::Typed.into()).as_deref(), Some("kept as `Typed`"));
        let changed = CacheOptions::default().transform(|_| ());
        assert_eq!(told(changed).as_deref(), Some("changed before it is kept"));
        let both = CacheOptions::from(Cache::Typed).transform(|_| ());
        assert_eq!(told(both).as_deref(), Some("kept as `Typed`, changed before it is kept"));
    }
}
