//! Connections that die without a word: how soon that is noticed, and that one that lives is left alone.

use std::sync::atomic::{AtomicU64, Ordering};

use futures::FutureExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;

/// What was promised: 30 s until the connection is asked whether it lives, 15 s for the answer.
const NOTICED_WITHIN: Duration = Duration::from_secs(45);
const STEP: Duration = Duration::from_millis(100);

/// Something between client and server that can forget all connections that there are, as a switch does: it neither
/// carries nor ends them. Later ones it carries.
struct Relay {
    at: SocketAddr,
    forgotten: Arc<AtomicU64>,
    _tasks: JoinSet<()>,
}

impl Relay {
    async fn before(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (forgotten, to) = (Arc::<AtomicU64>::default(), server.at);
        let times = Arc::clone(&forgotten);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut carried = JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let server = TcpStream::connect(to).await.unwrap();
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                carried.spawn(carry(from_client, to_server, Arc::clone(&times)));
                carried.spawn(carry(from_server, to_client, Arc::clone(&times)));
            }
        });
        Self { at, forgotten, _tasks: tasks }
    }

    fn forget(&self) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
    }
}

async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    forgotten: Arc<AtomicU64>,
) {
    let (begun, mut piece) = (forgotten.load(Ordering::SeqCst), [0; 16 * 1024]);
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        if forgotten.load(Ordering::SeqCst) != begun {
            std::future::pending::<()>().await;
        }
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}

/// Lets time pass step by step until the future is ready, and what is under way arrive meanwhile; says how long that took.
async fn after<T>(at_most: Duration, future: impl Future<Output = T>) -> Option<(Duration, T)> {
    let mut future = std::pin::pin!(future);
    let begun = tokio::time::Instant::now();
    while begun.elapsed() < at_most {
        // While something can run, a paused clock stands still, and sockets are looked at now and then.
        for _ in 0..100 {
            if let Some(output) = future.as_mut().now_or_never() {
                return Some((begun.elapsed(), output));
            }
            tokio::task::yield_now().await;
        }
        tokio::time::advance(STEP).await;
    }
    None
}

/// One of the connections for watches and the one for all else, each with an answer that goes on for ever.
async fn endless(transport: &HttpTransport) -> [Response; 2] {
    let mut both = [
        transport.send(watching("/endless")).await.unwrap(),
        transport.send(get("/endless")).await.unwrap(),
    ];
    for answer in &mut both {
        assert_eq!(answer.headers.get("x-version"), Some("HTTP/2.0"));
        assert_eq!(answer.body.next().await.unwrap().unwrap(), "{}");
    }
    both
}

#[tokio::test]
async fn a_connection_that_dies_without_a_word_is_given_up_within_45_seconds_and_no_other_one() {
    let authority = Authority::new(&["127.0.0.1", "kubernetes.default"], false);
    let server = Server::start(Some(authority.server)).await;
    let relay = Relay::before(&server).await;
    let config = Config::new(&format!("https://{}", relay.at)).unwrap();
    for config in both_ways(&config.certificate_authority(authority.pem)) {
        let transport = HttpTransport::new(&config).unwrap();
        let [mut watching, mut reading] = endless(&transport).await;
        relay.forget();
        tokio::time::pause();
        let both = futures::future::join(watching.body.next(), reading.body.next());
        let noticed = after(10 * NOTICED_WITHIN, both).await;
        let (time, (watched, read)) = noticed.expect("nobody noticed");
        // Each of the two waits ends with a step.
        assert!(time <= NOTICED_WITHIN + 3 * STEP, "after {time:?}");
        for piece in [watched, read] {
            assert_eq!(piece.unwrap().unwrap_err().kind(), ErrorKind::Connection);
        }

        // Whoever asks again gets other connections, and these live.
        tokio::time::resume();
        let again = tokio::time::timeout(Duration::from_secs(20), endless(&transport)).await;
        let [mut watching, mut reading] = again.expect("it is answered");
        tokio::time::pause();
        let (watched, read) = (Box::pin(watching.body.next()), Box::pin(reading.body.next()));
        let ended = after(10 * NOTICED_WITHIN, futures::future::select(watched, read)).await;
        assert!(ended.is_none(), "a server that is silent says that it lives when it is asked");
        tokio::time::resume();
    }
}

#[tokio::test]
async fn a_connection_that_dies_while_nothing_is_asked_is_found_out_before_the_next_request() {
    let authority = Authority::new(&["127.0.0.1"], false);
    let server = Server::start(Some(authority.server)).await;
    let relay = Relay::before(&server).await;
    let config = Config::new(&format!("https://{}", relay.at)).unwrap();
    let transport = HttpTransport::new(&config.certificate_authority(authority.pem)).unwrap();
    transport.send(get("/")).await.unwrap().body.collect(10).await.unwrap();
    relay.forget();
    tokio::time::pause();
    after(NOTICED_WITHIN + 3 * STEP, std::future::pending::<()>()).await;
    tokio::time::resume();
    let again = tokio::time::timeout(Duration::from_secs(20), transport.send(get("/"))).await;
    assert_eq!(again.expect("it waits for a dead connection").unwrap().status, 200);
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_request_does_not_wait_for_another_once_there_is_a_connection() {
    let authority = Authority::new(&["127.0.0.1"], false);
    let server = Server::start(Some(authority.server)).await;
    let config = Config::new(&server.url("https", "127.0.0.1")).unwrap();
    let transport = HttpTransport::new(&config.certificate_authority(authority.pem)).unwrap();
    transport.send(get("/")).await.unwrap();
    tokio::time::pause();
    let slow = transport.send(get("/never"));
    let quick = transport.send(get("/"));
    let first = futures::future::select(slow, quick);
    let mut first = std::pin::pin!(first);
    // Time stands still, in which nobody could be waited for.
    let mut answered = false;
    for _ in 0..200_000 {
        if let Some(first) = (&mut first).now_or_never() {
            answered = matches!(first, futures::future::Either::Right((Ok(_), _)));
            break;
        }
        tokio::task::yield_now().await;
    }
    assert!(answered);
}
