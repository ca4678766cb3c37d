//! Keys to work on, each once at a time: keys go in when something changed, and come out to one worker each.
//!
//! Promises:
//! - A key that is added many times before it is taken comes out once.
//! - A key is never out twice at once; one that is added while it is out comes back when it is done.
//! - Keys of one [`Priority`](crate::flow::Priority) come out in the order they first went in, the more urgent before the less urgent; of
//!   17 keys in a row one is of a lower priority, when any waits, so that none waits for ever.
//! - A key that is added again counts as the most urgent of its adds; one that comes back by itself, as urgent as when it was taken.
//! - Of two delays of one key the earlier counts.
//! - A failed key waits out its retry time: adding it does not shorten that.
//! - [`shut_down`](WorkQueue::shut_down) hands nothing out any more; [`shut_down_with_drain`](WorkQueue::shut_down_with_drain) hands out what is queued.
//!
//! ```
//! use kube_runtime::workqueue::WorkQueue;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let queue = WorkQueue::new();
//! queue.add("shop");
//! queue.add("shop");
//! let key = queue.get().await.expect("a key was added");
//! queue.add("shop");                 // while somebody works on it: it waits
//! assert!(queue.is_empty());
//! queue.done(&key);
//! assert_eq!(queue.get().await, Some("shop"));
//! # }
//! ```
//!
//! Mirrors: client-go util/workqueue
//! Differs: one structure instead of three wrapped ones; an event does not end a failed key's wait; a shutdown without drain starts nothing more;
//! delayed keys can be queried and rescheduled; priorities, as controller-runtime's queue has them, are three, and age.

pub mod limiter;
mod delay;
mod handle;
mod lanes;
mod machine;
mod meter;
#[cfg(test)]
mod metrics_tests;
mod snapshot;
#[cfg(test)]
mod priority_tests;
#[cfg(test)]
mod tests;

pub use handle::WorkQueue;
pub use limiter::RateLimiter;
pub use machine::Depth;
pub use meter::Metrics;
pub use snapshot::Item;
pub use snapshot::KeyState;
pub use snapshot::Snapshot;
