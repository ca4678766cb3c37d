//! The promises of the framing, on bytes that kubectl 1.32 and kube-apiserver 1.36 said to each other.

use proptest::prelude::*;

use super::*;

const CLIENT: &[u8] = include_bytes!("golden/port_forward.client.bin");
const SERVER: &[u8] = include_bytes!("golden/port_forward.server.bin");

/// All frames; the bytes of one with data joined.
fn frames(bytes: &[u8], size: usize) -> Result<Vec<Frame>, SpdyError> {
    let mut reader = Reader::new();
    let mut frames: Vec<Frame> = Vec::new();
    let mut ended = true;
    for piece in bytes.chunks(size) {
        reader.push(piece);
        while let Some(frame) = reader.next()? {
            let goes_on = !std::mem::replace(&mut ended, reader.data.is_none());
            match (goes_on, frames.last_mut(), frame) {
                (
                    true,
                    Some(Frame::Data { bytes, fin, .. }),
                    Frame::Data { bytes: more, fin: last, .. },
                ) => {
                    *bytes = [&bytes[..], &more].concat().into();
                    *fin = last;
                }
                (_, _, frame) => frames.push(frame),
            }
        }
    }
    assert_eq!(reader.bytes.len(), 0, "bytes are left");
    Ok(frames)
}

fn bytes(id: u32, bytes: &'static str, fin: bool) -> Frame {
    Frame::Data { id, bytes: bytes.into(), fin }
}

fn opened(id: u32, kind: &str, request: &str) -> Frame {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut headers =
        vec![pair("port", "80"), pair("requestid", request), pair("streamtype", kind)];
    headers.sort();
    Frame::Opened { id, headers, fin: false }
}

/// The order of headers in Go is by chance.
fn sorted(mut frames: Vec<Frame>) -> Vec<Frame> {
    for frame in &mut frames {
        if let Frame::Opened { headers, .. } = frame {
            headers.sort();
        }
    }
    frames
}

fn recorded() -> Vec<Frame> {
    vec![
        opened(1, "error", "0"),
        bytes(1, "", true),
        opened(3, "data", "0"),
        bytes(3, "ping one", false),
        opened(5, "error", "1"),
        bytes(5, "", true),
        opened(7, "data", "1"),
        bytes(7, "ping two", false),
        bytes(7, "", true),
        bytes(3, "", true),
    ]
}

#[test]
fn what_kubectl_and_the_server_said_is_understood_whatever_the_pieces() {
    let reply = |id| Frame::Reply { id, fin: false };
    let server = [
        reply(1),
        reply(3),
        bytes(3, "ping one", false),
        reply(5),
        reply(7),
        bytes(7, "ping two", false),
        bytes(7, "", true),
        bytes(5, "", true),
        bytes(3, "", true),
        bytes(1, "", true),
    ];
    for size in [1, 2, 3, 7, 8, 9, 64, 1000] {
        assert_eq!(sorted(frames(CLIENT, size).unwrap()), recorded(), "pieces of {size}");
        assert_eq!(frames(SERVER, size).unwrap(), server, "pieces of {size}");
    }
}

#[test]
fn we_say_what_kubectl_says_byte_for_byte_but_for_compression() {
    let mut writer = Writer::new();
    let headers = |kind: &'static str, request: &'static str| {
        [("streamtype", kind), ("port", "80"), ("requestid", request)]
    };
    let mut said = writer.open(1, &headers("error", "0"));
    said.extend(data(1, b"", true));
    said.extend(writer.open(3, &headers("data", "0")));
    said.extend(data(3, b"ping one", false));
    said.extend(writer.open(5, &headers("error", "1")));
    said.extend(data(5, b"", true));
    said.extend(writer.open(7, &headers("data", "1")));
    for (id, text, fin) in [(7, "ping two", false), (7, "", true), (3, "", true)] {
        said.extend(data(id, text.as_bytes(), fin));
    }
    assert_eq!(sorted(frames(&said, 5).unwrap()), recorded());
    // The frames but for their blocks, which zlib may compress in several ways.
    let plain = |bytes: &[u8]| {
        let mut rest = bytes;
        let mut plain = Vec::new();
        while !rest.is_empty() {
            let length = usize::from(rest[6]) << 8 | usize::from(rest[7]);
            let opens = rest[0] == 0x80;
            plain.push(rest[..if opens { 6 } else { 8 + length }].to_vec());
            plain.extend(opens.then(|| rest[8..18].to_vec()));
            rest = &rest[8 + length..];
        }
        plain
    };
    assert_eq!(plain(&said), plain(CLIENT));
}

#[test]
fn frames_beside_streams_are_known() {
    let check =
        |frame: Vec<u8>, expected: Frame| assert_eq!(frames(&frame, 3).unwrap(), [expected]);
    check(pong(2), Frame::Ping(2));
    check(cancel(7), Frame::Reset { id: 7 });
    check(refuse(2), Frame::Reset { id: 2 });
    check(control(GOAWAY, 0, &[0; 8]), Frame::GoAway);
    check(control(9, 0, &[0; 8]), Frame::Other);
    check(control(4, 0, &[0; 4]), Frame::Other);
}

#[test]
fn what_is_no_spdy_is_an_error_and_is_not_kept() {
    let check = |bytes: &[u8], told: &str| {
        let error = frames(bytes, 1).unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
    };
    check(&[0x80, 2, 0, 1, 0, 0, 0, 0], "another version");
    check(&[0x80, 3, 0, 1, 0, 0xff, 0, 0], "too large");
    check(&control(RST_STREAM, 0, &[0; 3]), "ends early");
    check(&control(SYN_STREAM, 0, &[0; 8]), "ends early");
    check(&control(SYN_REPLY, 0, &[0; 12]), "no zlib stream");
    let mut compressor = Compressor::default();
    let bomb = "x".repeat(1 << 20);
    let body = [&[0; 4][..], &compressor.block(&[("a", &bomb)])].concat();
    assert!(body.len() < headers::LIMIT);
    check(&control(SYN_REPLY, 0, &body), "header block that is too large");
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), size in 1..20_usize) {
        let mut reader = Reader::new();
        for piece in bytes.chunks(size) {
            reader.push(piece);
            while let Ok(Some(_)) = reader.next() {}
        }
    }
}

#[test]
fn who_takes_a_stream_is_heard_by_who_opened_it() {
    let mut writer = Writer::new();
    let said = [writer.open(1, &[("a", "b")]), writer.reply(2), writer.reply(4)].concat();
    let pair = ("a".to_owned(), "b".to_owned());
    let heard = [
        Frame::Opened { id: 1, headers: vec![pair], fin: false },
        Frame::Reply { id: 2, fin: false },
        Frame::Reply { id: 4, fin: false },
    ];
    assert_eq!(frames(&said, 5).unwrap(), heard);
}
