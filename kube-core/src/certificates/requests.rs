//! Requests to a cluster to sign a certificate: what is asked for in, the certificate, or why there is none, out.
//!
//! Mirrors: client-go util/certificate/csr
//! Differs: to approve and to deny is here too; what was denied or failed is an error with the signer's own reason.

use std::time::Duration;

use k8s_openapi::ByteString;
use k8s_openapi::api::certificates::v1::{
    CertificateSigningRequest, CertificateSigningRequestCondition, CertificateSigningRequestSpec,
};

use crate::api::Api;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::object::ObjectMeta;
use crate::object::Resource as _;

use super::Pair;
use super::error::CertificateError;
use super::key::PrivateKey;
use super::template::Template;

/// The signer of certificates for users of the API server.
const CLIENT_SIGNER: &str = "kubernetes.io/kube-apiserver-client";
/// As client-go: how long a certificate is waited for.
const WITHIN: Duration = Duration::from_secs(15 * 60);

/// What a certificate may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Usage {
    /// To sign what is said.
    DigitalSignature,
    /// To agree on keys, with RSA.
    KeyEncipherment,
    /// To be a client.
    ClientAuth,
    /// To be a server.
    ServerAuth,
}

impl Usage {
    fn as_str(self) -> &'static str {
        match self {
            Self::DigitalSignature => "digital signature",
            Self::KeyEncipherment => "key encipherment",
            Self::ClientAuth => "client auth",
            Self::ServerAuth => "server auth",
        }
    }
}

/// What is asked of a signer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ask {
    /// Who is to sign.
    pub signer: String,
    /// What the certificate may be used for.
    pub usages: Vec<Usage>,
    /// For how long it should be good; a signer may choose less. At least ten minutes.
    pub lifetime: Option<Duration>,
}

impl Ask {
    /// A certificate for a user of the API server.
    #[must_use]
    pub fn client() -> Self {
        Self {
            signer: CLIENT_SIGNER.to_owned(),
            usages: vec![Usage::DigitalSignature, Usage::ClientAuth],
            lifetime: None,
        }
    }

    /// A certificate of a signer of one's own, as `example.com/serving`, for a server.
    #[must_use]
    pub fn server(signer: impl Into<String>) -> Self {
        Self {
            signer: signer.into(),
            usages: vec![Usage::DigitalSignature, Usage::ServerAuth],
            lifetime: None,
        }
    }

    /// For how long it should be good.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }
}

/// Requests to sign certificates (`certificates.k8s.io/v1`), of one client.
///
/// ```no_run
/// # async fn f(client: kube_core::Client) -> kube_core::Result<()> {
/// use kube_core::certificates::{Ask, PrivateKey, SigningRequests, Template};
///
/// let (requests, key) = (SigningRequests::new(&client), PrivateKey::generate()?);
/// let name = requests.create("jane-1", &Ask::client(), &Template::new("jane"), &key).await?;
/// requests.approve(&name, "JaneAsked", "she came to my desk").await?;
/// let pair = requests.pair(&name, &key).await?;
/// println!("good until {:?}", pair.not_after());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SigningRequests {
    api: Api<CertificateSigningRequest>,
    within: Duration,
}

impl SigningRequests {
    /// Those that this client may see.
    #[must_use]
    pub fn new(client: &Client) -> Self {
        Self { api: client.api(CertificateSigningRequest::RESOURCE, None), within: WITHIN }
    }

    /// How long a certificate is waited for; 15 minutes by default.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }

    /// Asks a signer to sign. The answer is the request's name: with a name that ends in `-`, the server completes it. One of the same
    /// name that asks for the same is taken up again, so that a program may be started again meanwhile.
    ///
    /// # Errors
    /// One of this name asks for something else; what the server refuses.
    pub async fn create(
        &self,
        name: &str,
        ask: &Ask,
        template: &Template,
        key: &PrivateKey,
    ) -> Result<String> {
        let request = wanted(name, ask, &template.request(key)?)?;
        let created = match self.api.create(&request).await {
            Err(error) if error.is_already_exists() => {
                let known = self.api.get(name).await?;
                if !is_same(&known.spec, &request.spec) {
                    return Err(CertificateError::Another { name: name.to_owned() }.into());
                }
                known
            }
            created => created?,
        };
        Ok(created.metadata.name.unwrap_or_default())
    }

    /// Approves a request, if the user of this client may: `approve` on the signer, `update` on `certificatesigningrequests/approval`.
    ///
    /// # Errors
    /// What the server refuses, as one that was denied.
    pub async fn approve(&self, name: &str, reason: &str, message: &str) -> Result<()> {
        self.decide(name, ("Approved", reason, message)).await
    }

    /// Denies a request.
    ///
    /// # Errors
    /// What the server refuses, as one that was approved.
    pub async fn deny(&self, name: &str, reason: &str, message: &str) -> Result<()> {
        self.decide(name, ("Denied", reason, message)).await
    }

    async fn decide(&self, name: &str, (kind, reason, message): (&str, &str, &str)) -> Result<()> {
        let mut request = self.api.get(name).await?;
        let conditions = request.status.get_or_insert_default().conditions.get_or_insert_default();
        if conditions.iter().any(|condition| condition.type_ == kind) {
            return Ok(());
        }
        conditions.push(CertificateSigningRequestCondition {
            type_: kind.to_owned(),
            status: "True".to_owned(),
            reason: Some(reason.to_owned()),
            message: Some(message.to_owned()),
            ..CertificateSigningRequestCondition::default()
        });
        let approvals = self.api.subresource::<CertificateSigningRequest>("approval");
        approvals.replace(name, &request).await?;
        Ok(())
    }

    /// Waits for the certificate, in PEM.
    ///
    /// # Errors
    /// The request was denied, failed or is gone; no answer came in time.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn certificate(&self, name: &str) -> Result<String> {
        let own = name.to_owned();
        let answered = self.api.until(name, move |request: Option<&CertificateSigningRequest>| {
            certificate(&own, request).map(|found| found.is_some()).map_err(Error::from)
        });
        let approved = match answered.within(self.within).await {
            Ok(request) => return Ok(certificate(name, request.as_ref())?.unwrap_or_default()),
            // The server's own timeouts are none of ours.
            Err(error) if error.kind() == ErrorKind::Timeout && error.status().is_none() => {
                self.api.get(name).await.is_ok_and(|request| has(&request, "Approved").is_some())
            }
            Err(error) => return Err(error),
        };
        let remedy = match approved {
            true => "it is approved, so see whether its signer runs",
            false => "approve it, as with `kubectl certificate approve`",
        };
        Err(CertificateError::Waited { name: name.to_owned(), within: self.within, remedy }.into())
    }

    /// Waits for the certificate of this key.
    ///
    /// # Errors
    /// As for [`certificate`](Self::certificate); the signer signed for another key.
    pub async fn pair(&self, name: &str, key: &PrivateKey) -> Result<Pair> {
        let pair = Pair::new(self.certificate(name).await?, key.clone());
        Ok(pair.map_err(|source| CertificateError::Answer { name: name.to_owned(), source })?)
    }
}

fn wanted(name: &str, ask: &Ask, request: &str) -> Result<CertificateSigningRequest> {
    let mut metadata = ObjectMeta::default();
    match name.ends_with('-') {
        true => metadata.generate_name = Some(name.to_owned()),
        false => metadata.name = Some(name.to_owned()),
    }
    let seconds = ask.lifetime.map(|lifetime| i32::try_from(lifetime.as_secs()));
    let seconds = seconds.transpose().map_err(|_| CertificateError::Make {
        reason: "its lifetime is more than 68 years".to_owned(),
    })?;
    let usages = ask.usages.iter().map(|usage| usage.as_str().to_owned()).collect();
    let spec = CertificateSigningRequestSpec {
        request: ByteString(request.as_bytes().to_vec()),
        signer_name: ask.signer.clone(),
        usages: Some(usages),
        expiration_seconds: seconds,
        ..CertificateSigningRequestSpec::default()
    };
    Ok(CertificateSigningRequest { metadata, spec, ..CertificateSigningRequest::default() })
}

/// Whether one is good for the other: the same key and subject, which are what is in the request, signer and usages.
fn is_same(known: &CertificateSigningRequestSpec, wanted: &CertificateSigningRequestSpec) -> bool {
    // Signatures of one key over one text differ, and stand at its end.
    body(&known.request.0) == body(&wanted.request.0)
        && known.signer_name == wanted.signer_name
        && known.usages == wanted.usages
}

/// What was signed of a request: in DER, the first value within the first.
fn body(pem: &[u8]) -> Option<Vec<u8>> {
    use rustls::pki_types::CertificateSigningRequestDer;
    use rustls::pki_types::pem::PemObject as _;
    let der = CertificateSigningRequestDer::from_pem_slice(pem).ok()?;
    let (_, inner, _) = super::validity::value(&der)?;
    super::validity::value(inner).map(|(_, body, _)| body.to_vec())
}

fn has<'a>(
    request: &'a CertificateSigningRequest,
    kind: &str,
) -> Option<&'a CertificateSigningRequestCondition> {
    let mut conditions =
        request.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.find(|condition| condition.type_ == kind && condition.status != "False")
}

/// The certificate; none if it is still to come.
fn certificate(
    name: &str,
    request: Option<&CertificateSigningRequest>,
) -> Result<Option<String>, CertificateError> {
    let name = || name.to_owned();
    let Some(request) = request else { return Err(CertificateError::Gone { name: name() }) };
    let why = |condition: &CertificateSigningRequestCondition| {
        let said = [condition.reason.as_deref(), condition.message.as_deref()];
        let said: Vec<_> = said.into_iter().flatten().filter(|text| !text.is_empty()).collect();
        let said = if said.is_empty() { "no reason was given".to_owned() } else { said.join(": ") };
        crate::status::excerpt(said.as_bytes(), 512)
    };
    if let Some(denied) = has(request, "Denied") {
        return Err(CertificateError::Denied { name: name(), reason: why(denied) });
    }
    if let Some(failed) = has(request, "Failed") {
        return Err(CertificateError::Failed { name: name(), reason: why(failed) });
    }
    let bytes = request.status.as_ref().and_then(|status| status.certificate.as_ref());
    let bytes = bytes.filter(|bytes| !bytes.0.is_empty() && has(request, "Approved").is_some());
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes.0).into_owned()))
}
