//! A collection: options in, stored objects and where the next page starts out.
//!
//! Mirrors: kubernetes apiserver pkg/storage/etcd3/store.go GetList, pkg/storage/continue.go

use super::{Selection, Target};
use crate::cluster::Cluster;
use crate::convert;
use crate::json;
use crate::kind::Kind;
use crate::schema::FieldError;
use crate::status::Failure;
use crate::store::{Span, Stored, Unserved};
use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use serde_json::Value;
use std::sync::Arc;

/// How a resourceVersion is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    Exact,
    NotOlderThan,
}

/// What to list, as the query said it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListOptions {
    pub(crate) selection: Selection,
    /// Zero: all.
    pub(crate) limit: usize,
    pub(crate) token: String,
    pub(crate) resource_version: String,
    pub(crate) version_match: Option<Match>,
}

/// Part of a collection, or all of it.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) items: Vec<Arc<Stored>>,
    pub(crate) revision: u64,
    /// Empty on the last page.
    pub(crate) token: String,
    pub(crate) remaining: Option<usize>,
}

impl ListOptions {
    /// The revision that must have been reached before the list can be given.
    pub(crate) fn awaited(&self) -> Option<u64> {
        self.resource_version.parse().ok().filter(|revision| *revision > 0)
    }
}

/// Lists a target's collection.
pub(crate) async fn list(
    cluster: &Cluster,
    target: &Target,
    options: &ListOptions,
) -> Result<Listing, Failure> {
    check(options)?;
    let kind = &*target.kind;
    let namespace = Some(target.namespace.as_str()).filter(|namespace| !namespace.is_empty());
    let mut span = Span { namespace, limit: options.limit, ..Span::default() };
    let (token, after);
    if options.token.is_empty() {
        let revision = revision(&options.resource_version)?;
        let exact = match options.version_match {
            Some(Match::Exact) => true,
            Some(Match::NotOlderThan) => false,
            None => options.limit > 0,
        };
        if revision == 0 && !options.resource_version.is_empty() {
            // "Whatever you have": the cache answers, and it knows no pages.
            span.limit = 0;
        } else if exact && revision > 0 {
            span.at = Some(revision);
        } else if revision > cluster.store.revision() {
            return Err(Failure::future_revision(revision, cluster.store.revision()));
        }
    } else {
        token = Token::parse(&options.token)?;
        after = match namespace {
            Some(namespace) => format!("{namespace}/{}", token.start.trim_start_matches('/')),
            None => token.start.trim_start_matches('/').to_owned(),
        };
        // The token names the first key of the page: what follows the last key given.
        span.after = Some(after.trim_end_matches('\0'));
        span.at = u64::try_from(token.revision).ok();
        if options.resource_version == "0" {
            span.limit = 0;
        }
    }
    let matches = |stored: &Stored| options.selection.may_match(kind, stored);
    if let Some(name) = options.selection.name()
        && span.at.is_none()
        && (namespace.is_some() || !kind.namespaced)
    {
        // One object at most, found by its key.
        let revision = cluster.store.revision();
        let found = cluster.store.get(&kind.resource, namespace.unwrap_or(""), name);
        let items = found.into_iter().filter(|stored| matches(stored)).collect();
        let items = fitted(cluster, kind, items, &options.selection).await?;
        return Ok(Listing { items, revision, token: String::new(), remaining: None });
    }
    let page = cluster
        .store
        .page(&kind.resource, span, matches)
        .map_err(|unserved| refused(options, unserved, span))?;
    let more = page.next.as_deref().map(|last| {
        let start = namespace.map_or(last, |namespace| &last[namespace.len() + 1..]);
        Token {
            revision: i64::try_from(page.revision).unwrap_or(i64::MAX),
            start: format!("/{start}\0"),
        }
    });
    let counted = options.selection.is_everything() && more.is_some();
    Ok(Listing {
        items: fitted(cluster, kind, page.items, &options.selection).await?,
        revision: page.revision,
        token: more.map(|token| token.text()).unwrap_or_default(),
        remaining: counted.then_some(page.remaining),
    })
}

/// The items in the version of `kind`, without those that turn out not to be selected.
async fn fitted(
    cluster: &Cluster,
    kind: &Kind,
    items: Vec<Arc<Stored>>,
    selection: &Selection,
) -> Result<Vec<Arc<Stored>>, Failure> {
    let mut items = convert::fit_all(cluster, kind, items).await?;
    if kind.hook.is_some() && selection.has_fields() {
        items.retain(|stored| selection.matches(stored));
    }
    Ok(items)
}

fn refused(options: &ListOptions, unserved: Unserved, span: Span<'_>) -> Failure {
    match unserved {
        Unserved::Future { current } => {
            Failure::future_revision(span.at.unwrap_or(current), current)
        }
        Unserved::TooOld { .. } if options.token.is_empty() => {
            Failure::expired("The resourceVersion for the provided list is too old.")
        }
        Unserved::TooOld { .. } => {
            let start = span.after.unwrap_or("");
            let start = span.namespace.map_or(start, |namespace| &start[namespace.len() + 1..]);
            let token = Token { revision: -1, start: format!("{start}\0") };
            Failure::expired(
                "The provided continue parameter is too old to display a consistent list result. \
                 You can start a new list without the continue parameter, or use the continue \
                 token in this response to retrieve the remainder of the results. Continuing with \
                 the provided token results in an inconsistent list - objects that were created, \
                 modified, or deleted between the time the first chunk was returned and now may \
                 show up in the list.",
            )
            .with_continue(token.text())
        }
    }
}

const UNPROVIDED: &str = "resourceVersionMatch is forbidden unless resourceVersion is provided";

fn check(options: &ListOptions) -> Result<(), Failure> {
    let forbidden = |detail: &str| FieldError::forbidden("resourceVersionMatch", detail);
    let invalid = |detail| Failure::invalid("meta.k8s.io", "ListOptions", "", &[forbidden(detail)]);
    if !options.token.is_empty() {
        if options.version_match.is_some() {
            let mut errors = Vec::new();
            if options.resource_version.is_empty() {
                errors.push(forbidden(UNPROVIDED));
            }
            errors.push(forbidden("resourceVersionMatch is forbidden when continue is provided"));
            return Err(Failure::invalid("meta.k8s.io", "ListOptions", "", &errors));
        }
        if !matches!(options.resource_version.as_str(), "" | "0") {
            return Err(Failure::bad_request(
                "specifying resource version is not allowed when using continue",
            ));
        }
    }
    match options.version_match {
        Some(_) if options.resource_version.is_empty() => Err(invalid(UNPROVIDED)),
        Some(Match::Exact) if options.resource_version == "0" => {
            Err(invalid("resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""))
        }
        _ => Ok(()),
    }
}

fn revision(text: &str) -> Result<u64, Failure> {
    if text.is_empty() {
        return Ok(0);
    }
    text.parse().map_err(|_| {
        let text = json::quoted(text);
        Failure::bad_request(format!(
            "invalid resource version: resourceVersion: Invalid value: {text}: strconv.ParseUint: \
             parsing {text}: invalid syntax"
        ))
    })
}

/// As lenient with the last bits as Go is.
const TOKENS: GeneralPurpose =
    GeneralPurpose::new(&URL_SAFE, NO_PAD.with_decode_allow_trailing_bits(true));

/// Where a page starts.
#[derive(Debug, PartialEq, Eq)]
struct Token {
    /// Below zero: at whatever is there now.
    revision: i64,
    start: String,
}

impl Token {
    fn text(&self) -> String {
        let start = serde_json::to_string(&self.start).unwrap_or_default();
        let text =
            format!("{{\"v\":\"meta.k8s.io/v1\",\"rv\":{},\"start\":{start}}}", self.revision);
        TOKENS.encode(text)
    }

    fn parse(text: &str) -> Result<Self, Failure> {
        let bad = |why: String| {
            Failure::bad_request(format!(
                "invalid continue token: continue key is not valid: {why}"
            ))
        };
        let bytes = TOKENS
            .decode(text.trim_end_matches('='))
            .map_err(|_| bad("illegal base64 data at input byte 0".to_owned()))?;
        let token: Value = serde_json::from_slice(&bytes).map_err(|_| {
            let first = char::from(bytes.first().copied().unwrap_or(b' '));
            bad(format!("invalid character '{first}' looking for beginning of value"))
        })?;
        let version = token["v"].as_str().unwrap_or("");
        if version != "meta.k8s.io/v1" {
            return Err(bad(format!("server does not recognize this encoded version {version}")));
        }
        let revision = token["rv"].as_i64().unwrap_or(0);
        if revision == 0 {
            let why = format!("incorrect encoded start resourceVersion (version {version})");
            return Err(bad(why));
        }
        let start = token["start"].as_str().unwrap_or("").to_owned();
        if start.is_empty() {
            return Err(bad(format!("encoded start key empty (version {version})")));
        }
        if start.split('/').any(|part| part == "..") {
            return Err(bad(start));
        }
        Ok(Self { revision, start })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_as_it_went() {
        let token = Token { revision: 7, start: "/b\0".to_owned() };
        assert_eq!(Token::parse(&token.text()).unwrap(), token);
        let text = String::from_utf8(TOKENS.decode(token.text()).unwrap()).unwrap();
        assert_eq!(text, r#"{"v":"meta.k8s.io/v1","rv":7,"start":"/b\u0000"}"#);
        assert_eq!(
            Token::parse("e30").unwrap_err().message(),
            "invalid continue token: continue key is not valid: server does not recognize this \
             encoded version "
        );
    }
}
