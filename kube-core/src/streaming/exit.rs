//! How a process ended.

use std::fmt;

/// The exit code of a process: a value, as a program that ends with another than 0 may have done what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Exit {
    code: i32,
}

impl Exit {
    pub(super) fn new(code: i32) -> Self {
        Self { code }
    }

    /// The code; above 128 often 128 and the number of a signal.
    #[must_use]
    pub fn code(self) -> i32 {
        self.code
    }

    /// Whether the code is 0.
    #[must_use]
    pub fn success(self) -> bool {
        self.code == 0
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit code {}", self.code)
    }
}
