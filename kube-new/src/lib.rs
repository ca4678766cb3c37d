//! A name in, a new operator out: three files, fewer than 100 lines, that build, run and pass their tests at once.

mod name;
mod source;
mod project;
mod write;

pub use name::Name;
pub use project::File;
pub use project::files;
pub use source::Source;
pub use write::write;
