//! Objects as people and kubectl read them: values in, one YAML stream out.

use serde::Serialize;

use crate::error::Result;

/// Objects as one YAML stream.
pub(super) fn stream<T: Serialize>(objects: &[T]) -> Result<String> {
    let mut stream = String::new();
    for object in objects {
        // As JSON first: YAML's serializer is compiled for that alone, and not for each type again.
        let yaml = serde_saphyr::to_string(&serde_json::to_value(object)?)?;
        stream.push_str("---\n");
        stream.push_str(yaml.trim_end());
        stream.push('\n');
    }
    Ok(stream)
}
