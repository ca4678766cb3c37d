//! The promises of certificates: against a script that signs, files, and a paused clock.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use parking_lot::Mutex;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::*;
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::request::Method;
use crate::transport::script::{Reply, Script, failure, ok};

const HOUR: Duration = Duration::from_secs(3600);

fn client(script: &Arc<Script>) -> Client {
    Client::over(Arc::<Script>::clone(script))
}

fn request(conditions: &Value, certificate: Option<&str>) -> Value {
    json!({
        "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
        "metadata": { "name": "web", "resourceVersion": "7" },
        "spec": { "request": "", "signerName": "a/b" },
        "status": { "conditions": conditions, "certificate": certificate.map(|pem| STANDARD.encode(pem)) },
    })
}

fn list(items: &[Value]) -> Reply {
    ok(json!({ "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequestList",
        "metadata": { "resourceVersion": "8" }, "items": items }))
}

fn authority() -> Authority {
    let now = SystemTime::now();
    Authority::new("an authority", now, now + 1000 * HOUR).unwrap()
}

fn pair() -> Pair {
    let now = SystemTime::now();
    authority().server(&Template::new("web"), now, now + 24 * HOUR).unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_becomes_of_a_request_is_a_certificate_or_an_error_with_the_reason() {
    let signed = json!([{ "type": "Approved", "status": "True" }]);
    let denied = json!([{ "type": "Denied", "status": "True", "reason": "Stranger", "message": "who\nis it" }]);
    let failed = json!([{ "type": "Approved", "status": "True" }, { "type": "Failed", "status": "True", "reason": "SignerValidationFailure" }]);
    let undecided = json!([{ "type": "Denied", "status": "False" }]);
    for (conditions, certificate, expected) in [
        (&signed, Some("pem"), Ok("pem")),
        (&signed, None, Err((ErrorKind::Timeout, "see whether its signer runs"))),
        (&undecided, None, Err((ErrorKind::Timeout, "kubectl certificate approve"))),
        (&undecided, Some("pem"), Err((ErrorKind::Timeout, "kubectl certificate approve"))),
        (&denied, None, Err((ErrorKind::Refused, "was denied: Stranger: who\\nis it"))),
        (&failed, None, Err((ErrorKind::Refused, "failed: SignerValidationFailure"))),
        (&Value::Null, None, Err((ErrorKind::Refused, "is gone"))),
    ] {
        let items = match conditions {
            Value::Null => vec![],
            conditions => vec![request(conditions, certificate)],
        };
        let script = Script::new(move |request, _| match request.path_and_query() {
            path if path.contains("watch=true") => Reply::Endless(vec![]),
            path if path.ends_with("/web") => ok(&items[0]),
            _ => list(&items),
        });
        let requests = SigningRequests::new(&client(&script)).within(Duration::from_secs(60));
        let found = requests.certificate("web").await;
        match (&found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected),
            (Err(error), Err((kind, words))) => {
                let line = error.chain();
                assert!(error.kind() == kind && line.contains(words), "{line}");
                assert!(line.contains("`web`") && !line.contains('\n'), "{line}");
            }
            (found, expected) => panic!("expected {expected:?}, got {found:?}"),
        }
    }
}

#[tokio::test]
async fn a_request_is_approved_or_denied_with_a_reason_and_once() {
    let known = json!([{ "type": "Approved", "status": "True" }]);
    for (conditions, approve, sent) in [
        (json!([]), true, Some("Approved")),
        (json!([]), false, Some("Denied")),
        (known.clone(), true, None),
        (known, false, Some("Denied")),
    ] {
        let script = Script::new(move |_, _| ok(request(&conditions, None)));
        let requests = SigningRequests::new(&client(&script));
        match approve {
            true => requests.approve("web", "Asked", "as agreed").await.unwrap(),
            false => requests.deny("web", "Asked", "as agreed").await.unwrap(),
        }
        let last = script.last();
        assert_eq!(last.method == Method::Put, sent.is_some());
        let Some(kind) = sent else { continue };
        assert_eq!(
            last.path,
            "/apis/certificates.k8s.io/v1/certificatesigningrequests/web/approval"
        );
        let body: Value = serde_json::from_slice(&last.body.unwrap()).unwrap();
        let condition = body["status"]["conditions"].as_array().unwrap().last().unwrap().clone();
        let expected =
            json!({ "type": kind, "status": "True", "reason": "Asked", "message": "as agreed" });
        assert_eq!(condition, expected);
        assert_eq!(body["metadata"]["resourceVersion"], "7", "nobody's decision is overwritten");
    }
}

#[tokio::test]
async fn a_request_of_the_same_name_is_taken_up_again_if_it_asks_for_the_same() {
    let stored: Arc<Mutex<Option<Value>>> = Arc::default();
    let kept = Arc::clone(&stored);
    let script = Script::new(move |request, _| {
        let mut kept = kept.lock();
        match (request.method, &*kept) {
            (Method::Post, Some(_)) => failure(409, "AlreadyExists", &json!({})),
            (Method::Post, None) => {
                let body: Value = serde_json::from_slice(request.body.as_ref().unwrap()).unwrap();
                *kept = Some(body.clone());
                ok(body)
            }
            (_, kept) => ok(kept.clone().unwrap()),
        }
    });
    let (requests, key) = (SigningRequests::new(&client(&script)), PrivateKey::generate().unwrap());
    let ask = Ask::client().lifetime(HOUR);
    let create = async |ask: &Ask, name: &str, key: &PrivateKey| {
        requests.create("web", ask, &Template::new(name), key).await
    };
    assert_eq!(create(&ask, "jane", &key).await.unwrap(), "web");
    let body = stored.lock().clone().unwrap();
    assert_eq!(body["spec"]["signerName"], "kubernetes.io/kube-apiserver-client");
    assert_eq!(body["spec"]["usages"], json!(["digital signature", "client auth"]));
    assert_eq!(body["spec"]["expirationSeconds"], 3600);
    // The signature is another one each time.
    assert_eq!(create(&ask, "jane", &key).await.unwrap(), "web");
    let other = PrivateKey::generate().unwrap();
    for (ask, name, key) in
        [(&ask, "jane", &other), (&ask, "joe", &key), (&Ask::server("a/b"), "jane", &key)]
    {
        let error = create(ask, name, key).await.unwrap_err();
        assert!(error.to_string().contains("asks for something else"), "{error}");
    }
    let error = create(&ask.lifetime(Duration::MAX), "jane", &key).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
}

#[test]
fn a_key_is_read_back_and_never_printed() {
    let key = PrivateKey::generate().unwrap();
    let pem = key.to_pem();
    assert_eq!(PrivateKey::from_pem(pem.expose_secret()).unwrap(), key);
    assert_ne!(PrivateKey::generate().unwrap(), key);
    assert!(key.public_pem().starts_with("-----BEGIN PUBLIC KEY-----"));
    assert_eq!(format!("{key:?}"), "PrivateKey(..)");
    let pair = pair();
    assert!(!format!("{pair:?} {:?}", authority()).contains("BEGIN"), "{pair:?}");
    for wrong in ["", "c4nary", &pem.expose_secret()[..80]] {
        let error = PrivateKey::from_pem(wrong).unwrap_err();
        let line = error.chain();
        assert!(wrong.is_empty() || !line.contains(wrong), "{line}");
    }
    let error = Pair::new(pair.certificate(), key).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input, "a key of another one");
    assert!(Pair::new("no pem", pair.key().clone()).is_err());
}

#[test]
fn what_an_authority_signs_is_trusted_through_it_and_through_no_other() {
    use rustls::client::danger::ServerCertVerifier as _;
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    let (ours, other, now) = (authority(), authority(), SystemTime::now());
    let template = Template::new("web").server_name("web.prod.svc").address([10, 0, 0, 7].into());
    let pair = ours.server(&template, now, now + 24 * HOUR).unwrap();
    let again =
        Authority::again("an authority", ours.key().clone(), now, now + 1000 * HOUR).unwrap();
    let later = again.server(&template, now, now + 24 * HOUR).unwrap();
    let client = ours.client(&template, now, now + 24 * HOUR).unwrap();
    let trusts = |authority: &Authority, pair: &Pair, name: &str| {
        let roots = Arc::new(crate::tls::roots(authority.certificate().as_bytes()).unwrap());
        let provider = crate::tls::provider().unwrap();
        let verifier = rustls::client::WebPkiServerVerifier::builder_with_provider(roots, provider);
        let certificate = CertificateDer::from_pem_slice(pair.certificate().as_bytes()).unwrap();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let checked = verifier.build().unwrap().verify_server_cert(
            &certificate,
            &[],
            &name,
            &[],
            UnixTime::now(),
        );
        checked.is_ok()
    };
    assert!(trusts(&ours, &pair, "web.prod.svc") && trusts(&ours, &pair, "10.0.0.7"));
    assert!(trusts(&ours, &later, "web.prod.svc"), "it is the same one after a restart");
    assert!(!trusts(&ours, &pair, "other.prod.svc") && !trusts(&other, &pair, "web.prod.svc"));
    assert!(!trusts(&ours, &client, "web.prod.svc"), "a client is no server");
    assert!(pair.not_before() < now && pair.not_after() > now + 24 * HOUR);
    assert!(ours.server(&Template::new(""), now, now + HOUR).is_err());
    let own = Pair::self_signed(&template, now, now + HOUR).unwrap();
    assert!(!trusts(&ours, &own, "web.prod.svc"), "nobody vouches for it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_replaced_as_a_whole_and_two_of_them_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::new(folder.path(), "agent");
    assert_eq!(store.load().await.unwrap(), None);
    let pairs: Vec<Pair> = (0..8).map(|_| pair()).collect();
    store.store(&pairs[0]).await.unwrap();
    let strangers = ["notes-of-an-agent.pem", "agent-notes.pem"];
    for stranger in strangers {
        std::fs::write(folder.path().join(stranger), "not ours").unwrap();
    }
    let mut reads = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (store, pairs) = (store.clone(), pairs.clone());
        reads.spawn(async move {
            for _ in 0..200 {
                let found = store.load().await.unwrap().expect("there is always one");
                assert!(pairs.contains(&found));
            }
        });
    }
    for pair in &pairs {
        store.store(pair).await.unwrap();
        assert_eq!(store.load().await.unwrap().as_ref(), Some(pair));
    }
    reads.join_all().await;
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.retain(|name| !strangers.contains(&name.as_str()));
    assert!(strangers.iter().all(|name| folder.path().join(name).exists()), "{names:?}");
    assert_eq!(names.len(), 3, "the latest, the one before, and the link: {names:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(store.current()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // What cannot be written leaves what is there.
    let nowhere = FileStore::new(folder.path().join("missing"), "agent");
    let error = nowhere.store(&pairs[0]).await.unwrap_err();
    assert!(error.to_string().contains("check that the folder exists"), "{error}");
    std::fs::write(store.current(), "-----BEGIN PRIVATE KEY-----\nc4nary").unwrap();
    let line = store.load().await.unwrap_err().chain();
    assert!(line.contains("agent-current.pem") && !line.contains("c4nary"), "{line}");
}

/// A cluster in which every request is approved and signed at once, for an hour.
fn signer(fails: u32) -> (Arc<Script>, Arc<Mutex<Vec<Value>>>) {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let asked: Arc<Mutex<Vec<Value>>> = Arc::default();
    let (log, left) = (Arc::clone(&asked), Mutex::new(fails));
    let script = Script::new(move |request, _| {
        if request.method != Method::Post {
            return list(&log.lock().last().cloned().into_iter().collect::<Vec<_>>());
        }
        let mut left = left.lock();
        if *left > 0 {
            *left -= 1;
            return failure(500, "InternalError", &json!({}));
        }
        let mut body: Value = serde_json::from_slice(request.body.as_ref().unwrap()).unwrap();
        let pem = STANDARD.decode(body["spec"]["request"].as_str().unwrap()).unwrap();
        let pem = String::from_utf8(pem).unwrap();
        let mut wish = rcgen::CertificateSigningRequestParams::from_pem(&pem).unwrap();
        // The certificates of the script are for days: the test's clock moves by hours.
        wish.params.not_before =
            rcgen::date_time_ymd(2030, 1, 1 + u8::try_from(log.lock().len()).unwrap());
        wish.params.not_after = wish.params.not_before + HOUR;
        let signed = wish.signed_by(&issuer).unwrap().pem();
        body["metadata"]["name"] = format!("agent-{}", log.lock().len()).into();
        body["status"] = json!({
            "conditions": [{ "type": "Approved", "status": "True" }], "certificate": STANDARD.encode(signed),
        });
        log.lock().push(body.clone());
        ok(body)
    });
    (script, asked)
}

/// Keeps in memory, and refuses as often as it is told.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<(Option<Pair>, u32)>>);

impl Store for Memory {
    fn load(&self) -> futures::future::BoxFuture<'_, Result<Option<Pair>>> {
        Box::pin(async { Ok(self.0.lock().0.clone()) })
    }

    fn store<'a>(&'a self, pair: &'a Pair) -> futures::future::BoxFuture<'a, Result<()>> {
        Box::pin(async {
            let mut kept = self.0.lock();
            if kept.1 > 0 {
                kept.1 -= 1;
                return Err(Error::new(ErrorKind::Config, "the disk is full"));
            }
            kept.0 = Some(pair.clone());
            Ok(())
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_certificate_is_renewed_in_time_kept_and_told_whatever_fails_on_the_way() {
    let begin = SystemTime::UNIX_EPOCH + Duration::from_secs(1_893_456_000);
    for (refusals, full) in [(0, 0), (3, 0), (0, 2)] {
        let (script, asked) = signer(refusals);
        let store = Memory::default();
        store.0.lock().1 = full;
        let started = tokio::time::Instant::now();
        let rotation = Rotation::new(
            &client(&script),
            "agent",
            Ask::client(),
            Template::new("agent"),
            store.clone(),
        );
        let rotation = rotation.clock(move || begin + started.elapsed(), 7);
        let mut current = rotation.current();
        let mut run = Box::pin(rotation.run());
        let mut times = Vec::new();
        while times.len() < 2 {
            tokio::select! {
                () = &mut run => unreachable!("it never ends"),
                changed = current.changed() => changed.unwrap(),
            }
            let Some(pair) = current.borrow_and_update().clone() else { continue };
            assert_eq!(store.0.lock().0.as_ref(), Some(&pair), "it is kept before it is told");
            times.push((started.elapsed(), pair.not_before()));
        }
        let waits: u64 = [2, 4, 8].iter().take(usize::max(refusals as usize, full as usize)).sum();
        assert_eq!(times[0].0.as_secs(), waits, "{refusals} {full}");
        let first = asked.lock().len();
        assert_eq!(
            first,
            2 + full as usize,
            "one is asked for at its time, and once more where it was not kept"
        );
        let at = (begin + times[1].0).duration_since(times[0].1).unwrap();
        assert!(at >= HOUR * 7 / 10 && at <= HOUR * 9 / 10, "{at:?} of its hour were over");
        // What is kept is taken up again by the next process, and nothing is asked for before its time.
        let again = Rotation::new(
            &client(&script),
            "agent",
            Ask::client(),
            Template::new("agent"),
            store.clone(),
        );
        let kept = store.0.lock().0.clone().unwrap();
        let at = kept.not_before();
        let again = again.clock(move || at, 7);
        let current = again.current();
        let early = tokio::time::timeout(Duration::from_secs(30), again.run()).await;
        assert!(early.is_err() && *current.borrow() == Some(kept));
        assert_eq!(asked.lock().len(), first);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_nobody_answers_is_given_up_when_it_was_said_and_made_again() {
    let made: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let (log, started) = (Arc::clone(&made), tokio::time::Instant::now());
    let waiting = request(&json!([]), None);
    let script = Script::new(move |request, _| match request.method {
        Method::Post => {
            log.lock().push(started.elapsed());
            ok(waiting.clone())
        }
        _ if request.path_and_query().contains("watch=true") => Reply::Endless(vec![]),
        _ => list(std::slice::from_ref(&waiting)),
    });
    let store = Memory::default();
    let (ask, template) = (Ask::client(), Template::new("agent"));
    let rotation = Rotation::new(&client(&script), "agent", ask, template, store);
    let rotation = rotation.within(Duration::from_secs(100));
    assert!(tokio::time::timeout(Duration::from_secs(110), rotation.run()).await.is_err());
    let seconds: Vec<_> = made.lock().iter().map(Duration::as_secs).collect();
    assert_eq!(seconds, [0, 102]);
}
