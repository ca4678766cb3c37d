//! Whether a request that failed is made once more, and when: a failure in, a wait or nothing out.
//!
//! Mirrors: client-go rest/with_retry.go
//! Differs: only requests that change nothing are repeated; four times, not ten; the waits fit into the request's
//! own time.

use std::time::Duration;

use crate::error::{Error, ErrorKind};

/// How often a request is repeated.
const REPEATS: u32 = 4;
/// A server that asks for more is not waited for: whoever asked decides.
const LONGEST: Duration = Duration::from_secs(10);
/// The wait after a lost connection.
const RECONNECT: Duration = Duration::from_millis(100);

/// The wait before a request that changes nothing is repeated; none if it is not.
///
/// `repeats` counts those that were made, `left` is what the request has left of its time.
pub(super) fn wait(error: &Error, repeats: u32, left: Duration) -> Option<Duration> {
    if repeats >= REPEATS {
        return None;
    }
    let wait = match error.kind() {
        // A connection that was idle may be gone by the time it is used: worth one try.
        ErrorKind::Connection if repeats == 0 => RECONNECT,
        ErrorKind::TooManyRequests
        | ErrorKind::Internal
        | ErrorKind::Unavailable
        | ErrorKind::Timeout => error.retry_after()?,
        _ => return None,
    };
    (wait <= LONGEST && wait < left).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Status;

    fn refusal(code: u16, retry_after: u64) -> Error {
        let mut status = Status::failure(code, "", "no");
        status.details.retry_after_seconds = retry_after;
        Error::from_status(status, "failed")
    }

    #[test]
    fn only_what_the_server_asks_to_repeat_is_repeated_and_only_for_so_long() {
        let second = Duration::from_secs;
        let check = |error: &Error, repeats, left, expected| {
            assert_eq!(wait(error, repeats, left), expected, "{error:?} after {repeats}");
        };
        check(&refusal(429, 1), 0, second(30), Some(second(1)));
        check(&refusal(503, 10), 3, second(30), Some(second(10)));
        check(&refusal(503, 10), 4, second(30), None);
        check(&refusal(503, 11), 0, second(30), None);
        check(&refusal(503, 5), 0, second(5), None);
        check(&refusal(500, 0), 0, second(30), None);
        check(&refusal(404, 1), 0, second(30), None);
        check(&refusal(409, 1), 0, second(30), None);
        check(&Error::new(ErrorKind::Connection, "reset"), 0, second(30), Some(RECONNECT));
        check(&Error::new(ErrorKind::Connection, "reset"), 1, second(30), None);
        check(&Error::new(ErrorKind::Connect, "refused"), 0, second(30), None);
    }
}
