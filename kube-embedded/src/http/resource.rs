//! Requests for objects: which kind, which verb; the writes are in the file beside.

use super::answer::Answerer;
use super::body::Body;
use super::call::Call;
use super::connect;
use super::negotiate::Shape;
use super::service::Service;
use super::write;
use crate::kind::{Connect, Kind, Sub};
use crate::status::Failure;
use crate::subresource;
use crate::verb::{self, Target};
use crate::watch::{self, Form, Watcher};
use futures::stream;
use http::Response;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Why there is no object in the answer.
#[derive(Debug)]
pub(super) enum Refused {
    Failure(Failure),
    /// A path that the server does not know at all.
    NoSuchPath,
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// How long a reader waits for a revision that has not been reached.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn answer(
    service: &Service,
    call: &Call,
    answerer: &mut Answerer,
) -> Result<Response<Body>, Refused> {
    let target = target(service, call)?;
    let kind = Arc::clone(&target.kind);
    answerer.warnings.extend(kind.deprecation.clone());
    if let Some(Sub::Connect(to)) = target.sub {
        return Ok(connect::answer(service, call, &target, to, answerer).await?);
    }
    if call.headers.get(http::header::UPGRADE).is_some() {
        return Err(Failure::bad_request("upgraded connections are not served").into());
    }
    let collection_write = matches!(call.info.verb.as_str(), "create" | "deletecollection");
    if kind.custom && collection_write && target.name.is_empty() && !in_place(&target) {
        return Err(Refused::NoSuchPath);
    }
    let head = call.head && !kind.custom;
    let item = !target.name.is_empty() && !collection_verb(call);
    let posted = matches!(target.sub, Some(Sub::Token | Sub::Binding | Sub::Eviction));
    let allowed = match call.info.verb.as_str() {
        "" => false,
        "get" => item && !head && !posted && !kind.review,
        "list" | "watch" => !kind.review && !head,
        "create" if kind.custom => true,
        "create" => posted || !item && in_place(&target),
        "update" => (item || kind.custom) && !posted,
        "patch" => item && !posted && target.sub != Some(Sub::Finalize),
        "delete" => item && target.sub.is_none(),
        "deletecollection" => kind.collection_delete && in_place(&target),
        _ => false,
    };
    if !allowed {
        return Err(not_allowed(call, &kind));
    }
    Ok(match call.info.verb.as_str() {
        "get" => get(service, call, &target, answerer).await?,
        "list" => list(service, call, &target, answerer).await?,
        "watch" => watch(service, call, &target, answerer)?,
        "create" => write::create(service, call, &target, answerer).await?,
        "update" => write::update(service, call, &target, answerer).await?,
        "patch" => write::patch(service, call, &target, answerer).await?,
        "delete" => write::delete(service, call, &target, answerer).await?,
        _ => write::delete_collection(service, call, &target, answerer).await?,
    })
}

fn collection_verb(call: &Call) -> bool {
    matches!(call.info.verb.as_str(), "list" | "watch" | "deletecollection")
}

/// Whether the collection of the target is one that can be written to.
fn in_place(target: &Target) -> bool {
    !target.kind.namespaced || !target.namespace.is_empty()
}

fn not_allowed(call: &Call, kind: &Kind) -> Refused {
    if !kind.custom {
        return Failure::method_not_allowed().into();
    }
    let text =
        format!("{} is not supported on resources of kind \"{}\"", call.info.verb, kind.name());
    Failure::new(405, "MethodNotAllowed", text).bare().into()
}

/// The kind and the object that the path names.
fn target(service: &Service, call: &Call) -> Result<Target, Refused> {
    let info = &call.info;
    let kinds = &service.cluster.kinds;
    let Some(kind) = kinds.find(&info.group, &info.version, &info.plural) else {
        let built_in = |kind: &Arc<Kind>| kind.group == info.group && !kind.custom;
        return Err(if info.group.is_empty() || kinds.all().iter().any(built_in) {
            Failure::no_such_resource().into()
        } else {
            Refused::NoSuchPath
        });
    };
    let unknown = |kind: &Kind| {
        if kind.custom { Refused::NoSuchPath } else { Failure::no_such_resource().into() }
    };
    let is_namespace = info.group.is_empty() && info.plural == "namespaces";
    let scoped = !info.namespace.is_empty() && !is_namespace;
    let lost = kind.namespaced && !scoped && !info.name.is_empty() && !collection_verb(call);
    if (scoped && !kind.namespaced) || lost {
        return Err(unknown(&kind));
    }
    let sub = match info.sub.as_str() {
        "" => None,
        name => match kind.sub(name) {
            Some(sub) if !info.too_deep || *sub == Sub::Connect(Connect::Proxy) => {
                Some(sub.clone())
            }
            _ if kind.custom => return Err(Failure::not_found(kind.name(), &info.name).into()),
            _ => return Err(unknown(&kind)),
        },
    };
    let namespace = if scoped { info.namespace.clone() } else { String::new() };
    Ok(Target { kind, namespace, name: info.name.clone(), sub })
}

async fn get(
    service: &Service,
    call: &Call,
    target: &Target,
    answerer: &Answerer,
) -> Result<Response<Body>, Failure> {
    if let Some(text) = call.query.get("resourceVersion").filter(|text| !text.is_empty()) {
        let revision = text.parse().map_err(|_| {
            let text = crate::json::quoted(text);
            Failure::plain(format!(
                "resourceVersion: Invalid value: {text}: strconv.ParseUint: parsing {text}: \
                 invalid syntax"
            ))
        })?;
        reach(service, target, revision).await?;
    }
    let stored = verb::get(&service.cluster, target).await?;
    if matches!(target.sub, Some(Sub::Scale { .. })) {
        let object = verb::view_value(&target.kind, &stored);
        let scale = subresource::read_scale(&target.kind, &object)?;
        return Ok(answerer.part(&Kind::new("autoscaling", "v1", "Scale", "scales", true), scale));
    }
    answerer.object(&target.kind, &stored, 200)
}

/// Waits until the store has reached `revision`, within reason.
async fn reach(service: &Service, target: &Target, revision: u64) -> Result<(), Failure> {
    let store = &service.cluster.store;
    let deadline = Instant::now() + PATIENCE;
    let mut news = store.news(&target.kind.resource);
    while store.revision() < revision {
        let waited = timeout_at(deadline, news.changed()).await;
        if waited.is_err() && store.revision() < revision {
            return Err(Failure::future_revision(revision, store.revision()));
        }
    }
    Ok(())
}

async fn list(
    service: &Service,
    call: &Call,
    target: &Target,
    answerer: &Answerer,
) -> Result<Response<Body>, Failure> {
    let options = call.query.list(&target.kind)?;
    if let Some(revision) = options.awaited() {
        reach(service, target, revision).await?;
    }
    let listing = verb::list(&service.cluster, target, &options).await?;
    answerer.list(&target.kind, listing)
}

fn watch(
    service: &Service,
    call: &Call,
    target: &Target,
    answerer: &Answerer,
) -> Result<Response<Body>, Failure> {
    let mut options = call.query.watch(&target.kind, call.plan)?;
    if !call.info.name.is_empty() && call.query.get("fieldSelector").is_none() {
        // The old form of the path may name one object.
        let selector = format!("metadata.name={}", call.info.name);
        options.selection = verb::Selection::parse(&target.kind, "", &selector)?;
    }
    let form = match &answerer.accepted.shape {
        Shape::Whole | Shape::Discovery | Shape::PartialList => Form::Whole,
        Shape::Partial => Form::Metadata,
        Shape::Table(form) => Form::Table(form.clone()),
    };
    let watcher = watch::start(&service.cluster, &service.control, target, options, form)?;
    let pieces = stream::unfold(watcher, |mut watcher: Watcher| async move {
        let piece = watcher.next().await?;
        Some((piece, watcher))
    });
    Ok(answerer.stream(Body::stream(pieces)))
}
