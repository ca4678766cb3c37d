//! The protocols `v5.channel.k8s.io` and `v4.channel.k8s.io` as a server speaks them: messages in, what they say out, and the other way round.

use bytes::{BufMut, Bytes, BytesMut};
use serde_json::{Value, json};
use std::io;

const STDIN: u8 = 0;
pub(super) const STDOUT: u8 = 1;
pub(super) const STDERR: u8 = 2;
const STATUS: u8 = 3;
const RESIZE: u8 = 4;
/// What the end of a channel is told on, in the fifth version.
const CLOSE: u8 = 255;

/// What a message of a client says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Input(Bytes),
    InputEnded,
    /// Columns and rows of the terminal.
    Resized(u16, u16),
    /// Nothing, or what only later protocols know.
    Nothing,
}

pub(super) fn heard(mut message: Bytes) -> Heard {
    if message.is_empty() {
        return Heard::Nothing;
    }
    match (message.split_to(1)[0], message.first()) {
        (CLOSE, Some(&STDIN)) => Heard::InputEnded,
        (STDIN, Some(_)) => Heard::Input(message),
        (RESIZE, Some(_)) => {
            let size: Value = serde_json::from_slice(&message).unwrap_or_default();
            let side = |name: &str| size[name].as_u64().and_then(|side| u16::try_from(side).ok());
            match (side("Width"), side("Height")) {
                (Some(width), Some(height)) => Heard::Resized(width, height),
                _ => Heard::Nothing,
            }
        }
        _ => Heard::Nothing,
    }
}

/// The message that has this of a channel.
pub(super) fn said(channel: u8, bytes: &[u8]) -> Bytes {
    let mut message = BytesMut::with_capacity(bytes.len() + 1);
    message.put_u8(channel);
    message.put_slice(bytes);
    message.freeze()
}

/// The message that says how a process ended.
pub(super) fn ended(command: &[String], exit: &io::Result<i32>, protocol: &str) -> Bytes {
    let status = match exit {
        Ok(0) => json!({"metadata": {}, "status": "Success"}),
        Ok(code) => json!({
            "metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
            "message": format!(
                "command terminated with non-zero exit code: error executing command [{}], exit \
                 code {code}", command.join(" ")
            ),
            "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
        }),
        Err(error) => {
            let text = format!("error executing command in container: {error}");
            // In the fifth version the API server reads what the node says, and says it again.
            let again =
                if protocol == "v5.channel.k8s.io" { "Internal error occurred: " } else { "" };
            return failed(&format!("{again}{text}"));
        }
    };
    said(STATUS, status.to_string().as_bytes())
}

/// The message that says that there was no process.
pub(super) fn failed(text: &str) -> Bytes {
    let status = json!({
        "metadata": {}, "status": "Failure", "reason": "InternalError", "code": 500,
        "message": format!("Internal error occurred: {text}"),
        "details": {"causes": [{"message": text}]},
    });
    said(STATUS, status.to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_message_of_a_client_says_one_thing() {
        let check = |message: &'static [u8], expected: Heard| {
            assert_eq!(heard(Bytes::from_static(message)), expected, "{message:?}");
        };
        // As kubectl 1.32 says it (recorded).
        check(b"\0hello", Heard::Input("hello".into()));
        check(b"\xff\0", Heard::InputEnded);
        check(b"\x04{\"Width\":80,\"Height\":24}", Heard::Resized(80, 24));
        for nothing in [&b""[..], b"\0", b"\x01out", b"\x04{}", b"\x04x", b"\xff", b"\xff\x01"] {
            check(nothing, Heard::Nothing);
        }
    }

    #[test]
    fn an_end_is_told_as_a_server_of_1_36_tells_it() {
        let nope = || Err(io::Error::other("cmd start: no such file"));
        let told =
            |exit, protocol| String::from_utf8(ended(&["x".to_owned()], &exit, protocol).into());
        // As kube-apiserver 1.36 says it of kwok's node (recorded).
        let recorded: Value = json!({"metadata":{},"status":"Failure","message":"Internal error occurred: Internal error occurred: error executing command in container: cmd start: no such file","reason":"InternalError","details":{"causes":[{"message":"Internal error occurred: error executing command in container: cmd start: no such file"}]},"code":500});
        let fifth = told(nope(), "v5.channel.k8s.io").unwrap();
        assert_eq!(serde_json::from_str::<Value>(&fifth[1..]).unwrap(), recorded);
        let fourth = told(nope(), "v4.channel.k8s.io").unwrap();
        assert!(fourth.contains(r#""Internal error occurred: error executing"#), "{fourth}");
        assert_eq!(
            told(Ok(0), "v5.channel.k8s.io").unwrap(),
            "\u{3}{\"metadata\":{},\"status\":\"Success\"}"
        );
        let code = told(Ok(3), "v5.channel.k8s.io").unwrap();
        assert!(code.contains(r#"{"message":"3","reason":"ExitCode"}"#), "{code}");
    }
}
