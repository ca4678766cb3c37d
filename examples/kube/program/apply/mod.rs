//! `kube apply`: the objects of files, by server-side apply.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/apply/apply.go, of `--server-side`
//! Differs: there is no other apply than that of the server; what a part of an object has had from client-side apply stays as it is.

mod migration;

use kube_core::DynamicObject;
use kube_core::Error;
use kube_core::Patch;
use serde_json::Value;

use super::Ground;
use super::console::Console;
use super::failure::Failure;
use super::files::Files;
use super::files::Wanted;
use super::output::Output;
use super::output::named;
use migration::Migration;

/// Makes the cluster as files say.
#[derive(Debug, clap::Args)]
pub struct Apply {
    #[command(flatten)]
    files: Files,
    /// Who wants it so; kubectl's name, so that both manage the same fields.
    #[arg(long, value_name = "NAME", default_value = migration::KUBECTL)]
    field_manager: String,
    /// Takes fields away from those who have them.
    #[arg(long)]
    force_conflicts: bool,
    /// `server`: does everything but storing it.
    #[arg(long, value_name = "HOW", default_value = "none", value_parser = ["none", "server"])]
    dry_run: String,
    /// As json, yaml, name or jsonpath=TEMPLATE.
    #[arg(long, short, value_name = "FORMAT")]
    output: Option<String>,
    /// This part of each object, as `status`.
    #[arg(long, value_name = "PART", default_value = "")]
    subresource: String,
    /// As kubectl has it: there is no other way here.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "true", value_parser = ["true"])]
    server_side: String,
}

impl Apply {
    pub async fn run(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        let output = Output::of(self.output.as_deref())?;
        if self.files.is_empty() {
            return Err(Failure::said("must specify one of -f and -k"));
        }
        let (wanted, mut failures) = self.files.read(ground, console).await?;
        if wanted.is_empty() && failures.is_empty() {
            return Err(Failure::said("no objects passed to apply"));
        }
        let mut applied = Vec::new();
        for one in &wanted {
            match self.one(ground, one, console).await {
                Err(failure) => failures.push(failure),
                Ok(object) => match output {
                    Output::Table { .. } => {
                        let how = if self.dry_run == "server" { " (server dry run)" } else { "" };
                        let named = named(&one.resource, one.name());
                        console.say(&format!("{named} serverside-applied{how}"))?;
                    }
                    Output::Name => console.say(&named(&one.resource, one.name()))?,
                    _ => applied.push(object),
                },
            }
        }
        if applied.len() == 1 {
            console.print(&output.text(&applied.remove(0))?)?;
        } else if !applied.is_empty() {
            let list = serde_json::json!({ "apiVersion": "v1", "kind": "List", "metadata": {}, "items": applied });
            console.print(&output.text(&list)?)?;
        }
        Failure::of(failures)
    }

    async fn one(
        &self,
        ground: &Ground,
        one: &Wanted,
        console: &mut Console,
    ) -> Result<Value, Failure> {
        let mut object = one.object.clone();
        if let Some(namespace) = one.namespace(ground) {
            object["metadata"]["namespace"] = namespace.into();
        }
        let (api, dry_run) = (one.api(ground), self.dry_run == "server");
        let send = async || -> kube_core::Result<DynamicObject> {
            let wanted = Patch::apply(&object)?;
            let patch = match self.subresource.as_str() {
                "" => api.patch(one.name(), wanted),
                part => api.subresource(part.to_owned()).patch(one.name(), wanted),
            };
            let patch = patch.field_manager(&*self.field_manager).force(self.force_conflicts);
            patch.dry_run(dry_run).await
        };
        let mut live = send().await.map_err(|error| match error.is_conflict() {
            true => conflict(&error).map_or_else(|| error.into(), Failure::Said),
            false => error.into(),
        })?;
        if !self.subresource.is_empty() {
            return shown(&live);
        }
        let migration = Migration { api: &api, field_manager: &self.field_manager, dry_run };
        if let Err((what, error)) = migrated(&migration, &mut live, send).await {
            let error = match error.status() {
                Some(status) => status.message.clone(),
                None => error.chain(),
            };
            console.warn(&format!("Warning: {what}. This is non-fatal and will be retried next time you apply. Error: {error}"));
        }
        shown(&live)
    }
}

/// An object as it is printed.
fn shown(live: &DynamicObject) -> Result<Value, Failure> {
    let mut object = serde_json::to_value(live)
        .map_err(|error| Failure::said(format!("failed to write the object: {error}")))?;
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("managedFields");
    }
    Ok(object)
}

/// Has what client-side apply owned be this manager's, and what is wanted no more of that go away; else what failed.
async fn migrated(
    migration: &Migration<'_>,
    live: &mut DynamicObject,
    again: impl AsyncFn() -> kube_core::Result<DynamicObject>,
) -> Result<(), (&'static str, Error)> {
    if live.metadata.managed_fields.is_none() {
        // Nothing but a name was applied: nobody owns a field of it.
        return Ok(());
    }
    let keeping =
        "failed to migrate kubectl.kubernetes.io/last-applied-configuration for Server-Side Apply";
    migration.keep_last_applied(live).await.map_err(|error| (keeping, error))?;
    let moving = "server rejected managed fields migration to Server-Side Apply";
    if migration.run(live).await.map_err(|error| (moving, error))? {
        let applying =
            "failed to re-apply configuration after performing Server-Side Apply migration";
        *live = again().await.map_err(|error| (applying, error))?;
    }
    Ok(())
}

/// Who has the fields, and what can be done.
fn conflict(error: &Error) -> Option<String> {
    let status = error.status()?;
    let causes = &status.details.causes;
    if causes.iter().all(|cause| cause.reason != "FieldManagerConflict") {
        return None;
    }
    let advice = "Please review the fields above--they currently have other managers. Here\n\
        are the ways you can resolve this warning:\n\
        * If you intend to manage all of these fields, please re-run the apply\n  \
        command with the `--force-conflicts` flag.\n\
        * If you do not intend to manage all of the fields, please edit your\n  \
        manifest to remove references to the fields that should keep their\n  \
        current managers.\n\
        * You may co-own fields by updating your manifest to match the existing\n  \
        value; in this case, you'll become the manager if the other manager(s)\n  \
        stop managing the field (remove it from their configuration).\n\
        See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";
    Some(format!("{}\n{advice}", status.message))
}
