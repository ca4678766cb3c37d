//! A write that is carried out while its answer is lost: the writer cannot know.

use super::{Effect, Step};

/// Breaks the connection after the request was handled.
#[derive(Debug)]
pub(super) struct LoseAnswer;

impl Effect for LoseAnswer {
    fn name(&self) -> &'static str {
        "lose answer"
    }

    fn after(&self) -> Step {
        Step::Disconnect
    }
}
