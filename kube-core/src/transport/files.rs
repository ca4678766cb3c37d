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
    let changed = latest.authority != known.authority || latest.client != known.client;
    Ok(changed.then_some(latest))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_file_says_is_checked_and_what_is_wrong_is_said_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let signed = rcgen::generate_simple_self_signed(["a".to_owned()]).unwrap();
        let (certificate, key) = (signed.cert.pem(), signed.signing_key.serialize_pem());
        let mut padded = certificate.clone().into_bytes();
        padded.resize(usize::try_from(LIMIT).unwrap(), b'\n');
        std::fs::write(at("ca"), &padded).unwrap();
        std::fs::write(at("crt"), &certificate).unwrap();
        std::fs::write(at("key"), &key).unwrap();
        let files = Some((at("crt"), at("key")));
        let known = Tls { authority_file: Some(at("ca")), client_files: files, ..Tls::default() };
        let read_first = read(&known).await.unwrap().expect("nothing was known of them");
        assert!(read(&read_first).await.unwrap().is_none(), "they say the same");

        padded.push(b'\n');
        let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
        for (name, text, said) in [
            ("key", other.as_bytes(), at("crt")),
            ("key", b"\xff", at("crt")),
            ("crt", b"nonsense", at("crt")),
            ("ca", b"nonsense", at("ca")),
            ("ca", padded.as_slice(), at("ca")),
        ] {
            std::fs::write(at(name), text).unwrap();
            let reason = read(&read_first).await.map(drop).unwrap_err();
            assert!(reason.contains(&format!("`{}`", said.display())), "{name}: {reason}");
            assert!(!reason.contains("PRIVATE"), "{reason}");
        }
        std::fs::remove_file(at("ca")).unwrap();
        let reason = read(&read_first).await.map(drop).unwrap_err();
        assert!(reason.contains("cannot be read"), "{reason}");
    }
}
