//! How urgent a key is: what led to it in, which turn it gets out.

/// Which keys a queue hands out first; see [`WorkQueue`](crate::workqueue::WorkQueue).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a match over all of them is what users write")]
pub enum Priority {
    /// Nothing changed: the initial list, a resync.
    Low,
    /// Something changed.
    #[default]
    Normal,
    /// Somebody waits for it.
    High,
}

impl Priority {
    /// All of them, the least urgent first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Normal, Self::High];

    /// The number that stands for it in metrics: controller-runtime's low priority is -100 too.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::Low => -100,
            Self::Normal => 0,
            Self::High => 100,
        }
    }
}
