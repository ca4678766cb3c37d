//! `kube api-resources`: the kinds that the server has.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/apiresources/apiresources.go

use kube_core::discovery::KnownKind;

use super::Ground;
use super::console::Console;
use super::failure::Failure;
use super::tab::Tabs;

/// Shows the kinds that the server has.
#[derive(Debug, clap::Args)]
pub struct ApiResources {
    /// As wide or name.
    #[arg(long, short, value_name = "FORMAT")]
    output: Option<String>,
    /// Only those of this group; empty for the core group.
    #[arg(long, value_name = "GROUP")]
    api_group: Option<String>,
    /// Only those with, or without, namespaces.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    namespaced: Option<bool>,
    /// Only those with all of these verbs.
    #[arg(long, value_name = "VERBS", value_delimiter = ',')]
    verbs: Vec<String>,
    /// Only those of all of these categories.
    #[arg(long, value_name = "CATEGORIES", value_delimiter = ',')]
    categories: Vec<String>,
    /// Without the line of titles.
    #[arg(long)]
    no_headers: bool,
}

impl ApiResources {
    pub async fn run(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        let (wide, names) = match self.output.as_deref() {
            None | Some("") => (false, false),
            Some("wide") => (true, false),
            Some("name") => (false, true),
            Some(other) => {
                return Err(Failure::said(format!(
                    "--output {other} is not available in kubectl api-resources"
                )));
            }
        };
        let kinds = ground.client.discovery().refresh().await?;
        let mut shown: Vec<&KnownKind> =
            kinds.preferred().filter(|kind| self.wants(kind)).collect();
        let key = |kind: &KnownKind| (kind.resource.group.clone(), kind.resource.plural.clone());
        shown.sort_by_key(|kind| key(kind));
        let mut lines = String::new();
        if !self.no_headers && !names {
            lines.push_str("NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND");
            lines.push_str(if wide { "\tVERBS\tCATEGORIES\n" } else { "\n" });
        }
        for kind in shown {
            let resource = &kind.resource;
            if names {
                lines.push_str(&format!("{resource}\n"));
                continue;
            }
            let mut cells = vec![
                resource.plural.to_string(),
                kind.short_names.join(","),
                resource.api_version(),
                resource.is_namespaced().to_string(),
                resource.kind.to_string(),
            ];
            if wide {
                cells.push(kind.verbs.join(","));
                cells.push(kind.categories.join(","));
            }
            lines.push_str(&format!("{}\n", cells.join("\t")));
        }
        console.print(&Tabs::of_tables().align(&lines))?;
        let unknown = |unknown: &kube_core::discovery::Unknown| {
            let kube_core::discovery::Unknown { group_version, reason, .. } = unknown;
            Failure::said(format!("unable to retrieve what {group_version} has: {reason}"))
        };
        Failure::of(kinds.unknown.iter().map(unknown).collect())
    }

    fn wants(&self, kind: &KnownKind) -> bool {
        !kind.verbs.is_empty()
            && self.api_group.as_ref().is_none_or(|group| *group == kind.resource.group)
            && self.namespaced.is_none_or(|it| it == kind.resource.is_namespaced())
            && self.verbs.iter().all(|verb| kind.can(verb))
            && self.categories.iter().all(|category| kind.categories.contains(category))
    }
}
