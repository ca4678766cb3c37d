//! What the definition promises: of schemas as schemars writes them, and of derived kinds.

mod derived;
mod structural;
