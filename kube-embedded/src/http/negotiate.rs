//! In which form a client wants its answer: an `Accept` header in, a form that can be served out.

use crate::status::Failure;
use crate::table::{Include, TableForm};

/// What is written and how.
#[derive(Clone, Debug, Default)]
pub(crate) struct Accepted {
    pub(crate) yaml: bool,
    pub(crate) pretty: bool,
    pub(crate) shape: Shape,
}

/// What objects are turned into.
#[derive(Clone, Debug, Default)]
pub(crate) enum Shape {
    #[default]
    Whole,
    /// `PartialObjectMetadata`
    Partial,
    /// `PartialObjectMetadataList`
    PartialList,
    Table(TableForm),
    /// The aggregated form of discovery.
    Discovery,
}

/// One clause of the header.
#[derive(Debug, Default)]
struct Clause<'a> {
    media: &'a str,
    as_: &'a str,
    group: &'a str,
    version: &'a str,
    quality: f32,
}

fn clause(text: &str) -> Clause<'_> {
    let mut parts = text.split(';').map(str::trim);
    let mut clause =
        Clause { media: parts.next().unwrap_or(""), quality: 1.0, ..Clause::default() };
    for part in parts {
        match part.split_once('=').unwrap_or((part, "")) {
            ("as", value) => clause.as_ = value,
            ("g", value) => clause.group = value,
            ("v", value) => clause.version = value,
            ("q", value) => clause.quality = value.parse().unwrap_or(1.0),
            _ => {}
        }
    }
    clause
}

fn shape(clause: &Clause<'_>, include: Include) -> Option<Shape> {
    let meta = clause.group == "meta.k8s.io" && matches!(clause.version, "v1" | "v1beta1");
    match clause.as_ {
        "" => Some(Shape::Whole),
        "Table" if meta => {
            Some(Shape::Table(TableForm { version: clause.version.to_owned(), include }))
        }
        "PartialObjectMetadata" if meta => Some(Shape::Partial),
        "PartialObjectMetadataList" if meta => Some(Shape::PartialList),
        "APIGroupDiscoveryList"
            if clause.group == "apidiscovery.k8s.io" && clause.version == "v2" =>
        {
            Some(Shape::Discovery)
        }
        _ => None,
    }
}

const REFUSAL: &str = "only the following media types are accepted: application/json, \
                       application/yaml, application/vnd.kubernetes.protobuf";
const WATCH_REFUSAL: &str = "only the following media types are accepted: \
                             application/json;stream=watch, \
                             application/vnd.kubernetes.protobuf;stream=watch";

/// The first clause that can be served.
pub(crate) fn negotiate(accept: &str, watch: bool, include: Include) -> Result<Accepted, Failure> {
    let refusal = || Failure::not_acceptable(if watch { WATCH_REFUSAL } else { REFUSAL });
    if accept.trim().is_empty() {
        return Ok(Accepted::default());
    }
    let mut clauses: Vec<Clause<'_>> = accept.split(',').map(|text| clause(text.trim())).collect();
    clauses.sort_by(|a, b| b.quality.total_cmp(&a.quality));
    for clause in clauses {
        let yaml = match clause.media {
            "application/json" | "*/*" | "application/*" => false,
            "application/yaml" if !watch => true,
            _ => continue,
        };
        if let Some(shape) = shape(&clause, include) {
            return Ok(Accepted { yaml, pretty: false, shape });
        }
    }
    Err(refusal())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_that_cannot_be_served_is_skipped() {
        let accept = |text: &str| negotiate(text, false, Include::Metadata);
        let kubectl = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
        assert!(matches!(accept(kubectl).unwrap().shape, Shape::Table(_)));
        let go = "application/vnd.kubernetes.protobuf,application/json";
        assert!(matches!(accept(go).unwrap().shape, Shape::Whole));
        let future = "application/json;as=Graph;v=v9;g=meta.k8s.io, */*;q=0.5";
        assert!(matches!(accept(future).unwrap().shape, Shape::Whole));
        assert_eq!(accept("text/html").unwrap_err().code(), 406);
        assert_eq!(negotiate("application/yaml", true, Include::None).unwrap_err().code(), 406);
    }
}
