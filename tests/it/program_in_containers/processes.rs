//! `kube exec` and `kube attach`: between pipes, at a terminal, and how they end.

use std::os::fd::OwnedFd;
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use rustix::process::Signal;
use rustix::pty::OpenptFlags;
use rustix::termios;
use rustix::termios::LocalModes;
use rustix::termios::Winsize;
use serde_json::json;

use super::beside;
use super::embedded;
use super::running;
use super::same;
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
        let lines = [
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
        ];
        same(&cluster, place, &lines).await;
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
    // There are no terminals on the embedded server.
    for place in places.iter().filter(|place| place.is_genuine()) {
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

/// Runs as soon as it can.
async fn web(place: &Place) {
    let web = json!({ "metadata": { "name": "web" }, "spec": { "containers": [{ "name": "web", "image": "none" }] } });
    let web: Pod = serde_json::from_value(web).unwrap();
    place.client().namespace("default").create(&web).await.unwrap();
    place.done("wait --for=condition=Ready pod/web").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_of_the_input_goes_to_the_command_and_its_exit_code_is_the_programs() {
    let place = embedded().await;
    web(&place).await;
    let script = place.file("script", "cat\necho and this >&2\nexit 3\n");
    let input = "all of it\n".repeat(100_000);
    let said = place.kube_with(&format!("exec -i web -- sh {script}"), &input).await;
    assert!(said.out == input, "{} of {} bytes came back", said.out.len(), input.len());
    let err = "and this\ncommand terminated with exit code 3\n";
    assert_eq!((said.err.as_str(), said.code), (err, 3));
    place.gone().await;
}
