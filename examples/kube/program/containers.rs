//! Which container a command is about: a Pod and maybe a name in, a name and what is told of the choice out.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/util/podcmd/podcmd.go

use k8s_openapi::api::core::v1::Pod;

use super::failure::Failure;

/// The annotation of a Pod that names its most interesting container.
const DEFAULT: &str = "kubectl.kubernetes.io/default-container";

/// The container, and what is told of why it is this one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    pub name: String,
    pub notices: Vec<String>,
}

/// In which of a Pod's lists a container stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    Usual,
    Ephemeral,
    Init,
}

fn all(pod: &Pod) -> impl Iterator<Item = (List, &str)> {
    let spec = pod.spec.iter();
    let usual = spec.clone().flat_map(|spec| &spec.containers);
    let ephemeral = spec.clone().flat_map(|spec| spec.ephemeral_containers.iter().flatten());
    let init = spec.flat_map(|spec| spec.init_containers.iter().flatten());
    let usual = usual.map(|one| (List::Usual, one.name.as_str()));
    let ephemeral = ephemeral.map(|one| (List::Ephemeral, one.name.as_str()));
    usual.chain(ephemeral).chain(init.map(|one| (List::Init, one.name.as_str())))
}

/// The names of all of a Pod's containers in the order in which they write their logs.
pub fn in_order(pod: &Pod) -> Vec<String> {
    let of = |wanted: List| {
        all(pod).filter(move |(list, _)| *list == wanted).map(|(_, name)| name.to_owned())
    };
    of(List::Init).chain(of(List::Usual)).chain(of(List::Ephemeral)).collect()
}

/// The container that a process runs in: the named one, else the Pod's default, else its first.
pub fn for_process(pod: &Pod, wanted: Option<&str>) -> Result<Choice, Failure> {
    match wanted.or_else(|| default_of(pod)) {
        Some(name) => named(pod, name),
        None => first(pod),
    }
}

/// The container whose log is read; a default that the Pod does not have is told and does not count.
pub fn for_log(pod: &Pod, wanted: Option<&str>) -> Result<Choice, Failure> {
    match (wanted, default_of(pod)) {
        (Some(name), _) => named(pod, name),
        (None, None) => first(pod),
        (None, Some(default)) => named(pod, default).or_else(|_| {
            let mut choice = first(pod)?;
            let unknown =
                format!("Default container name {default:?} not found in pod {}", name_of(pod));
            choice.notices.insert(0, unknown);
            Ok(choice)
        }),
    }
}

/// Whether a container has a terminal.
pub fn has_terminal(pod: &Pod, container: &str) -> bool {
    let mut containers = pod.spec.iter().flat_map(|spec| &spec.containers);
    containers.any(|one| one.name == container && one.tty == Some(true))
}

fn default_of(pod: &Pod) -> Option<&str> {
    let annotations = pod.metadata.annotations.as_ref()?;
    annotations.get(DEFAULT).map(String::as_str).filter(|name| !name.is_empty())
}

fn named(pod: &Pod, name: &str) -> Result<Choice, Failure> {
    match all(pod).any(|(_, known)| known == name) {
        true => Ok(Choice { name: name.to_owned(), notices: Vec::new() }),
        false => Err(Failure::said(format!(
            "container {name} is not valid for pod {} out of: {}",
            name_of(pod),
            listed(pod)
        ))),
    }
}

fn first(pod: &Pod) -> Result<Choice, Failure> {
    let mut containers = all(pod);
    let Some((List::Usual, name)) = containers.next() else {
        let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
        let why = format!("pod {namespace}/{} does not have any containers", name_of(pod));
        return Err(Failure::said(why));
    };
    let told = format!("Defaulted container {name:?} out of: {}", listed(pod));
    let notices = containers.next().map(|_| told).into_iter().collect();
    Ok(Choice { name: name.to_owned(), notices })
}

fn listed(pod: &Pod) -> String {
    let told = |(list, name): (List, &str)| match list {
        List::Usual => name.to_owned(),
        List::Ephemeral => format!("{name} (ephem)"),
        List::Init => format!("{name} (init)"),
    };
    all(pod).map(told).collect::<Vec<_>>().join(", ")
}

fn name_of(pod: &Pod) -> &str {
    pod.metadata.name.as_deref().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(default: &str) -> Pod {
        let container = |name: &str| json!({ "name": name, "image": "none" });
        serde_json::from_value(json!({
            "metadata": { "name": "web", "annotations": { DEFAULT: default } },
            "spec": {
                "containers": [container("a"), container("b")],
                "initContainers": [container("first")],
                "ephemeralContainers": [container("debug")],
            },
        }))
        .unwrap()
    }

    const ALL: &str = "a, b, debug (ephem), first (init)";

    #[test]
    fn the_named_container_is_taken_else_the_pods_default_else_its_first() {
        let check = |default: &str, wanted: Option<&str>, name: &str, notices: &[String]| {
            let choice = Choice { name: name.to_owned(), notices: notices.to_vec() };
            for chosen in [for_process(&pod(default), wanted), for_log(&pod(default), wanted)] {
                assert_eq!(chosen.unwrap(), choice, "{default:?} {wanted:?}");
            }
        };
        check("", Some("b"), "b", &[]);
        check("b", None, "b", &[]);
        check("b", Some("first"), "first", &[]);
        check("", None, "a", &[format!("Defaulted container \"a\" out of: {ALL}")]);
        let mut alone = pod("");
        let spec = alone.spec.as_mut().unwrap();
        (spec.init_containers, spec.ephemeral_containers) = (None, None);
        spec.containers.truncate(1);
        assert_eq!(for_process(&alone, None).unwrap().notices, [""; 0], "there is no choice");
    }

    #[test]
    fn a_container_that_is_none_is_an_error_but_for_the_default_of_a_log() {
        let unknown = |name: &str| {
            vec![format!("error: container {name} is not valid for pod web out of: {ALL}")]
        };
        assert_eq!(for_process(&pod(""), Some("x")).unwrap_err().lines(), unknown("x"));
        assert_eq!(for_log(&pod(""), Some("x")).unwrap_err().lines(), unknown("x"));
        assert_eq!(for_process(&pod("x"), None).unwrap_err().lines(), unknown("x"));
        let notices = for_log(&pod("x"), None).unwrap().notices;
        assert_eq!(notices[0], "Default container name \"x\" not found in pod web");
        assert_eq!(notices.len(), 2, "and that the first is taken: {notices:?}");
        assert!(for_process(&Pod::default(), None).is_err());
    }

    #[test]
    fn logs_come_in_the_order_in_which_containers_run() {
        assert_eq!(in_order(&pod("")), ["first", "a", "b", "debug"]);
    }
}
