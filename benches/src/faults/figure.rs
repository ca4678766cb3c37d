//! What a fault did to one side, as rows of the table; both sides' rows in, one table out.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

/// One row as one side has it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Figure {
    /// What was measured.
    pub what: String,
    /// What it may be.
    pub threshold: String,
    /// What it was.
    pub value: String,
    /// Whether that is within the threshold.
    pub passes: bool,
}

impl Figure {
    /// A figure that was judged already.
    pub fn new(
        what: impl Into<String>,
        threshold: impl Into<String>,
        value: impl Into<String>,
        passes: bool,
    ) -> Self {
        let (what, threshold, value) = (what.into(), threshold.into(), value.into());
        Self { what, threshold, value, passes }
    }

    /// A number that has to be `wanted`.
    pub fn exactly(what: impl Into<String>, wanted: usize, value: usize) -> Self {
        Self::new(what, wanted.to_string(), value.to_string(), value == wanted)
    }

    /// How long something took, `None`: it never happened, and `given_up` is how long that was waited for.
    pub fn within(
        what: impl Into<String>,
        limit: Duration,
        given_up: Duration,
        took: Option<Duration>,
    ) -> Self {
        let value = took.map_or_else(|| format!("not in {}", time(given_up)), time);
        let passes = took.is_some_and(|took| took <= limit);
        Self::new(what, format!("≤ {}", time(limit)), value, passes)
    }
}

/// A time as a reader likes it.
pub fn time(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds < 0.1 => format!("{:.0} ms", seconds * 1e3),
        seconds if seconds < 10.0 => format!("{seconds:.1} s"),
        seconds if seconds < 600.0 => format!("{seconds:.0} s"),
        seconds => format!("{:.0} min", seconds / 60.0),
    }
}

/// What a side found, or why it found nothing.
pub type Found = Result<Vec<Figure>, String>;

/// The rows of one fault: its number, what was measured, the threshold, ours, the peer's, who is within it.
///
/// A side that ended without an answer has that in place of its figures, and passes none of them.
pub fn rows(number: &str, ours: &Found, peer: &Found) -> Vec<String> {
    let Some(shape) = ours.as_ref().ok().or(peer.as_ref().ok()) else {
        return vec![format!("| {number} | both ended | | {ours:?} | {peer:?} | neither |")];
    };
    let cell = |side: &Found, index: usize| match side {
        Ok(figures) => (figures[index].value.clone(), figures[index].passes),
        Err(why) => (why.clone(), false),
    };
    (0..shape.len())
        .map(|index| {
            let ((ours, well), (peer, peer_well)) = (cell(ours, index), cell(peer, index));
            let who = match (well, peer_well) {
                (true, true) => "both",
                (true, false) => "ours",
                (false, true) => "kube-rs",
                (false, false) => "neither",
            };
            let Figure { what, threshold, .. } = &shape[index];
            format!("| {number} | {what} | {threshold} | {ours} | {peer} | {who} |")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_both_have_and_who_is_within_the_threshold() {
        let few = Ok(vec![Figure::new("requests", "≤ 200", "12", true)]);
        let many = Ok(vec![Figure::new("requests", "≤ 200", "5000", false)]);
        let row = |who| format!("| 8 | requests | ≤ 200 | 12 | 5000 | {who} |");
        assert_eq!(rows("8", &few, &many), [row("ours")]);
        assert_eq!(rows("8", &many, &few), ["| 8 | requests | ≤ 200 | 5000 | 12 | kube-rs |"]);
        assert_eq!(rows("8", &few, &few), ["| 8 | requests | ≤ 200 | 12 | 12 | both |"]);
    }

    #[test]
    fn a_side_that_ended_passes_nothing_and_says_why() {
        let well = Ok(vec![Figure::exactly("served", 99, 99)]);
        let ended = Err("it ended: a panic".to_owned());
        let row = "| 13 | served | 99 | 99 | it ended: a panic | ours |";
        assert_eq!(rows("13", &well, &ended), [row]);
        let row = "| 13 | served | 99 | it ended: a panic | 99 | kube-rs |";
        assert_eq!(rows("13", &ended, &well), [row]);
    }

    #[test]
    fn what_never_happened_is_beyond_every_limit() {
        let minute = Duration::from_secs(60);
        let never = Figure::within("noticed", minute, 60 * minute, None);
        assert_eq!((&*never.value, never.passes), ("not in 60 min", false));
        let late = Figure::within("noticed", minute, 60 * minute, Some(5 * minute));
        assert_eq!((&*late.value, late.passes), ("300 s", false));
        assert!(Figure::within("noticed", minute, 60 * minute, Some(minute)).passes);
    }
}
