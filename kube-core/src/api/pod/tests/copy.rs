//! The promises of copying, against a container that does as a test says.

use std::future::IntoFuture as _;
use std::io::Read as _;

use super::*;
use crate::streaming::peer::Side;

const NO: &[u8] = b"\x03{\"status\":\"Failure\",\"reason\":\"NonZeroExitCode\",\"details\":\
    {\"causes\":[{\"reason\":\"ExitCode\",\"message\":\"1\"}]}}";

/// A process in the container ends so.
async fn end(mut side: Side, status: &[u8]) {
    side.say(status).await;
    side.0.close(None).await.unwrap();
}

/// Everything that a process reads, to its end.
async fn input(side: &mut Side) -> Vec<u8> {
    let mut whole = Vec::new();
    loop {
        match &side.hear().await[..] {
            [255, 0] => return whole,
            [0, piece @ ..] => whole.extend_from_slice(piece),
            other => panic!("the client said {other:?}"),
        }
    }
}

fn command(peer: &Peer) -> Vec<String> {
    let request = peer.last();
    let words = request.query.iter().filter(|(name, _)| name == "command");
    words.map(|(_, word)| word.clone()).collect()
}

#[tokio::test]
async fn files_go_to_the_named_path_or_into_the_folder_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let from = folder.path().join("one");
    std::fs::write(&from, "x".repeat(100_000)).unwrap();
    for (is_folder, to, name) in [(NO, "/srv", "app"), (SUCCESS, "/srv/app", "one")] {
        let (pod, peer, mut sides) = switching(V5);
        let container = async {
            end(sides.next().await, is_folder).await;
            let mut side = sides.next().await;
            assert_eq!(command(&peer), ["tar", "-x", "-m", "-f", "-", "-C", to]);
            let bytes = input(&mut side).await;
            let mut archive = tar::Archive::new(&bytes[..]);
            let mut entry = archive.entries().unwrap().next().unwrap().unwrap();
            assert_eq!(entry.path().unwrap().to_str(), Some(name));
            let mut content = String::new();
            entry.read_to_string(&mut content).unwrap();
            assert_eq!(content.len(), 100_000);
            end(side, SUCCESS).await;
        };
        let (copied, ()) = futures::join!(pod.copy_to(&from, "/srv/app").into_future(), container);
        let copied = copied.unwrap();
        assert_eq!((copied.files, copied.bytes), (1, 100_000));
    }
}

#[tokio::test]
async fn a_path_that_is_meant_exactly_is_not_gone_into() {
    let folder = tempfile::tempdir().unwrap();
    let from = folder.path().join("one");
    std::fs::write(&from, "from").unwrap();
    let (pod, peer, mut sides) = switching(V5);
    let container = async {
        let mut side = sides.next().await;
        assert_eq!(
            command(&peer),
            ["tar", "-x", "-m", "-f", "-", "-C", "/srv"],
            "nothing is asked"
        );
        input(&mut side).await;
        end(side, SUCCESS).await;
    };
    let copy = pod.copy_to(&from, "/srv/app").exactly();
    futures::join!(copy.into_future(), container).0.unwrap();

    let to = folder.path().join("to");
    std::fs::create_dir(&to).unwrap();
    for (entry, expected) in [("app/file", true), ("app", false)] {
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(4);
        header.set_mode(0o600);
        archive.append_data(&mut header, entry, &b"here"[..]).unwrap();
        let bytes = archive.into_inner().unwrap();
        let (pod, _, mut sides) = switching(V5);
        let container = async {
            let mut side = sides.next().await;
            side.say(&[&[1], &bytes[..]].concat()).await;
            end(side, SUCCESS).await;
        };
        let copy = pod.copy_from("/etc/app", &to).exactly();
        let (copied, ()) = futures::join!(copy.into_future(), container);
        assert_eq!(copied.is_ok(), expected, "{entry}: {copied:?}");
    }
    assert_eq!(std::fs::read_to_string(to.join("file")).unwrap(), "here");
}

#[tokio::test]
async fn what_tar_says_of_an_error_is_told_and_a_hostile_archive_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("to");
    let (pod, peer, mut sides) = switching(V5);
    let container = async {
        let mut side = sides.next().await;
        assert_eq!(command(&peer), ["tar", "-c", "-f", "-", "-C", "/etc", "./app"]);
        side.say(b"\x02tar: app: No such file\n").await;
        end(side, NO).await;
    };
    let (copied, ()) = futures::join!(pod.copy_from("/etc/app", &to).into_future(), container);
    let told = "failed to copy from `/etc/app` in a container: \
                `tar` ended with exit code 1 in the container: tar: app: No such file";
    assert_eq!(copied.unwrap_err().chain(), told);

    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(4);
    archive.append_data(&mut header, "other", &b"evil"[..]).unwrap();
    let bytes = archive.into_inner().unwrap();
    let container = async {
        let mut side = sides.next().await;
        side.say(&[&[1], &bytes[..]].concat()).await;
        end(side, SUCCESS).await;
    };
    let (copied, ()) = futures::join!(pod.copy_from("/etc/app", &to).into_future(), container);
    assert!(copied.unwrap_err().chain().contains("`other`, which is no part of what was asked"));
    assert!(!to.exists());

    let (pod, _, mut sides) = switching("v4.channel.k8s.io");
    let container = async {
        end(sides.next().await, NO).await;
        drop(sides.next().await);
    };
    let (copied, ()) = futures::join!(pod.copy_to(folder.path(), "/a").into_future(), container);
    assert!(copied.unwrap_err().chain().contains("cannot tell `tar`"));
}
