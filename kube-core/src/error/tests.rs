//! The promises of Error.

use super::*;

#[derive(Debug)]
struct Outer(std::io::Error);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failed to read `/x`")
    }
}

impl StdError for Outer {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn an_error_is_one_word_wide_and_travels() {
    fn travels<T: Send + Sync + 'static>() {}
    travels::<Error>();
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
}

#[test]
fn its_text_never_repeats_its_source() {
    let read = Error::new(ErrorKind::Config, Outer(std::io::Error::other("no disk")));
    assert_eq!(read.to_string(), "failed to read `/x`");
    assert_eq!(read.source().map(ToString::to_string).as_deref(), Some("no disk"));
    let connect = read.context("failed to connect");
    assert_eq!(connect.to_string(), "failed to connect");
    assert_eq!(connect.kind(), ErrorKind::Config);
    assert_eq!(connect.chain(), "failed to connect: failed to read `/x`: no disk");
    assert_eq!(format!("{connect:?}"), format!("Error(Config: {})", connect.chain()));
    let plain = Error::new(ErrorKind::Input, "an empty name");
    assert!(plain.source().is_none());
    assert_eq!(plain.chain(), "an empty name");
}

#[test]
fn context_keeps_what_is_known() {
    let mut status = Status::failure(429, "TooManyRequests", "slow down");
    status.details.retry_after_seconds = 4;
    let error = Error::from_status(status.clone(), "failed to list pods")
        .with_unknown_outcome()
        .context("failed to sync");
    assert_eq!(error.status(), Some(&status));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(4)));
    assert!(error.is_outcome_unknown() && error.is_too_many_requests() && error.is_retryable());
    assert_eq!(error.chain(), "failed to sync: failed to list pods: slow down");
}

#[test]
fn each_question_is_answered_by_reason_and_else_by_code() {
    type Question = fn(&Error) -> bool;
    let questions: [(&str, Question); 9] = [
        ("not found", Error::is_not_found),
        ("conflict", Error::is_conflict),
        ("already exists", Error::is_already_exists),
        ("gone", Error::is_gone),
        ("forbidden", Error::is_forbidden),
        ("unauthorized", Error::is_unauthorized),
        ("invalid", Error::is_invalid),
        ("too many", Error::is_too_many_requests),
        ("timeout", Error::is_timeout),
    ];
    for (code, reason, expected) in [
        (404, "NotFound", "not found"),
        (404, "", "not found"),
        (409, "Conflict", "conflict"),
        (409, "SomethingNew", "conflict"),
        (409, "AlreadyExists", "already exists"),
        (410, "Expired", "gone"),
        (410, "Gone", "gone"),
        (410, "", "gone"),
        (0, "Expired", "gone"),
        (403, "Forbidden", "forbidden"),
        (403, "", "forbidden"),
        (401, "Unauthorized", "unauthorized"),
        (401, "", "unauthorized"),
        (422, "Invalid", "invalid"),
        (422, "", "invalid"),
        (429, "TooManyRequests", "too many"),
        (429, "", "too many"),
        (504, "Timeout", "timeout"),
        (500, "ServerTimeout", "timeout"),
        (504, "", "timeout"),
        (418, "", ""),
    ] {
        let error = Error::from_status(Status::failure(code, reason, "m"), "tried");
        let yes: Vec<_> =
            questions.iter().filter(|(_, ask)| ask(&error)).map(|(name, _)| *name).collect();
        let expected: Vec<_> = [expected].into_iter().filter(|name| !name.is_empty()).collect();
        assert_eq!(yes, expected, "{code} {reason}");
    }
}

#[test]
fn every_code_has_its_kind() {
    for (code, kind) in [
        (400, ErrorKind::BadRequest),
        (405, ErrorKind::MethodNotAllowed),
        (406, ErrorKind::NotAcceptable),
        (413, ErrorKind::TooLarge),
        (415, ErrorKind::UnsupportedMediaType),
        (500, ErrorKind::Internal),
        (502, ErrorKind::Internal),
        (503, ErrorKind::Unavailable),
        (302, ErrorKind::Refused),
    ] {
        assert_eq!(Error::from_status(Status::failure(code, "", ""), "t").kind(), kind);
        let bare = Error::from_answer(Answer::new(code, b""), "t");
        assert_eq!(bare.kind(), kind, "by the reason that the code stands for");
    }
}

#[test]
fn a_reason_that_is_known_says_more_than_the_code() {
    for (reason, kind) in [
        ("BadRequest", ErrorKind::BadRequest),
        ("Unauthorized", ErrorKind::Unauthorized),
        ("Forbidden", ErrorKind::Forbidden),
        ("NotFound", ErrorKind::NotFound),
        ("MethodNotAllowed", ErrorKind::MethodNotAllowed),
        ("NotAcceptable", ErrorKind::NotAcceptable),
        ("Conflict", ErrorKind::Conflict),
        ("AlreadyExists", ErrorKind::AlreadyExists),
        ("Gone", ErrorKind::Gone),
        ("Expired", ErrorKind::Gone),
        ("RequestEntityTooLarge", ErrorKind::TooLarge),
        ("UnsupportedMediaType", ErrorKind::UnsupportedMediaType),
        ("Invalid", ErrorKind::Invalid),
        ("TooManyRequests", ErrorKind::TooManyRequests),
        ("InternalError", ErrorKind::Internal),
        ("ServiceUnavailable", ErrorKind::Unavailable),
        ("Timeout", ErrorKind::Timeout),
        ("ServerTimeout", ErrorKind::Timeout),
        ("Teapot", ErrorKind::Refused),
    ] {
        let error = Error::from_status(Status::failure(418, reason, ""), "t");
        assert_eq!(error.kind(), kind, "{reason}");
    }
}

#[test]
fn only_what_passes_by_itself_is_retryable() {
    for (kind, expected) in [
        (ErrorKind::TooManyRequests, true),
        (ErrorKind::Internal, true),
        (ErrorKind::Unavailable, true),
        (ErrorKind::Timeout, true),
        (ErrorKind::Connect, true),
        (ErrorKind::Connection, true),
        (ErrorKind::Conflict, false),
        (ErrorKind::NotFound, false),
        (ErrorKind::Invalid, false),
        (ErrorKind::Forbidden, false),
        (ErrorKind::Decode, false),
        (ErrorKind::Input, false),
    ] {
        assert_eq!(Error::new(kind, "x").is_retryable(), expected, "{kind:?}");
    }
    let asked = Error::new(ErrorKind::Forbidden, "x").with_retry_after(Duration::from_secs(1));
    assert!(asked.is_retryable());
    assert!(!asked.is_outcome_unknown());
}

#[test]
fn a_revision_from_the_future_is_told_from_other_timeouts() {
    let mut status = Status::failure(504, "Timeout", "Timeout: no");
    assert!(!Error::from_status(status.clone(), "t").is_resource_version_too_large());
    status.message = "Too large resource version: 9, current: 1".to_owned();
    assert!(Error::from_status(status.clone(), "t").is_resource_version_too_large());
    status.code = 500;
    assert!(!Error::from_status(status, "t").is_resource_version_too_large());
    let body = br#"{"kind":"Status","status":"Failure","code":504,"details":{"causes":[{"reason":"ResourceVersionTooLarge"}]}}"#;
    let error = Error::from_answer(Answer::new(504, body), "t");
    assert!(error.is_resource_version_too_large() && error.is_timeout());
}

/// reliability.md, scorecard 14.
#[test]
fn seventy_two_malformed_answers_are_typed_errors_of_at_most_a_kilobyte() {
    let html = format!("<html><body>{}</body></html>", "Bad Gateway ".repeat(4000));
    let object = format!(r#"{{"kind":"Secret","data":{{"token":"{}"}}}}"#, "canary".repeat(4000));
    let long = format!(
        r#"{{"kind":"Status","status":"Failure","message":"{}"}}"#,
        "invalid ".repeat(4000)
    );
    let bodies: [&[u8]; 9] = [
        b"",
        html.as_bytes(),
        object.as_bytes(),
        &object.as_bytes()[..object.len() / 2],
        long.as_bytes(),
        b"{\"kind\":\"Status\",\"status\":\"Fail",
        b"\xff\xfe\x00\x1b[2J",
        b"null",
        b"{\"kind\":\"Status\",\"status\":\"Success\"}",
    ];
    let mut cases = 0;
    for code in [302, 400, 404, 410, 429, 500, 502, 503] {
        for body in bodies {
            let tried = "failed to list pods in namespace `prod`";
            let answer = Answer::new(code, body).content_type(Some("text/html; charset=utf-8"));
            let error = Error::from_answer(answer, tried);
            let story = error.chain();
            assert!(story.starts_with(tried) && story.len() > tried.len() + 10, "{story}");
            assert!(story.len() <= 1024, "{} bytes: {story}", story.len());
            assert!(!story.contains("canary") && !story.chars().any(char::is_control), "{story}");
            assert_eq!(error.status().map(|status| status.code), Some(code));
            assert_eq!(error.kind(), ErrorKind::of_code(code), "{story}");
            cases += 1;
        }
    }
    assert_eq!(cases, 72);
}
