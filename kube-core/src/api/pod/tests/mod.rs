//! The promises of what is done with a Pod, against a server that answers as a test says.

mod copy;
mod forward;

use std::sync::Arc;

use futures::SinkExt as _;
use futures::StreamExt as _;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::tungstenite::Message;

use super::PodApi;
use crate::Client;
use crate::error::ErrorKind;
use crate::request::Exchange;
use crate::request::Method;
use crate::streaming::StreamLimits;
use crate::streaming::peer::Peer;
use crate::streaming::peer::Sides;
use crate::transport::script::Reply;
use crate::transport::script::Script;
use crate::transport::script::failure;

fn text(text: &str) -> Reply {
    Reply::Answer(200, vec![("content-type", "text/plain")], text.to_owned())
}

#[tokio::test(start_paused = true)]
async fn each_option_of_a_log_is_asked_for_and_the_log_comes_in_bytes_or_lines() {
    let script = Script::new(|_, _| text("one\ntwo"));
    let pod = Client::over(script.clone()).namespace("prod").pod("web-0");
    let mut log = pod.log().await.unwrap();
    assert_eq!(log.next().await.unwrap().unwrap(), "one\ntwo");
    assert_eq!(log.next().await.unwrap(), None);
    let time = serde_json::from_str(r#""2026-01-02T03:04:05Z""#).unwrap();
    let all = pod.log().container("a b").follow().previous().since_seconds(5).since_time(time);
    let mut lines = all.timestamps().tail_lines(0).limit_bytes(9).await.unwrap().lines();
    assert_eq!(lines.next().await.unwrap().unwrap().text(), "one");
    assert_eq!(lines.next().await.unwrap().unwrap().text(), "two");
    assert_eq!(lines.next().await.unwrap(), None);
    let path = "GET /api/v1/namespaces/prod/pods/web-0/log";
    let query = "container=a%20b&follow=true&limitBytes=9&previous=true&sinceSeconds=5\
                 &sinceTime=2026-01-02T03:04:05Z&tailLines=0&timestamps=true";
    assert_eq!(script.seen(), [path.to_owned(), format!("{path}?{query}")]);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_followed_has_no_limit_of_time_and_no_place_among_unary_calls() {
    let script = Script::new(|_, _| Reply::Endless(vec!["a\n".to_owned(), "b".to_owned()]));
    let pod = Client::over(script.clone()).namespace("prod").pod("web-0");
    let mut lines = pod.log().follow().await.unwrap().lines();
    assert_eq!(lines.next().await.unwrap().unwrap().text(), "a");
    // Giving up on a line loses nothing of it.
    let hour = std::time::Duration::from_secs(3600);
    assert!(tokio::time::timeout(hour, lines.next()).await.is_err());
    assert_eq!(script.last().exchange, Exchange::Stream);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_refused_is_the_servers_own_account_and_a_wrong_name_leaves_nothing() {
    let script = Script::new(|_, _| failure(400, "BadRequest", &serde_json::json!({})));
    let prod = Client::over(script.clone()).namespace("prod");
    let error = prod.pod("web-0").log().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadRequest);
    let told = "failed to read the log of pods `web-0` in namespace `prod`: it is BadRequest";
    assert_eq!(error.chain(), told);
    let error = prod.pod("../x").log().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    assert_eq!(script.seen().len(), 1);
}

/// A Pod whose connections are switched to this protocol.
fn switching(protocol: &'static str) -> (PodApi, Arc<Peer>, Sides) {
    let (peer, sides) = Peer::new(protocol);
    (Client::over(peer.clone()).namespace("prod").pod("web-0"), peer, sides)
}

const V5: &str = "v5.channel.k8s.io";
const SUCCESS: &[u8] = b"\x03{\"status\":\"Success\"}";

#[tokio::test(start_paused = true)]
async fn a_command_is_asked_for_and_its_outputs_and_exit_code_come_back() {
    let (pod, peer, mut sides) = switching(V5);
    let mut process = pod.exec(["sh", "-c", "a b"]).container("web").await.unwrap();
    let (request, mut side) = (peer.last(), sides.next().await);
    let path = "/api/v1/namespaces/prod/pods/web-0/exec";
    let query = "container=web&stdout=true&stderr=true&command=sh&command=-c&command=a%20b";
    assert_eq!(request.path_and_query(), format!("{path}?{query}"));
    let header = |name: &str| {
        request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    };
    assert_eq!(header("sec-websocket-protocol"), Some("v5.channel.k8s.io, v4.channel.k8s.io"));
    assert_eq!((request.method, request.exchange), (Method::Get, Exchange::Upgrade));
    assert!(process.stdin().is_none() && process.terminal().is_none());
    for message in [&b"\x01"[..], b"\x01out", b"\x02err", b"\x01 more", b"\x09unknown", b""] {
        side.say(message).await;
    }
    side.say(b"\x03{\"status\":\"Failure\",\"reason\":\"NonZeroExitCode\",\"details\":").await;
    side.say(b"\x03{\"causes\":[{\"reason\":\"ExitCode\",\"message\":\"3\"}]}}").await;
    side.0.close(None).await.unwrap();
    let finished = process.output().await.unwrap();
    assert_eq!((finished.exit.code(), &*finished.stdout), (3, &b"out more"[..]));
    assert_eq!(&*finished.stderr, b"err");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_input_is_told_and_the_output_goes_on() {
    let (pod, peer, mut sides) = switching(V5);
    let mut process = pod.exec(["cat"]).stdin(true).await.unwrap();
    assert!(peer.last().path_and_query().contains("stdin=true"));
    let mut side = sides.next().await;
    let mut stdin = process.stdin().unwrap();
    stdin.write_all(b"in").await.unwrap();
    assert_eq!(side.hear().await, b"\0in");
    stdin.shutdown().await.unwrap();
    assert_eq!(side.hear().await, [255, 0]);
    let echo = async {
        side.say(b"\x01in").await;
        side.say(SUCCESS).await;
        side.0.close(None).await.unwrap();
    };
    let ((), finished) = futures::join!(echo, process.output());
    assert_eq!(&*finished.unwrap().stdout, b"in");

    let (pod, _, mut sides) = switching("v4.channel.k8s.io");
    let mut process = pod.exec(["cat"]).stdin(true).await.unwrap();
    let _side = sides.next().await;
    let error = process.stdin().unwrap().shutdown().await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::Unsupported);
}

#[tokio::test(start_paused = true)]
async fn any_amount_goes_through_small_buffers_and_both_sides_wait_for_each_other() {
    let (pod, _, mut sides) = switching(V5);
    let limits = StreamLimits::default().buffer(100);
    let mut process = pod.exec(["cat"]).stdin(true).limits(limits).await.unwrap();
    let (mut side, mut stdin) = (sides.next().await, process.stdin().unwrap());
    let sent: Vec<u8> = (0..1 << 20).map(|byte: u32| byte.to_le_bytes()[1]).collect();
    // Nobody reads: a writer waits when buffers and network are full.
    let minute = std::time::Duration::from_secs(60);
    let written = tokio::time::timeout(minute, stdin.write_all(&sent)).await;
    assert!(written.is_err(), "everything was written although nobody read");
    drop((process, side));

    let mut process = pod.exec(["cat"]).stdin(true).limits(limits).await.unwrap();
    (side, stdin) = (sides.next().await, process.stdin().unwrap());
    let mut stdout = process.stdout().unwrap();
    let write = async {
        stdin.write_all(&sent).await.unwrap();
        stdin.shutdown().await.unwrap();
    };
    let echo = async {
        loop {
            let mut message = side.hear().await;
            if message == [255, 0] {
                break;
            }
            message[0] = 1;
            side.say(&message).await;
        }
        side.say(SUCCESS).await;
        side.0.close(None).await.unwrap();
    };
    let mut read = Vec::new();
    let reading = async { stdout.read_to_end(&mut read).await.unwrap() };
    futures::join!(write, echo, reading);
    assert!(process.wait().await.unwrap().success());
    assert!(read == sent, "{} bytes came back", read.len());
}

#[tokio::test(start_paused = true)]
async fn sizes_of_the_terminal_come_in_order_and_it_has_no_error_output() {
    let (pod, peer, mut sides) = switching(V5);
    let mut process = pod.attach().stdin(true).tty(true).await.unwrap();
    let path = "/api/v1/namespaces/prod/pods/web-0/attach?stdin=true&stdout=true&tty=true";
    assert_eq!(peer.last().path_and_query(), path);
    assert!(process.stderr().is_none());
    let (terminal, mut side) = (process.terminal().unwrap(), sides.next().await);
    terminal.resize(80, 24).await.unwrap();
    terminal.resize(81, 25).await.unwrap();
    assert_eq!(side.hear().await, b"\x04{\"Width\":80,\"Height\":24}");
    assert_eq!(side.hear().await, b"\x04{\"Width\":81,\"Height\":25}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_dead_or_ends_early_is_an_error_and_a_slow_reader_is_none() {
    let minute = std::time::Duration::from_secs(60);
    let check = async |say: &[u8], told: &str| {
        let (pod, _, mut sides) = switching(V5);
        let mut process = pod.exec(["date"]).await.unwrap();
        let mut side = sides.next().await;
        side.say(b"\x01x").await;
        match say {
            b"text" => side.0.send(Message::text("x")).await.unwrap(),
            b"end" => side.0.close(None).await.unwrap(),
            b"silence" => {}
            status => {
                side.say(status).await;
                side.0.close(None).await.unwrap();
            }
        }
        let error = process.wait().await.unwrap_err().chain();
        let failed = "failed to run a command in pods `web-0` in namespace `prod`: ";
        assert!(error.starts_with(failed) && error.contains(told), "{error}");
    };
    check(b"silence", "nothing came for 60 s").await;
    check(b"text", "a message of text").await;
    check(b"end", "the connection ended before the process did").await;
    check(b"\x03what", "told in no known form how the process ended: what").await;

    let (pod, _, mut sides) = switching(V5);
    let mut process = pod.exec(["date"]).limits(StreamLimits::default().buffer(1)).await.unwrap();
    let (mut side, mut stdout) = (sides.next().await, process.stdout().unwrap());
    side.say(b"\x01long").await;
    side.say(SUCCESS).await;
    // Pings go on meanwhile, and their answers are not missed.
    assert!(matches!(side.0.next().await, Some(Ok(Message::Ping(_)))));
    let _ = tokio::time::timeout(60 * minute, side.0.next()).await;
    let mut read = Vec::new();
    let end = async { side.0.close(None).await.unwrap() };
    let (read_all, ()) = futures::join!(stdout.read_to_end(&mut read), end);
    assert_eq!((read_all.unwrap(), process.wait().await.unwrap().code()), (4, 0));
    assert_eq!(process.wait().await.unwrap().code(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_is_refused_is_the_servers_own_account_and_nonsense_leaves_nothing() {
    let script =
        Script::new(|_, _| failure(404, "NotFound", &serde_json::json!({"name": "web-0"})));
    let pod = Client::over(script.clone()).namespace("prod").pod("web-0");
    let error = pod.exec(["date"]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.chain().ends_with("in namespace `prod`: it is NotFound"), "{error:?}");
    assert_eq!(pod.exec(Vec::<String>::new()).await.unwrap_err().kind(), ErrorKind::Input);
    let nothing = pod.attach().stdout(false).stderr(false).await.unwrap_err();
    assert_eq!((nothing.kind(), script.seen().len()), (ErrorKind::Input, 1));
    let script = Script::new(|_, _| text("hello"));
    let error = Client::over(script).namespace("prod").pod("web-0").attach().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    let (pod, _, _sides) = switching("v1.channel.k8s.io");
    let error = pod.attach().await.unwrap_err();
    assert!(error.chain().contains("chose the protocol `v1.channel.k8s.io`"), "{error:?}");
}
