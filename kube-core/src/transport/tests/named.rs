//! What is asked of a connection beside answers, of a server that is called by a name, too.

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};

use super::*;

#[tokio::test]
async fn a_connection_switches_to_another_protocol_however_the_server_is_called() {
    let authority = Authority::new(&["127.0.0.1", "kubernetes.default"], false);
    let mut tls = authority.server.clone();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let config = Config::new(&format!("https://{at}")).unwrap();
    for config in both_ways(&config.certificate_authority(authority.pem)) {
        let serve = async {
            let (socket, _) = listener.accept().await.unwrap();
            let mut socket = BufReader::new(acceptor.accept(socket).await.unwrap());
            let (mut head, mut line) = (String::new(), String::new());
            while socket.read_line(&mut line).await.unwrap() > 2 {
                head.push_str(&std::mem::take(&mut line));
            }
            let switched =
                b"HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\n";
            socket.write_all(switched).await.unwrap();
            let mut said = [0; 5];
            socket.read_exact(&mut said).await.unwrap();
            socket.write_all(&said).await.unwrap();
            head
        };
        let ask = async {
            let mut request = get("/exec");
            request.exchange = Exchange::Upgrade;
            for (name, value) in [("connection", "Upgrade"), ("upgrade", "echo")] {
                request.headers.push((name.into(), value.into()));
            }
            let answer = HttpTransport::new(&config).unwrap().send(request).await.unwrap();
            let mut connection = answer.connection.expect("it has switched");
            connection.write_all(b"hello").await.unwrap();
            let mut heard = [0; 5];
            connection.read_exact(&mut heard).await.unwrap();
            heard
        };
        let both = futures::future::join(serve, ask);
        let (head, heard) = tokio::time::timeout(Duration::from_secs(30), both).await.unwrap();
        assert_eq!(&heard, b"hello");
        let head = head.to_ascii_lowercase();
        assert!(head.starts_with("get /exec http/1.1") && head.contains("upgrade: echo"), "{head}");
    }
}

#[tokio::test]
async fn what_a_server_has_not_taken_is_sent_again_however_it_is_called() {
    let authority = Authority::new(&["127.0.0.1", "kubernetes.default"], false);
    let acceptor = TlsAcceptor::from(Arc::new(authority.server.clone()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = Config::new(&format!("https://{}", listener.local_addr().unwrap())).unwrap();
    for config in both_ways(&config.certificate_authority(authority.pem)) {
        let transport = HttpTransport::new(&config).unwrap();
        let serve = async {
            let mut taken = 0;
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let socket = acceptor.accept(socket).await.unwrap();
                let mut served = h2::server::handshake(socket).await.unwrap();
                while let Some(Ok((_, mut respond))) = served.accept().await {
                    taken += 1;
                    if taken == 1 {
                        respond.send_reset(h2::Reason::REFUSED_STREAM);
                        continue;
                    }
                    let answer =
                        http::Response::builder().header("x-taken", taken).body(()).unwrap();
                    respond.send_response(answer, true).unwrap();
                }
            }
        };
        let mut create = get("/create");
        create.method = Method::Post;
        let answer = tokio::select! {
            () = serve => panic!("it serves for ever"),
            answer = tokio::time::timeout(Duration::from_secs(30), transport.send(create)) => answer,
        };
        let answer = answer.expect("it hangs").unwrap();
        assert_eq!(answer.headers.get("x-taken"), Some("2"), "{:?}", config.tls.server_name);
    }
}
