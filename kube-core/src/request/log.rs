//! Which part of a container's log is wanted: options in, members of the query out.

use super::Request;
use crate::object::Time;

/// Options of reading a log.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct LogOptions {
    /// Of which container; a Pod with several must be told, unless it has a default.
    pub container: Option<String>,
    /// Goes on with what is written later, until the container ends.
    pub follow: bool,
    /// Of the container before its last restart.
    pub previous: bool,
    /// Nothing older than so many seconds. The server takes one of this and `since_time`.
    pub since_seconds: Option<u64>,
    /// Nothing from before.
    pub since_time: Option<Time>,
    /// Each line begins with when it was written, in RFC 3339.
    pub timestamps: bool,
    /// Only the last lines, so many.
    pub tail_lines: Option<u64>,
    /// Ends after so many bytes, maybe within a line.
    pub limit_bytes: Option<u64>,
    /// Does not check the certificate of the node that the log comes from.
    pub insecure_skip_tls_verify_backend: bool,
}

impl LogOptions {
    pub(super) fn push(&self, request: &mut Request) {
        let flag = |set: bool| set.then_some("true");
        // As the API writes times, without fractions.
        let since = self.since_time.as_ref().map(|time| time.0.strftime("%Y-%m-%dT%H:%M:%SZ"));
        request.add("container", self.container.as_ref());
        request.add("follow", flag(self.follow));
        request.add("insecureSkipTLSVerifyBackend", flag(self.insecure_skip_tls_verify_backend));
        request.add("limitBytes", self.limit_bytes);
        request.add("previous", flag(self.previous));
        request.add("sinceSeconds", self.since_seconds);
        request.add("sinceTime", since);
        request.add("tailLines", self.tail_lines);
        request.add("timestamps", flag(self.timestamps));
    }
}
