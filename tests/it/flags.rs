//! Flags of the program's own, given by a program that reads no command line.

use kube_runtime::operator::Start;
use kube_runtime::prelude::*;
use kube_testing::Cluster;

use k8s_openapi::api::core::v1::ConfigMap;

#[derive(clap::Args)]
struct Flags {
    #[arg(long)]
    mood: String,
}

/// Made from the flags and the cluster.
struct Mood {
    text: String,
    maps: usize,
}

#[controller(permissions(ConfigMap: update))]
async fn mood(
    map: Object<ConfigMap>,
    cx: Cx<ConfigMap>,
    mood: State<Mood>,
    flags: State<Flags>,
) -> Result<Action> {
    cx.event(Normal, "Mood", format!("{} {} of {}", mood.text, flags.mood, mood.maps));
    let _ = map;
    Ok(Action::done())
}

#[kube_testing::test]
async fn a_state_is_made_from_the_flags_and_a_reconcile_function_asks_for_them(cluster: Cluster) {
    let map = ConfigMap {
        metadata: ObjectMeta { name: Some("a".to_owned()), ..ObjectMeta::default() },
        ..ConfigMap::default()
    };
    cluster.create(&map).await;
    let operator = Operator::new("moody")
        .state_with(|start| async move {
            let maps = start.client.namespace("default").list::<ConfigMap>().await?;
            Ok::<_, Error>(maps.items.len())
        })
        .args::<Flags>()
        .state_with(|start: Start<Flags>| async move {
            let maps = start.client.namespace("default").list::<ConfigMap>().await?;
            let text = start.args.mood.to_uppercase();
            Ok::<_, Error>(Mood { text, maps: maps.items.len() })
        })
        .controller(mood);
    let explained = operator.explain();
    assert!(!explained.contains("MISSING"), "{explained}");
    cluster.run(operator.with_args(Flags { mood: "glad".to_owned() })).await;
    cluster.settled().await;
    let events = cluster.list::<k8s_openapi::api::events::v1::Event>().await;
    assert_eq!(events[0].note.as_deref(), Some("GLAD glad of 1"));
}
