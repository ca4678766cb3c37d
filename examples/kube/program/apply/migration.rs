//! What was applied on the client's side until now: the object after a server-side apply in, whether its fields became the server's to manage
//! out.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/apply/apply.go, `saveLastApplyAnnotationIfNecessary` and `migrateToSSAIfNecessary`

use kube_core::Api;
use kube_core::DynamicObject;
use kube_core::ObjectMeta;
use kube_core::Patch;
use kube_core::ResourceExt as _;
use kube_core::Result;
use kube_core::object::ManagedFieldsOperation;
use kube_core::object::ManagedFieldsUpgrade;
use kube_core::object::find_fields_owners;
use serde_json::Value;
use serde_json::json;

/// What client-side apply writes down.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Whose that is from then on, so that it stays for who goes back.
const KEEPER: &str = "kubectl-last-applied";
/// Who applies by default; only for that one the server keeps the annotation up to date.
pub(super) const KUBECTL: &str = "kubectl";
/// How often the object may change meanwhile.
const ATTEMPTS: usize = 5;

/// Moves what client-side apply owned to whoever applies now.
pub(super) struct Migration<'a> {
    pub(super) api: &'a Api<DynamicObject>,
    pub(super) field_manager: &'a str,
    pub(super) dry_run: bool,
}

impl Migration<'_> {
    /// Gives the annotation a manager of its own, which the next apply would take away.
    pub(super) async fn keep_last_applied(&self, live: &mut DynamicObject) -> Result<()> {
        if self.field_manager != KUBECTL {
            return Ok(());
        }
        let Some(last) = live.annotations().get(LAST_APPLIED) else { return Ok(()) };
        if !find_fields_owners(live, ManagedFieldsOperation::Apply, &annotation())?.is_empty() {
            return Ok(());
        }
        let metadata = ObjectMeta {
            name: live.metadata.name.clone(),
            namespace: live.metadata.namespace.clone(),
            annotations: Some([(LAST_APPLIED.to_owned(), last.clone())].into()),
            ..ObjectMeta::default()
        };
        let (api_version, kind) = (live.api_version.clone(), live.kind.clone());
        let only = DynamicObject { api_version, kind, metadata, ..DynamicObject::default() };
        *live = self.api.apply(&only).field_manager(KEEPER).dry_run(self.dry_run).await?;
        Ok(())
    }

    /// Whether there was something to move.
    pub(super) async fn run(&self, live: &mut DynamicObject) -> Result<bool> {
        let owners = find_fields_owners(live, ManagedFieldsOperation::Update, &annotation())?;
        let managers: Vec<String> = owners.iter().filter_map(|it| it.manager.clone()).collect();
        let upgrade = ManagedFieldsUpgrade::to(self.field_manager).from(managers);
        for attempt in 1.. {
            let Some(patch) = Patch::upgrade_managed_fields(live, &upgrade)? else {
                return Ok(false);
            };
            let patch = self.api.patch(live.name(), patch).field_manager(self.field_manager);
            match patch.dry_run(self.dry_run).await {
                Ok(moved) => {
                    *live = moved;
                    return Ok(true);
                }
                Err(error) if error.is_conflict() && attempt < ATTEMPTS => {
                    *live = self.api.get(live.name()).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }
}

/// The annotation, as managed fields have it.
fn annotation() -> Value {
    json!({ "f:metadata": { "f:annotations": { format!("f:{LAST_APPLIED}"): {} } } })
}
