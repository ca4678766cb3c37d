//! A certificate in a Secret: a pair in, a Secret of the type `kubernetes.io/tls` out.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use secrecy::ExposeSecret as _;

use crate::api::Api;
use crate::client::Client;
use crate::error::Result;
use crate::object::ObjectMeta;

use super::Pair;
use super::error::CertificateError;
use super::key::PrivateKey;
use super::store::Store;

/// Keeps a certificate and its key in a Secret (`tls.crt`, `tls.key`), which is written as a whole.
///
/// A Secret that changed meanwhile is overwritten: of several that renew one certificate the last one wins, and all of them are good.
#[derive(Clone, Debug)]
pub struct SecretStore {
    secrets: Api<Secret>,
    namespace: String,
    name: String,
}

impl SecretStore {
    /// In this Secret.
    #[must_use]
    pub fn new(client: &Client, namespace: impl Into<String>, name: impl Into<String>) -> Self {
        let (namespace, name) = (namespace.into(), name.into());
        Self { secrets: client.namespace(namespace.as_str()).api(), namespace, name }
    }

    async fn read(&self) -> Result<Option<Pair>> {
        let Some(secret) = self.secrets.get(self.name.as_str()).optional().await? else {
            return Ok(None);
        };
        let data = secret.data.unwrap_or_default();
        let text = |name: &str| {
            data.get(name).and_then(|bytes| std::str::from_utf8(&bytes.0).ok()).unwrap_or_default()
        };
        // An empty Secret may be there before its certificate, so that who mounts it finds it.
        if text("tls.crt").is_empty() && text("tls.key").is_empty() {
            return Ok(None);
        }
        let key = PrivateKey::from_pem(text("tls.key"));
        let pair = key.and_then(|key| Pair::new(text("tls.crt"), key));
        let place = || format!("the Secret `{}/{}`", self.namespace, self.name);
        Ok(Some(pair.map_err(|source| CertificateError::Kept { place: place(), source })?))
    }

    async fn write(&self, pair: &Pair) -> Result<()> {
        let text = |text: &str| ByteString(text.as_bytes().to_vec());
        let data = [
            ("tls.crt".to_owned(), text(&pair.certificate)),
            ("tls.key".to_owned(), text(pair.key.to_pem().expose_secret())),
        ];
        let known = self.secrets.get(self.name.as_str()).optional().await?;
        if let Some(mut secret) = known {
            secret.data.get_or_insert_default().extend(data);
            secret.metadata.resource_version = None;
            self.secrets.replace(&secret).await?;
            return Ok(());
        }
        let metadata = ObjectMeta { name: Some(self.name.clone()), ..ObjectMeta::default() };
        let type_ = Some("kubernetes.io/tls".to_owned());
        let secret = Secret { metadata, data: Some(data.into()), type_, ..Secret::default() };
        self.secrets.create(&secret).await?;
        Ok(())
    }
}

impl Store for SecretStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<Pair>>> {
        self.read().boxed()
    }

    fn store<'a>(&'a self, pair: &'a Pair) -> BoxFuture<'a, Result<()>> {
        self.write(pair).boxed()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, SystemTime};

    use parking_lot::Mutex;
    use serde_json::{Value, json};

    use super::*;
    use crate::certificates::{Authority, Template};
    use crate::request::Method;
    use crate::transport::script::{Script, failure, ok};

    #[tokio::test]
    async fn a_secret_is_made_or_its_pair_replaced_and_nothing_else_of_it() {
        let held: Arc<Mutex<Option<Value>>> = Arc::default();
        let server = Arc::clone(&held);
        let script = Script::new(move |request, _| {
            let mut held = server.lock();
            if let Some(body) = &request.body {
                *held = Some(serde_json::from_slice(body).unwrap());
            }
            held.as_ref().map_or_else(
                || failure(404, "NotFound", &json!({ "name": "web-tls", "kind": "secrets" })),
                ok,
            )
        });
        let store =
            SecretStore::new(&Client::over(Arc::<Script>::clone(&script)), "prod", "web-tls");
        assert_eq!(store.load().await.unwrap(), None);
        let (now, hour) = (SystemTime::now(), Duration::from_secs(3600));
        let authority = Authority::new("an authority", now, now + hour).unwrap();
        let pair = || authority.server(&Template::new("web"), now, now + hour).unwrap();
        let (first, second) = (pair(), pair());

        store.store(&first).await.unwrap();
        let made = script.last();
        assert_eq!((made.method, &*made.path), (Method::Post, "/api/v1/namespaces/prod/secrets"));
        assert_eq!(held.lock().as_ref().unwrap()["type"], "kubernetes.io/tls");
        assert_eq!(store.load().await.unwrap(), Some(first));

        {
            let mut held = held.lock();
            let held = held.as_mut().unwrap();
            held["metadata"]["resourceVersion"] = "7".into();
            held["metadata"]["labels"] = json!({ "a": "b" });
            held["data"]["ca.crt"] = "YQ==".into();
        }
        store.store(&second).await.unwrap();
        assert_eq!(script.last().method, Method::Put);
        assert_eq!(store.load().await.unwrap(), Some(second));
        let now_held = held.lock().clone().unwrap();
        assert_eq!(now_held["data"]["ca.crt"], "YQ==");
        assert_eq!(now_held["metadata"], json!({ "name": "web-tls", "labels": { "a": "b" } }));

        for (data, empty) in [
            (json!(null), true),
            (json!({ "ca.crt": "YQ==", "tls.crt": "", "tls.key": "" }), true),
            (json!({ "tls.crt": now_held["data"]["tls.crt"] }), false),
            (json!({ "tls.key": now_held["data"]["tls.key"] }), false),
            (json!({ "tls.crt": "YzRuYXJ5", "tls.key": "YzRuYXJ5" }), false),
        ] {
            held.lock().as_mut().unwrap()["data"] = data.clone();
            match store.load().await {
                Ok(found) => assert!(empty && found.is_none(), "{data}"),
                Err(error) => {
                    let line = error.chain();
                    assert!(!empty && line.contains("the Secret `prod/web-tls`"), "{line}");
                    assert!(!line.contains("c4nary"), "{line}");
                }
            }
        }
    }
}
