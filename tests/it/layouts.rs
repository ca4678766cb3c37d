//! What installs an operator, as files: a kustomize base and a Helm chart, rendered and compared with what `manifests` prints.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use kube_runtime::operator::Files;
use kube_runtime::operator::Installation;
use kube_runtime::operator::Layout;
use kube_runtime::prelude::*;
use serde_json::Value;

use crate::versions;
use crate::webhooks;
use crate::website::operator::operator as website;

const IMAGE: &str = "registry.example.com/website:1.0";

/// Every combination that makes other objects.
fn all() -> Vec<(Operator, Installation)> {
    let own = || Installation::new(IMAGE);
    let elected = || website().leader_election(LeaderElection::default());
    vec![
        (website(), own()),
        (elected(), own().roles(true).service_monitor(true).argument("--dns={{ a }}")),
        (elected().namespaces(["a", "b"]), own().namespace("grounds").create_namespace(true)),
        (webhooks::operator(), own()),
        (webhooks::operator(), own().cert_manager(true)),
        (versions::operator(), own()),
        (versions::operator(), own().cert_manager(true)),
    ]
}

fn texts(files: &Files) -> BTreeMap<String, String> {
    files.iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
}

/// The objects of a stream, by what tells them apart.
fn objects(stream: &str) -> BTreeMap<String, Value> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(stream).unwrap();
    by_name(documents)
}

fn by_name(objects: impl IntoIterator<Item = Value>) -> BTreeMap<String, Value> {
    let mut named = BTreeMap::new();
    for object in objects {
        let metadata = &object["metadata"];
        let name = format!("{} {} {}", object["kind"], metadata["namespace"], metadata["name"]);
        assert!(named.insert(name, plain(object)).is_none());
    }
    named
}

/// Whole numbers written as such, as kustomize writes them.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
            Some(float) if float.fract() == 0.0 => Value::from(float as i64),
            _ => Value::Number(number),
        },
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, plain(value))).collect()
        }
        other => other,
    }
}

/// What `helm template` makes of the few things that our templates have.
fn rendered(template: &str, namespace: &str, values: &Value) -> String {
    let (mut lines, mut each) = (Vec::new(), None);
    for line in template.lines() {
        match line {
            "{{- range .Values.extraArgs }}" => each = Some(Vec::new()),
            "{{- end }}" => {
                let body: Vec<String> = each.take().unwrap();
                for argument in values["extraArgs"].as_array().unwrap() {
                    let quoted = argument.to_string();
                    lines.extend(body.iter().map(|line| line.replace("{{ . | quote }}", &quoted)));
                }
            }
            line => match &mut each {
                Some(body) => body.push(line.to_owned()),
                None => lines.push(line.to_owned()),
            },
        }
    }
    let mut text = String::new();
    for line in lines {
        let mut line = line
            .replace("{{ .Release.Namespace }}", namespace)
            .replace("{{ .Values.image }}", values["image"].as_str().unwrap())
            .replace("{{ .Values.replicas }}", &values["replicas"].to_string());
        if let Some((before, place)) = line.split_once("{{- toYaml .Values.resources | nindent ") {
            let indent: usize = place.trim_end_matches(" }}").parse().unwrap();
            let yaml = serde_saphyr::to_string(&values["resources"]).unwrap();
            let below = yaml.trim_end().lines().map(|it| format!("\n{}{it}", " ".repeat(indent)));
            line = format!("{}{}", before.trim_end(), below.collect::<String>());
        }
        assert!(!line.replace("{{`{{`}}", "").contains("{{"), "{line}");
        text.push_str(&line.replace("{{`{{`}}", "{{"));
        text.push('\n');
    }
    text
}

/// What a chart renders to with its default values, but for `change`; by us, and, where it is, by Helm.
fn templated(
    files: &BTreeMap<String, String>,
    namespace: &str,
    change: impl Fn(&mut Value),
) -> BTreeMap<String, Value> {
    let mut values: Value = serde_saphyr::from_str(&files["values.yaml"]).unwrap();
    change(&mut values);
    let found = by_us(files, namespace, &values);
    if let Some(stream) = by_helm(files, namespace, &values) {
        assert_eq!(objects(&stream), found);
    }
    found
}

fn by_us(
    files: &BTreeMap<String, String>,
    namespace: &str,
    values: &Value,
) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for (path, text) in files {
        if path.starts_with("templates/") {
            found.extend(objects(&rendered(text, namespace, values)));
        } else if path.starts_with("crds/") {
            found.extend(objects(text));
        }
    }
    found
}

#[test]
fn a_chart_with_its_own_values_is_what_is_printed_but_for_the_namespace_that_helm_makes() {
    for (operator, installation) in all() {
        let namespace = installation.namespace.clone();
        let namespace = namespace.unwrap_or_else(|| format!("{}-system", operator.name()));
        let expected = operator.manifests(&installation).unwrap();
        let expected = expected.objects().iter().filter(|object| object["kind"] != "Namespace");
        let expected = by_name(expected.cloned().map(kept));
        let files = texts(&operator.layout(&installation, Layout::Helm).unwrap());
        let found = templated(&files, &namespace, |_| {});
        assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        for (name, object) in &expected {
            assert_eq!(&found[name], object);
        }
        let elsewhere = templated(&files, "elsewhere", |_| {});
        let left = serde_json::to_string(&elsewhere).unwrap();
        assert!(!left.contains(&namespace) && !left.contains("of-the-"), "{left}");
    }
}

/// With what a chart has beside: Helm leaves the definitions that are no templates, and is to leave the others too.
fn kept(mut object: Value) -> Value {
    if object["spec"].get("conversion").is_some() {
        object["metadata"]["annotations"]["helm.sh/resource-policy"] = "keep".into();
    }
    object
}

#[test]
fn a_release_says_image_number_resources_and_arguments() {
    let (operator, installation) = all().remove(1);
    let files = texts(&operator.layout(&installation, Layout::Helm).unwrap());
    let found = templated(&files, "prod", |values| {
        values["image"] = "other:2".into();
        values["replicas"] = 3.into();
        values["resources"]["limits"]["cpu"] = "1".into();
        values["extraArgs"] = serde_json::json!(["--a=b: c", "--d"]);
    });
    let (_, deployment) = found.iter().find(|(name, _)| name.starts_with("\"Deployment")).unwrap();
    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(deployment["spec"]["replicas"], 3);
    assert_eq!(container["image"], "other:2");
    assert_eq!(
        container["resources"]["limits"],
        serde_json::json!({ "cpu": "1", "memory": "256Mi" })
    );
    let arguments = container["args"].as_array().unwrap();
    assert_eq!(arguments[arguments.len() - 3..], ["--dns={{ a }}", "--a=b: c", "--d"]);
    insta::assert_snapshot!("the_values_of_a_chart", files["values.yaml"]);
    insta::assert_snapshot!("the_deployment_of_a_chart", files["templates/deployment.yaml"]);
    let chart: Value = serde_saphyr::from_str(&files["Chart.yaml"]).unwrap();
    assert_eq!((&chart["name"], &chart["apiVersion"]), (&"website".into(), &"v2".into()));
}

#[test]
fn a_kustomize_base_is_what_is_printed_with_a_file_for_each_kind() {
    for (operator, installation) in all() {
        let expected = operator.manifests(&installation).unwrap();
        let expected = by_name(expected.objects().iter().cloned());
        let files = operator.layout(&installation, Layout::Kustomize).unwrap();
        let folder = tempfile::tempdir().unwrap();
        files.write(folder.path(), false).unwrap();
        let base = folder.path().join("base");
        let read = |name: &str| fs::read_to_string(base.join(name)).unwrap();
        let list: Value = serde_saphyr::from_str(&read("kustomization.yaml")).unwrap();
        let names = list["resources"].as_array().unwrap();
        let found = names.iter().flat_map(|name| objects(&read(name.as_str().unwrap())));
        assert_eq!(found.collect::<BTreeMap<_, _>>(), expected);
        if let Some(stream) = kustomized(&base) {
            assert_eq!(objects(&stream), expected);
        }
    }
}

/// What Helm makes of a chart in which it finds nothing wrong.
fn by_helm(files: &BTreeMap<String, String>, namespace: &str, values: &Value) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let chart = folder.path().join("chart");
    for (path, text) in files {
        let path = chart.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let own = folder.path().join("values.json");
    fs::write(&own, values.to_string()).unwrap();
    let helm = |verb: &[&str]| {
        let mut command = Command::new("helm");
        command.args(verb).arg(&chart).arg("--values").arg(&own).args(["--namespace", namespace]);
        said_by(command, "Helm is not installed: charts are rendered by us only")
    };
    helm(&["lint", "--strict"])?;
    helm(&["template", "release", "--include-crds"])
}

/// What kustomize, which kubectl has, makes of a base.
fn kustomized(base: &Path) -> Option<String> {
    let mut command = Command::new("kubectl");
    command.arg("kustomize").arg(base);
    said_by(command, "kubectl is not installed: the base is read by us only")
}

/// What a program that must not fail prints; who runs the tests is told when there is none.
fn said_by(mut command: Command, otherwise: &str) -> Option<String> {
    match command.output() {
        Ok(output) => {
            let stderr = String::from_utf8_lossy(&output.stderr);
            let stdout = String::from_utf8(output.stdout).unwrap();
            assert!(output.status.success(), "{stdout}{stderr}");
            Some(stdout)
        }
        Err(_) => {
            #[expect(clippy::print_stderr, reason = "who runs the tests must see it")]
            {
                eprintln!("SKIPPED: {otherwise}");
            }
            None
        }
    }
}

/// Every file below a folder.
fn listed(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(listed(&path));
        } else {
            let text = fs::read_to_string(&path).unwrap();
            found.insert(path.display().to_string(), text);
        }
    }
    found
}

#[test]
fn files_that_others_wrote_or_changed_are_kept_and_then_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let write = |installation: &Installation, force: bool| {
        website().layout(installation, Layout::Helm).unwrap().write(folder.path(), force)
    };
    let (one, other) = (Installation::new("website:1"), Installation::new("website:2"));
    write(&one.clone().service_monitor(true), false).unwrap();
    let monitor = folder.path().join("templates/servicemonitor.yaml");
    let own = folder.path().join("templates/own.yaml");
    fs::write(&own, "# mine\n").unwrap();
    assert!(monitor.exists());
    write(&other, false).unwrap();
    assert!(!monitor.exists(), "what is no part of it any more is applied no more");
    let values = folder.path().join("values.yaml");
    assert!(fs::read_to_string(&values).unwrap().contains("website:2"));
    fs::write(&values, fs::read_to_string(&values).unwrap().replace("256Mi", "1Gi")).unwrap();
    let chart = folder.path().join("Chart.yaml");
    fs::write(&chart, "name: mine\n").unwrap();
    let before = listed(folder.path());
    let told = write(&one, false).unwrap_err().to_string();
    assert!(told.contains("values.yaml`") && told.contains("Chart.yaml`"), "{told}");
    assert!(told.contains("`--force`"), "{told}");
    assert_eq!(listed(folder.path()), before);
    write(&one, true).unwrap();
    assert!(fs::read_to_string(&values).unwrap().contains("website:1"));
    assert_eq!(fs::read_to_string(&own).unwrap(), "# mine\n");
}

#[test]
fn what_cannot_be_written_leaves_nothing_half_done() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("templates"), "no folder\n").unwrap();
    let files = website().layout(&Installation::new("website:1"), Layout::Helm).unwrap();
    files.write(folder.path(), true).unwrap_err();
    let names: Vec<_> = listed(folder.path()).into_keys().collect();
    assert_eq!(names, [folder.path().join("templates").display().to_string()]);
}
