//! `kube port-forward`.

use std::time::Duration;

use rustix::process::Signal;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::running;
use super::same;
use super::streams;

/// Waits until there is something.
async fn within<T>(mut there: impl AsyncFnMut() -> Option<T>) -> T {
    let found = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            if let Some(found) = there().await {
                return found;
            }
            tokio::task::yield_now().await;
        }
    });
    found.await.expect("it comes within 20 s")
}

/// Talks over ports of this machine, of which each leads to what echoes.
async fn talk(ports: &[u16]) {
    for port in ports {
        let mut socket = within(async || TcpStream::connect(("127.0.0.1", *port)).await.ok()).await;
        let sent = format!("to {port}").repeat(10_000);
        socket.write_all(sent.as_bytes()).await.unwrap();
        socket.shutdown().await.unwrap();
        let mut echo = String::new();
        socket.read_to_string(&mut echo).await.unwrap();
        assert!(echo == sent, "{} of {} bytes came back", echo.len(), sent.len());
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ports_lead_to_a_pod_until_ctrl_c_and_are_told_as_kubectl_tells_them() {
    let Some((cluster, places)) = running().await else { return };
    for place in &places {
        let whats = [("web {}:http {}:81", 4), ("svc/shop {}:http {}:raw --address 127.0.0.1", 2)];
        for (what, addresses) in whats {
            let ports = [free_port(), free_port()];
            let [one, other] = ports.map(|port| port.to_string());
            let line =
                format!("port-forward {what}").replacen("{}", &one, 1).replacen("{}", &other, 1);
            let calls = [ports[0], ports[1], ports[0]];

            let printed = place.folder.path().join("out");
            let mut kubectl = place.kubectl_command(&cluster, &line);
            let mut kubectl =
                kubectl.stdout(std::fs::File::create(&printed).unwrap()).spawn().unwrap();
            let printed = || std::fs::read_to_string(&printed).unwrap();
            within(async || (printed().matches("Forwarding").count() == addresses).then_some(()))
                .await;
            talk(&calls).await;
            let process = rustix::process::Pid::from_child(&kubectl);
            rustix::process::kill_process(process, Signal::INT).unwrap();
            let code = kubectl.wait().unwrap().code().unwrap();
            let expected = printed();

            let (out, err, console) = streams();
            let (press, pressed) = oneshot::channel::<()>();
            let mut console = console.interrupted_by(async { _ = pressed.await });
            let program = place.parsed(&line).unwrap();
            let talk = async {
                talk(&calls).await;
                press.send(()).unwrap();
            };
            let ended = tokio::join!(program.run(&mut console), talk).0;
            assert_eq!((out.text(), err.text(), ended), (expected, String::new(), code), "{line}");
            assert_eq!(out.text().matches("Handling connection for").count(), 3);
        }
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = taken.local_addr().unwrap().port();
        let lines = [
            "port-forward web",
            "port-forward web nothing",
            "port-forward web 53",
            "port-forward web dns",
            "port-forward web 18080:0",
            "port-forward web 70000",
            "port-forward web x:80",
            "port-forward web 18080:80 --address nonsense",
            &format!("port-forward web {taken}:80 --address 127.0.0.1"),
            "port-forward svc/shop nothing",
            "port-forward svc/shop 99",
            "port-forward svc/shop :lost",
            "port-forward svc/none 80",
            "port-forward cm/kube-root-ca.crt 80",
            "port-forward job/task 80",
            "port-forward nothing 80",
            "port-forward web :80 --as bob",
        ];
        same(&cluster, place, &lines).await;
    }
}
