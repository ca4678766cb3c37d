//! What the server did and what an informer showed of it in; which of the informer's promises it broke out.
//!
//! Three plain values and one handle:
//! - a [`Journal`] is told what the server did, each write in the order of the server;
//! - a [`ContractChecker`] is told what one handler heard and what the cache held meanwhile;
//! - its [`finish`](ContractChecker::finish) compares the two and names each [`Broken`] promise;
//! - a [`Witness`] is a handler that does the telling for an informer that runs.
//!
//! ```
//! use kube_core::wire::RawObject;
//! use kube_runtime::flow::{Cached, Notice};
//! use kube_testing::contract::{ContractChecker, Journal, Pace, Promise};
//!
//! let json = r#"{"metadata":{"name":"a","namespace":"b","uid":"u","resourceVersion":"7"}}"#;
//! let map: k8s_openapi::api::core::v1::ConfigMap = serde_json::from_str(json)?;
//! let mut journal = Journal::default();
//! journal.wrote(&map);
//!
//! let cached = Cached::raw(&RawObject::parse(json.into(), false).unwrap());
//! let added = Notice::Added { new: cached.clone(), initial: false };
//! let mut checker = ContractChecker::new(Pace::KeepsUp);
//! checker.synced();
//! checker.told(&added, Some(&cached));
//! checker.told(&added, Some(&cached));
//! checker.looked(&[cached]);
//! let broken = checker.finish(&journal);
//! assert_eq!(broken.len(), 1);
//! assert_eq!(broken[0].promise, Promise::AddedOnce);
//! assert_eq!(broken[0].key.to_string(), "b/a");
//! # Ok::<(), serde_json::Error>(())
//! ```

mod broken;
mod journal;
mod telling;
mod checker;
mod witness;

pub use broken::Broken;
pub use broken::Promise;
pub use checker::ContractChecker;
pub use checker::Pace;
pub use journal::Journal;
pub use witness::Witness;
