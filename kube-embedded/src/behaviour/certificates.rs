//! The signer of certificates of users: an approved request in, a certificate by the server's own authority out.
//!
//! Mirrors: kubernetes pkg/controller/certificates/signer
//! Differs: one signer, `kubernetes.io/kube-apiserver-client`; the authority is made anew with each server.

use super::Agenda;
use super::Behaviour;
use super::Pace;
use super::write;
use crate::cluster::Cluster;
use crate::status::Failure;
use crate::store::Event;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::BoxFuture;
use rcgen::BasicConstraints;
use rcgen::CertificateParams;
use rcgen::CertificateSigningRequestParams;
use rcgen::CertifiedIssuer;
use rcgen::DnType;
use rcgen::ExtendedKeyUsagePurpose;
use rcgen::IsCa;
use rcgen::KeyPair;
use rcgen::KeyUsagePurpose;
use serde_json::Value;
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

const REQUESTS: &str = "certificates.k8s.io/certificatesigningrequests";
const GROUP: &str = "certificates.k8s.io";
const KIND: &str = "CertificateSigningRequest";
const SIGNER: &str = "kubernetes.io/kube-apiserver-client";
/// What a certificate for a client may be used for.
const USAGES: [&str; 3] = ["digital signature", "key encipherment", "client auth"];
/// As kube-controller-manager: how long a certificate is good at most, and unless less is asked for.
const YEAR: i64 = 365 * 24 * 60 * 60;
/// As kube-controller-manager: from so long ago, as clocks differ.
const BEFORE: Duration = Duration::from_secs(5 * 60);

type Authority = CertifiedIssuer<'static, KeyPair>;

/// Plays the signer.
pub(super) struct Certificates {
    agenda: Agenda<String>,
    pace: Pace,
    /// Made when it is first needed: a key takes time.
    authority: Option<Authority>,
}

impl Certificates {
    pub(super) fn new(pace: &Pace) -> Self {
        Self { agenda: Agenda::new(), pace: pace.clone(), authority: None }
    }

    async fn look(&mut self, cluster: &Cluster, name: &str) -> Result<(), Failure> {
        let kind = write::kind_of(cluster, GROUP, KIND);
        let request = write::read(cluster, GROUP, KIND, ("", name));
        let (Some(kind), Some(mut request)) = (kind, request) else { return Ok(()) };
        if !is_ready(&request) {
            return Ok(());
        }
        let now = cluster.clock.now();
        match self.signed(&request, now.as_second()) {
            Ok(pem) => request["status"]["certificate"] = STANDARD.encode(pem).into(),
            Err(why) => {
                let failed = json!({
                    "type": "Failed", "status": "True", "reason": "SignerValidationFailure", "message": why,
                    "lastTransitionTime": cluster.clock.stamp(), "lastUpdateTime": cluster.clock.stamp(),
                });
                if let Some(conditions) = request["status"]["conditions"].as_array_mut() {
                    conditions.push(failed);
                }
            }
        }
        write::update_status(cluster, &kind, write::CONTROLLER_MANAGER, request).await
    }

    /// The certificate in PEM, or why there is none.
    fn signed(&mut self, request: &Value, now: i64) -> Result<String, String> {
        let spec = &request["spec"];
        let usages: Vec<&str> =
            spec["usages"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let known = usages.iter().all(|usage| USAGES.contains(usage));
        if !known || !usages.contains(&"client auth") {
            return Err("usages did not match".to_owned());
        }
        let unreadable = "unable to parse csr";
        let pem = STANDARD.decode(spec["request"].as_str().unwrap_or_default());
        let pem = pem.ok().and_then(|pem| String::from_utf8(pem).ok()).ok_or(unreadable)?;
        let mut wish = CertificateSigningRequestParams::from_pem(&pem)
            .map_err(|error| format!("{unreadable}: {error}"))?;
        let seconds = spec["expirationSeconds"].as_i64().unwrap_or(YEAR).clamp(0, YEAR);
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        let at =
            |second: i64| epoch + Duration::from_secs(u64::try_from(second).unwrap_or_default());
        wish.params.not_before = at(now) - BEFORE;
        wish.params.not_after = at(now + seconds) - BEFORE;
        wish.params.is_ca = IsCa::NoCa;
        wish.params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        wish.params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let authority = match self.authority.take() {
            Some(authority) => authority,
            None => authority().map_err(|error| error.to_string())?,
        };
        let signed = wish.signed_by(&authority);
        self.authority = Some(authority);
        signed.map(|signed| signed.pem()).map_err(|error| error.to_string())
    }
}

fn authority() -> Result<Authority, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "kube-embedded");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

/// Whether it is approved, for this signer, and neither signed nor failed.
fn is_ready(request: &Value) -> bool {
    let conditions = request["status"]["conditions"].as_array();
    let has = |kind: &str| {
        let is = |condition: &Value| condition["type"] == kind && condition["status"] == "True";
        conditions.is_some_and(|all| all.iter().any(is))
    };
    request["spec"]["signerName"] == SIGNER
        && request["status"]["certificate"].is_null()
        && has("Approved")
        && !has("Denied")
        && !has("Failed")
}

impl Behaviour for Certificates {
    fn observe(&mut self, _cluster: &Cluster, event: &Event, now: Instant) {
        if &*event.resource != REQUESTS || event.after.is_none() {
            return;
        }
        let Some(object) = event.object() else { return };
        if is_ready(&object.value()) {
            self.agenda.plan(object.name.to_string(), now + self.pace.reaction);
        }
    }

    fn due(&self) -> Option<Instant> {
        self.agenda.due()
    }

    fn work<'a>(&'a mut self, cluster: &'a Cluster, now: Instant) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let Some(name) = self.agenda.take(now) else { return false };
            let done = self.look(cluster, &name).await;
            if let Some(later) = write::again(done, self.pace.reaction, format_args!("sign {name}"))
            {
                self.agenda.plan(name, now + later);
            }
            true
        })
    }
}
