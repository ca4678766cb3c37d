//! Containers: what they run, what became of them, and what they are given.

use serde_json::Value;

use super::environment;
use super::text::Description;
use super::text::is_set;
use super::text::items;
use super::text::members;
use super::text::number;
use super::text::or;
use super::text::text;
use super::time;

/// Where containers stand.
#[derive(Clone, Copy, Debug)]
pub enum Where<'a> {
    Template,
    /// With what became of them.
    Pod {
        pod: &'a Value,
        statuses: &'a Value,
    },
}

pub fn describe(title: &str, containers: &Value, place: Where<'_>, into: &mut Description) {
    let (outer, inner) = match place {
        Where::Template => ("  ", " "),
        Where::Pod { .. } => ("", ""),
    };
    let none = if is_set(containers) { "" } else { " <none>" };
    into.line(0, format_args!("{outer}{title}:{none}"));
    for container in items(containers) {
        into.line(1, format_args!("{inner}{}:", text(&container["name"])));
        let (pod, statuses) = match place {
            Where::Template => (None, &Value::Null),
            Where::Pod { pod, statuses } => (Some(pod), statuses),
        };
        let status = items(statuses).find(|status| status["name"] == container["name"]);
        describe_image(container, status, into);
        describe_command(container, into);
        if let Some(status) = status {
            describe_status(status, into);
        }
        describe_resources(&container["resources"], 2, into);
        for (title, probe) in [
            ("Liveness", "livenessProbe"),
            ("Readiness", "readinessProbe"),
            ("Startup", "startupProbe"),
        ] {
            if container[probe].is_object() {
                into.field(2, title, self::probe(&container[probe]));
            }
        }
        environment::describe(container, pod, into);
        describe_mounts(container, into);
    }
}

fn describe_image(container: &Value, status: Option<&Value>, into: &mut Description) {
    if let Some(status) = status {
        into.field(2, "Container ID", text(&status["containerID"]));
    }
    into.field(2, "Image", text(&container["image"]));
    if let Some(status) = status {
        into.field(2, "Image ID", text(&status["imageID"]));
    }
    for (title, member) in [("Port", "containerPort"), ("Host Port", "hostPort")] {
        let ports: Vec<String> =
            items(&container["ports"]).map(|port| self::port(port, member)).collect();
        let title = if ports.len() > 1 { format!("{title}s") } else { title.to_owned() };
        into.field(2, &title, or(&ports.join(", ").into(), "<none>"));
    }
    let profile = &container["securityContext"]["seccompProfile"];
    if profile.is_object() {
        into.field(2, "SeccompProfile", text(&profile["type"]));
        if profile["type"] == "Localhost" {
            into.field(3, "LocalhostProfile", text(&profile["localhostProfile"]));
        }
    }
}

fn port(port: &Value, member: &str) -> String {
    let plain = format!("{}/{}", number(&port[member]), text(&port["protocol"]));
    match text(&port["name"]).as_str() {
        "" => plain,
        name => format!("{plain} ({name})"),
    }
}

fn describe_command(container: &Value, into: &mut Description) {
    for (title, member) in [("Command", "command"), ("Args", "args")] {
        if is_set(&container[member]) {
            into.line(2, format_args!("{title}:"));
            let words: Vec<String> = items(&container[member]).map(text).collect();
            for line in words.iter().flat_map(|word| word.split('\n')) {
                into.line(3, line);
            }
        }
    }
}

fn describe_status(status: &Value, into: &mut Description) {
    describe_state("State", &status["state"], into);
    if status["lastState"]["terminated"].is_object() {
        describe_state("Last State", &status["lastState"], into);
    }
    into.field(2, "Ready", if status["ready"] == true { "True" } else { "False" });
    into.field(2, "Restart Count", number(&status["restartCount"]));
}

fn describe_state(title: &str, state: &Value, into: &mut Description) {
    if state["running"].is_object() {
        into.field(2, title, "Running");
        into.field(3, "Started", time::date(&state["running"]["startedAt"]));
        return;
    }
    let ended = &state["terminated"];
    if state["waiting"].is_object() || !ended.is_object() {
        into.field(2, title, "Waiting");
        into.field_if(3, "Reason", &state["waiting"]["reason"]);
        return;
    }
    into.field(2, title, "Terminated");
    into.field_if(3, "Reason", &ended["reason"]);
    into.field_if(3, "Message", &ended["message"]);
    into.field(3, "Exit Code", number(&ended["exitCode"]));
    if number(&ended["signal"]) > 0 {
        into.field(3, "Signal", number(&ended["signal"]));
    }
    into.field(3, "Started", time::date(&ended["startedAt"]));
    into.field(3, "Finished", time::date(&ended["finishedAt"]));
}

/// What they may use, and what is kept for them.
pub fn describe_resources(resources: &Value, level: usize, into: &mut Description) {
    for (title, member) in [("Limits", "limits"), ("Requests", "requests")] {
        if is_set(&resources[member]) {
            into.line(level, format_args!("{title}:"));
        }
        for (resource, quantity) in members(&resources[member]) {
            into.field(level + 1, resource, text(quantity));
        }
    }
}

fn probe(probe: &Value) -> String {
    let [delay, timeout, period, success, failure] = [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ]
    .map(|member| number(&probe[member]));
    let rules = format!(
        "delay={delay}s timeout={timeout}s period={period}s #success={success} #failure={failure}"
    );
    let [exec, http, tcp, grpc] = ["exec", "httpGet", "tcpSocket", "grpc"].map(|sort| &probe[sort]);
    let how = if exec.is_object() {
        let words: Vec<String> = items(&exec["command"]).map(text).collect();
        format!("exec [{}]", words.join(" "))
    } else if http.is_object() {
        format!("http-get {}", address(http))
    } else if tcp.is_object() {
        format!("tcp-socket {}:{}", text(&tcp["host"]), text(&tcp["port"]))
    } else if grpc.is_object() {
        format!("grpc <pod>:{} {}", number(&grpc["port"]), text(&grpc["service"]))
    } else {
        "unknown".to_owned()
    };
    format!("{how} {rules}")
}

fn address(http: &Value) -> String {
    let (scheme, host) = (text(&http["scheme"]).to_lowercase(), text(&http["host"]));
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    let path = text(&http["path"]);
    let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
    format!("{scheme}://{host}:{}{slash}{path}", text(&http["port"]))
}

fn describe_mounts(container: &Value, into: &mut Description) {
    let none = if is_set(&container["volumeMounts"]) { "" } else { "\t<none>" };
    into.line(2, format_args!("Mounts:{none}"));
    let mut mounts: Vec<&Value> = items(&container["volumeMounts"]).collect();
    mounts.sort_by_key(|mount| text(&mount["mountPath"]));
    for mount in mounts {
        let mut how = if mount["readOnly"] == true { "ro" } else { "rw" }.to_owned();
        if is_set(&mount["subPath"]) {
            how.push_str(&format!(",path={:?}", text(&mount["subPath"])));
        }
        let (path, name) = (text(&mount["mountPath"]), text(&mount["name"]));
        into.line(3, format_args!("{path} from {name} ({how})"));
    }
    if is_set(&container["volumeDevices"]) {
        into.line(2, format_args!("Devices:{none}"));
        let mut devices: Vec<&Value> = items(&container["volumeDevices"]).collect();
        devices.sort_by_key(|device| text(&device["devicePath"]));
        for device in devices {
            let (path, name) = (text(&device["devicePath"]), text(&device["name"]));
            into.line(3, format_args!("{path} from {name}"));
        }
    }
}
