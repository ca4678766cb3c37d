//! The promises of Status, on golden bodies and on broken ones.

use super::*;

const NOT_FOUND: &str = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"pods \"x\" not found","reason":"NotFound","details":{"name":"x","kind":"pods"},"code":404}"#;

#[test]
fn a_status_survives_a_round_trip() {
    for body in [
        NOT_FOUND,
        r#"{"kind":"Status","apiVersion":"v1","metadata":{"continue":"abc"},"status":"Failure","message":"old","reason":"Expired","details":{"group":"g","uid":"u","causes":[{"reason":"r","message":"m","field":"f"}],"retryAfterSeconds":3},"code":410}"#,
        r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":200}"#,
    ] {
        let status: Status = serde_json::from_str(body).unwrap();
        let again: Value = serde_json::to_value(&status).unwrap();
        assert_eq!(again, serde_json::from_str::<Value>(body).unwrap());
    }
}

#[test]
fn every_member_is_read() {
    let status = Status::from_json(br#"{"kind":"Status","metadata":{"continue":"t"},"status":"Failure","message":"m","reason":"r","details":{"name":"n","group":"g","kind":"k","uid":"u","causes":[{"reason":"cr","message":"cm","field":"cf"}],"retryAfterSeconds":7},"code":409}"#).unwrap();
    assert_eq!(status.details.name, "n");
    assert_eq!(status.details.group, "g");
    assert_eq!(status.details.kind, "k");
    assert_eq!(status.details.uid, "u");
    assert_eq!(status.details.retry_after_seconds, 7);
    assert_eq!(status.continue_token.as_deref(), Some("t"));
    assert!(status.has_cause("cr") && !status.has_cause("cm"));
    assert!(status.is_failure());
}

#[test]
fn members_of_a_wrong_type_are_left_out() {
    let status = Status::from_json(
        br#"{"kind":"Status","message":7,"reason":null,"code":"x","details":[1],"metadata":3}"#,
    )
    .unwrap();
    assert_eq!((status.message.as_str(), status.reason.as_str(), status.code), ("", "", 0));
    assert_eq!(status.details, StatusDetails::default());
    assert_eq!(status.continue_token, None);
    assert_eq!(
        Status::from_json(br#"{"kind":"Status","code":99999}"#).map(|status| status.code),
        Some(0)
    );
}

#[test]
fn what_is_not_a_status_is_none() {
    for body in
        ["", "null", "[]", "{}", "<html>", r#"{"kind":"Pod"}"#, r#"{"kind":4}"#, "{\"kind\":"]
    {
        assert_eq!(Status::from_json(body.as_bytes()), None, "{body}");
    }
}

#[test]
fn the_printed_form_is_bounded_and_on_one_line() {
    let long = Status::failure(422, "Invalid", format!("first\nsecond {}", "x".repeat(9000)));
    let printed = long.to_string();
    assert!(printed.len() < 700 && !printed.contains('\n'), "{printed}");
    assert_eq!(
        Status::failure(418, "", "  ").to_string(),
        "the server answered 418: no reason given"
    );
    assert_eq!(Status::failure(418, "Teapot", "").to_string(), "the server answered 418: Teapot");
}

#[test]
fn an_answer_without_a_status_is_read_by_its_code() {
    for (code, to_post, reason) in [
        (302, false, ""),
        (400, false, "BadRequest"),
        (401, false, "Unauthorized"),
        (403, false, "Forbidden"),
        (404, false, "NotFound"),
        (405, false, "MethodNotAllowed"),
        (406, false, "NotAcceptable"),
        (407, false, ""),
        (409, true, "AlreadyExists"),
        (409, false, "Conflict"),
        (410, false, "Gone"),
        (413, false, "RequestEntityTooLarge"),
        (415, false, "UnsupportedMediaType"),
        (418, false, ""),
        (422, false, "Invalid"),
        (429, false, "TooManyRequests"),
        (500, false, "InternalError"),
        (502, false, "InternalError"),
        (503, false, "ServiceUnavailable"),
        (504, false, "Timeout"),
    ] {
        let status = Answer::new(code, b"<html>no</html>").to_post(to_post).into_status();
        assert_eq!((status.code, status.reason.as_str()), (code, reason));
        assert!(status.message.contains(&format!("HTTP {code}")), "{}", status.message);
        assert!(status.message.contains("<html>no</html>"), "{}", status.message);
        assert!(status.has_cause("UnexpectedServerResponse"));
    }
}

#[test]
fn an_answer_of_no_reason_says_what_its_code_means() {
    for (code, meaning) in [
        (204, "reports no success"),
        (302, "redirects the request"),
        (407, "a proxy asks for credentials"),
        (418, "is not understood"),
    ] {
        let message = Answer::new(code, b"").into_status().message;
        assert!(message.contains(meaning), "{code}: {message}");
    }
}

#[test]
fn json_that_is_no_status_is_not_quoted() {
    let secret = br#"{"kind":"Secret","data":{"password":"aHVudGVyMg=="}}"#;
    let status = Answer::new(500, secret).content_type(Some("application/json")).into_status();
    assert!(!status.message.contains("aHVud"), "{}", status.message);
    assert!(status.message.contains("application/json that is no Status"), "{}", status.message);
    assert!(!format!("{:?}", Answer::new(500, secret)).contains("aHVud"));
}

#[test]
fn retry_after_is_taken_from_the_header_only_when_the_body_has_none() {
    let seconds = |header, body: &str| {
        Answer::new(429, body.as_bytes())
            .retry_after(header)
            .into_status()
            .details
            .retry_after_seconds
    };
    assert_eq!(seconds(Some(" 7 "), ""), 7);
    assert_eq!(seconds(Some("18446744073709551615"), ""), u64::MAX);
    assert_eq!(seconds(Some("Fri, 31 Dec 1999 23:59:59 GMT"), ""), 0);
    assert_eq!(seconds(None, ""), 0);
    assert_eq!(
        seconds(
            Some("7"),
            r#"{"kind":"Status","status":"Failure","details":{"retryAfterSeconds":2}}"#
        ),
        2
    );
}

#[test]
fn a_status_without_a_code_gets_the_code_of_the_answer() {
    let status = Answer::new(503, br#"{"kind":"Status","status":"Failure"}"#).into_status();
    assert_eq!(status.code, 503);
    let success = Answer::new(500, br#"{"kind":"Status","status":"Success"}"#).into_status();
    assert_eq!(success.reason, "InternalError");
}
