//! How a collection is read and each page of it in; what the next page is asked for with, out.

use crate::error::Result;
use crate::request::ListOptions;

/// What the next page is asked for with: nothing after the last one, and after an error.
pub(super) struct NextPage(Option<Result<ListOptions>>);

impl NextPage {
    /// The first page, of at most that many objects.
    pub(super) fn first(options: Result<ListOptions>, size: u32) -> Self {
        Self(Some(options.map(|options| options.limit(size.max(1)))))
    }

    /// Asked for until [`after`](Self::after) says that it was read; an error comes once.
    pub(super) fn options(&mut self) -> Result<Option<ListOptions>> {
        match &self.0 {
            Some(Ok(options)) => Ok(Some(options.clone())),
            _ => self.0.take().transpose(),
        }
    }

    /// The page that was asked for so has this token, or could not be read.
    pub(super) fn after(&mut self, options: ListOptions, token: Option<String>) {
        let token = token.filter(|token| !token.is_empty());
        self.0 = token.map(|token| Ok(options.after(token)));
    }

    /// Whether there is none.
    pub(super) fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Whether it goes on from another one.
    pub(super) fn is_later(&self) -> bool {
        matches!(&self.0, Some(Ok(options)) if options.continue_token.is_some())
    }

    /// What all pages are asked for with at once.
    pub(super) fn whole(&self) -> ListOptions {
        let options = match &self.0 {
            Some(Ok(options)) => options.clone(),
            _ => ListOptions::default(),
        };
        ListOptions { limit: None, continue_token: None, ..options }
    }
}
