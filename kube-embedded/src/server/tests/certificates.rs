//! Requests to sign certificates, as a real server takes and refuses them: in its words.

use super::*;

const REQUESTS: &str = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const SIGNER: &str = "kubernetes.io/kube-apiserver-client";

/// `-----BEGIN CERTIFICATE REQUEST-----` and no more: what is in it is the signer's concern.
const PEM: &str = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0=";

fn request(name: &str, spec: &Value) -> Value {
    json!({ "metadata": { "name": name }, "spec": spec })
}

#[tokio::test]
async fn a_request_is_refused_in_the_words_of_a_real_server() {
    let client = Client::with(Behaviours::bare());
    let spec = |request: &str, signer: &str, seconds: Value| json!({ "request": request, "signerName": signer, "usages": ["client auth"], "expirationSeconds": seconds });
    let pem = "PEM block type must be CERTIFICATE REQUEST";
    let rows = [
        (
            json!({}),
            format!("[spec.request: Invalid value: null: {pem}, spec.usages: Required value, spec.signerName: Required value]"),
        ),
        (
            spec(PEM, "x", Value::Null),
            "spec.signerName: Invalid value: \"x\": must be a fully qualified domain and path of the form 'example.com/signer-name'".to_owned(),
        ),
        (
            spec(PEM, SIGNER, json!(10)),
            "spec.expirationSeconds: Invalid value: 10: may not specify a duration less than 600 seconds (10 minutes)".to_owned(),
        ),
        (spec("YQ==", SIGNER, Value::Null), format!("spec.request: Invalid value: \"YQ==\": {pem}")),
    ];
    for (spec, why) in rows {
        let (code, refused) = client.post(REQUESTS, request("a", &spec)).await;
        let text = format!("CertificateSigningRequest.certificates.k8s.io \"a\" is invalid: {why}");
        assert_eq!((code, refused["message"].as_str().unwrap()), (422, text.as_str()));
    }
}

#[tokio::test]
async fn who_asks_is_told_a_decision_is_made_once_and_nothing_else_is_changed_by_it() {
    let client = Client::with(Behaviours::bare());
    let spec = json!({ "request": PEM, "signerName": SIGNER, "usages": ["client auth"], "username": "root" });
    let (code, mut made) = client.post(REQUESTS, request("a", &spec)).await;
    assert_eq!((code, &made["spec"]["username"]), (201, &json!("kubernetes-admin")));
    let at = |part: &str| format!("{REQUESTS}/a{part}");
    let condition = |kind: &str| json!({ "type": kind, "status": "True", "reason": "x" });

    // Plain writes decide nothing, and a decision says nothing else.
    made["status"] = json!({ "conditions": [condition("Approved")] });
    let (code, mut same) = client.put(&at(""), made).await;
    assert!(code == 200 && same["status"]["conditions"].is_null(), "{same}");
    same["status"] = json!({ "conditions": [condition("Approved")], "certificate": PEM });
    same["spec"]["signerName"] = "a.b/c".into();
    let (code, mut approved) = client.put(&at("/approval"), same).await;
    assert_eq!((code, &approved["spec"]["signerName"]), (200, &json!(SIGNER)), "{approved}");
    assert_eq!(approved["status"]["conditions"][0]["type"], "Approved");
    assert!(approved["status"]["certificate"].is_null(), "{approved}");

    let refused = async |object: &Value| {
        let (code, refused) = client.put(&at("/approval"), object.clone()).await;
        assert_eq!(code, 422);
        refused["message"].as_str().unwrap().to_owned()
    };
    let mut denied = approved.clone();
    denied["status"]["conditions"].as_array_mut().unwrap().push(condition("Denied"));
    let why = "status.conditions: Invalid value: \"Denied\": Approved and Denied conditions are mutually exclusive";
    assert!(refused(&denied).await.ends_with(why));
    let mut undecided = approved.clone();
    undecided["status"]["conditions"] = json!([]);
    let why =
        "status.conditions: Forbidden: updates may not remove a condition of type \"Approved\"";
    assert!(refused(&undecided).await.ends_with(why));

    approved["status"]["certificate"] = PEM.into();
    let (code, signed) = client.put(&at("/status"), approved).await;
    assert_eq!((code, &signed["status"]["certificate"]), (200, &json!(PEM)), "{signed}");
}
