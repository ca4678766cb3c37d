//! Requests for what containers say and do: logs as text, and connections that leave HTTP.

use super::answer::{self, Answerer};
use super::body::Body;
use super::call::Call;
use super::proxy;
use super::service::Service;
use crate::admission::Warned;
use crate::discovery;
use crate::kind::{Connect, Sub};
use crate::status::Failure;
use crate::streaming::{self, Host, Known, Logged, Offer, PORTS, PROCESSES, Refusal, Switch};
use crate::verb::{self, Target};
use futures::stream;
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) async fn answer(
    service: &Service,
    call: &Call,
    target: &Target,
    to: Connect,
    answerer: &mut Answerer,
) -> Result<Response<Body>, Failure> {
    match (to, call.info.verb.as_str()) {
        (Connect::Log, "get") if !call.head => log(service, call, target),
        (Connect::Exec | Connect::Attach, "get" | "create") if !call.head => {
            may_create(service, call)?;
            admitted(service, call, target, to, answerer).await?;
            process(service, call, target, to, answerer)
        }
        (Connect::PortForward, "get" | "create") if !call.head => {
            may_create(service, call)?;
            admitted(service, call, target, to, answerer).await?;
            ports(service, call, target, answerer)
        }
        (Connect::Proxy, _) => {
            admitted(service, call, target, to, answerer).await?;
            proxy::answer(service, call, target).await
        }
        _ => Err(Failure::method_not_allowed()),
    }
}

/// To look into a container is not enough of a right to act in it, whatever the method is.
fn may_create(service: &Service, call: &Call) -> Result<(), Failure> {
    let mut info = call.info.clone();
    "create".clone_into(&mut info.verb);
    service.gate.check(&service.cluster, &call.user, &info)
}

/// Asks webhooks and policies about a connection.
async fn admitted(
    service: &Service,
    call: &Call,
    target: &Target,
    to: Connect,
    answerer: &mut Answerer,
) -> Result<(), Failure> {
    let (shown, options) = options(call, target, to);
    let warned = Warned::default();
    let by = (&call.user, &warned);
    let outcome = verb::admit_connection(&service.cluster, target, by, shown, options).await;
    answerer.warnings.extend(warned.take());
    outcome
}

/// What a connection asks for, as Go prints it, and the kind that this is of.
fn options(call: &Call, target: &Target, to: Connect) -> (&'static str, Value) {
    let mut options = json!({});
    match to {
        Connect::Log => {}
        Connect::Exec | Connect::Attach => {
            let wanted = call.query.process();
            if !wanted.container.is_empty() {
                options["container"] = wanted.container.into();
            }
            for (name, flag) in [
                ("stdin", wanted.stdin),
                ("stdout", wanted.stdout),
                ("stderr", wanted.stderr),
                ("tty", wanted.terminal),
            ] {
                if flag {
                    options[name] = true.into();
                }
            }
            if to == Connect::Exec {
                let command = Some(wanted.command).filter(|command| !command.is_empty());
                options["command"] = command.into();
            }
        }
        Connect::PortForward => {
            let ports = call.query.ports();
            if !ports.is_empty() {
                options["ports"] = ports.into();
            }
        }
        Connect::Proxy => {
            if let Some(path) = proxy::path(call) {
                options["path"] = path.into();
            }
        }
    }
    let shown = discovery::sub_kind(&target.kind, &Sub::Connect(to));
    (shown.map_or("", |(.., kind)| kind), options)
}

fn pod(service: &Service, target: &Target) -> Result<Value, Failure> {
    let store = &service.cluster.store;
    let stored = store.get(&target.kind.resource, &target.namespace, &target.name);
    let stored = stored.ok_or_else(|| Failure::not_found(target.kind.name(), &target.name))?;
    Ok(stored.value())
}

fn log(service: &Service, call: &Call, target: &Target) -> Result<Response<Body>, Failure> {
    let cluster = &service.cluster;
    let wanted = call.query.log(&target.name, cluster.clock.now())?;
    let pod = pod(service, target)?;
    let container = streaming::container(&pod, &wanted.container)?;
    let containers = &*cluster.containers;
    let log = match streaming::log(containers, &pod, &container, wanted.previous)? {
        Logged::Log(log) => log,
        Logged::Nowhere => return Ok(plain(StatusCode::NO_CONTENT, Body::empty())),
    };
    let over = Box::pin(streaming::over(cluster.clone(), pod));
    let lines = stream::unfold((log.read(wanted.part), over), async |(mut reader, mut over)| {
        let line = tokio::select! {
            biased;
            line = reader.next() => line,
            () = &mut over => {
                reader.stop();
                reader.next().await
            }
        };
        line.map(|line| (Ok(line), (reader, over)))
    });
    let mut response = plain(StatusCode::OK, Body::stream(lines));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    Ok(response)
}

fn plain(code: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = code;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
    response
}

fn process(
    service: &Service,
    call: &Call,
    target: &Target,
    to: Connect,
    answerer: &Answerer,
) -> Result<Response<Body>, Failure> {
    let wanted = call.query.process();
    let pod = pod(service, target)?;
    let container = streaming::container(&pod, &wanted.container)?;
    streaming::host(&pod)?;
    let refused = wanted.check().and_then(|()| streaming::running(&pod, &container)).err();
    let (switch, refused) = match switch(call, PROCESSES, refused)? {
        Ok(switched) => switched,
        Err(response) => return Ok(response),
    };
    let containers = Arc::clone(&service.cluster.containers);
    let over = streaming::over(service.cluster.clone(), pod);
    let hold = if to == Connect::Exec { streaming::exec } else { streaming::attach };
    let conversation = hold(containers, container, wanted, &switch, refused, over);
    Ok(answerer.switched(switch.headers(), conversation))
}

fn ports(
    service: &Service,
    call: &Call,
    target: &Target,
    answerer: &Answerer,
) -> Result<Response<Body>, Failure> {
    let pod = pod(service, target)?;
    streaming::host(&pod)?;
    let switch = match switch(call, PORTS, None)? {
        Ok((switch, _)) => switch,
        Err(response) => return Ok(response),
    };
    let host = Host {
        namespace: target.namespace.clone(),
        pod: target.name.clone(),
        uid: pod["metadata"]["uid"].as_str().unwrap_or_default().to_owned(),
    };
    let containers = Arc::clone(&service.cluster.containers);
    let over = streaming::over(service.cluster.clone(), pod);
    let conversation = streaming::forward(containers, host, &switch, over);
    Ok(answerer.switched(switch.headers(), conversation))
}

type Switched = Result<(Switch, Option<Refusal>), Response<Body>>;

/// Agrees on a protocol. What the node refuses is told within the newest one, and before any other.
fn switch(call: &Call, known: Known, refused: Option<Refusal>) -> Result<Switched, Failure> {
    let offer = Offer::of(&call.headers);
    let not_spoken = |wanted: &str| {
        Failure::bad_request(format!(
            "unable to upgrade connection: the embedded server does not speak {wanted} here, only \
             WebSocket with one of {:?}: kubectl 1.31 and newer do by themselves",
            known.websocket
        ))
    };
    match &offer {
        Offer::Nothing => return Err(Failure::bad_request("Upgrade request required")),
        Offer::Other(wanted) => return Err(not_spoken(wanted)),
        Offer::Spdy { .. } if known.spdy.is_empty() => return Err(not_spoken("SPDY/3.1")),
        Offer::WebSocket { .. } | Offer::Spdy { .. } => {}
    }
    let switch = Switch::of(&offer, known);
    let within = switch.as_ref().is_some_and(Switch::tells_refusals);
    Ok(match (switch, refused) {
        (_, Some(Refusal { code, text })) if !within => Err(answer::plain(code, text + "\n")),
        (Some(switch), refused) => Ok((switch, refused)),
        (None, _) => {
            let mut response = plain(StatusCode::FORBIDDEN, Body::empty());
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            Err(response)
        }
    })
}
