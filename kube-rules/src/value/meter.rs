//! What an evaluation has cost, and what it may still cost.

use super::Fault;

/// Values and pieces of text that one evaluation may copy: what Kubernetes' prices leave out is bounded too.
const MOST_COPIES: u64 = 4_000_000;
/// The most bytes of one text that a rule makes.
const LONGEST_TEXT: u64 = 16 * 1024 * 1024;

/// The price of an evaluation so far, in the API server's units.
#[derive(Debug)]
pub(crate) struct Meter {
    cost: u64,
    limit: u64,
    copies: u64,
}

impl Meter {
    pub(crate) fn new(limit: u64) -> Self {
        Self { cost: 0, limit, copies: 0 }
    }

    pub(crate) fn cost(&self) -> u64 {
        self.cost
    }

    pub(crate) fn charge(&mut self, cost: u64) -> Result<(), Fault> {
        self.cost = self.cost.saturating_add(cost);
        if self.cost > self.limit { Err(Fault::OverBudget) } else { Ok(()) }
    }

    /// Before values are copied.
    pub(crate) fn copy(&mut self, values: usize) -> Result<(), Fault> {
        self.copies = self.copies.saturating_add(values as u64);
        if self.copies > MOST_COPIES { Err(Fault::OverBudget) } else { Ok(()) }
    }

    /// Before a text is made.
    pub(crate) fn text(&mut self, bytes: usize) -> Result<(), Fault> {
        if bytes as u64 > LONGEST_TEXT {
            return Err(Fault::OverBudget);
        }
        self.copy(bytes / 64)
    }
}
