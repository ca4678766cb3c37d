//! Which container is meant, and whether it is there: a Pod and a name in; the container, or the server's words for why not, out.

use super::Refusal;
use crate::container::{Container, Containers, Log};
use crate::status::Failure;
use serde_json::Value;

fn text<'a>(pod: &'a Value, member: &str) -> &'a str {
    pod["metadata"][member].as_str().unwrap_or_default()
}

fn items<'a>(pod: &'a Value, part: &str, members: [&str; 3]) -> Vec<&'a Value> {
    let lists = members.into_iter().filter_map(|member| pod[part][member].as_array());
    lists.flatten().collect()
}

/// The container of this name; without a name the only one.
///
/// # Errors
/// There is none, or a name is needed: a 400.
pub(crate) fn container(pod: &Value, asked: &str) -> Result<Container, Failure> {
    let members = ["initContainers", "containers", "ephemeralContainers"];
    let all = items(pod, "spec", members);
    let named = |own: &Value| own["name"].as_str().unwrap_or_default().to_owned();
    let found = match (asked, pod["spec"]["containers"].as_array().map(Vec::as_slice)) {
        ("", Some([only])) => Some(only),
        ("", _) => {
            let names: Vec<String> = all.into_iter().map(named).collect();
            return Err(Failure::bad_request(format!(
                "a container name must be specified for pod {}, choose one of: [{}]",
                text(pod, "name"),
                names.join(" ")
            )));
        }
        (asked, _) => all.into_iter().find(|own| own["name"] == asked),
    };
    let Some(found) = found else {
        let pod = text(pod, "name");
        return Err(Failure::bad_request(format!("container {asked} is not valid for pod {pod}")));
    };
    Ok(Container {
        namespace: text(pod, "namespace").to_owned(),
        pod: text(pod, "name").to_owned(),
        name: named(found),
        image: found["image"].as_str().unwrap_or_default().to_owned(),
    })
}

/// Whether the Pod is on a node.
fn scheduled(pod: &Value) -> bool {
    pod["spec"]["nodeName"].as_str().is_some_and(|node| !node.is_empty())
}

/// # Errors
/// The Pod is on no node: a 400.
pub(crate) fn host(pod: &Value) -> Result<(), Failure> {
    if scheduled(pod) {
        return Ok(());
    }
    let name = text(pod, "name");
    Err(Failure::bad_request(format!("pod {name} does not have a host assigned")))
}

fn status<'a>(pod: &'a Value, container: &Container) -> Option<&'a Value> {
    let members = ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"];
    let all = items(pod, "status", members);
    all.into_iter().find(|status| status["name"] == container.name.as_str())
}

/// # Errors
/// The container does not run.
pub(crate) fn running(pod: &Value, container: &Container) -> Result<(), Refusal> {
    match status(pod, container) {
        Some(status) if status["state"]["running"].is_object() => Ok(()),
        _ => Err(Refusal::new(500, format!("container not found ({:?})", container.name))),
    }
}

/// A log that can be read.
#[derive(Debug)]
pub(crate) enum Logged {
    Log(Log),
    /// The Pod is on no node yet.
    Nowhere,
}

/// The log of a container, of before its last restart if `previous`.
///
/// # Errors
/// The container did not begin, or was never restarted: a 400.
pub(crate) fn log(
    containers: &dyn Containers,
    pod: &Value,
    container: &Container,
    previous: bool,
) -> Result<Logged, Failure> {
    if !scheduled(pod) {
        return Ok(Logged::Nowhere);
    }
    let (name, of) = (&container.name, text(pod, "name"));
    if previous {
        let log = containers.previous_log(container).ok_or_else(|| {
            let why = format!("previous terminated container {name:?} in pod {of:?} not found");
            Failure::bad_request(why)
        });
        return log.map(Logged::Log);
    }
    let state = status(pod, container).map(|status| &status["state"]);
    let began = |state: &&Value| state["running"].is_object() || state["terminated"].is_object();
    if state.filter(began).is_some() {
        return Ok(Logged::Log(containers.log(container)));
    }
    Err(Failure::bad_request(match state.and_then(|state| state["waiting"]["reason"].as_str()) {
        Some(reason) => format!("container {name:?} in pod {of:?} is waiting to start: {reason}"),
        None => format!("container {name:?} in pod {of:?} is not available"),
    }))
}
