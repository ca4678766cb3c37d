//! What a container said: lines with their times in; those that a reader asks for, and those that come later, out.

use bytes::Bytes;
use jiff::Timestamp;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;

/// The bytes that are kept: as a kubelet, which begins a new file at 10 MiB.
const KEPT: usize = 10 << 20;

/// The log of a container; clones share it. The last 10 MiB are kept.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    lines: Mutex<Lines>,
    /// Says that something was written, or that nothing will be any more.
    news: watch::Sender<()>,
}

impl Default for Inner {
    fn default() -> Self {
        Self { lines: Mutex::default(), news: watch::Sender::new(()) }
    }
}

#[derive(Debug, Default)]
struct Lines {
    /// How many are gone.
    gone: usize,
    kept: VecDeque<(Timestamp, Bytes)>,
    bytes: usize,
    ended: bool,
}

/// Which part of a log is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) follow: bool,
    pub(crate) timestamps: bool,
    /// Nothing older.
    pub(crate) since: Option<Timestamp>,
    pub(crate) tail: Option<usize>,
    pub(crate) limit: Option<usize>,
}

/// One reader of a log.
#[derive(Debug)]
pub(crate) struct Reader {
    log: Log,
    news: watch::Receiver<()>,
    part: Part,
    /// The number of the next line.
    next: usize,
}

impl Log {
    /// Appends lines, all written at this time.
    pub fn write(&self, at: Timestamp, lines: impl AsRef<str>) {
        {
            let mut own = self.0.lines.lock();
            for line in lines.as_ref().lines() {
                let line = Bytes::from(format!("{line}\n"));
                own.bytes += line.len();
                own.kept.push_back((at, line));
                while own.bytes > KEPT
                    && let Some((_, oldest)) = own.kept.pop_front()
                {
                    own.bytes -= oldest.len();
                    own.gone += 1;
                }
            }
        }
        self.0.news.send_replace(());
    }

    /// Says that nothing will be written any more: whoever follows the log comes to its end.
    pub fn end(&self) {
        self.0.lines.lock().ended = true;
        self.0.news.send_replace(());
    }

    /// Carries what is written from now on to `writer`, until the log ends.
    pub(super) async fn copy(self, mut writer: impl AsyncWrite + Unpin) -> io::Result<()> {
        let part = Part { follow: true, tail: Some(0), ..Part::default() };
        let mut reader = self.read(part);
        while let Some(piece) = reader.next().await {
            writer.write_all(&piece).await?;
        }
        Ok(())
    }

    /// Reads a part of it.
    pub(crate) fn read(&self, part: Part) -> Reader {
        let news = self.0.news.subscribe();
        let lines = self.0.lines.lock();
        let old = part
            .since
            .map_or(0, |since| lines.kept.iter().take_while(|(at, _)| *at < since).count());
        let first = part.tail.map_or(0, |tail| lines.kept.len().saturating_sub(tail));
        let next = lines.gone + old.max(first);
        drop(lines);
        Reader { log: self.clone(), news, part, next }
    }
}

impl Reader {
    /// The next line, or what the limit leaves of it; `None` at the end.
    ///
    /// Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        loop {
            self.news.borrow_and_update();
            let (line, ended) = self.line();
            if let Some(line) = line {
                return self.limited(line);
            }
            // The sender lives as long as the log, which this holds.
            if ended || !self.part.follow || self.news.changed().await.is_err() {
                return None;
            }
        }
    }

    /// Ends with what is there.
    pub(crate) fn stop(&mut self) {
        self.part.follow = false;
    }

    fn line(&mut self) -> (Option<Bytes>, bool) {
        let lines = self.log.0.lines.lock();
        self.next = self.next.max(lines.gone);
        let Some((at, text)) = lines.kept.get(self.next - lines.gone) else {
            return (None, lines.ended);
        };
        self.next += 1;
        if !self.part.timestamps {
            return (Some(text.clone()), false);
        }
        let mut line = at.strftime("%Y-%m-%dT%H:%M:%S.%9fZ ").to_string().into_bytes();
        line.extend_from_slice(text);
        (Some(line.into()), false)
    }

    fn limited(&mut self, mut line: Bytes) -> Option<Bytes> {
        let Some(limit) = &mut self.part.limit else { return Some(line) };
        line.truncate(*limit);
        *limit -= line.len();
        (!line.is_empty()).then_some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    async fn all(log: &Log, part: Part) -> String {
        let (mut reader, mut text) = (log.read(part), String::new());
        while let Some(piece) = reader.next().await {
            text.push_str(std::str::from_utf8(&piece).unwrap());
        }
        text
    }

    #[tokio::test]
    async fn a_reader_is_given_the_part_that_it_asks_for() {
        let log = Log::default();
        log.write(at(1), "one\ntwo");
        log.write(at(5), "three");
        let whole = Part::default();
        assert_eq!(all(&log, whole.clone()).await, "one\ntwo\nthree\n");
        assert_eq!(all(&log, Part { tail: Some(2), ..whole.clone() }).await, "two\nthree\n");
        assert_eq!(all(&log, Part { tail: Some(0), ..whole.clone() }).await, "");
        assert_eq!(all(&log, Part { since: Some(at(2)), ..whole.clone() }).await, "three\n");
        assert_eq!(all(&log, Part { limit: Some(5), ..whole.clone() }).await, "one\nt");
        let stamped = Part { tail: Some(1), timestamps: true, ..whole };
        assert_eq!(all(&log, stamped).await, "1970-01-01T00:00:05.000000000Z three\n");
    }

    #[tokio::test]
    async fn who_follows_hears_what_comes_until_the_end() {
        let log = Log::default();
        log.write(at(1), "before");
        let mut reader = log.read(Part { follow: true, tail: Some(0), ..Part::default() });
        let hear = async {
            let mut lines = Vec::new();
            while let Some(line) = reader.next().await {
                lines.push(line);
            }
            lines
        };
        let say = async {
            log.write(at(2), "after");
            tokio::task::yield_now().await;
            log.write(at(3), "later");
            log.end();
        };
        let (lines, ()) = tokio::join!(hear, say);
        assert_eq!(lines, ["after\n", "later\n"]);
    }

    #[tokio::test]
    async fn a_log_keeps_its_last_bytes_and_a_slow_reader_goes_on_there() {
        let log = Log::default();
        let mut slow = log.read(Part::default());
        let line = "x".repeat(1 << 20);
        for _ in 0..20 {
            log.write(at(1), &line);
        }
        log.write(at(2), "last");
        let mut read = 0;
        while slow.next().await.is_some() {
            read += 1;
        }
        assert_eq!(read, 10);
    }
}
