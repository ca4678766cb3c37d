//! Which clients share connections, how many there are, and which protocol they speak.

use super::*;
use crate::config::{CredentialObserver, FilesLook};

#[tokio::test]
async fn equal_ways_to_a_server_share_connections_whoever_the_user_is() {
    let authority = Authority::new(&["127.0.0.1"], false);
    let server = Server::start(Some(authority.server.clone())).await;
    let connector = Connector::new();
    let config = Config::new(&server.url("https", "127.0.0.1")).unwrap();
    let config = config.certificate_authority(authority.pem.clone());
    let made = |config: &Config| HttpTransport::through(&connector, config).unwrap();
    let (jane, joe) = (made(&config.clone().token("a")), made(&config.clone().token("b")));
    let mut below = config.clone().token("c");
    below.server.set_path("/prefix");
    let below = made(&below.timeout(Duration::from_secs(1)).user_agent("x"));
    assert_eq!(connector.ways(), 1);
    for transport in [&jane, &joe, &below] {
        transport.send(get("/")).await.unwrap();
    }
    assert_eq!(server.seen(), ["/ Bearer a", "/ Bearer b", "/prefix/ Bearer c"]);
    assert_eq!(server.connections(), 1);

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), &authority.pem).unwrap();
    let (certificate, key) = authority.client();
    let mut insecure = config.clone();
    (insecure.tls.insecure, insecure.tls.authority) = (true, None);
    let others = [
        config.clone().certificate_authority(Authority::new(&["x"], false).pem),
        config.clone().client_certificate(certificate, key),
        config.clone().tls_server_name("x"),
        config.clone().proxy("http://127.0.0.1:9").unwrap(),
        config.clone().compression(false),
        config.clone().http2(false),
        config.clone().connect_timeout(Duration::from_secs(1)),
        config.clone().reload_every(Duration::from_secs(1)),
        config.clone().observed_by(Arc::new(Nobody)),
        Config { server: "https://127.0.0.2".parse().unwrap(), ..config.clone() },
        insecure,
    ];
    let mut plugin = config.clone();
    let user = identity::echo(&authority.client());
    plugin.user = identity::kubeconfig(folder.path(), &server, &user).user;
    // A plugin may bring a certificate that is ours alone: neither shares with the other, whoever comes first.
    for pair in [[&plugin, &plugin], [&plugin, &config], [&config, &plugin]] {
        let connector = Connector::new();
        let _both = pair.map(|config| HttpTransport::through(&connector, config).unwrap());
        assert_eq!(connector.ways(), 2);
    }
    let kept: Vec<_> = others.iter().map(made).collect();
    assert_eq!(connector.ways(), 1 + others.len(), "each of them differs in one thing");
    drop(kept);
    assert_eq!(connector.ways(), 1);
    drop((jane, joe, below));
    assert_eq!(connector.ways(), 0, "the last one ends them");
    drop(made(&config));
    let again = (made(&config), made(&config));
    assert_eq!(connector.ways(), 1, "what has ended is no way to be shared");
    drop(again);
}

struct Nobody;

impl CredentialObserver for Nobody {}

#[tokio::test]
async fn a_watch_never_takes_the_place_of_another_request_however_many_are_open() {
    let authority = Authority::new(&["127.0.0.1"], false);
    let server = Server::start(Some(authority.server)).await;
    let config = Config::new(&server.url("https", "127.0.0.1")).unwrap();
    let transport = HttpTransport::new(&config.certificate_authority(authority.pem)).unwrap();
    // The server takes 100 streams on a connection.
    let mut watches = Vec::new();
    for number in 0..250 {
        let opened = transport.send(watching("/endless"));
        let opened = tokio::time::timeout(Duration::from_secs(20), opened).await;
        let mut response = opened.unwrap_or_else(|_| panic!("watch {number} hangs")).unwrap();
        assert_eq!(response.body.next().await.unwrap().unwrap(), "{}");
        watches.push(response);
    }
    let unary = tokio::time::timeout(Duration::from_secs(20), transport.send(get("/")));
    assert_eq!(unary.await.expect("it hangs").unwrap().status, 200);
    // Their places are free again once they are dropped.
    drop(watches);
    let again = tokio::time::timeout(Duration::from_secs(20), transport.send(watching("/endless")));
    assert_eq!(again.await.expect("it hangs").unwrap().status, 200);
}

#[tokio::test]
async fn a_thousand_watches_take_fifteen_connections_at_most_and_leave_room_for_a_read() {
    let authority = Authority::new(&["127.0.0.1"], false);
    let server = Server::start(Some(authority.server)).await;
    let config = Config::new(&server.url("https", "127.0.0.1")).unwrap();
    let transport = HttpTransport::new(&config.certificate_authority(authority.pem)).unwrap();
    let opened = async {
        let opened = (0..1000).map(|_| async {
            let mut response = transport.send(watching("/endless")).await.unwrap();
            assert_eq!(response.body.next().await.unwrap().unwrap(), "{}");
            response
        });
        futures::future::join_all(opened).await
    };
    let watches = tokio::time::timeout(Duration::from_secs(60), opened).await.expect("they hang");
    let unary = tokio::time::timeout(Duration::from_secs(20), transport.send(get("/")));
    assert_eq!(unary.await.expect("it hangs").unwrap().status, 200);
    assert_eq!(watches.len(), 1000);
    assert!((2..=15).contains(&server.connections()), "{} connections", server.connections());
}

#[tokio::test]
async fn watches_that_have_ended_make_room_on_their_connection() {
    let authority = Authority::new(&["127.0.0.1"], false);
    let server = Server::start(Some(authority.server)).await;
    let config = Config::new(&server.url("https", "127.0.0.1")).unwrap();
    let transport = HttpTransport::new(&config.certificate_authority(authority.pem)).unwrap();
    let open = async |many: usize| {
        let opened = (0..many).map(|_| transport.send(watching("/endless")));
        let opened = futures::future::try_join_all(opened);
        let opened = tokio::time::timeout(Duration::from_secs(20), opened).await;
        opened.expect("they hang").unwrap()
    };
    for _ in 0..3 {
        let _eighty = open(80).await;
        assert_eq!(server.connections(), 1);
    }
    // One more than a connection takes, and those of the others are given up as soon as somebody comes.
    drop(open(81).await);
    assert_eq!(server.connections(), 2);
    let _one = open(1).await;
    let mut still = server.open.clone();
    let ended = tokio::time::timeout(Duration::from_secs(20), still.wait_for(|open| *open == 1));
    ended.await.expect("a connection stays that carries nothing").unwrap();
}

#[tokio::test]
async fn what_switches_to_another_protocol_is_asked_for_over_http1() {
    let authority = Authority::new(&["127.0.0.1"], false);
    let server = Server::start(Some(authority.server)).await;
    let config = Config::new(&server.url("https", "127.0.0.1")).unwrap();
    let transport = HttpTransport::new(&config.certificate_authority(authority.pem)).unwrap();
    for (exchange, version) in [(Exchange::Whole, "HTTP/2.0"), (Exchange::Upgrade, "HTTP/1.1")] {
        let mut request = get("/");
        request.exchange = exchange;
        let answer = transport.send(request).await.unwrap();
        assert_eq!(answer.headers.get("x-version"), Some(version));
    }
}

#[tokio::test]
async fn a_configuration_may_do_without_http2_and_then_each_watch_has_a_connection() {
    let authority = Authority::new(&["127.0.0.1", "kubernetes.default"], false);
    let server = Server::start(Some(authority.server)).await;
    let config = Config::new(&server.url("https", "127.0.0.1")).unwrap().http2(false);
    for config in both_ways(&config.certificate_authority(authority.pem)) {
        let before = server.connections();
        let transport = HttpTransport::new(&config).unwrap();
        let mut open = Vec::new();
        for _ in 0..3 {
            let answer = transport.send(watching("/endless")).await.unwrap();
            assert_eq!(answer.headers.get("x-version"), Some("HTTP/1.1"));
            open.push(answer);
        }
        assert_eq!(server.connections(), before + 3);
    }
}

#[tokio::test]
async fn a_server_that_does_not_take_a_connection_is_given_up_at_the_limit_of_that_phase() {
    // It takes a connection, but never says anything of TLS.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = Config::new(&format!("https://{}", silent.local_addr().unwrap())).unwrap();
    let config = config.connect_timeout(Duration::from_millis(200));
    for config in both_ways(&config) {
        let begun = tokio::time::Instant::now();
        let error = refused(send(&config, "/").await);
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        assert!(error.chain().contains("timed out"), "{}", error.chain());
    }
}

/// What came of each look at files.
#[derive(Default)]
pub(super) struct Looks(Mutex<Vec<FilesLook>>);

impl Looks {
    pub(super) fn heard(&self) -> Vec<FilesLook> {
        self.0.lock().clone()
    }
}

impl CredentialObserver for Looks {
    fn files(&self, look: FilesLook) {
        self.0.lock().push(look);
    }
}

#[tokio::test]
async fn who_counts_looks_at_files_hears_what_came_of_each() {
    let authority = Authority::new(&["127.0.0.1"], false);
    let server = Server::start(Some(authority.server)).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, &authority.pem).unwrap();
    let looks = Arc::new(Looks::default());
    let config = Config::new(&server.url("https", "127.0.0.1")).unwrap();
    let mut config = config.certificate_authority(authority.pem.clone());
    config.tls.authority_file = Some(file.clone());
    let config = config.reload_every(Duration::ZERO).observed_by(Arc::<Looks>::clone(&looks));
    let transport = HttpTransport::new(&config).unwrap();
    let other = Authority::new(&["x"], false).pem;
    for text in [&authority.pem, "nonsense", &(authority.pem.clone() + &other)] {
        std::fs::write(&file, text).unwrap();
        transport.send(get("/")).await.unwrap();
    }
    assert_eq!(looks.heard(), [FilesLook::Same, FilesLook::Unusable, FilesLook::Changed]);
}

#[tokio::test]
async fn a_hundred_reads_at_once_make_one_connection() {
    let authority = Authority::new(&["127.0.0.1", "kubernetes.default"], false);
    let server = Server::start(Some(authority.server)).await;
    let config = Config::new(&server.url("https", "127.0.0.1")).unwrap();
    for config in both_ways(&config.certificate_authority(authority.pem)) {
        let before = server.connections();
        let transport = HttpTransport::new(&config).unwrap();
        let sent = futures::future::join_all((0..100).map(|_| transport.send(get("/"))));
        let answers = tokio::time::timeout(Duration::from_secs(30), sent).await.expect("they hang");
        assert!(answers.iter().all(|answer| answer.as_ref().unwrap().status == 200));
        assert_eq!(server.connections(), before + 1);
    }
}
