//! A condition on objects: notices of all objects in, notices as if there were only those that fulfil it out.
//!
//! Mirrors: client-go tools/cache/controller.go (`FilteringResourceEventHandler`)
//! Differs: it remembers which objects it has told of, so that a handler that is behind hears of the end of each of them.

use std::fmt::{self, Formatter};

use hashbrown::HashSet;
use parking_lot::Mutex;

use super::EventHandler;
use super::predicate::Predicate;
use crate::flow::{Deletion, Key, Notice};

/// A handler that sees only the objects that fulfil a condition: an object that comes to fulfil it is an addition, one that does so no more a
/// deletion, in the state in which it still did.
///
/// The condition is asked about each state by itself: [`Labels`](super::predicate::Labels), or an [`Object`](super::predicate::Object) with a
/// function of the typed object. Keys of the objects that fulfil it are kept.
///
/// ```
/// use kube_runtime::flow::Notice;
/// use kube_runtime::handler::Filtered;
/// use kube_runtime::handler::predicate::Labels;
///
/// let web = Labels::new("app=web".parse()?);
/// let handler = Filtered::new(web, |notice: &Notice| println!("{}", notice.key()));
/// // informers.of::<Pod>().on(handler);
/// # drop(handler);
/// # Ok::<(), kube_runtime::core::Error>(())
/// ```
pub struct Filtered<P, H> {
    condition: P,
    handler: H,
    told: Mutex<HashSet<Key>>,
}

impl<P: Predicate, H: EventHandler> Filtered<P, H> {
    /// A handler of the objects that fulfil the condition.
    #[must_use]
    pub fn new(condition: P, handler: H) -> Self {
        Self { condition, handler, told: Mutex::default() }
    }

    fn fulfils(&self, notice: &Notice) -> bool {
        match notice {
            Notice::Deleted(_) => false,
            Notice::Added { .. } => self.condition.admits(notice),
            Notice::Updated { new, .. } => {
                self.condition.admits(&Notice::Added { new: new.clone(), initial: false })
            }
        }
    }
}

impl<P: Predicate, H: EventHandler> EventHandler for Filtered<P, H> {
    fn on_notice(&self, notice: &Notice) {
        let key = notice.key();
        let fulfils = self.fulfils(notice);
        let before = match fulfils {
            true => !self.told.lock().insert(key.clone()),
            false => self.told.lock().remove(key),
        };
        match (before, fulfils, notice) {
            (false, false, _) => {}
            (false, true, Notice::Updated { new, .. }) => {
                self.handler.on_notice(&Notice::Added { new: new.clone(), initial: false });
            }
            (true, false, Notice::Updated { old, .. }) => {
                self.handler.on_notice(&Notice::Deleted(Deletion::Seen(old.clone())));
            }
            _ => self.handler.on_notice(notice),
        }
    }
}

impl<P, H> fmt::Debug for Filtered<P, H> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let told = self.told.lock().len();
        formatter.debug_struct("Filtered").field("told", &told).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::flow::Cached;
    use crate::flow::sample::object_with;
    use crate::handler::predicate::Labels;

    fn state(version: u64, app: &str) -> Cached {
        Cached::raw(&object_with("x", version, &json!({"metadata": {"labels": {"app": app}}})))
    }

    fn added(version: u64, app: &str) -> Notice {
        Notice::Added { new: state(version, app), initial: true }
    }

    fn updated(old: (u64, &str), new: (u64, &str)) -> Notice {
        Notice::Updated { old: state(old.0, old.1), new: state(new.0, new.1) }
    }

    fn deleted(version: u64, app: &str) -> Notice {
        Notice::Deleted(Deletion::Seen(state(version, app)))
    }

    /// What a handler of `app=web` is told.
    fn check(notices: &[Notice], expected: &[&str]) {
        let told = Arc::new(Mutex::new(Vec::new()));
        let writer = Arc::clone(&told);
        let handler =
            Filtered::new(Labels::new("app=web".parse().unwrap()), move |notice: &Notice| {
                let version = notice.latest().resource_version().to_owned();
                writer.lock().push(match notice {
                    Notice::Added { initial: true, .. } => format!("+{version} initial"),
                    Notice::Added { .. } => format!("+{version}"),
                    Notice::Updated { old, .. } => format!("{}..{version}", old.resource_version()),
                    Notice::Deleted(_) => format!("-{version}"),
                });
            });
        notices.iter().for_each(|notice| handler.on_notice(notice));
        assert_eq!(*told.lock(), expected);
    }

    #[test]
    fn what_comes_to_fulfil_the_condition_is_an_addition_and_what_does_no_more_a_deletion() {
        check(
            &[
                added(1, "web"),
                updated((1, "web"), (2, "web")),
                updated((2, "web"), (3, "db")),
                updated((3, "db"), (4, "db")),
                updated((4, "db"), (5, "web")),
                deleted(6, "web"),
            ],
            &["+1 initial", "1..2", "-2", "+5", "-6"],
        );
        check(&[added(1, "db"), updated((1, "db"), (2, "db")), deleted(3, "db")], &[]);
    }

    #[test]
    fn a_handler_that_is_behind_hears_of_the_end_of_what_it_was_told_of() {
        // It left the selection and was deleted; what is left of both is the deletion.
        check(&[added(1, "web"), deleted(3, "db")], &["+1 initial", "-3"]);
        // It left the selection and came back.
        check(&[added(1, "web"), updated((1, "web"), (3, "web"))], &["+1 initial", "1..3"]);
    }
}
