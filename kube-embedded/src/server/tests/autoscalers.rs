//! Autoscalers in both versions that are served.

use super::*;

const FIRST: &str = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";
const SECOND: &str = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";

#[tokio::test]
async fn both_versions_show_and_change_the_same_autoscaler() {
    let client = Client::new();
    let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"});
    let first = json!({"metadata": {"name": "one"},
        "spec": {"maxReplicas": 5, "targetCPUUtilizationPercentage": 70, "scaleTargetRef": target}});
    assert_eq!(client.post(FIRST, first).await.0, 201);
    let (_, seen) = client.get(&format!("{SECOND}/one")).await;
    let cpu = |share: i64| {
        json!([{"type": "Resource", "resource": {"name": "cpu",
            "target": {"type": "Utilization", "averageUtilization": share}}}])
    };
    assert_eq!(
        (&seen["apiVersion"], &seen["kind"]),
        (&json!("autoscaling/v2"), &json!("HorizontalPodAutoscaler"))
    );
    assert_eq!((&seen["spec"]["metrics"], &seen["spec"]["minReplicas"]), (&cpu(70), &json!(1)));
    let mut watch = client.watch(&format!("{FIRST}?watch=true&resourceVersion=0")).await;
    let changed = json!({"spec": {"metrics": cpu(33)}});
    assert_eq!(client.merge(&format!("{SECOND}/one"), changed).await.0, 200);
    let (_, seen) = client.get(&format!("{FIRST}/one")).await;
    assert_eq!(seen["spec"]["targetCPUUtilizationPercentage"], 33);
    for share in [70, 33] {
        let event: Value = serde_json::from_slice(&watch.next().await.unwrap().unwrap()).unwrap();
        let object = &event["object"];
        assert_eq!(object["apiVersion"], "autoscaling/v1");
        assert_eq!(object["spec"]["targetCPUUtilizationPercentage"], share);
    }
    let lower = json!({"spec": {"targetCPUUtilizationPercentage": 0}});
    let (code, refused) = client.merge(&format!("{FIRST}/one"), lower).await;
    let text = "HorizontalPodAutoscaler.autoscaling \"one\" is invalid: \
                spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater \
                than 0";
    assert_eq!((code, &refused["message"]), (422, &json!(text)));
    let (_, groups) = client.get("/apis/autoscaling").await;
    assert_eq!(groups["preferredVersion"]["version"], "v2");
    assert_eq!(client.delete(&format!("{FIRST}/one"), Value::Null).await.0, 200);
    assert_eq!(client.get(&format!("{SECOND}/one")).await.0, 404);
}
