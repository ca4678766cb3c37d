//! What is done with a running Pod of the embedded server (log, exec, attach, ports, files), whose containers are this test's.

use std::io;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use kube_core::Client;
use kube_core::Config;
use kube_core::ErrorKind;
use kube_core::api::PodApi;
use kube_embedded::Containers;
use kube_embedded::Listening;
use kube_embedded::Server;
use kube_embedded::ThisMachine;
use kube_embedded::container::Container;
use kube_embedded::container::Log;
use kube_embedded::container::Process;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::io::DuplexStream;

use crate::pod::files;
use crate::pod::listening;
use crate::pod::ports;
use crate::pod::running;

/// Containers that talk, and run commands of this machine.
#[derive(Debug, Default)]
struct Talking(Log);

impl Containers for Talking {
    fn log(&self, _container: &Container) -> Log {
        self.0.clone()
    }

    fn exec(&self, container: &Container, process: Process) -> BoxFuture<'static, io::Result<i32>> {
        match process.command[0].as_str() {
            "size" => size(process).boxed(),
            "forever" => std::future::pending().boxed(),
            _ => ThisMachine.exec(container, process),
        }
    }

    fn connect(
        &self,
        _namespace: &str,
        _pod: &str,
        port: u16,
        connection: DuplexStream,
    ) -> BoxFuture<'static, io::Result<()>> {
        match port {
            1 => async { Err(io::Error::other("nobody listens")) }.boxed(),
            _ => echo(connection).boxed(),
        }
    }
}

/// Says back what it hears.
async fn echo(connection: DuplexStream) -> io::Result<()> {
    let (mut read, mut write) = tokio::io::split(connection);
    tokio::io::copy(&mut read, &mut write).await?;
    write.shutdown().await
}

/// Says the first size of the terminal.
async fn size(mut process: Process) -> io::Result<i32> {
    let size = *process.size.wait_for(Option::is_some).await.map_err(io::Error::other)?;
    let (columns, rows) = size.unwrap_or_default();
    process.stdout.write_all(format!("{columns}x{rows}").as_bytes()).await?;
    Ok(i32::from(!process.terminal))
}

async fn served() -> (Log, Server, Listening, PodApi) {
    let talking = Talking::default();
    let log = talking.0.clone();
    let server = Server::builder().containers(talking).build();
    let listening = server.listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    let config = Config::new(&listening.url()).unwrap().token(server.admin_token());
    let client = Client::new(config).unwrap();
    running(&client, "default").await;
    let pod = client.namespace("default").pod("web");
    (log, server, listening, pod)
}

async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), what).await.expect("it hangs")
}

#[tokio::test]
async fn a_command_has_its_streams_and_its_exit_code() {
    let (_log, _server, _listening, pod) = served().await;
    let process = pod.exec(["sh", "-c", "echo out; echo err >&2; exit 3"]).await.unwrap();
    assert_eq!(process.protocol(), "v5.channel.k8s.io");
    let finished = soon(process.output()).await.unwrap();
    assert_eq!((&*finished.stdout, &*finished.stderr), (&b"out\n"[..], &b"err\n"[..]));
    assert_eq!(finished.exit.code(), 3);

    // The end of the input is heard.
    let mut process = pod.exec(["wc", "-c"]).stdin(true).await.unwrap();
    let mut stdin = process.stdin().unwrap();
    stdin.write_all(&vec![b'x'; 1 << 20]).await.unwrap();
    stdin.shutdown().await.unwrap();
    let finished = soon(process.output()).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&finished.stdout).trim(), "1048576");

    let process = pod.exec(["head", "-c", "10485760", "/dev/zero"]).await.unwrap();
    assert_eq!(soon(process.output()).await.unwrap().stdout.len(), 10 << 20);

    let process = pod.exec(["size"]).stdin(true).tty(true).await.unwrap();
    process.terminal().unwrap().resize(100, 30).await.unwrap();
    let finished = soon(process.output()).await.unwrap();
    assert_eq!((&*finished.stdout, finished.exit.code()), (&b"100x30"[..], 0));

    let error = soon(pod.exec(["/nonexistent"]).await.unwrap().output()).await.unwrap_err();
    assert!(error.chain().contains("error executing command in container"), "{error:?}");
    let error = pod.exec(["date"]).container("other").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadRequest);
}

#[tokio::test]
async fn a_process_ends_with_its_pod() {
    let (_log, server, _listening, pod) = served().await;
    let mut process = pod.exec(["forever"]).await.unwrap();
    let path = "/api/v1/namespaces/default/pods/web?gracePeriodSeconds=0";
    let delete = http_delete(&server, path);
    let (exit, ()) = tokio::join!(soon(process.wait()), delete);
    assert_eq!(exit.unwrap().code(), 137);
}

async fn http_delete(server: &Server, path: &str) {
    let request = http::Request::delete(path)
        .header("authorization", format!("Bearer {}", server.admin_token()))
        .body(bytes::Bytes::new())
        .unwrap();
    assert_eq!(server.handle(request).await.unwrap().status(), 200);
}

#[tokio::test]
async fn who_attaches_hears_what_the_container_says_from_then_on() {
    let (log, _server, _listening, pod) = served().await;
    log.write("2026-01-01T00:00:00Z".parse().unwrap(), "before");
    let mut process = pod.attach().await.unwrap();
    let mut stdout = process.stdout().unwrap();
    let mut heard = String::new();
    // It is attached some time after the connection is there.
    let says = async {
        loop {
            log.write("2026-01-01T00:00:01Z".parse().unwrap(), "after");
            tokio::time::timeout(Duration::from_millis(50), std::future::pending::<()>())
                .await
                .unwrap_err();
        }
    };
    let hears = async {
        let mut byte = [0; 6];
        stdout.read_exact(&mut byte).await.unwrap();
        heard = String::from_utf8_lossy(&byte).into_owned();
    };
    soon(async {
        tokio::select! {
            () = says => {}
            () = hears => {}
        }
    })
    .await;
    assert_eq!(heard, "after\n");
    log.end();
    assert!(soon(process.wait()).await.unwrap().success());
}

#[tokio::test]
async fn ports_are_reached_many_at_once_and_one_that_nobody_listens_on_says_so() {
    let (_log, _server, _forwarded, pod) = served().await;
    soon(ports(&pod)).await;
    soon(listening(&pod)).await;
    let forward = pod.port_forward().await.unwrap();
    let mut refused = soon(forward.connect(1)).await.unwrap();
    let mut nothing = Vec::new();
    soon(refused.read_to_end(&mut nothing)).await.unwrap_err();
    let error = soon(refused.ended()).await.unwrap_err();
    let told = "error forwarding port 1 to pod web, uid ";
    let chain = error.chain();
    assert!(chain.contains(told) && chain.ends_with("nobody listens"), "{error:?}");
    // The tunnel and its other connections are as before.
    let mut echo = soon(forward.connect(2)).await.unwrap();
    echo.write_all(b"x").await.unwrap();
    assert_eq!(soon(echo.read_u8()).await.unwrap(), b'x');
}

#[tokio::test]
async fn files_are_copied_both_ways() {
    let (_log, _server, _listening, pod) = served().await;
    soon(files(&pod)).await;
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join(path);
    std::fs::write(at("small"), "hello").unwrap();
    let remote = at("there").display().to_string();
    soon(async { pod.copy_to(at("small"), &*remote).await }).await.unwrap();
    assert_eq!(std::fs::read(at("there")).unwrap(), b"hello");
}
