//! The object that changed.
//!
//! Mirrors: controller-runtime pkg/handler/enqueue.go

use super::Enqueue;
use crate::flow::{Key, Notice};

/// Enqueues the object itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Itself;

impl Enqueue for Itself {
    fn keys(&self, notice: &Notice, add: &mut dyn FnMut(Key)) {
        add(notice.key().clone());
    }
}
