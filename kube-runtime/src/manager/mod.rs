//! Many controllers, one life: the only place where tasks are spawned, and the order in which they end.

mod group;
mod life;
mod running;
mod served;

pub use group::Group;
pub(crate) use life::Life;
pub use running::Running;
pub(crate) use served::Served;
