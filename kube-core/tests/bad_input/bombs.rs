//! Answers that would take all memory or all time: bytes without end in, an error within bounds out.

use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::{Client, Config, Error, ErrorKind};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::stranger::{Authority, Says, Stranger, answer};

const MIB: usize = 1 << 20;

/// How much more memory than before is allowed, and how long it may take; what a debug build takes is more than the 2 s of CPU of a release build.
const MEMORY: u64 = 64 << 20;
const TIME: Duration = Duration::from_secs(60);

/// What a process has in memory is measured by one test at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

#[derive(Clone, Copy, Debug, PartialEq)]
enum Ask {
    Get,
    List,
    Watch,
    /// A limit of time of two seconds for a read.
    Soon,
}

struct Row {
    name: &'static str,
    ask: Ask,
    says: Says,
    /// Over TLS, as HTTP/2.
    http2: bool,
    /// None: the watch ends in order, and what was too large is malformed. A peer that floods in HTTP/2 is given up in time, or its connection breaks earlier.
    kind: Option<ErrorKind>,
}

fn head(more: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{more}\r\n").into_bytes()
}

/// A part of a gzip that may be repeated: it refers to nothing before it.
fn squeezed(bytes: &[u8]) -> Vec<u8> {
    let mut squeezer = flate2::Compress::new(flate2::Compression::best(), false);
    let mut squeezed = Vec::with_capacity(64 << 10);
    squeezer.compress_vec(bytes, &mut squeezed, flate2::FlushCompress::Full).unwrap();
    assert_eq!(squeezer.total_in(), bytes.len() as u64);
    squeezed
}

/// How a gzip begins.
const GZIP: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
/// `:status: 200` in HPACK.
const OK: [u8; 1] = [0x88];

fn http1() -> Vec<Row> {
    use Ask::{Get, List, Watch};
    let spaces = vec![b' '; MIB];
    let bomb = squeezed(&spaces);
    let nested =
        [&b"{\"kind\":\"ConfigMapList\",\"metadata\":{},\"items\":["[..], &vec![b'['; MIB]]
            .concat();
    let event = b"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\"},\"data\":{\"k\":\""
        .to_vec();
    let item =
        b"{\"kind\":\"ConfigMapList\",\"metadata\":{},\"items\":[{\"data\":{\"k\":\"".to_vec();
    let row = |name, ask, says, kind| Row { name, ask, says, http2: false, kind };
    let ten = 10_000 * MIB;
    vec![
        row(
            "ten gigabytes of spaces for an object",
            Get,
            Says::Again(head(""), spaces.clone(), ten),
            Some(ErrorKind::TooLarge),
        ),
        row(
            "ten gigabytes as they were said",
            Get,
            Says::Again(head("content-length: 10000000000\r\n"), spaces.clone(), ten),
            Some(ErrorKind::TooLarge),
        ),
        row(
            "ten gigabytes that tell why not",
            Get,
            Says::Again(b"HTTP/1.1 500 Oh\r\n\r\n".to_vec(), vec![b'x'; MIB], ten),
            Some(ErrorKind::Internal),
        ),
        row(
            "a gigabyte in a megabyte of gzip",
            Get,
            Says::Again([head("content-encoding: gzip\r\n"), GZIP.to_vec()].concat(), bomb, MIB),
            Some(ErrorKind::TooLarge),
        ),
        row(
            "a million levels for an object",
            Get,
            Says::Once(answer("200 OK", "application/json", &vec![b'['; MIB])),
            Some(ErrorKind::Decode),
        ),
        row(
            "a million levels in a list",
            List,
            Says::Once(answer("200 OK", "application/json", &nested)),
            Some(ErrorKind::Connection),
        ),
        row(
            "forty megabytes in an item of a list",
            List,
            Says::Again([head(""), item].concat(), spaces.clone(), 40 * MIB),
            Some(ErrorKind::Connection),
        ),
        row(
            "forty megabytes of spaces before a list",
            List,
            Says::Again(head(""), spaces.clone(), 40 * MIB),
            Some(ErrorKind::Connection),
        ),
        row(
            "an event without an end",
            Watch,
            Says::Again([head(""), event].concat(), spaces.clone(), 40 * MIB),
            Some(ErrorKind::Connection),
        ),
        row("a watch of spaces", Watch, Says::Again(head(""), spaces.clone(), 40 * MIB), None),
        row(
            "a million levels in an event",
            Watch,
            Says::Once([head("connection: close\r\n"), vec![b'['; MIB], b"\n".to_vec()].concat()),
            None,
        ),
    ]
}

fn heads() -> Vec<Row> {
    use Ask::Get;
    let row = |name, ask, says, kind| Row { name, ask, says, http2: false, kind };
    let (spaces, ten) = (vec![b' '; MIB], 10_000 * MIB);
    vec![
        row(
            "a million headers",
            Get,
            Says::Again(b"HTTP/1.1 200 OK\r\n".to_vec(), b"x: y\r\n".repeat(10_000), ten),
            Some(ErrorKind::Connection),
        ),
        row(
            "a header of a gigabyte",
            Get,
            Says::Again(b"HTTP/1.1 200 OK\r\nx: ".to_vec(), spaces, ten),
            Some(ErrorKind::Connection),
        ),
        row(
            "a million informational answers",
            Get,
            Says::Again(vec![], b"HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000), 26 * MIB),
            Some(ErrorKind::Connection),
        ),
        row(
            "chunks with extensions without end",
            Get,
            Says::Again(
                head("transfer-encoding: chunked\r\n"),
                b"1;x=yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n \r\n".repeat(1_000),
                ten,
            ),
            Some(ErrorKind::Connection),
        ),
        row(
            "trailers without end",
            Get,
            Says::Again(
                [head("transfer-encoding: chunked\r\n"), b"2\r\n{}\r\n0\r\n".to_vec()].concat(),
                b"x: y\r\n".repeat(10_000),
                ten,
            ),
            Some(ErrorKind::Connection),
        ),
        row(
            "silence after the head",
            Ask::Soon,
            Says::Silent(head("content-length: 9\r\n")),
            Some(ErrorKind::Timeout),
        ),
        row("silence", Ask::Soon, Says::Silent(vec![]), Some(ErrorKind::Timeout)),
    ]
}

fn http2() -> Vec<Row> {
    let begun = |more: &[u8]| [&SETTINGS[..], more].concat();
    let answered = begun(&frame(1, 4, 1, &OK));
    let header = frame(1, 0, 1, &OK);
    let row = |name, says, kind| Row { name, ask: Ask::Soon, says, http2: true, kind: Some(kind) };
    let much = 64 * MIB;
    vec![
        row(
            "CONTINUATION without end",
            Says::Again(
                begun(&header),
                frame(9, 0, 1, &[0x40, 1, b'x', 1, b'y'].repeat(1_000)),
                much,
            ),
            ErrorKind::Connection,
        ),
        row(
            "empty CONTINUATION without end",
            Says::Again(begun(&header), frame(9, 0, 1, b"").repeat(1_000), much),
            ErrorKind::Connection,
        ),
        row(
            "empty DATA without end",
            Says::Again(answered.clone(), frame(0, 0, 1, b"").repeat(1_000), much),
            ErrorKind::Connection,
        ),
        row(
            "DATA beyond the window",
            Says::Again(answered.clone(), frame(0, 0, 1, &[b' '; 16_384]), 1_000 * MIB),
            ErrorKind::TooLarge,
        ),
        row(
            "resets without end",
            Says::Again(begun(b""), frame(3, 0, 1, &[0, 0, 0, 8]).repeat(1_000), much),
            ErrorKind::Connection,
        ),
        row(
            "PING without end",
            Says::Again(begun(b""), frame(6, 0, 0, &[0; 8]).repeat(1_000), much),
            ErrorKind::Timeout,
        ),
        row(
            "SETTINGS without end",
            Says::Again(begun(b""), SETTINGS.repeat(1_000), much),
            ErrorKind::Timeout,
        ),
        row(
            "a push that nobody asked for",
            Says::Again(begun(&frame(5, 4, 1, &[0, 0, 0, 2, 0x88])), vec![0], 1),
            ErrorKind::Connection,
        ),
        row(
            "a frame larger than any",
            Says::Again(begun(&[0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1]), vec![0; MIB], much),
            ErrorKind::Connection,
        ),
        row(
            "HPACK that is none",
            Says::Again(begun(&frame(1, 4, 1, &[0xff; 64])), vec![0], 1),
            ErrorKind::Connection,
        ),
        row(
            "the end of the connection at once",
            Says::Once(begun(&frame(7, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 11]))),
            ErrorKind::Connection,
        ),
    ]
}

async fn asked(ask: Ask, client: &Client) -> Result<usize, Error> {
    let maps = client.namespace("prod").api::<ConfigMap>();
    match ask {
        Ask::Get | Ask::Soon => maps.get("web").await.map(|_| 0),
        Ask::List => maps.list().await.map(|list| list.malformed.len()),
        Ask::Watch => {
            let (mut watch, mut events) = (maps.watch().await?, 0);
            while watch.next().await?.is_some() {
                events += 1;
            }
            Ok(events)
        }
    }
}

#[cfg(target_os = "linux")]
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? << 10)
}

/// Makes what is used now the peak.
#[cfg(target_os = "linux")]
fn forget_peak() -> Option<u64> {
    std::fs::write("/proc/self/clear_refs", "5").ok()?;
    peak()
}

#[cfg(not(target_os = "linux"))]
fn peak() -> Option<u64> {
    None
}

#[cfg(not(target_os = "linux"))]
fn forget_peak() -> Option<u64> {
    None
}

/// Which limit is met first, ours or that of the connection, is a matter of pace.
fn is_given_up(error: &Error) -> bool {
    error.is_timeout() || error.kind() == ErrorKind::Connection
}

#[tokio::test]
async fn no_answer_takes_all_memory_or_time() {
    let _alone = ALONE.lock().await;
    let authority = Authority::new();
    let mut tls = authority.server(&["127.0.0.1"], |_| {});
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let mut wrong = Vec::new();
    for row in [http1(), heads(), http2()].into_iter().flatten() {
        let (stranger, scheme) = match row.http2 {
            true => (Stranger::over(row.says, Some(tls.clone())).await, "https"),
            false => (Stranger::saying(row.says).await, "http"),
        };
        let seconds = if row.ask == Ask::Soon { 2 } else { 30 };
        let config = Config::new(&stranger.url(scheme)).unwrap();
        let config = config.timeout(Duration::from_secs(seconds));
        let client = Client::new(config.certificate_authority(authority.issuer.pem())).unwrap();
        let (before, begun) = (forget_peak(), Instant::now());
        let result = tokio::time::timeout(TIME, asked(row.ask, &client)).await;
        let (after, took) = (peak(), begun.elapsed());
        let name = row.name;
        let Ok(result) = result else {
            wrong.push(format!("{name}: it hangs"));
            continue;
        };
        if let (Some(before), Some(after)) = (before, after)
            && after.saturating_sub(before) > MEMORY
        {
            wrong.push(format!("{name}: {} MiB", (after - before) >> 20));
        }
        match (&result, row.kind) {
            (Ok(events), None) if *events <= 1 => {}
            (Err(error), Some(kind))
                if error.chain().len() <= 1024
                    && (error.kind() == kind || (row.http2 && is_given_up(error))) => {}
            (found, expected) => {
                let found = found.as_ref().map_err(Error::chain);
                wrong.push(format!("{name}: expected {expected:?} after {took:?}, got {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_kubeconfig_takes_all_memory_or_time() {
    let _alone = ALONE.blocking_lock();
    let aliases: String = ('b'..='z')
        .map(|letter| {
            let before = char::from_u32(u32::from(letter) - 1).unwrap();
            format!("{letter}: &{letter} [{}]\n", vec![format!("*{before}"); 9].join(", "))
        })
        .collect();
    let rows = [
        ("a billion laughs", format!("a: &a [lol]\n{aliases}")),
        ("two megabytes", format!("x: {}", "y".repeat(2 * MIB))),
        ("a hundred thousand levels", "[".repeat(100_000)),
        (
            "a hundred thousand levels of blocks",
            (0..2_000).map(|depth| format!("{}a:\n", " ".repeat(depth % 400))).collect(),
        ),
        ("an alias of itself", "a: &a [*a]".to_owned()),
        ("a key twice", "apiVersion: v1\napiVersion: v1\nkind: Config\n".to_owned()),
        (
            "two documents",
            "apiVersion: v1\nkind: Config\n---\napiVersion: v1\nkind: Config\n".to_owned(),
        ),
        ("a zero", "a: \0".to_owned()),
    ];
    for (name, yaml) in rows {
        let begun = Instant::now();
        let error = Config::from_kubeconfig_yaml(&yaml).unwrap_err();
        assert!(error.chain().len() <= 1024, "{name}: {}", error.chain().len());
        assert!(begun.elapsed() < Duration::from_secs(10), "{name}: {:?}", begun.elapsed());
    }
}
