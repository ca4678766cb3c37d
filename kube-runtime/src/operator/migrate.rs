//! Old objects of custom kinds in, the same objects stored in the version that is stored now out; then no older version is needed to read them.
//!
//! Promises:
//! - An object is written back as it is, and only if nobody wrote it meanwhile: who did has had it stored anew.
//! - `status.storedVersions` is changed when all objects were written, and only if the definition says the same as at the beginning.
//! - It can be ended at any time, and run again.
//!
//! Mirrors: kubernetes pkg/controller/storageversionmigrator/storageversionmigrator.go
//! Differs: it is asked for; an empty patch instead of an update, so that objects do not travel.

use std::fmt;

use futures::StreamExt as _;
use futures::stream;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_core::Api;
use kube_core::ApiResource;
use kube_core::Client;
use kube_core::DynamicObject;
use kube_core::PartialObjectMetadata;
use kube_core::Patch;
use kube_core::Resource as _;
use kube_core::ResourceExt as _;
use kube_core::Scope;
use serde::Deserialize;
use serde_json::Value;
use serde_json::json;

use super::Operator;
use crate::error::Error;
use crate::error::Result;
use crate::error::chain;

/// So many objects are listed at once.
const PAGE: u32 = 500;
/// So many are written at once.
const AT_ONCE: usize = 8;
/// A list that took longer than the server remembers is begun again, so many times.
const LISTED: u32 = 5;
/// The same for a definition that somebody else changed.
const TOLD: u32 = 5;

/// How far the objects of one kind are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migrated {
    /// The name of the definition, as `websites.demo.example.com`.
    pub definition: String,
    /// The version that they are stored in.
    pub version: String,
    /// How many were written back, or had been written by somebody else.
    pub objects: u64,
    /// Whether that were all, so that the definition says so; a kind of which this was known before has none written.
    pub whole: bool,
}

impl fmt::Display for Migrated {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { definition, version, objects, whole } = self;
        let end = if *whole { ": all" } else { " so far" };
        write!(formatter, "{definition}: {objects} stored in {version}{end}")
    }
}

impl<A: Send + Sync + 'static> Operator<A> {
    /// Has the objects of its custom kinds stored in the version that is stored now, as the command `migrate-storage` does; `tell` hears how far it
    /// is. After that an older version may be taken out of the definition. Objects are converted meanwhile, so the operator runs.
    ///
    /// Whoever asks may `get` the definitions, `update` their `/status`, and `list` and `patch` the objects; the operator's own role does not
    /// allow that.
    ///
    /// # Errors
    /// What the server refuses; objects that could not be written; a definition that was changed meanwhile.
    ///
    /// # Cancel safety
    /// Dropping the future leaves what was done; the next time begins again.
    pub async fn migrate_storage(
        &self,
        client: &Client,
        mut tell: impl FnMut(&Migrated) + Send,
    ) -> Result<()> {
        for definition in self.crds() {
            let name = definition.name();
            let migrated = kind(client, name, &mut tell).await;
            migrated.map_err(|error| {
                error.context(format!("failed to migrate the stored objects of {name}"))
            })?;
        }
        Ok(())
    }
}

async fn kind(client: &Client, name: &str, tell: &mut (dyn FnMut(&Migrated) + Send)) -> Result<()> {
    let definition = Definition::of(definitions(client).get(name).await?)?;
    let version = definition.stored()?;
    let mut migrated = Migrated { definition: name.to_owned(), version, objects: 0, whole: false };
    if !definition.is_told(&migrated.version) {
        let resource = definition.resource(&migrated.version);
        let mut left = LISTED;
        while let Err(error) = objects(client, &resource, &mut migrated, tell).await {
            left -= 1;
            if left == 0 || !kube_error(&error).is_some_and(kube_core::Error::is_gone) {
                return Err(error);
            }
            migrated.objects = 0;
        }
        told(client, &definition, &migrated.version).await?;
    }
    migrated.whole = true;
    tell(&migrated);
    Ok(())
}

fn kube_error(error: &Error) -> Option<&kube_core::Error> {
    error.chain().find_map(|cause| cause.downcast_ref::<kube_core::Error>())
}

/// The definitions, whose schemas do not matter here.
fn definitions(client: &Client) -> Api<DynamicObject> {
    client.api(CustomResourceDefinition::RESOURCE, None)
}

/// A definition, and what matters of it.
struct Definition {
    object: DynamicObject,
    spec: Spec,
}

#[derive(Deserialize)]
struct Spec {
    group: String,
    scope: String,
    names: Names,
    versions: Vec<Version>,
}

#[derive(Deserialize)]
struct Names {
    kind: String,
    plural: String,
}

#[derive(Deserialize)]
struct Version {
    name: String,
    storage: bool,
}

impl Definition {
    fn of(object: DynamicObject) -> Result<Self> {
        let spec = object.data.get("spec").cloned().unwrap_or_default();
        Ok(Self { spec: serde_json::from_value(spec)?, object })
    }

    /// The version that objects are stored in.
    fn stored(&self) -> Result<String> {
        let version = self.spec.versions.iter().find(|version| version.storage);
        version.map(|version| version.name.clone()).ok_or_else(|| {
            Error::msg(format!("the definition {} stores no version", self.object.name()))
        })
    }

    /// Whether there is nothing stored in another version, as far as the server knows.
    fn is_told(&self, version: &str) -> bool {
        let told = self.object.data.get("status").and_then(|status| status.get("storedVersions"));
        let told = told.and_then(Value::as_array);
        told.is_some_and(|versions| versions.iter().all(|one| one == version))
    }

    fn resource(&self, version: &str) -> ApiResource {
        let spec = &self.spec;
        ApiResource {
            group: spec.group.clone().into(),
            version: version.to_owned().into(),
            kind: spec.names.kind.clone().into(),
            plural: spec.names.plural.clone().into(),
            scope: if spec.scope == "Namespaced" { Scope::Namespaced } else { Scope::Cluster },
        }
    }
}

/// Writes every object back.
async fn objects(
    client: &Client,
    resource: &ApiResource,
    migrated: &mut Migrated,
    tell: &mut (dyn FnMut(&Migrated) + Send),
) -> Result<()> {
    let all = client.api::<DynamicObject>(resource.clone(), None).metadata_only();
    let (mut failed, mut first) = (0_u64, None);
    let mut next: Option<String> = None;
    loop {
        let list = all.list().limit(PAGE);
        let list = match next.take() {
            Some(token) => list.continue_token(token),
            None => list,
        };
        let page = list.await?;
        let writes = page.items.iter().map(|object| written(client, resource, object));
        let mut writes = stream::iter(writes).buffer_unordered(AT_ONCE);
        while let Some(written) = writes.next().await {
            match written {
                Ok(()) => migrated.objects += 1,
                Err(error) => {
                    failed += 1;
                    first.get_or_insert(error);
                }
            }
        }
        next = page.metadata.continue_token.filter(|token| !token.is_empty());
        if next.is_none() {
            break;
        }
        tell(migrated);
    }
    match first {
        None => Ok(()),
        Some(error) => Err(error.context(format!(
            "{failed} objects could not be written, {} could; mend them and run it again",
            migrated.objects
        ))),
    }
}

/// An object that is gone, or that somebody else wrote, needs nothing any more.
async fn written(
    client: &Client,
    resource: &ApiResource,
    object: &PartialObjectMetadata,
) -> Result<()> {
    let metadata = &object.metadata;
    let namespace = metadata.namespace.as_deref();
    let api = client.api::<DynamicObject>(resource.clone(), namespace).metadata_only();
    let name = metadata.name.clone().unwrap_or_default();
    let same = json!({ "uid": metadata.uid, "resourceVersion": metadata.resource_version });
    match api.patch(name, Patch::Merge(json!({ "metadata": same }))).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_conflict() || error.is_not_found() => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Has the definition say that nothing is stored in another version.
async fn told(client: &Client, before: &Definition, version: &str) -> Result<()> {
    let api = definitions(client);
    let name = before.object.name();
    let mut refused = None;
    for _ in 0..TOLD {
        let mut definition = Definition::of(api.get(name).await?)?;
        let same = definition.object.metadata.uid == before.object.metadata.uid
            && definition.stored()? == version
            && definition.spec.versions.len() == before.spec.versions.len();
        if !same {
            return Err(Error::msg(format!(
                "the definition {name} was changed meanwhile: run it again"
            )));
        }
        let members = &mut definition.object.data;
        let status = members.remove("status").filter(Value::is_object);
        let mut status = status.unwrap_or_else(|| json!({}));
        status["storedVersions"] = json!([version]);
        members.insert("status".to_owned(), status);
        match api.status().replace(&definition.object).await {
            Ok(_) => return Ok(()),
            Err(error) if error.is_conflict() => refused = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    let why = refused.map(|error| chain(&error.into())).unwrap_or_default();
    Err(Error::msg(format!("the definition {name} was changed {TOLD} times meanwhile: {why}")))
}
