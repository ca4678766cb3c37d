//! `kube auth`: who the server takes us for, and what we may do.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/auth

use std::collections::BTreeMap;

use kube_core::ApiResource;
use kube_core::DynamicObject;
use kube_core::Scope;
use serde_json::Value;
use serde_json::json;

use super::Ground;
use super::console::Console;
use super::failure::Failure;
use super::output::Output;
use super::printing;
use super::selection;
use super::tab::Tabs;

/// Who am I, and what may I do?
#[derive(Debug, clap::Args)]
pub struct Auth {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Shows whom the server takes us for.
    Whoami {
        /// As json, yaml or jsonpath=TEMPLATE.
        #[arg(long, short, value_name = "FORMAT")]
        output: Option<String>,
    },
    /// Whether we may do something; the exit code says so too.
    CanI(CanI),
}

#[derive(Debug, clap::Args)]
struct CanI {
    /// As `get`, `*`.
    verb: Option<String>,
    /// A kind, a kind and a name as `pods/web`, or a path as `/healthz`.
    what: Option<String>,
    /// In all namespaces.
    #[arg(long, short = 'A')]
    all_namespaces: bool,
    /// A part of the objects, as `log`.
    #[arg(long, value_name = "PART", default_value = "")]
    subresource: String,
    /// Everything that we may do.
    #[arg(long)]
    list: bool,
    /// The exit code alone.
    #[arg(long, short)]
    quiet: bool,
    /// Without the line of titles.
    #[arg(long)]
    no_headers: bool,
}

/// The members of a review as kubectl's types have them.
const ORDER: [&str; 8] =
    ["kind", "apiVersion", "metadata", "status", "username", "uid", "groups", "extra"];

const SELF: ApiResource = ApiResource::of(
    "authentication.k8s.io",
    "v1",
    "SelfSubjectReview",
    "selfsubjectreviews",
    Scope::Cluster,
);
const ACCESS: ApiResource = ApiResource::of(
    "authorization.k8s.io",
    "v1",
    "SelfSubjectAccessReview",
    "selfsubjectaccessreviews",
    Scope::Cluster,
);
const RULES: ApiResource = ApiResource::of(
    "authorization.k8s.io",
    "v1",
    "SelfSubjectRulesReview",
    "selfsubjectrulesreviews",
    Scope::Cluster,
);

/// Asks the server for its view of us.
async fn review(ground: &Ground, kind: ApiResource, spec: Value) -> Result<Value, Failure> {
    let mut question = DynamicObject::default().typed(&kind);
    if !spec.is_null() {
        question.data.insert("spec".to_owned(), spec);
    }
    let answer = ground.client.api::<DynamicObject>(kind, None).create(&question).await?;
    serde_json::to_value(&answer)
        .map_err(|error| Failure::said(format!("failed to write the answer: {error}")))
}

impl Auth {
    pub async fn run(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        match &self.command {
            Command::Whoami { output } => {
                let output = Output::of(output.as_deref())?;
                let answer = review(ground, SELF, Value::Null).await?;
                match output {
                    Output::Table { .. } => whoami(&answer["status"]["userInfo"], console),
                    Output::Json => console.print(&printing::json_in_order(&answer, &ORDER)?),
                    output => console.print(&output.text(&answer)?),
                }
            }
            Command::CanI(can) if can.list => can.rules(ground, console).await,
            Command::CanI(can) => can.ask(ground, console).await,
        }
    }
}

fn whoami(user: &Value, console: &mut Console) -> Result<(), Failure> {
    let list = |value: &Value| {
        let items = value.as_array().into_iter().flatten().filter_map(Value::as_str);
        format!("[{}]", items.collect::<Vec<_>>().join(" "))
    };
    let mut lines = "ATTRIBUTE\tVALUE\n".to_owned();
    for (title, member) in [("Username", "username"), ("UID", "uid")] {
        if let Some(text) = user[member].as_str().filter(|text| !text.is_empty()) {
            lines.push_str(&format!("{title}\t{text}\n"));
        }
    }
    if user["groups"].as_array().is_some_and(|groups| !groups.is_empty()) {
        lines.push_str(&format!("Groups\t{}\n", list(&user["groups"])));
    }
    for (key, values) in user["extra"].as_object().into_iter().flatten() {
        lines.push_str(&format!("Extra: {key}\t{}\n", list(values)));
    }
    console.print(&Tabs::of_tables().align(&lines))
}

impl CanI {
    async fn ask(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        let (Some(verb), Some(what)) = (&self.verb, &self.what) else {
            return Err(Failure::said(
                "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
            ));
        };
        let spec = match what.starts_with('/') {
            true => json!({ "nonResourceAttributes": { "verb": verb, "path": what } }),
            false => self.attributes(ground, console, verb, what).await?,
        };
        let answer = review(ground, ACCESS, spec).await?;
        let status = &answer["status"];
        let allowed = status["allowed"] == true;
        if !self.quiet {
            let mut line = if allowed { "yes" } else { "no" }.to_owned();
            for member in ["reason", "evaluationError"].into_iter().filter(|_| !allowed) {
                if let Some(why) = status[member].as_str().filter(|why| !why.is_empty()) {
                    line.push_str(&format!(" - {why}"));
                }
            }
            console.say(&line)?;
        }
        if allowed { Ok(()) } else { Err(Failure::Code(1)) }
    }

    async fn attributes(
        &self,
        ground: &Ground,
        console: &mut Console,
        verb: &str,
        what: &str,
    ) -> Result<Value, Failure> {
        let (word, name) = what.split_once('/').unwrap_or((what, ""));
        let mut namespace = if self.all_namespaces { "" } else { ground.namespace.as_str() };
        let (group, plural) = match word {
            "*" => ("*".to_owned(), "*".to_owned()),
            word => match selection::kind_of(&ground.client.discovery(), word).await {
                Ok(kind) => {
                    if !kind.is_namespaced() && !self.quiet {
                        let mut named = format!("'{}' is not namespace scoped", kind.plural);
                        if !kind.group.is_empty() {
                            named.push_str(&format!(" in group '{}'", kind.group));
                        }
                        console.warn(&format!("Warning: resource {named}\n"));
                        namespace = "";
                    }
                    (kind.group.into_owned(), kind.plural.into_owned())
                }
                Err(_) => {
                    let (plural, group) = word.split_once('.').unwrap_or((word, ""));
                    if !self.quiet {
                        let named = match group {
                            "" => format!("'{plural}'"),
                            group => format!("'{plural}' in group '{group}'"),
                        };
                        console.warn(&format!(
                            "Warning: the server doesn't have a resource type {named}\n"
                        ));
                    }
                    (group.to_owned(), plural.to_owned())
                }
            },
        };
        Ok(json!({ "resourceAttributes": {
            "namespace": namespace, "verb": verb, "group": group, "resource": plural,
            "subresource": self.subresource, "name": name,
        } }))
    }

    async fn rules(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        let namespace = if self.all_namespaces { "" } else { ground.namespace.as_str() };
        let answer = review(ground, RULES, json!({ "namespace": namespace })).await?;
        let status = &answer["status"];
        if status["incomplete"] == true {
            let why = status["evaluationError"].as_str().unwrap_or_default();
            console.warn(&format!("warning: the list may be incomplete: {why}"));
        }
        let mut rules = of_objects(&status["resourceRules"]);
        rules.extend(of_paths(&status["nonResourceRules"]));
        rules.sort_by_key(Rule::key);
        let mut lines = String::new();
        if !self.no_headers {
            lines.push_str("Resources\tNon-Resource URLs\tResource Names\tVerbs\n");
        }
        for rule in &rules {
            let named =
                if rule.group.is_empty() { String::new() } else { format!(".{}", rule.group) };
            let (what, paths, names) = (&rule.resource, &rule.path, &rule.name);
            lines.push_str(&format!(
                "{what}{named}\t[{paths}]\t[{names}]\t[{}]\n",
                rule.verbs.join(" ")
            ));
        }
        console.print(&Tabs::of_tables().align(&lines))
    }
}

/// One thing that we may do.
struct Rule {
    group: String,
    resource: String,
    name: String,
    path: String,
    verbs: Vec<String>,
}

impl Rule {
    /// In whose order they are shown.
    fn key(&self) -> String {
        let Self { group, resource, name, path, verbs } = self;
        let groups = if path.is_empty() { group.as_str() } else { "" };
        format!(
            "&PolicyRule{{Verbs:[{}],APIGroups:[{groups}],Resources:[{resource}],ResourceNames:[{name}],NonResourceURLs:[{path}],}}",
            verbs.join(" ")
        )
    }
}

fn texts(rule: &Value, member: &str) -> Vec<String> {
    let items = rule[member].as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}

fn of_objects(rules: &Value) -> Vec<Rule> {
    let mut known: BTreeMap<(String, String, String), Vec<String>> = BTreeMap::new();
    for rule in rules.as_array().into_iter().flatten() {
        let mut names = texts(rule, "resourceNames");
        if names.is_empty() {
            names.push(String::new());
        }
        for group in texts(rule, "apiGroups") {
            for resource in texts(rule, "resources") {
                for name in &names {
                    let verbs = known.entry((group.clone(), resource.clone(), name.clone()));
                    let verbs = verbs.or_default();
                    for verb in texts(rule, "verbs") {
                        if !verbs.contains(&verb) {
                            verbs.push(verb);
                        }
                    }
                }
            }
        }
    }
    let rule = |((group, resource, name), verbs)| Rule {
        group,
        resource,
        name,
        path: String::new(),
        verbs,
    };
    known.into_iter().map(rule).collect()
}

fn of_paths(rules: &Value) -> Vec<Rule> {
    let mut known = Vec::new();
    for rule in rules.as_array().into_iter().flatten() {
        for path in texts(rule, "nonResourceURLs") {
            for verb in texts(rule, "verbs") {
                let nothing = String::new;
                let (group, resource, name) = (nothing(), nothing(), nothing());
                known.push(Rule { group, resource, name, path: path.clone(), verbs: vec![verb] });
            }
        }
    }
    known
}
