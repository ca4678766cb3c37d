//! What the definition promises: of schemas as schemars writes them, and of derived kinds.

mod changes;
mod derived;
mod structural;
