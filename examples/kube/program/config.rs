//! `kube config`: the kubeconfig, shown and changed.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/config

use kube_core::config::Change;
use kube_core::config::LoadingRules;
use serde_json::Value;

use super::console::Console;
use super::failure::Failure;
use super::output::Output;
use super::printing;
use super::tab::Tabs;

/// The members of a kubeconfig as kubectl's types have them.
const ORDER: [&str; 27] = [
    "kind",
    "apiVersion",
    "preferences",
    "name",
    "cluster",
    "server",
    "tls-server-name",
    "insecure-skip-tls-verify",
    "certificate-authority",
    "certificate-authority-data",
    "proxy-url",
    "disable-compression",
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
    "token",
    "tokenFile",
    "as",
    "username",
    "password",
    "user",
    "namespace",
    "clusters",
    "users",
    "contexts",
    "current-context",
];

/// Shows and changes the kubeconfig.
#[derive(Debug, clap::Args)]
pub struct Config {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Shows it, without secrets.
    View(View),
    /// Makes another context the current one.
    #[command(visible_alias = "use")]
    UseContext {
        /// Its name.
        name: String,
    },
    /// Shows the contexts, all of them or these.
    GetContexts(GetContexts),
    /// Shows which context is the current one.
    CurrentContext,
}

#[derive(Debug, clap::Args)]
struct View {
    /// Only what the current context needs.
    #[arg(long)]
    minify: bool,
    /// With the contents of the files that it names.
    #[arg(long)]
    flatten: bool,
    /// With secrets.
    #[arg(long)]
    raw: bool,
    /// As yaml, json or jsonpath=TEMPLATE.
    #[arg(long, short, value_name = "FORMAT", default_value = "yaml")]
    output: String,
}

#[derive(Debug, clap::Args)]
struct GetContexts {
    names: Vec<String>,
    /// As name.
    #[arg(long, short, value_name = "FORMAT")]
    output: Option<String>,
    /// Without the line of titles.
    #[arg(long)]
    no_headers: bool,
}

impl Config {
    pub fn run(&self, rules: &LoadingRules, console: &mut Console) -> Result<(), Failure> {
        match &self.command {
            Command::View(view) => view.run(rules, console),
            Command::UseContext { name } => {
                let contexts = contexts(rules)?;
                if !contexts.iter().any(|context| context["name"] == name.as_str()) {
                    let why = format!("no context exists with the name: {name:?}");
                    return Err(Failure::said(why));
                }
                rules.modify(&[Change::current_context(name.as_str())])?;
                console.say(&format!("Switched to context {name:?}."))
            }
            Command::GetContexts(get) => get.run(rules, console),
            Command::CurrentContext => match current(rules)?.as_str() {
                "" => Err(Failure::said("current-context is not set")),
                name => console.say(name),
            },
        }
    }
}

fn contexts(rules: &LoadingRules) -> Result<Vec<Value>, Failure> {
    let view = rules.view()?.to_json();
    Ok(view["contexts"].as_array().cloned().unwrap_or_default())
}

fn current(rules: &LoadingRules) -> Result<String, Failure> {
    Ok(rules.view()?.to_json()["current-context"].as_str().unwrap_or_default().to_owned())
}

impl View {
    fn run(&self, rules: &LoadingRules, console: &mut Console) -> Result<(), Failure> {
        let output = Output::of(Some(&self.output))?;
        let mut view = rules.view()?;
        if self.minify {
            view = view.minify()?;
        }
        if self.flatten {
            view = view.flatten()?;
        }
        if !self.raw {
            view = view.redact();
        }
        let view = view.to_json();
        match output {
            Output::Json => console.print(&printing::json_in_order(&view, &ORDER)?),
            output => console.print(&output.text(&view)?),
        }
    }
}

impl GetContexts {
    fn run(&self, rules: &LoadingRules, console: &mut Console) -> Result<(), Failure> {
        let all = contexts(rules)?;
        let current = current(rules)?;
        let known = |name: &String| all.iter().any(|context| context["name"] == name.as_str());
        let missing = self.names.iter().filter(|name| !known(name));
        let missing = missing.map(|name| Failure::said(format!("context {name} not found")));
        let failures: Vec<Failure> = missing.collect();
        let names = match self.output.as_deref() {
            None | Some("") => false,
            Some("name") => true,
            Some(_) => return Err(Failure::said("output must be one of '' or 'name'")),
        };
        let mut lines = String::new();
        if !self.no_headers && !names {
            lines.push_str("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
        }
        for context in &all {
            let name = context["name"].as_str().unwrap_or_default();
            if !self.names.is_empty() && !self.names.iter().any(|wanted| wanted == name) {
                continue;
            }
            let of = |field: &str| context["context"][field].as_str().unwrap_or_default();
            let mark = if name == current { "*" } else { "" };
            lines.push_str(&match names {
                true => format!("{name}\n"),
                false => format!(
                    "{mark}\t{name}\t{}\t{}\t{}\n",
                    of("cluster"),
                    of("user"),
                    of("namespace")
                ),
            });
        }
        console.print(&Tabs::of_tables().align(&lines))?;
        Failure::of(failures)
    }
}
