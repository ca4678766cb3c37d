//! What is set in, what is sent out.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Container;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use kube_apply::apiextensions::v1::JSONSchemaPropsApply;
use kube_apply::apps::v1::DeploymentApply;
use kube_apply::apps::v1::DeploymentSpecApply;
use kube_apply::apps::v1::StatefulSetSpecApply;
use kube_apply::core::v1::ContainerApply;
use kube_apply::core::v1::ContainerPortApply;
use kube_apply::core::v1::HTTPGetActionApply;
use kube_apply::core::v1::PersistentVolumeClaimApply;
use kube_apply::core::v1::PodSpecApply;
use kube_apply::core::v1::PodTemplateSpecApply;
use kube_apply::core::v1::ResourceRequirementsApply;
use kube_apply::core::v1::SecretApply;
use kube_apply::meta::v1::ObjectMetaApply;
use kube_core::Client;
use kube_core::Config;
use kube_core::Extract as _;
use kube_core::Resource;
use kube_core::ResourceExt as _;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;

#[track_caller]
fn check(given: &impl Serialize, sent: &Value) {
    assert_eq!(serde_json::to_value(given).unwrap(), *sent);
}

#[test]
fn nothing_is_sent_but_what_was_set() {
    let one = DeploymentApply::named("one");
    let head =
        json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "one" } });
    check(&one, &head);
    let mut paused = head;
    paused["spec"] = json!({ "paused": false });
    check(&one.spec(DeploymentSpecApply::new().paused(false)), &paused);
}

#[test]
fn a_list_grows_and_an_item_takes_the_place_of_the_one_with_its_key() {
    let container = |name: &str| ContainerApply::new().name(name);
    let pod = PodSpecApply::new().containers([container("a").image("1"), container("b")]);
    let pod = pod.containers([container("a").image("2"), container("c")]);
    check(
        &pod,
        &json!({ "containers": [{ "name": "a", "image": "2" }, { "name": "b" }, { "name": "c" }] }),
    );

    let port = |number| ContainerPortApply::new().container_port(number);
    let ports = container("a").ports([port(80).protocol("TCP"), port(80).protocol("UDP")]);
    let ports = ports.ports([port(80).protocol("UDP").name("dns")]);
    let sent = json!([
        { "containerPort": 80, "protocol": "TCP" },
        { "containerPort": 80, "protocol": "UDP", "name": "dns" },
    ]);
    check(&ports.as_json()["ports"], &sent);

    let metadata = ObjectMetaApply::new().finalizers(["a", "b"]).finalizers(["b", "c"]);
    check(&metadata, &json!({ "finalizers": ["a", "b", "c"] }));
    let command = container("a").command(["sh"]).command(["sh"]);
    check(&command, &json!({ "name": "a", "command": ["sh", "sh"] }));
}

#[test]
fn a_map_is_put_into() {
    let metadata = ObjectMetaApply::new().labels([("a", "1"), ("b", "1")]);
    check(&metadata.labels([("b", "2")]), &json!({ "labels": { "a": "1", "b": "2" } }));
}

#[test]
fn quantities_ports_bytes_and_schemas_are_written_as_people_write_them() {
    let resources = ResourceRequirementsApply::new().limits([("cpu", "500m")]);
    check(&resources, &json!({ "limits": { "cpu": "500m" } }));
    let by = |port: HTTPGetActionApply| port.path("/");
    check(&by(HTTPGetActionApply::new().port(80)), &json!({ "path": "/", "port": 80 }));
    check(&by(HTTPGetActionApply::new().port("web")), &json!({ "path": "/", "port": "web" }));
    let secret = SecretApply::named("s").data([("k", "v")]);
    check(&secret.as_json()["data"], &json!({ "k": "dg==" }));
    let text = JSONSchemaPropsApply::new().r#type("string").r#enum([json!("a")]);
    let list = JSONSchemaPropsApply::new().r#type("array").items(text);
    check(&list, &json!({ "type": "array", "items": { "type": "string", "enum": ["a"] } }));
}

#[test]
fn a_whole_value_may_be_given_where_a_part_may() {
    let whole = Container { name: "a".to_owned(), ..Container::default() };
    check(&PodSpecApply::new().containers([whole]), &json!({ "containers": [{ "name": "a" }] }));
    let claim = StatefulSetSpecApply::new()
        .volume_claim_templates([PersistentVolumeClaimApply::named("data")]);
    check(&claim.as_json()["volumeClaimTemplates"][0]["metadata"], &json!({ "name": "data" }));
}

#[test]
fn what_a_secret_is_set_to_is_not_shown() {
    let shown = format!("{:?}", SecretApply::named("s").string_data([("k", "hidden")]));
    assert!(shown.contains("stringData") && !shown.contains("hidden"), "{shown}");
}

/// What runs somewhere.
#[derive(Resource, Clone, Debug)]
#[resource(group = "apply.example.com", version = "v1", kind = "Runner")]
pub struct RunnerSpec {
    /// What it runs.
    pub template: PodTemplateSpec,
}

#[test]
fn a_derived_kind_takes_a_part_of_a_built_in_one() {
    let pod = PodSpecApply::new().hostname("a");
    let runner = Runner::named("r").template(PodTemplateSpecApply::new().spec(pod));
    let sent = serde_json::to_value(&runner).unwrap();
    check(&sent["spec"], &json!({ "template": { "spec": { "hostname": "a" } } }));
}

#[tokio::test]
async fn a_field_that_is_not_set_stays_as_somebody_else_set_it() {
    let server = kube_embedded::Server::builder().build();
    let listening = server.listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    let config = Config::new(&listening.url()).unwrap().token(server.admin_token());
    let here = Client::new(config).unwrap().namespace("default");
    let theirs: Deployment = serde_json::from_value(json!({ "metadata": { "name": "one" }, "spec": {
        "replicas": 1, "selector": { "matchLabels": { "app": "one" } },
        "template": { "metadata": { "labels": { "app": "one" } }, "spec": { "containers": [{ "name": "a", "image": "a" }] } },
    } }))
    .unwrap();
    here.create(&theirs).field_manager("them").await.unwrap();

    let ours = DeploymentApply::named("one").spec(DeploymentSpecApply::new().replicas(3));
    let refused = here.apply(&ours).field_manager("us").await.unwrap_err();
    assert!(refused.is_conflict(), "{refused:?}");
    let both = here.apply(&ours).field_manager("us").force(true).await.unwrap();
    assert_eq!((both.name(), both.spec.replicas), ("one", Some(3)));
    let managers = both.metadata.managed_fields.clone().unwrap();
    let owned = managers.iter().find(|entry| entry.manager.as_deref() == Some("us")).unwrap();
    check(&owned.fields_v1, &json!({ "f:spec": { "f:replicas": {} } }));

    // What was applied is had again, changed, and applied again.
    let again = DeploymentApply::extract(&both, "us").unwrap();
    check(again.as_json(), &serde_json::to_value(ours.as_json()).unwrap());
    assert_eq!((again.name(), again.namespace()), ("one", Some("default")));
    let mut again = again.spec(DeploymentSpecApply::new().replicas(4));
    let both = here.apply(&again).field_manager("us").await.unwrap();
    assert_eq!(both.spec.replicas, Some(4));
    again.as_json_mut()["spec"]["replicas"] = 5.into();
    let both = here.apply(&again).field_manager("us").await.unwrap();
    assert_eq!(both.spec.replicas, Some(5));
    let theirs = DeploymentApply::extract(&both, "them").unwrap();
    assert!(theirs.as_json().is_empty(), "they created it, and applied nothing: {theirs:?}");
}
