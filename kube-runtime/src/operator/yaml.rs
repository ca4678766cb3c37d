//! Objects as people and kubectl read them: values in, one YAML stream out.

use kube_core::object::to_yaml;
use serde::Serialize;

use crate::error::Result;

/// Objects as one YAML stream.
pub(super) fn stream<T: Serialize>(objects: &[T]) -> Result<String> {
    let mut stream = String::new();
    for object in objects {
        let yaml = to_yaml(object)?;
        stream.push_str("---\n");
        stream.push_str(yaml.trim_end());
        stream.push('\n');
    }
    Ok(stream)
}
