//! The protocols `v5.channel.k8s.io` and `v4.channel.k8s.io`: messages in, what they say out, and the other way round.
//!
//! Mirrors: client-go tools/remotecommand/websocket.go
//! Differs: the end of an output that the server tells is heard too.

use bytes::BufMut as _;
use bytes::Bytes;
use bytes::BytesMut;
use serde_json::Value;

use super::error::StreamingError;
use super::exit::Exit;
use crate::error::Error;
use crate::error::Result;
use crate::status::Status;
use crate::status::excerpt;

/// What is offered, the best first.
pub(super) const OFFERED: &[&str] = &[HALF_CLOSE, "v4.channel.k8s.io"];
/// With this one the end of the input can be told.
const HALF_CLOSE: &str = "v5.channel.k8s.io";

/// As client-go: so many bytes of input go into one message.
pub(super) const PIECE: usize = 32 << 10;

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const STATUS: u8 = 3;
const RESIZE: u8 = 4;
const CLOSE: u8 = 255;

/// What a message of the server says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The process wrote this.
    Stdout(Bytes),
    /// It wrote this as an error.
    Stderr(Bytes),
    /// How it ended, or a piece of that.
    Status(Bytes),
    /// It will write no more.
    StdoutEnded,
    /// It will write no more errors.
    StderrEnded,
    /// Nothing, or what only later protocols know.
    Nothing,
}

/// Whether the protocol can tell that the input has ended.
pub(super) fn can_half_close(protocol: &str) -> bool {
    protocol == HALF_CLOSE
}

/// What a message says.
pub(super) fn said(mut message: Bytes) -> Said {
    if message.is_empty() {
        return Said::Nothing;
    }
    let channel = message.split_to(1)[0];
    match (channel, message.first()) {
        (CLOSE, Some(&STDOUT)) => Said::StdoutEnded,
        (CLOSE, Some(&STDERR)) => Said::StderrEnded,
        // Servers open each channel with a message of nothing.
        (_, None) => Said::Nothing,
        (STDOUT, _) => Said::Stdout(message),
        (STDERR, _) => Said::Stderr(message),
        (STATUS, _) => Said::Status(message),
        _ => Said::Nothing,
    }
}

/// The message with this input.
pub(super) fn input(piece: &[u8]) -> Bytes {
    let mut message = BytesMut::with_capacity(piece.len() + 1);
    message.put_u8(STDIN);
    message.put_slice(piece);
    message.freeze()
}

/// The message that the input has ended.
pub(super) fn input_ended() -> Bytes {
    Bytes::from_static(&[CLOSE, STDIN])
}

/// The message that the terminal has this size now.
pub(super) fn resized(width: u16, height: u16) -> Bytes {
    let mut message = vec![RESIZE];
    message.extend_from_slice(format!(r#"{{"Width":{width},"Height":{height}}}"#).as_bytes());
    message.into()
}

/// How the process ended, by what the server told of it.
///
/// # Errors
/// It did not run, or the server told it in no known form.
pub(super) fn exit(told: &[u8], failed: &str) -> Result<Exit> {
    let unknown =
        || Error::from(StreamingError::Status { told: excerpt(told, 256) }).context(failed);
    let mut value: Value = serde_json::from_slice(told).map_err(|_| unknown())?;
    // The API server leaves the kind out here.
    match value.as_object_mut() {
        Some(object) if object.contains_key("status") => {
            object.entry("kind").or_insert_with(|| "Status".into());
        }
        _ => return Err(unknown()),
    }
    let status = Status::from_value(&value).ok_or_else(unknown)?;
    if !status.is_failure() {
        return Ok(Exit::new(0));
    }
    if status.reason == "NonZeroExitCode" {
        let code = status.details.causes.iter().find(|cause| cause.reason == "ExitCode");
        let code = code.and_then(|cause| cause.message.parse().ok()).ok_or_else(unknown)?;
        return Ok(Exit::new(code));
    }
    Err(Error::from_status(status, failed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn each_message_says_one_thing_and_what_is_not_known_says_nothing() {
        let check = |message: &'static [u8], expected: Said| {
            assert_eq!(said(Bytes::from_static(message)), expected, "{message:?}");
        };
        check(b"\x01out", Said::Stdout("out".into()));
        check(b"\x02err", Said::Stderr("err".into()));
        check(b"\x03{}", Said::Status("{}".into()));
        check(b"\xff\x01", Said::StdoutEnded);
        check(b"\xff\x02", Said::StderrEnded);
        for nothing in
            [&b""[..], b"\x01", b"\x03", b"\x00in", b"\x04{}", b"\x07x", b"\xff", b"\xff\x09"]
        {
            check(nothing, Said::Nothing);
        }
        // As kubectl 1.32 says it to kube-apiserver 1.36 (recorded).
        assert_eq!(input(b"hello"), "\0hello");
        assert_eq!(input_ended(), &b"\xff\0"[..]);
        assert_eq!(resized(80, 24), "\x04{\"Width\":80,\"Height\":24}");
    }

    #[test]
    fn an_exit_code_is_a_value_and_what_did_not_run_is_an_error() {
        let code = |told: &str| exit(told.as_bytes(), "failed to run").map(|exit| exit.code());
        let success = r#"{"metadata":{},"status":"Success"}"#;
        assert_eq!(code(success).unwrap(), 0);
        let failure = |code: &str| {
            format!(
                r#"{{"kind":"Status","status":"Failure","reason":"NonZeroExitCode","message":"exit",
                   "details":{{"causes":[{{"reason":"ExitCode","message":"{code}"}}]}}}}"#
            )
        };
        assert_eq!(code(&failure("127")).unwrap(), 127);
        assert_eq!(code(&failure("x")).unwrap_err().kind(), ErrorKind::Decode);
        for nothing in ["{}", r#"{"metadata":{}}"#, "[]", "null"] {
            assert_eq!(code(nothing).unwrap_err().kind(), ErrorKind::Decode, "{nothing}");
        }
        let error = code("not json").unwrap_err();
        assert_eq!((error.kind(), error.chain().ends_with("not json")), (ErrorKind::Decode, true));
        // As kube-apiserver 1.36 says it (recorded).
        let missing = r#"{"metadata":{},"status":"Failure","message":"no such file","reason":"InternalError","details":{"causes":[{"message":"no such file"}]},"code":500}"#;
        let error = code(missing).unwrap_err();
        assert_eq!(error.chain(), "failed to run: no such file");
    }
}
