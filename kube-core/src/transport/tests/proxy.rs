//! Proxies: small real ones on this machine, what they are told, and what they are not.

use std::net::IpAddr;

use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::net::TcpStream;

use super::*;

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Speaks {
    Http,
    Https,
    Socks5,
}

/// A proxy that leads everywhere to one server, and remembers what it was told.
struct Proxy {
    at: SocketAddr,
    told: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    async fn start(
        speaks: Speaks,
        to: SocketAddr,
        tls: &ServerConfig,
        status: &'static str,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let mut tls = tls.clone();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&told);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut carried = JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let (log, acceptor) = (Arc::clone(&log), acceptor.clone());
                carried.spawn(async move {
                    let _ = match speaks {
                        Speaks::Http => http(client, to, &log, status).await,
                        Speaks::Socks5 => socks5(client, to, &log).await,
                        Speaks::Https => match acceptor.accept(client).await {
                            Ok(client) => http(client, to, &log, status).await,
                            Err(error) => Err(error),
                        },
                    };
                });
            }
        });
        Self { at, told, _tasks: tasks }
    }

    fn told(&self) -> Vec<String> {
        std::mem::take(&mut self.told.lock())
    }
}

/// CONNECT is followed; another request is answered by the proxy itself.
async fn http(
    client: impl AsyncRead + AsyncWrite + Unpin,
    to: SocketAddr,
    log: &Mutex<Vec<String>>,
    status: &str,
) -> std::io::Result<()> {
    let mut client = BufReader::new(client);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        client.read_line(&mut line).await?;
        if line.trim().is_empty() {
            break;
        }
        head.push(line.trim().to_owned());
    }
    let header = |name: &str| {
        let named = |line: &&String| line.to_ascii_lowercase().starts_with(name);
        head.iter().skip(1).find(named).cloned().unwrap_or_default()
    };
    let headers = [header("proxy-authorization"), header("authorization")];
    log.lock().push([&head[..1], &headers].concat().join("|"));
    if !head[0].starts_with("CONNECT ") {
        return client
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-via: proxy\r\n\r\n{}")
            .await;
    }
    client.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()).await?;
    if status.starts_with("200") {
        let mut server = TcpStream::connect(to).await?;
        tokio::io::copy_bidirectional(&mut client, &mut server).await?;
    }
    Ok(())
}

async fn socks5(
    mut client: TcpStream,
    to: SocketAddr,
    log: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let (_version, methods) = (client.read_u8().await?, client.read_u8().await?);
    let mut offered = vec![0; methods.into()];
    client.read_exact(&mut offered).await?;
    let mut user = String::new();
    if offered.contains(&2) {
        client.write_all(&[5, 2]).await?;
        client.read_u8().await?;
        for _ in 0..2 {
            let mut text = vec![0; client.read_u8().await?.into()];
            client.read_exact(&mut text).await?;
            user.push_str(&format!("{}:", String::from_utf8_lossy(&text)));
        }
        client.write_all(&[1, 0]).await?;
    } else {
        client.write_all(&[5, 0]).await?;
    }
    let mut asked = [0; 4];
    client.read_exact(&mut asked).await?;
    let length = match asked[3] {
        3 => client.read_u8().await?,
        4 => 16,
        _ => 4,
    };
    let mut host = vec![0; length.into()];
    client.read_exact(&mut host).await?;
    let port = client.read_u16().await?;
    let host = match (asked[3], <[u8; 4]>::try_from(&*host), <[u8; 16]>::try_from(&*host)) {
        (1, Ok(address), _) => IpAddr::from(address).to_string(),
        (4, _, Ok(address)) => format!("[{}]", IpAddr::from(address)),
        _ => String::from_utf8_lossy(&host).into(),
    };
    log.lock().push(format!("SOCKS {host}:{port}|{user}|"));
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    let mut server = TcpStream::connect(to).await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await.map(drop)
}

/// A server far away, whose name only a proxy can find.
const FAR: &str = "https://api.cluster.invalid:6443";

#[tokio::test]
async fn every_sort_of_proxy_is_told_the_servers_name_and_never_the_credentials() {
    let authority = Authority::new(&["api.cluster.invalid", "127.0.0.1"], false);
    let server = Server::start(Some(authority.server.clone())).await;
    let connect = "CONNECT api.cluster.invalid:6443 HTTP/1.1";
    for (speaks, scheme, user, expected) in [
        (Speaks::Http, "http", "", format!("{connect}||")),
        (
            Speaks::Http,
            "http",
            "jane:secret@",
            format!("{connect}|proxy-authorization: Basic amFuZTpzZWNyZXQ=|"),
        ),
        (Speaks::Https, "https", "", format!("{connect}||")),
        (Speaks::Socks5, "socks5", "", "SOCKS api.cluster.invalid:6443||".to_owned()),
        (
            Speaks::Socks5,
            "socks5",
            "jane:secret@",
            "SOCKS api.cluster.invalid:6443|jane:secret:|".to_owned(),
        ),
    ] {
        let proxy = Proxy::start(speaks, server.at, &authority.server, "200 OK").await;
        let config = Config::new(FAR).unwrap().token("canary");
        let config = config.certificate_authority(authority.pem.clone());
        let config = config.proxy(&format!("{scheme}://{user}{}", proxy.at)).unwrap();
        let shown = format!("{config:?}");
        assert!(!shown.contains("secret") && !shown.contains("canary"), "{shown}");
        let answer =
            send(&config, "/api").await.unwrap_or_else(|error| panic!("{speaks:?} {error:?}"));
        assert_eq!((answer.status, answer.headers.get("x-version")), (200, Some("HTTP/2.0")));
        let told = proxy.told().join("\n");
        assert_eq!(told.to_ascii_lowercase(), expected.to_ascii_lowercase(), "{speaks:?} {user}");
    }
    assert_eq!(server.seen(), vec!["/api Bearer canary"; 5]);
}

impl Authority {
    /// One more server, which has other names.
    fn server_of(&self, names: &[&str]) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &self.issuer);
        let certificate = certificate.unwrap().der().clone();
        let server = ServerConfig::builder_with_provider(tls::provider().unwrap())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth();
        server.with_single_cert(vec![certificate], pkcs8(&key)).unwrap()
    }
}

/// A server by name and by address, straight and behind each sort of proxy: what it is asked for, and what the proxy is told.
#[tokio::test]
async fn a_server_is_asked_for_by_its_name_in_tls_whatever_leads_there() {
    let authority = Authority::new(&["kubernetes.default", "10.96.0.1"], false);
    let of_proxy = authority.server_of(&["127.0.0.1"]);
    let server = Server::start(Some(authority.server.clone())).await;
    let by_address = server.url("https", "127.0.0.1");
    let trusting = |at: &str| {
        Config::new(at).unwrap().certificate_authority(authority.pem.clone()).token("canary")
    };
    let mut ways = vec![(trusting(&by_address), None)];
    for (speaks, scheme) in
        [(Speaks::Http, "http"), (Speaks::Https, "https"), (Speaks::Socks5, "socks5")]
    {
        for at in [FAR, "https://192.0.2.7:6443", "https://[2001:db8::7]:6443"] {
            let proxy = Proxy::start(speaks, server.at, &of_proxy, "200 OK").await;
            let config = trusting(at).proxy(&format!("{scheme}://jane:secret@{}", proxy.at));
            ways.push((config.unwrap(), Some((speaks, proxy))));
        }
    }
    for (config, proxy) in ways {
        let at = config.server[url::Position::BeforeHost..url::Position::AfterPort].to_owned();
        for (name, asked) in [
            (None, None),
            (Some("kubernetes.default"), Some("kubernetes.default")),
            // An address is checked, and cannot be asked for.
            (Some("10.96.0.1"), Some("-")),
            (Some("10.96.0.2"), None),
            (Some("other"), None),
        ] {
            let mut config = config.clone();
            config.tls.server_name = name.map(ToOwned::to_owned);
            let answer = send(&config, "/").await;
            let case = format!("{name:?} at {at} by {:?}", config.proxy);
            match (answer, asked) {
                (Ok(answer), Some(asked)) => {
                    let said = |header| answer.headers.get(header);
                    assert_eq!(said("x-asked-for"), Some(asked), "{case}");
                    assert_eq!(said("x-host"), Some(&*at), "{case}");
                    assert_eq!(said("x-version"), Some("HTTP/2.0"), "{case}");
                    assert_eq!(said("x-encoding"), Some("gzip"), "{case}");
                }
                (Err(error), None) => {
                    assert!(error.chain().contains("check the certificate authority"), "{error:?}");
                }
                (answer, _) => panic!("{case}: {answer:?}"),
            }
        }
        // The proxy was told where to go, and not what the certificate is for.
        let Some((speaks, proxy)) = proxy else { continue };
        let told = match speaks {
            Speaks::Socks5 => format!("SOCKS {at}|jane:secret:|"),
            _ => format!("CONNECT {at} HTTP/1.1|proxy-authorization: Basic amFuZTpzZWNyZXQ=|"),
        };
        let told = vec![told.to_ascii_lowercase(); 5];
        let heard: Vec<_> = proxy.told().iter().map(|line| line.to_ascii_lowercase()).collect();
        assert_eq!(heard, told, "{at} by {speaks:?}");
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_is_an_error_that_says_so_without_its_password() {
    let authority = Authority::new(&["127.0.0.1"], false);
    for (status, words) in [
        ("407 Proxy Authentication Required", "give the proxy's user and password"),
        ("403 Forbidden", "check that the proxy lets through"),
        ("502 Bad Gateway", "check that the proxy lets through"),
        ("nonsense", "proxy"),
    ] {
        let nowhere = ([127, 0, 0, 1], 9).into();
        let proxy = Proxy::start(Speaks::Http, nowhere, &authority.server, status).await;
        let config = Config::new(FAR).unwrap().token("canary");
        let config = config.proxy(&format!("http://jane:secret@{}", proxy.at)).unwrap();
        let line = refused(send(&config, "/").await).chain();
        assert!(line.contains(words) && line.contains("api.cluster.invalid"), "{status}: {line}");
        assert!(!line.contains("secret") && !line.contains("canary"), "{line}");
    }
    for wrong in ["ftp://a", "proxy", "http://", "socks4://a:1"] {
        let error = Config::new(FAR).unwrap().proxy(wrong).unwrap_err();
        assert!(error.to_string().contains("`socks5`"), "{error}");
    }
}

/// Says what the environment of this process makes of these servers, for the test below, which starts it with another one.
#[tokio::test]
async fn child_of_another_environment() {
    let Ok(servers) = std::env::var("PROXY_TEST_SERVERS") else { return };
    for server in servers.split(' ') {
        let config = Config::new(server).unwrap().tls_server_name("kubernetes.default");
        let config = config.connect_timeout(Duration::from_millis(300));
        let via = match send(&config, "/").await {
            Ok(answer) => answer.headers.get("x-via").unwrap_or("direct").to_owned(),
            Err(_) => "direct".to_owned(),
        };
        std::fs::write(
            std::env::var_os("PROXY_TEST_OUT").unwrap(),
            std::fs::read_to_string(std::env::var_os("PROXY_TEST_OUT").unwrap())
                .unwrap_or_default()
                + &format!("{server} {via}\n"),
        )
        .unwrap();
    }
}

#[tokio::test]
async fn the_environment_says_which_servers_have_a_proxy_by_name_address_and_network() {
    let authority = Authority::new(&["127.0.0.1"], false);
    let (here, folder) = (Server::start(None).await, tempfile::tempdir().unwrap());
    let proxy = Proxy::start(Speaks::Http, here.at, &authority.server, "200 OK").await;
    let here = here.url("http", "127.0.0.1");
    let rows = [
        ("http://far.invalid", "proxy"),
        ("http://near.invalid", "direct"),
        ("http://sub.near.invalid", "direct"),
        ("http://10.1.2.3:1", "direct"),
        ("http://11.1.2.3:1", "proxy"),
        ("http://192.0.2.7:1", "direct"),
        ("http://192.0.2.8:1", "proxy"),
        // The proxy is told of them; what it leads to speaks no TLS.
        ("https://far.invalid:7", "direct"),
        ("https://near.invalid:7", "direct"),
        (here.as_str(), "direct"),
    ];
    let out = folder.path().join("out");
    let child = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "transport::tests::proxy::child_of_another_environment"])
        .env("PROXY_TEST_SERVERS", rows.map(|(server, _)| server).join(" "))
        .env("PROXY_TEST_OUT", &out)
        .env("HTTP_PROXY", format!("http://{}", proxy.at))
        .env("HTTPS_PROXY", format!("http://{}", proxy.at))
        .env("NO_PROXY", "near.invalid,10.0.0.0/8,192.0.2.7")
        .env_remove("REQUEST_METHOD")
        .kill_on_drop(true)
        .output();
    let ended = tokio::time::timeout(Duration::from_secs(60), child).await.expect("it hangs");
    assert!(ended.unwrap().status.success());
    let expected: String = rows.map(|(server, via)| format!("{server} {via}\n")).concat();
    assert_eq!(std::fs::read_to_string(out).unwrap(), expected);
    let told = proxy.told();
    let tunnels: Vec<_> = told.iter().filter(|line| line.starts_with("CONNECT")).collect();
    assert_eq!(tunnels, ["CONNECT far.invalid:7 HTTP/1.1||"]);
}
