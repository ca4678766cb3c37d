//! Bodies in protobuf, which Go clients send for whatever is built in.

use super::*;
use crate::kind::Kind;

fn part(number: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2, u8::try_from(content.len()).unwrap()];
    out.extend_from_slice(content);
    out
}

fn message(kind: &Kind, raw: &[u8]) -> Vec<u8> {
    let types = [part(1, kind.api_version().as_bytes()), part(2, kind.kind.as_bytes())].concat();
    [b"k8s\0".to_vec(), part(1, &types), part(2, raw)].concat()
}

#[tokio::test]
async fn every_built_in_kind_is_taken_in_protobuf() {
    let client = Client::with(Behaviours::bare().coordinated_elections(true));
    let kinds = client.server.0.service.cluster.kinds.all();
    let named = part(1, &part(1, b"sample"));
    for kind in kinds.iter().filter(|kind| !kind.custom) {
        let place = if kind.group.is_empty() { "api" } else { "apis" };
        let space = if kind.namespaced { "/namespaces/default" } else { "" };
        let uri = format!("/{place}/{}{space}/{}", kind.api_version(), kind.plural);
        let body = message(kind, &named);
        let response = client.raw("POST", &uri, "application/vnd.kubernetes.protobuf", body).await;
        let code = response.status().as_u16();
        let text = response.into_body().collect().await.unwrap();
        let text = String::from_utf8_lossy(&text);
        // That it is read is what counts: an object of nothing but a name is not always valid.
        let read = matches!(code, 201 | 422) || kind.review && !text.contains("cannot be handled");
        assert!(read, "{uri}: {code} {text}");
    }
    assert!(kinds.len() > 50, "{}", kinds.len());
}
