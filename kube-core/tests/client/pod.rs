//! What is done with a running Pod (log, exec, ports, files), against a genuine Kubernetes whose node is kwok.
//!
//! kwok runs commands on this machine, tells exit codes in words only, echoes what is sent to a port, and never tells a
//! command that its input has ended: `kubectl cp` into a container and `kubectl attach` hang there too, so these are tested
//! in `src/api/pod/tests`.

use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::core::v1::ServiceAccount;
use kube_core::Client;
use kube_core::ErrorKind;
use kube_core::api::PodApi;
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::real::client;
use crate::story::namespace;

/// A Pod that runs.
pub(crate) async fn running(client: &Client, place: &str) {
    let here = client.namespace(place);
    let pod: Pod = serde_json::from_value(json!({
        "metadata": { "name": "web" },
        "spec": { "containers": [{ "name": "web", "image": "none" }] },
    }))
    .unwrap();
    let account =
        json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "default" } });
    let account: ServiceAccount = serde_json::from_value(account).unwrap();
    // The cluster makes it too, sooner or later.
    let _ = here.create(&account).await;
    here.create(&pod).await.unwrap();
    let ready = async {
        loop {
            let pod = here.get::<Pod>("web").await.unwrap();
            if pod.status.and_then(|status| status.phase).as_deref() == Some("Running") {
                return;
            }
            let _ = tokio::time::timeout(Duration::from_millis(100), std::future::pending::<()>())
                .await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ready).await.expect("the Pod does not run");
}

#[tokio::test]
#[ignore = "needs a real cluster in $REAL_CLUSTER_FOLDER"]
async fn logs_commands_ports_and_files_of_a_genuine_pod() {
    let client = client("kubeconfig");
    let place = namespace(&client).await;
    running(&client, &place).await;
    let pod = client.namespace(&place).pod("web");
    let gone = client.namespace(&place).pod("gone");
    let within = Duration::from_secs(40);
    let (logs, commands, terminals, ports, listening, files) = tokio::join!(
        tokio::time::timeout(within, logs(&pod, &gone)),
        tokio::time::timeout(within, commands(&pod, &gone)),
        tokio::time::timeout(within, terminals(&pod)),
        tokio::time::timeout(within, ports(&pod)),
        tokio::time::timeout(within, listening(&pod)),
        tokio::time::timeout(within, files(&pod)),
    );
    let ended = [logs, commands, terminals, ports, listening, files];
    assert!(ended.iter().all(Result::is_ok), "one of them hangs: {ended:?}");
    client.cluster().delete::<Namespace>(&place).await.unwrap();
}

async fn logs(pod: &PodApi, gone: &PodApi) {
    let mut lines = pod.log().timestamps().await.unwrap().lines();
    assert_eq!(
        lines.next().await.unwrap().unwrap().text(),
        "2026-01-01T00:00:00.000000001Z first line"
    );
    assert_eq!(
        lines.next().await.unwrap().unwrap().text(),
        "2026-01-01T00:00:01.000000001Z second line"
    );
    assert_eq!(lines.next().await.unwrap(), None);
    let mut tail = pod.log().follow().tail_lines(1).await.unwrap().lines();
    assert_eq!(tail.next().await.unwrap().unwrap().text(), "second line");
    let error = pod.log().container("other").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadRequest);
    assert!(error.chain().contains("container other is not valid for pod web"), "{error:?}");
    let error = gone.log().await.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
}

async fn commands(pod: &PodApi, gone: &PodApi) {
    let process = pod.exec(["sh", "-c", "echo out; echo err >&2"]).await.unwrap();
    assert_eq!(process.protocol(), "v5.channel.k8s.io");
    let finished = process.output().await.unwrap();
    assert_eq!((&*finished.stdout, &*finished.stderr), (&b"out\n"[..], &b"err\n"[..]));
    assert!(finished.exit.success());

    let mut process = pod.exec(["head", "-c", "5"]).stdin(true).await.unwrap();
    process.stdin().unwrap().write_all(b"hello").await.unwrap();
    let mut echo = String::new();
    process.stdout().unwrap().read_to_string(&mut echo).await.unwrap();
    assert_eq!(echo, "hello");

    // 10 MiB, slower than they come.
    let mut process = pod.exec(["head", "-c", "10485760", "/dev/zero"]).await.unwrap();
    let mut zeros = Vec::new();
    process.stdout().unwrap().read_to_end(&mut zeros).await.unwrap();
    assert_eq!((zeros.len(), process.wait().await.unwrap().code()), (10 << 20, 0));

    let error = pod.exec(["/nonexistent"]).await.unwrap().output().await.unwrap_err();
    assert!(error.chain().contains("no such file or directory"), "{error:?}");
    let error = pod.exec(["date"]).container("other").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadRequest);
    let error = gone.exec(["date"]).await.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
}

async fn terminals(pod: &PodApi) {
    // kwok gives a terminal only to what has an input, and drops what is written last. The size goes another way there than the input.
    let script = "read line; i=0; while [ \"$(stty size)\" != '30 100' ] && [ $i -lt 300 ]; do i=$((i + 1)); sleep 0.1; done; stty size; sleep 1";
    let command = ["sh", "-c", script];
    let mut tty = pod.exec(command).stdin(true).tty(true).await.unwrap();
    tty.terminal().unwrap().resize(100, 30).await.unwrap();
    let (mut input, mut output) = (tty.stdin().unwrap(), tty.stdout().unwrap());
    input.write_all(b"\n").await.unwrap();
    let mut read = Vec::new();
    while !read.ends_with(b"30 100\r\n") {
        assert_ne!(output.read_buf(&mut read).await.unwrap(), 0, "{read:?}");
    }
}

pub(crate) async fn ports(pod: &PodApi) {
    let forward = pod.port_forward().await.unwrap();
    let mut connections = Vec::new();
    for port in [80, 81, 65535] {
        let mut connection = forward.connect(port).await.unwrap();
        connection.write_all(format!("to {port}").as_bytes()).await.unwrap();
        connections.push((port, connection));
    }
    for (port, mut connection) in connections {
        connection.shutdown().await.unwrap();
        let mut echo = String::new();
        connection.read_to_string(&mut echo).await.unwrap();
        assert_eq!(echo, format!("to {port}"));
        connection.ended().await.unwrap();
    }
}

pub(crate) async fn listening(pod: &PodApi) {
    let forward = pod.port_forward().await.unwrap();
    let listening = forward.listen([":80"]).await.unwrap();
    let address = listening.addresses()[0].0;
    let talk = async {
        let (mut read, mut write) = TcpStream::connect(address).await.unwrap().into_split();
        let sent: Vec<u8> = (0..4 << 20).map(|byte: u32| byte.to_le_bytes()[1]).collect();
        let writing = async {
            write.write_all(&sent).await.unwrap();
            write.shutdown().await.unwrap();
        };
        let mut echo = Vec::new();
        let ((), echoed) = tokio::join!(writing, read.read_to_end(&mut echo));
        echoed.unwrap();
        assert!(echo == sent, "{} bytes came back", echo.len());
    };
    tokio::select! {
        end = listening.run() => panic!("it ended: {end:?}"),
        () = talk => {}
    }
}

pub(crate) async fn files(pod: &PodApi) {
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join(path);
    std::fs::create_dir_all(at("there/-sub")).unwrap();
    std::fs::write(at("there/-sub/large"), "x".repeat(3 << 20)).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", at("there/link")).unwrap();
    let there = at("there").display().to_string();
    let copied = pod.copy_from(&*there, at("here")).await.unwrap();
    assert_eq!((copied.files, copied.bytes, copied.skipped.len()), (1, 3 << 20, 1));
    assert_eq!(std::fs::metadata(at("here/-sub/large")).unwrap().len(), 3 << 20);
    // Into a folder that is there.
    pod.copy_from(format!("{there}/-sub/"), folder.path()).await.unwrap();
    assert!(at("-sub/large").exists());
    let error = pod.copy_from("/nonexistent/file", at("no")).await.unwrap_err();
    assert!(error.chain().contains("/nonexistent"), "{error:?}");
    assert!(!at("no").exists());
}
