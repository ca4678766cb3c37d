//! Whom a certificate is of: a name and groups in, the bytes of that name out, and a certificate or a request signed again with it.
//!
//! rcgen's names hold one value of each sort, so that of many groups it keeps the last.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{KeyPair, SigningKey as _};

use super::error::CertificateError;
use super::validity::value;

const BIT_STRING: u8 = 0x03;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTF8_STRING: u8 = 0x0c;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// 2.5.4.3, the name.
const COMMON_NAME: [u8; 3] = [0x55, 4, 3];
/// 2.5.4.10, which an API server takes for a group.
const ORGANIZATION: [u8; 3] = [0x55, 4, 10];

/// What is signed, by what it is and where the name of its holder stands in it.
#[derive(Clone, Copy)]
pub(super) enum Signed {
    /// RFC 2986: after the version.
    Request,
    /// RFC 5280: after version, number, algorithm, issuer and times.
    Certificate,
}

/// The name, groups first, as openssl and kubeadm write them.
pub(super) fn subject(name: &str, groups: &[String]) -> Vec<u8> {
    let part = |sort: [u8; 3], text: &str| {
        let both = [tlv(OBJECT_IDENTIFIER, &sort), tlv(UTF8_STRING, text.as_bytes())].concat();
        tlv(SET, &tlv(SEQUENCE, &both))
    };
    let groups = groups.iter().map(|group| part(ORGANIZATION, group));
    let parts: Vec<_> = groups.chain([part(COMMON_NAME, name)]).collect();
    tlv(SEQUENCE, &parts.concat())
}

/// The same with this holder, signed by this key, in PEM.
pub(super) fn signed(
    what: Signed,
    der: &[u8],
    subject: &[u8],
    key: &KeyPair,
) -> Result<String, CertificateError> {
    let (place, label) = match what {
        Signed::Request => (1, "CERTIFICATE REQUEST"),
        Signed::Certificate => (5, "CERTIFICATE"),
    };
    let (inner, algorithm) = parts(der, place, subject)
        .ok_or(CertificateError::Make { reason: "it cannot be read again".to_owned() })?;
    let inner = tlv(SEQUENCE, &inner);
    // No bit of its last byte is left over.
    let signature = [vec![0], key.sign(&inner)?].concat();
    let der = tlv(SEQUENCE, &[inner, algorithm, tlv(BIT_STRING, &signature)].concat());
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    Ok(format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n")))
}

/// What is to be signed, with another value at that place, and the algorithm of its signature.
fn parts(der: &[u8], place: usize, subject: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (_, outer, _) = value(der)?;
    let (_, inner, algorithm) = value(outer)?;
    let (_, _, signature) = value(algorithm)?;
    let mut rest = inner;
    for _ in 0..place {
        rest = value(rest)?.2;
    }
    let before = &inner[..inner.len() - rest.len()];
    let inner = [before, subject, value(rest)?.2].concat();
    Some((inner, algorithm[..algorithm.len() - signature.len()].to_vec()))
}

/// A value with its tag and its length.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    let mut value = vec![tag];
    match (length, u8::try_from(length.len())) {
        ([], _) => value.push(0),
        (&[short @ 0..=0x7f], _) => value.push(short),
        (long, count) => {
            value.push(0x80 | count.unwrap_or(u8::MAX));
            value.extend_from_slice(long);
        }
    }
    value.extend_from_slice(content);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_any_length_is_read_back() {
        for length in [0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000] {
            let content = vec![7; length];
            let written = [tlv(SET, &content), b"rest".to_vec()].concat();
            assert_eq!(value(&written), Some((SET, content.as_slice(), &b"rest"[..])), "{length}");
        }
    }
}
