//! A Helm chart: an operator's objects in, the same with the places that a release fills out.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::Files;
use super::by_kind;
use crate::error::Result;
use crate::operator::Installation;
use crate::operator::Operator;
use crate::operator::yaml;

/// Stands for the namespace of the release until the objects are made: it is one that may be.
const NAMESPACE: &str = "namespace-of-the-release";
/// The version of a chart whose program has none that Helm takes.
const VERSION: &str = "0.1.0";

/// Helm leaves what has this annotation when a release goes: a definition takes all objects of its kind with it.
const KEPT: (&str, &str) = ("helm.sh/resource-policy", "keep");

/// What stands in YAML where more than a text is filled in.
const REPLICAS: &str = "replicas-of-the-values";
const RESOURCES: &str = "resources-of-the-values";
const ARGUMENTS: &str = "arguments-of-the-values";

impl<A: Send + Sync + 'static> Operator<A> {
    pub(super) fn helm(&self, installation: &Installation) -> Result<Files> {
        let installation = installation.clone().namespace(NAMESPACE).create_namespace(false);
        let manifests = self.manifests(&installation)?;
        let is_definition = |object: &Value| object["kind"] == "CustomResourceDefinition";
        // Helm fills in nothing in `crds/`, and who converts is in the namespace of the release.
        let is_fixed =
            |object: &&Value| is_definition(object) && object["spec"].get("conversion").is_none();
        let (definitions, others): (Vec<&Value>, Vec<&Value>) =
            manifests.objects().iter().partition(is_fixed);
        let mut others: Vec<Value> = others.into_iter().cloned().map(filled).collect();
        let mut values = Values { image: installation.image, replicas: None, resources: json!({}) };
        for definition in others.iter_mut().filter(|object| is_definition(object)) {
            definition["metadata"]["annotations"][KEPT.0] = KEPT.1.into();
        }
        let elects = self.leader_election.is_some();
        for deployment in others.iter_mut().filter(|object| object["kind"] == "Deployment") {
            values.take(&mut deployment["spec"], elects);
        }
        let mut files = Files::of(&self.name);
        files.add("Chart.yaml", &yaml::stream(&[self.chart()])?);
        files.add("values.yaml", &values.text()?);
        for definition in definitions {
            let name = definition["metadata"]["name"].as_str().unwrap_or_default();
            files.add(format!("crds/{name}.yaml"), &yaml::stream(&[definition])?);
        }
        for (kind, objects) in by_kind(&others) {
            let text = template(&yaml::stream(&objects)?);
            files.add(format!("templates/{}.yaml", kind.to_lowercase()), &text);
        }
        Ok(files)
    }

    fn chart(&self) -> Value {
        let crates = self.controllers.iter().find_map(|controller| controller.version());
        let version = self.version.as_deref().or(crates);
        json!({
            "apiVersion": "v2",
            "name": self.name,
            "type": "application",
            "version": version.filter(|version| is_semantic(version)).unwrap_or(VERSION),
            "appVersion": version.unwrap_or(VERSION),
        })
    }
}

/// Helm takes no other versions.
fn is_semantic(version: &str) -> bool {
    let numbers = version.split(['-', '+']).next().unwrap_or_default();
    let mut count = 0;
    let whole = numbers.split('.').all(|number| {
        count += 1;
        number.parse::<u64>().is_ok() && (number == "0" || !number.starts_with('0'))
    });
    whole && count == 3
}

/// The text of a template that renders as it was; the namespace becomes that of the release.
fn filled(object: Value) -> Value {
    match object {
        Value::String(text) => {
            let text = text.replace("{{", "{{`{{`}}");
            Value::String(text.replace(NAMESPACE, "{{ .Release.Namespace }}"))
        }
        Value::Array(items) => items.into_iter().map(filled).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, value)| (name, filled(value)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        other => other,
    }
}

/// What a release may say.
struct Values {
    image: String,
    /// Only where one of many works: of others there is one.
    replicas: Option<Value>,
    resources: Value,
}

impl Values {
    /// Takes them from the Deployment, and leaves places for them.
    fn take(&mut self, spec: &mut Value, elects: bool) {
        if elects {
            self.replicas = Some(spec["replicas"].take());
            spec["replicas"] = REPLICAS.into();
        }
        let container = &mut spec["template"]["spec"]["containers"][0];
        self.resources = container["resources"].take();
        container["resources"] = RESOURCES.into();
        container["image"] = "{{ .Values.image }}".into();
        if let Value::Array(arguments) = &mut container["args"] {
            arguments.push(ARGUMENTS.into());
        }
    }

    fn text(&self) -> Result<String> {
        let one = |name: &str, value: &Value| -> Result<String> {
            Ok(yaml::stream(&[json!({ name: value })])?.replacen("---\n", "", 1))
        };
        let mut text =
            "# The container image; its entry point is the operator's binary.\n".to_owned();
        text.push_str(&one("image", &self.image.as_str().into())?);
        if let Some(replicas) = &self.replicas {
            text.push_str("# How many Pods run: one works, the others are warm.\n");
            text.push_str(&one("replicas", replicas)?);
        }
        text.push_str("# What each Pod asks for, and what it may use.\n");
        text.push_str(&one("resources", &self.resources)?);
        text.push_str("# More arguments for the operator's command line.\n");
        text.push_str(&one("extraArgs", &json!([]))?);
        Ok(text)
    }
}

/// YAML with its places filled by what Helm evaluates.
fn template(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let indent = " ".repeat(line.len() - line.trim_start().len());
        let below = indent.len() + 2;
        lines.push(match line.trim().trim_end_matches(['\'', '"']) {
            said if said.ends_with(REPLICAS) => {
                format!("{indent}replicas: {{{{ .Values.replicas }}}}")
            }
            said if said.ends_with(RESOURCES) => {
                format!("{indent}resources: {{{{- toYaml .Values.resources | nindent {below} }}}}")
            }
            said if said.ends_with(ARGUMENTS) => format!(
                "{{{{- range .Values.extraArgs }}}}\n{indent}- {{{{ . | quote }}}}\n{{{{- end }}}}"
            ),
            _ => line.to_owned(),
        });
    }
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_has_a_version_that_helm_takes() {
        for (version, expected) in [
            ("1.2.3", true),
            ("0.1.0-rc.1+build", true),
            ("1.2", false),
            ("v1.2.3", false),
            ("01.2.3", false),
            ("1.2.3.4", false),
            ("", false),
        ] {
            assert_eq!(is_semantic(version), expected, "{version}");
        }
    }
}
