//! What a file holds: nothing waits for somebody to write into a pipe, or reads a device without end.

use std::fs::File;
use std::io;
use std::io::Read as _;
use std::path::Path;

/// The most bytes that are read of a file: a kubeconfig of thousands of clusters, each with its certificates.
pub(super) const LIMIT: u64 = 16 << 20;

/// A file, ready to be read; none if it is no regular one.
pub(super) fn open(path: &Path) -> io::Result<Option<File>> {
    // A pipe would not even be opened before somebody writes.
    match std::fs::metadata(path)?.is_file() {
        true => File::open(path).map(Some),
        false => Ok(None),
    }
}

/// All bytes of a regular file.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidInput, why);
    let file = open(path)?.ok_or_else(|| invalid("it is no regular file".to_owned()))?;
    let mut bytes = Vec::new();
    file.take(LIMIT + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > LIMIT {
        true => Err(invalid(format!("it is larger than {LIMIT} bytes"))),
        false => Ok(bytes),
    }
}
