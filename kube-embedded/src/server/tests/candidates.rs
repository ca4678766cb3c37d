//! LeaseCandidates, as a real server serves them that was told to: what it refuses is in its words.

use super::*;

#[tokio::test]
async fn a_candidate_is_refused_in_the_words_of_a_real_server() {
    let behaviours = Behaviours::bare().coordinated_elections(true);
    let client = Client::with(behaviours);
    let candidates = "/apis/coordination.k8s.io/v1beta1/namespaces/default/leasecandidates";
    let candidate = |name: &str, spec: Value| json!({"metadata": {"name": name}, "spec": spec});
    let versions = |binary: &str, emulation: &str, strategy: &str| json!({"leaseName": "l", "binaryVersion": binary, "emulationVersion": emulation, "strategy": strategy});
    let oldest = "OldestEmulationVersion";
    let semantic = "must be a valid semantic version";
    let less = "spec.binaryVersion: Invalid value: \"1.0.0\": must be greater than or equal to `emulationVersion`";
    let rows = [
        ("c", json!({}), "[spec.leaseName: Required value, spec.binaryVersion: Required value, spec.strategy: Required value]".to_owned()),
        (
            "c",
            versions("v1.0", "1", "Best"),
            format!(
                "[spec.emulationVersion: Invalid value: \"1\": {semantic}, spec.binaryVersion: Invalid value: \"v1.0\": {semantic}, \
                 spec.strategy.strategy: Unsupported value: \"Best\": supported values: \"{oldest}\"]"
            ),
        ),
        ("c", versions("1.0.0", "1.1.0", "e.x/Best"), less.to_owned()),
        (
            "c",
            json!({"leaseName": "l", "binaryVersion": "1.0.0", "strategy": oldest}),
            format!("spec.emulationVersion: Required value: must be specified when `strategy` is '{oldest}'"),
        ),
        ("..a", versions("1.0.0", "1.0.0", oldest), "metadata.name: Invalid value: \"..a\": must not start with '..'".to_owned()),
    ];
    for (name, spec, why) in rows {
        let (code, refused) = client.post(candidates, candidate(name, spec)).await;
        let text = format!("LeaseCandidate.coordination.k8s.io \"{name}\" is invalid: {why}");
        assert_eq!((code, refused["message"].as_str().unwrap()), (422, text.as_str()));
    }
    let (code, mut made) =
        client.post(candidates, candidate("A_b", versions("1.0.0", "1.0.0", oldest))).await;
    assert_eq!(code, 201);
    made["spec"]["leaseName"] = "m".into();
    let (code, refused) = client.put(&format!("{candidates}/A_b"), made).await;
    assert_eq!(code, 422);
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .ends_with("spec.leaseName: Invalid value: \"m\": field is immutable")
    );
}

#[tokio::test]
async fn only_a_server_that_coordinates_serves_candidates_and_keeps_who_is_preferred() {
    let spec = json!({"strategy": "OldestEmulationVersion", "preferredHolder": "you"});
    let lease = json!({"metadata": {"name": "l"}, "spec": spec});
    let leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
    for coordinates in [false, true] {
        let client = Client::with(Behaviours::bare().coordinated_elections(coordinates));
        let served = client.get("/apis/coordination.k8s.io/v1beta1").await.0;
        assert_eq!(served, if coordinates { 200 } else { 404 });
        let (code, made) = client.post(leases, lease.clone()).await;
        let kept = if coordinates { spec.clone() } else { json!({}) };
        assert_eq!((code, &made["spec"]), (201, &kept));
    }
    let client = Client::with(Behaviours::bare().coordinated_elections(true));
    let lease = json!({"metadata": {"name": "l"}, "spec": {"preferredHolder": "you"}});
    let (_, refused) = client.post(leases, lease).await;
    let text = "Lease.coordination.k8s.io \"l\" is invalid: spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined";
    assert_eq!(refused["message"], text);
}
