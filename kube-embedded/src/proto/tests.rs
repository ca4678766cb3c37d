//! Messages as Go clients write them, and what they stand for.

use super::*;

fn bytes(number: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2, u8::try_from(content.len()).unwrap()];
    out.extend_from_slice(content);
    out
}

fn envelope(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let types = [bytes(1, api_version.as_bytes()), bytes(2, kind.as_bytes())].concat();
    [MAGIC.to_vec(), bytes(1, &types), bytes(2, raw)].concat()
}

#[test]
fn a_message_of_a_go_client_is_read_as_the_json_it_stands_for() {
    // What Go writes of a name, and of the members that it cannot leave out.
    let metadata = [bytes(1, b"m"), bytes(2, b""), vec![7 << 3, 0], bytes(8, b"")].concat();
    let pair = [bytes(1, b"k"), bytes(2, b"v")].concat();
    let raw = [bytes(1, &metadata), bytes(2, &pair)].concat();
    let object = decode(&envelope("v1", "ConfigMap", &raw)).unwrap();
    let wanted = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"},
        "data": {"k": "v"}});
    assert_eq!(object, wanted);
}

#[test]
fn a_zero_that_is_meant_is_kept() {
    let raw = bytes(2, &[1 << 3, 0, 5 << 3, 0]);
    let object = decode(&envelope("apps/v1", "Deployment", &raw)).unwrap();
    assert_eq!(object["spec"], json!({"replicas": 0}));
}

#[test]
fn what_is_no_message_is_refused() {
    assert!(decode(b"{}").unwrap_err().contains("expected prefix"));
    assert!(decode(&envelope("v1", "Nope", b"")).unwrap_err().starts_with("no kind \"Nope\""));
    assert!(decode(&envelope("v1", "Pod", &[0x0a, 0x7f, 1])).is_err());
}

/// Kubernetes' own samples of every kind: each field is set, and the same object is there as JSON.
#[test]
#[ignore = "needs the folder of Kubernetes' samples in $SAMPLES: scripts/generate-messages"]
fn every_sample_of_kubernetes_is_read_as_its_json() {
    let folder = std::env::var("SAMPLES").unwrap();
    let mut read = 0;
    for (api_version, kind) in table().kinds() {
        let (group, version) = match api_version.rsplit_once('/') {
            Some((group, version)) => (group, version),
            None => ("core", api_version),
        };
        let path = format!("{folder}/{group}.{version}.{kind}");
        let Ok(body) = std::fs::read(format!("{path}.pb")) else { continue };
        let wanted = std::fs::read(format!("{path}.json")).unwrap();
        let wanted: Value = serde_json::from_slice(&wanted).unwrap();
        assert_eq!(decode(&body).unwrap(), wanted, "{path}");
        read += 1;
    }
    assert!(read > 60, "{read}");
}
