//! `kube exec` and `kube attach`: between pipes, at a terminal, and how they end.

use std::future::Future;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::Duration;

use futures::SinkExt as _;
use futures::StreamExt as _;
use k8s_openapi::api::core::v1::Pod;
use rustix::process::Signal;
use rustix::pty::OpenptFlags;
use rustix::termios;
use rustix::termios::LocalModes;
use rustix::termios::Winsize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::Request;
use tokio_tungstenite::tungstenite::handshake::server::Response;

use super::beside;
use super::running;
use super::streams;
use crate::program::Place;
use crate::program::Said;
use crate::program::Stream;
use crate::program::Terminal;
use crate::program::until;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_run_in_containers_with_kubectls_words() {
    let Some((cluster, places)) = running().await else { return };
    for place in &places {
        for line in [
            "exec web -- echo hi",
            "exec web -- ls / /nonexistent",
            "exec web -- /nonexistent",
            "exec two -- echo hi",
            "exec two -q -- echo hi",
            "exec two -c b -- echo hi",
            "exec two -c first -- echo hi",
            "exec two -c none -- echo hi",
            "exec chosen -- echo hi",
            "exec lost -- echo hi",
            "exec pod/web -- echo hi",
            "exec deploy/shop -- echo hi",
            "exec svc/shop -- echo hi",
            "exec svc/none -- echo hi",
            "exec job/task -- echo hi",
            "exec cm/kube-root-ca.crt -- echo hi",
            "exec nothing -- echo hi",
            "exec deploy/nothing -- echo hi",
            "exec gizmo/x -- echo hi",
            "exec a/b/c -- echo hi",
            "exec web -n nowhere -- echo hi",
            "exec web --as bob -- echo hi",
            "exec web -t -- echo hi",
            "exec web -it -- echo hi",
            "exec web -itq -- echo hi",
            "exec web",
            "exec web --",
            "exec web date",
            "exec -- date",
            "attach nothing",
            "attach job/task",
            "attach web -c none",
        ] {
            place.same(&cluster, line).await;
        }
        let said = place.kube_with("exec -i web -- head -c 5", "hello, world").await;
        assert_eq!(said, Said { out: "hello".into(), err: String::new(), code: 0 });
        let (_, err, mut console) = streams();
        let joined = until(&err, "try pressing enter.\n");
        beside(place, "attach two -c b", &mut console, joined).await;
        assert!(
            err.text().starts_with("All commands and output from this session will be recorded")
        );
    }
}

/// A terminal, and the side of whoever sits before it.
fn terminal(rows: u16, columns: u16) -> (OwnedFd, Terminal) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let person = rustix::pty::openpt(flags).unwrap();
    rustix::pty::grantpt(&person).unwrap();
    rustix::pty::unlockpt(&person).unwrap();
    let name = rustix::pty::ptsname(&person, Vec::new()).unwrap();
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
    let terminal = rustix::fs::open(&*name, flags, rustix::fs::Mode::empty()).unwrap();
    resize(&person, rows, columns);
    (person, Terminal::of(terminal).expect("it is one"))
}

fn resize(person: &OwnedFd, ws_row: u16, ws_col: u16) {
    let size = Winsize { ws_row, ws_col, ws_xpixel: 0, ws_ypixel: 0 };
    termios::tcsetwinsize(person, size).unwrap();
}

fn is_raw(person: &OwnedFd) -> bool {
    !termios::tcgetattr(person).unwrap().local_modes.contains(LocalModes::ICANON)
}

/// Types a line, again and again until it has had its effect: sizes go another way to the container than keys.
async fn types(person: &OwnedFd, line: &[u8], out: &Stream, effect: &str) {
    let mut again = tokio::time::interval(Duration::from_millis(200));
    let typing = async {
        while !out.text().contains(effect) {
            again.tick().await;
            rustix::io::write(person, line).unwrap();
        }
    };
    let typed = tokio::time::timeout(Duration::from_secs(20), typing).await;
    assert!(typed.is_ok(), "no {effect:?} in {:?}", out.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_is_raw_and_has_its_size_in_the_container_and_is_as_before_afterwards() {
    let Some((_cluster, places)) = running().await else { return };
    for place in &places {
        let (person, there) = terminal(30, 100);
        let (out, err, console) = streams();
        let mut console = console.at(there);
        let program = place.parsed("exec -it web -- sh").unwrap();
        let session = async {
            types(&person, b"stty size\n", &out, "30 100\r\n").await;
            assert!(is_raw(&person), "a key is sent as it is pressed");
            resize(&person, 40, 120);
            rustix::process::kill_process(rustix::process::getpid(), Signal::WINCH).unwrap();
            types(&person, b"stty size\n", &out, "40 120\r\n").await;
            rustix::io::write(&person, b"exit\n").unwrap();
        };
        let ended = tokio::time::timeout(Duration::from_secs(60), async {
            tokio::join!(program.run(&mut console), session).0
        });
        assert_eq!(ended.await.expect("it ends"), 0, "{}", err.text());
        assert!(!is_raw(&person));
        // When it is given up too.
        let (person, there) = terminal(30, 100);
        let (out, _, console) = streams();
        let mut console = console.at(there);
        let session = types(&person, b"stty size\n", &out, "30 100\r\n");
        beside(place, "exec -it web -- sh", &mut console, session).await;
        assert!(!is_raw(&person));
    }
}

/// A node between the client and the embedded server: what is run in `web` echoes its input and ends with 3; everything else is the server's.
async fn node(server: SocketAddr) -> (SocketAddr, impl Future<Output = ()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = async move {
        let mut connections = futures::stream::FuturesUnordered::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => connections.push(serve(accepted.unwrap().0, server)),
                Some(()) = connections.next() => {}
            }
        }
    };
    (address, serving)
}

async fn serve(mut client: TcpStream, server: SocketAddr) {
    let mut head = [0; 64];
    let length = client.peek(&mut head).await.unwrap();
    match head[..length].starts_with(b"GET /api/v1/namespaces/default/pods/web/exec?") {
        true => process(client).await,
        false => {
            let mut server = TcpStream::connect(server).await.unwrap();
            _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        }
    }
}

#[expect(clippy::result_large_err, reason = "the library wants it so")]
async fn process(client: TcpStream) {
    let switch = |_: &Request, mut response: Response| {
        let protocol = "v5.channel.k8s.io".parse().unwrap();
        response.headers_mut().insert("sec-websocket-protocol", protocol);
        Ok(response)
    };
    let mut socket = tokio_tungstenite::accept_hdr_async(client, switch).await.unwrap();
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Binary(message) if message[..] == [255, 0] => break,
            Message::Binary(message) if message.starts_with(b"\0") => {
                let echo = [b"\x01", &message[1..]].concat();
                socket.send(Message::binary(echo)).await.unwrap();
            }
            Message::Ping(_) => {}
            other => panic!("the client said {other:?}"),
        }
    }
    let status = json!({
        "status": "Failure", "reason": "NonZeroExitCode", "message": "command terminated with non-zero exit code",
        "details": { "causes": [{ "reason": "ExitCode", "message": "3" }] },
    });
    for message in ["\x02and this\n".to_owned(), format!("\x03{status}")] {
        socket.send(Message::binary(message.into_bytes())).await.unwrap();
    }
    socket.close(None).await.unwrap();
}

#[tokio::test]
async fn all_of_the_input_goes_to_the_command_and_its_exit_code_is_the_programs() {
    let place = Place::embedded().await;
    let web = json!({ "metadata": { "name": "web" }, "spec": { "containers": [{ "name": "web", "image": "none" }] } });
    let web: Pod = serde_json::from_value(web).unwrap();
    place.client().namespace("default").create(&web).await.unwrap();
    let (address, serving) = node(place.address()).await;
    let input = "all of it\n".repeat(100_000);
    let line = format!("exec -i web --server http://{address} -- cat");
    let said = tokio::select! {
        said = place.kube_with(&line, &input) => said,
        () = serving => unreachable!("it has no end"),
    };
    assert!(said.out == input, "{} of {} bytes came back", said.out.len(), input.len());
    let err = "and this\ncommand terminated with exit code 3\n";
    assert_eq!((said.err.as_str(), said.code), (err, 3));
    place.gone().await;
}
