//! Requests that change objects: options and body parsed, the verb run, the result written.

use super::answer::Answerer;
use super::body::Body;
use super::call::Call;
use super::gate::live_objects;
use super::service::Service;
use crate::auth::{self, Review};
use crate::convert;
use crate::kind::{Kind, Sub};
use crate::merge;
use crate::status::{self, Failure};
use crate::subresource;
use crate::verb::{self, Options, PatchBody, Target, Written};
use http::Response;
use serde_json::Value;

fn options(call: &Call, family: &str, apply: bool) -> Result<Options, Failure> {
    call.query.write(&call.user, call.agent(), family, apply)
}

/// Why the user may not create what an update or an apply finds missing.
fn create_refused(service: &Service, call: &Call) -> Option<Failure> {
    let mut info = call.info.clone();
    "create".clone_into(&mut info.verb);
    service.gate.check(&service.cluster, &call.user, &info).err()
}

async fn written(
    service: &Service,
    target: &Target,
    written: Written,
    answerer: &mut Answerer,
) -> Result<Response<Body>, Failure> {
    answerer.warnings.extend(written.warnings);
    let code = if written.created { 201 } else { 200 };
    let stored = convert::fit(&service.cluster, &target.kind, written.stored).await?;
    answerer.object(&target.kind, &stored, code)
}

pub(super) async fn create(
    service: &Service,
    call: &Call,
    target: &Target,
    answerer: &mut Answerer,
) -> Result<Response<Body>, Failure> {
    let kind = &*target.kind;
    let cluster = &service.cluster;
    if target.sub == Some(Sub::Token) {
        let document = call.document(kind)?;
        let live = live_objects(cluster);
        let tokens = &service.gate.tokens;
        let token = subresource::create_token(cluster, tokens, target, &document.value, &live)?;
        return Ok(answerer.value(&token, 201));
    }
    let shown_as = match target.sub {
        Some(Sub::Eviction) => Some(Kind::new("policy", "v1", "Eviction", "evictions", true)),
        Some(Sub::Binding) => Some(Kind::new("", "v1", "Binding", "bindings", true)),
        _ => None,
    };
    if let Some(shown_as) = shown_as {
        let document = call.document(&shown_as)?.value;
        check_kind(&shown_as, &document)?;
        return place(service, call, target, answerer, document).await;
    }
    let document = call.document(kind)?;
    if kind.review {
        let live = live_objects(cluster);
        let rbac = service.gate.rbac(cluster);
        let review = Review {
            tokens: &service.gate.tokens,
            rbac: &rbac,
            user: &call.user,
            namespace: &target.namespace,
            now: cluster.clock.now(),
            live: &live,
        };
        let answer = auth::review(&review, &kind.kind, document.value)?;
        return Ok(answerer.value(&answer, 201));
    }
    let mut document = document;
    if kind.kind == "CertificateSigningRequest" {
        // Who asks is what the signer is told, whatever is said of it.
        let user = &call.user;
        let spec = &mut document.value["spec"];
        (spec["username"], spec["groups"]) = (user.name.clone().into(), user.groups.clone().into());
    }
    let options = options(call, "CreateOptions", false)?;
    // A name in the URL of a creation is not looked at.
    let collection = Target { name: String::new(), ..target.clone() };
    let done = verb::create(cluster, &collection, &options, document).await;
    answerer.warnings.extend(options.warned.take());
    written(service, target, done?, answerer).await
}

/// Another kind than the one that is taken is not read as it.
fn check_kind(kind: &Kind, document: &Value) -> Result<(), Failure> {
    let text = |member: &str| document[member].as_str().filter(|text| !text.is_empty());
    let own = text("kind").unwrap_or(&kind.kind);
    if own == kind.kind {
        return Ok(());
    }
    let api_version = text("apiVersion").unwrap_or("v1");
    let version = api_version.rsplit('/').next().unwrap_or(api_version);
    let group = if kind.group.is_empty() { "core" } else { &kind.group };
    let kind = &kind.kind;
    Err(Failure::bad_request(format!(
        "{own} in version \"{version}\" cannot be handled as a {kind}: converting ({version}.{own}) \
         to ({group}.{kind}): unknown conversion"
    )))
}

/// Gives a Pod its node, or asks it to leave.
async fn place(
    service: &Service,
    call: &Call,
    target: &Target,
    answerer: &mut Answerer,
    document: Value,
) -> Result<Response<Body>, Failure> {
    let cluster = &service.cluster;
    let options = options(call, "CreateOptions", false)?;
    let done = if target.sub == Some(Sub::Binding) {
        subresource::bind(cluster, target, &options, document).await
    } else {
        subresource::evict(cluster, target, &options, document).await
    };
    answerer.warnings.extend(options.warned.take());
    done?;
    Ok(answerer.value(&status::done(201), 201))
}

pub(super) async fn update(
    service: &Service,
    call: &Call,
    target: &Target,
    answerer: &mut Answerer,
) -> Result<Response<Body>, Failure> {
    if target.name.is_empty() {
        return Err(Failure::bad_request("name must be provided"));
    }
    let kind = &*target.kind;
    let mut options = options(call, "UpdateOptions", false)?;
    let document = call.document(kind)?;
    if matches!(target.sub, Some(Sub::Scale { .. })) {
        return scale(service, target, &options, answerer, &|_| Ok(document.value.clone())).await;
    }
    if kind.create_on_update {
        options.create_refused = create_refused(service, call);
    }
    let done = verb::update(&service.cluster, target, &options, document).await;
    answerer.warnings.extend(options.warned.take());
    written(service, target, done?, answerer).await
}

async fn scale(
    service: &Service,
    target: &Target,
    options: &Options,
    answerer: &mut Answerer,
    change: &(dyn Fn(&Value) -> Result<Value, Failure> + Sync),
) -> Result<Response<Body>, Failure> {
    let done = subresource::change_scale(&service.cluster, target, options, change).await;
    answerer.warnings.extend(options.warned.take());
    let done = done?;
    answerer.warnings.extend(done.warnings);
    let stored = convert::fit(&service.cluster, &target.kind, done.stored).await?;
    let object = verb::view_value(&target.kind, &stored);
    Ok(answerer.value(&subresource::read_scale(&target.kind, &object)?, 200))
}

const CUSTOM_FORMATS: &str = "the body of the request was in an unknown format - accepted media \
    types include: application/json-patch+json, application/merge-patch+json, \
    application/apply-patch+yaml";

pub(super) async fn patch(
    service: &Service,
    call: &Call,
    target: &Target,
    answerer: &mut Answerer,
) -> Result<Response<Body>, Failure> {
    let kind = &*target.kind;
    let body = call.body.clone();
    let apply = call.media() == "application/apply-patch+yaml";
    let patch = match call.media() {
        "application/json-patch+json" => PatchBody::Json(body),
        "application/merge-patch+json" => PatchBody::Merge(body),
        "application/strategic-merge-patch+json" if !kind.custom => PatchBody::Strategic(body),
        "application/apply-patch+yaml" => PatchBody::Apply(call.yaml()?),
        _ if kind.custom => return Err(Failure::unsupported_media_type(CUSTOM_FORMATS)),
        _ => return Err(Failure::unsupported_media_type("415: Unsupported Media Type").bare()),
    };
    let mut options = options(call, "PatchOptions", apply)?;
    if matches!(target.sub, Some(Sub::Scale { .. })) {
        return scale(service, target, &options, answerer, &|scale| {
            let patched = match &patch {
                PatchBody::Json(body) => merge::json_patch(scale, body),
                PatchBody::Merge(body) | PatchBody::Strategic(body) => {
                    merge::merge_patch(scale, body)
                }
                PatchBody::Apply(_) => {
                    return Err(Failure::unsupported_media_type("a scale cannot be applied"));
                }
            };
            patched.map_err(|error| Failure::new(error.code, error.reason, error.message))
        })
        .await;
    }
    if apply {
        options.create_refused = create_refused(service, call);
    }
    let done = verb::patch(&service.cluster, target, &options, &patch).await;
    answerer.warnings.extend(options.warned.take());
    written(service, target, done?, answerer).await
}

pub(super) async fn delete(
    service: &Service,
    call: &Call,
    target: &Target,
    answerer: &mut Answerer,
) -> Result<Response<Body>, Failure> {
    let kind = &*target.kind;
    let mut options = options(call, "DeleteOptions", false)?;
    let (deletion, dry_run) = call.deletion()?;
    options.dry_run |= dry_run;
    let done = verb::delete(&service.cluster, target, &options, &deletion).await;
    answerer.warnings.extend(options.warned.take());
    let done = done?;
    if done.removed && !kind.return_deleted {
        answerer.warnings.extend(done.warnings);
        let uid = &done.stored.facts.uid;
        return Ok(answerer.value(&status::success(kind.name(), &target.name, uid), 200));
    }
    written(service, target, done, answerer).await
}

pub(super) async fn delete_collection(
    service: &Service,
    call: &Call,
    target: &Target,
    answerer: &mut Answerer,
) -> Result<Response<Body>, Failure> {
    let mut options = options(call, "DeleteOptions", false)?;
    let (deletion, dry_run) = call.deletion()?;
    options.dry_run |= dry_run;
    let selected = call.query.list(&target.kind)?;
    let collection = Target { name: String::new(), ..target.clone() };
    let cluster = &service.cluster;
    let listing =
        verb::delete_collection(cluster, &collection, &options, &deletion, &selected).await;
    answerer.warnings.extend(options.warned.take());
    answerer.list(&target.kind, listing?)
}
