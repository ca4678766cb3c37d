//! Each kind's one field in, what the server says who applied it owns out.

use std::collections::BTreeSet;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use k8s_openapi::api::core::v1::Namespace;
use kube_core::Allows;
use kube_core::ApiResource;
use kube_core::Apply;
use kube_core::Client;
use kube_core::DynamicObject;
use kube_core::Resource as _;
use kube_core::object::verb;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::generate::Types;
use crate::rows;

/// Lists whose items the server knows by a key, of those in the rows.
const KEYED: [(&str, &str); 2] = [("webhooks", "name"), ("drivers", "name")];
/// What the server knows as one value.
const ATOMIC: &str = "matchResources";
/// Where they are.
pub(crate) const NAMESPACE: &str = "one-field-of-each";
const MANAGER: &str = "one-field";

/// What is asked of the server.
type Applies = Box<dyn FnOnce(&Client, Option<&str>) -> BoxFuture<'static, kube_core::Result<()>>>;

/// One kind: an object of it that somebody else made, and one field that is applied to that.
pub(crate) struct Row {
    resource: ApiResource,
    base: Value,
    sent: Value,
    apply: Applies,
}

impl Row {
    pub(crate) fn of<A>(base: Value, part: A) -> Self
    where
        A: Apply<Kind: Allows<verb::Patch>> + 'static,
    {
        let sent = serde_json::to_value(&part).unwrap();
        let apply = move |client: &Client, namespace: Option<&str>| {
            let api = client.api::<A::Kind>(A::Kind::RESOURCE, namespace);
            let applied = api.apply(&part).field_manager(MANAGER).force(true);
            async move { applied.await.map(drop) }.boxed()
        };
        Self { resource: A::Kind::RESOURCE, base, sent, apply: Box::new(apply) }
    }

    fn kind(&self) -> String {
        format!("{} {}", self.resource.api_version(), self.resource.kind)
    }

    /// Whether who applies it owns that field and no other; else what is owned.
    async fn check(self, client: &Client, namespace: &str) -> Result<(), String> {
        let (kind, name) =
            (self.kind(), self.sent["metadata"]["name"].as_str().unwrap().to_owned());
        let namespace = self.resource.is_namespaced().then_some(namespace);
        let objects = client.api::<DynamicObject>(self.resource.clone(), namespace);
        let mut base = self.base;
        base["apiVersion"] = self.resource.api_version().into();
        base["kind"] = self.resource.kind.as_ref().into();
        base["metadata"]["name"] = name.as_str().into();
        let base: DynamicObject = serde_json::from_value(base).unwrap();
        let told = |error: kube_core::Error| format!("{kind}: {}", error.chain());
        objects.create(&base).await.map_err(told)?;
        (self.apply)(client, namespace).await.map_err(told)?;
        let live = objects.get(name.as_str()).await.map_err(told)?;
        let managers = live.metadata.managed_fields.unwrap_or_default();
        let ours = managers.iter().filter(|entry| entry.manager.as_deref() == Some(MANAGER));
        let owned: Vec<Value> =
            ours.filter_map(|entry| Some(entry.fields_v1.as_ref()?.0.clone())).collect();
        let expected = vec![fields(&wanted(&self.sent))];
        objects.delete(name.as_str()).await.map_err(told)?;
        if owned == expected { Ok(()) } else { Err(format!("{kind}: {} is owned", json!(owned))) }
    }
}

/// What was applied, without what says which object it is.
fn wanted(sent: &Value) -> Value {
    let mut sent = sent.clone();
    let object = sent.as_object_mut().unwrap();
    object.retain(|field, _| field != "apiVersion" && field != "kind");
    let metadata = object["metadata"].as_object_mut().unwrap();
    metadata.remove("name");
    if metadata.is_empty() {
        object.remove("metadata");
    }
    sent
}

/// As `managedFields` write it down.
fn fields(value: &Value) -> Value {
    let Value::Object(object) = value else { return json!({}) };
    let mut set = Map::new();
    for (field, value) in object {
        let key = KEYED.iter().find(|(list, _)| list == field);
        let below = match (key, value) {
            (Some((_, key)), Value::Array(items)) => {
                let item = |item: &Value| {
                    let mut below = fields(item);
                    below["."] = json!({});
                    (format!("k:{}", json!({ *key: item[*key] })), below)
                };
                Value::Object(items.iter().map(item).collect())
            }
            _ if field == ATOMIC => json!({}),
            _ => fields(value),
        };
        set.insert(format!("f:{field}"), below);
    }
    Value::Object(set)
}

#[tokio::test]
#[ignore = "needs a real cluster in $KUBECONFIG"]
async fn who_applies_one_field_of_any_kind_owns_that_and_nothing_else() {
    let client = crate::client();
    let rows = rows::all();
    let known: BTreeSet<String> = rows.iter().map(Row::kind).collect();
    assert_eq!(known, Types::of(&crate::documents().await).kinds(), "a row for each kind");
    let place = json!({ "metadata": { "name": NAMESPACE } });
    let place: Namespace = serde_json::from_value(place).unwrap();
    client.cluster().create(&place).await.unwrap();
    let mut wrong = Vec::new();
    for row in rows {
        wrong.extend(row.check(&client, NAMESPACE).await.err());
    }
    client.cluster().delete::<Namespace>(NAMESPACE).await.unwrap();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
