//! A controller that follows some objects of its kind, beside one that follows all.

use std::sync::Arc;
use std::sync::Mutex;

use k8s_openapi::api::core::v1::Secret;
use kube_runtime::core::selector::FieldSelector;
use kube_runtime::informer::Informers;
use kube_runtime::prelude::*;
use kube_testing::Cluster;
use serde_json::Value;
use serde_json::json;

use super::Count;
use super::Site;
use super::site;
use crate::log::Log;

fn labelled(app: impl Into<Value>) -> Value {
    let app: Value = app.into();
    json!({ "metadata": { "labels": { "app": app } } })
}

#[controller(labels = "app=web")]
async fn web(site: Object<Site>, sites: Lister<Site>, log: State<Log>) -> Result<Action> {
    log.add(format!("web: {} of {}", site.name(), sites.list().len()));
    Ok(Action::done())
}

#[controller]
async fn all(site: Object<Site>, sites: Lister<Site>, log: State<Log>) -> Result<Action> {
    log.add(format!("all: {} of {}", site.name(), sites.list().len()));
    Ok(Action::done())
}

#[kube_testing::test]
async fn a_selection_narrows_one_controller_and_no_other(cluster: Cluster) {
    let log = Log::default();
    let operator = Operator::new("look").state(log.clone()).controller(web).controller(all);
    let told = operator.explain();
    assert!(
        told.contains("sites.test.example.com  reconciled, read, only with labels app=web\n"),
        "{told}"
    );
    operator.install_crds(cluster.client()).await.unwrap();
    for (name, app) in [("a", "web"), ("b", "db")] {
        cluster.create(&site(name, "nginx")).await;
        cluster.patch::<Site>(name, labelled(app)).await;
    }
    cluster.run(operator).await;
    cluster.settled().await;
    assert_eq!(log.take(), ["all: a of 2", "all: b of 2", "web: a of 1"]);
    cluster.patch::<Site>("b", json!({ "spec": { "image": "caddy" } })).await;
    cluster.settled().await;
    assert_eq!(log.take(), ["all: b of 2"]);
    cluster.patch::<Site>("b", labelled("web")).await;
    cluster.settled().await;
    assert_eq!(log.take(), ["all: b of 2", "web: b of 2"], "it enters the selection");
    cluster.patch::<Site>("a", labelled(Value::Null)).await;
    cluster.settled().await;
    assert_eq!(log.take(), ["all: a of 2"], "it has left");
    cluster.patch::<Site>("a", labelled("web")).await;
    cluster.settled().await;
    assert_eq!(log.take(), ["all: a of 2", "web: a of 2"], "it is back");
}

#[kube_testing::test]
async fn an_own_write_is_seen_at_once_under_a_selection_and_without(cluster: Cluster) {
    #[controller(labels = "app=web", fields = "metadata.name!=other", permissions(Site: patch))]
    async fn note(
        site: Object<Site>,
        cx: Cx<Site>,
        sites: Lister<Site>,
        whole: State<Whole>,
        client: Client,
        log: State<Log>,
    ) -> Result<Action> {
        let text = |site: Option<Arc<Site>>| {
            site.map_or_else(
                || "gone".to_owned(),
                |site| site.status.clone().unwrap_or_default().note,
            )
        };
        let see = |when: &str| -> Result<()> {
            let narrow = text(sites.find(cx.key())?);
            let lister = whole.0.lock().unwrap().clone().unwrap();
            log.add(format!("{when}: {narrow}, {}", text(lister.find(cx.key())?)));
            Ok(())
        };
        cx.status(|status| "noted".clone_into(&mut status.note)).await?;
        see("1 after a status")?;
        let leave = kube_runtime::core::Patch::Merge(labelled("db"));
        client.namespace("default").api::<Site>().patch(site.name(), leave).await?;
        see("2 after it left")?;
        Ok(Action::done())
    }
    /// The lister of a controller that follows all.
    #[derive(Clone, Default)]
    struct Whole(Arc<Mutex<Option<Lister<Site>>>>);
    #[controller]
    async fn lend(_: Object<Site>, sites: Lister<Site>, whole: State<Whole>) -> Result<Action> {
        *whole.0.lock().unwrap() = Some(sites);
        Ok(Action::done())
    }
    let log = Log::default();
    let operator = Operator::new("look").state(log.clone()).state(Whole::default());
    cluster.run(operator.controller(note).controller(lend)).await;
    cluster.create(&site("other", "nginx")).await;
    cluster.settled().await;
    let mut shop = site("shop", "nginx");
    shop.metadata.labels = Some([("app".to_owned(), "web".to_owned())].into());
    cluster.create(&shop).await;
    cluster.settled().await;
    assert_eq!(log.take(), ["1 after a status: noted, noted", "2 after it left: gone, noted"]);
}

#[kube_testing::test]
async fn where_a_field_decides_the_server_is_asked_what_became_of_an_own_write(cluster: Cluster) {
    let fields = FieldSelector::try_from("type=Opaque").unwrap();
    let informers = Informers::new(cluster.client().clone()).fields(fields);
    let secrets = informers.of::<Secret>();
    let client = cluster.client().clone().observed_by(informers.observer());
    for (name, kind, found) in [("a", "Opaque", true), ("b", "example.com/other", false)] {
        let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
        let secret = Secret { metadata, type_: Some(kind.to_owned()), ..Secret::default() };
        client.namespace("default").create(&secret).await.unwrap();
        let key = Key::namespaced("default", name);
        assert!(secrets.lister().find(&key).unwrap().is_none(), "nobody can tell yet");
        assert_eq!(secrets.fresh(&key).await.unwrap().is_some(), found, "{name}");
    }
}

#[kube_testing::test]
async fn a_selector_that_cannot_be_is_an_error_at_start_before_any_request(cluster: Cluster) {
    const WRONG: &str = "app in web";
    #[controller(labels = WRONG)]
    async fn look(_: Object<Site>, count: State<Count>) -> Result<Action> {
        count.add();
        Ok(Action::done())
    }
    let operator = Operator::new("look").state(Count::default()).controller(look);
    let error = operator.start(cluster.client().clone(), Shutdown::new()).await.unwrap_err();
    let told = error.to_string();
    assert!(told.contains("`labels`: `app in web` is not a selector"), "{told}");
    assert!(cluster.journal().is_empty());
}
