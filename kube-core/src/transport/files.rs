//! The files that a configuration names: what they said last in, what they say now, if that is something else, out.

use std::path::Path;
use std::sync::Arc;

use secrecy::SecretString;
use tokio::io::AsyncReadExt as _;

use crate::config::ClientCertificate;
use crate::config::Tls;
use crate::tls;

/// The most bytes that one may have.
const LIMIT: u64 = 4 << 20;

/// What the files say now, checked; none if it is the same. In words what is wrong with them.
pub(super) async fn read(known: &Tls) -> Result<Option<Tls>, String> {
    let mut latest = known.clone();
    if let Some(path) = &known.authority_file {
        let pem = file(path).await?;
        tls::roots(&pem).map_err(|reason| format!("`{}`: {reason}", path.display()))?;
        latest.authority = Some(Arc::from(pem));
    }
    if let Some((certificate, key)) = &known.client_files {
        let of = certificate.display().to_string();
        let (certificate, key) = (file(certificate).await?, file(key).await?);
        let key = String::from_utf8(key).map_err(|_| format!("the key of `{of}` is no PEM"))?;
        let key = SecretString::from(key);
        let client = ClientCertificate { certificate: Arc::from(certificate), key };
        // Of two files the first may be new and the second not yet.
        tls::check(&client).map_err(|reason| format!("`{of}`: {reason}"))?;
        latest.client = Some(Arc::new(client));
    }
    let changed = latest.authority != known.authority || !same(&latest.client, &known.client);
    Ok(changed.then_some(latest))
}

/// Whether two client certificates are the same.
pub(super) fn same(
    one: &Option<Arc<ClientCertificate>>,
    other: &Option<Arc<ClientCertificate>>,
) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other) || one.is(other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

async fn file(path: &Path) -> Result<Vec<u8>, String> {
    let failed = |error| format!("`{}` cannot be read: {error}", path.display());
    let file = tokio::fs::File::open(path).await.map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(LIMIT + 1).read_to_end(&mut bytes).await.map_err(failed)?;
    match bytes.len() as u64 > LIMIT {
        true => Err(format!("`{}` has more than {LIMIT} bytes", path.display())),
        false => Ok(bytes),
    }
}
