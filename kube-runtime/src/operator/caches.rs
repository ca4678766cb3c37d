//! How an operator's caches keep the objects of a kind: a choice for each kind in, checked against what is cached at all, out.

use kube_core::ApiResource;
use kube_core::Resource;

use super::Operator;
use crate::error::Error;
use crate::error::Result;
use crate::informer::CacheOptions;
use crate::informer::Informers;

/// The kinds of which something was said.
#[derive(Debug, Default)]
pub(super) struct Caches(Vec<(ApiResource, CacheOptions)>);

impl Caches {
    /// The informers that keep them so.
    pub(super) fn of(self, informers: Informers) -> Informers {
        let all = self.0.into_iter();
        all.fold(informers, |informers, (resource, options)| informers.keep(resource, options))
    }

    /// How a kind is kept, where that is not as by default.
    pub(super) fn describe(&self, resource: &ApiResource) -> Option<String> {
        self.0.iter().rev().find(|(kind, _)| kind == resource)?.1.describe()
    }
}

impl<A: Send + Sync + 'static> Operator<A> {
    /// How the caches of a kind keep its objects, when not as by default, compressed: decoded ([`Cache::Typed`](crate::indexer::Cache::Typed)) where
    /// all of them are read all the time, without what nobody reads where they are large.
    ///
    /// ```
    /// use k8s_openapi::api::core::v1::{Pod, Secret};
    /// use kube_runtime::indexer::Cache;
    /// use kube_runtime::informer::CacheOptions;
    /// use kube_runtime::operator::Operator;
    ///
    /// let operator = Operator::new("shop")
    ///     .cache::<Pod>(Cache::Typed)
    ///     .cache::<Secret>(CacheOptions::default().transform(|secret| _ = secret.as_object_mut().map(|it| it.remove("data"))));
    /// # drop(operator);
    /// ```
    pub fn cache<K: Resource>(mut self, options: impl Into<CacheOptions>) -> Self {
        self.caches.0.push((K::RESOURCE, options.into()));
        self
    }

    /// Fails when something is said of a kind that no controller caches.
    pub(super) fn check_caches(&self) -> Result<()> {
        for (resource, _) in &self.caches.0 {
            let mut cached = self.controllers.iter().flat_map(|it| it.wiring().plan.uses());
            if !cached.any(|(used, _)| used == resource) {
                return Err(Error::msg(format!(
                    "operator `{}` is told how to keep {resource} and no controller of it follows or reads them: take `.cache::<{}>(..)` away",
                    self.name, resource.kind
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::ConfigMap;
    use k8s_openapi::api::core::v1::Secret;

    use super::*;
    use crate::controller::Controller;
    use crate::flow::Action;
    use crate::indexer::Cache;
    use crate::reconcile::Object;

    async fn look(_: Object<ConfigMap>) -> Result<Action> {
        Ok(Action::done())
    }

    fn looker() -> Operator {
        Operator::new("looker").controller(Controller::of("look", look))
    }

    #[test]
    fn what_was_said_last_of_a_kind_is_how_it_is_kept() {
        let said = [(ConfigMap::RESOURCE, Cache::default()), (ConfigMap::RESOURCE, Cache::Typed)];
        let caches = Caches(said.map(|(kind, cache)| (kind, cache.into())).into());
        let typed = Some("kept as `Typed`".to_owned());
        assert_eq!(caches.describe(&ConfigMap::RESOURCE), typed);
        assert_eq!(caches.describe(&Secret::RESOURCE), None);
    }

    #[test]
    fn only_of_kinds_that_are_cached_can_be_said_how() {
        assert!(looker().check_caches().is_ok());
        assert!(looker().cache::<ConfigMap>(Cache::Typed).check_caches().is_ok());
        let wrong = looker().cache::<Secret>(Cache::Typed).check_caches().unwrap_err();
        assert!(wrong.to_string().contains("how to keep secrets"), "{wrong}");
    }
}
