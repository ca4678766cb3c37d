//! Conditions of a status: what holds, why and since when, in; a list with one of each type out.
//!
//! Promises:
//! - `lastTransitionTime` changes only when `status` does.
//! - There is one condition of each type, and they are sorted by it, whoever wrote first.
//! - A reason and a message are such as the API takes.
//!
//! ```
//! use kube_runtime::writeback::conditions::{Condition, Conditions as _, Truth, condition};
//!
//! let at = |second: &str| format!("2026-01-01T00:00:{second}Z").parse().unwrap();
//! let mut conditions: Vec<Condition> = Vec::new();
//! conditions.set(condition("Ready", false, "Starting", "no Pod yet", Some(1), at("00")));
//! conditions.set(condition("Ready", false, "Starting", "one Pod of two", Some(1), at("05")));
//! let ready = conditions.find("Ready").unwrap();
//! assert_eq!((ready.message.as_str(), ready.last_transition_time.0), ("one Pod of two", at("00")));
//! conditions.set(condition("Ready", Truth::True, "Running", "", Some(1), at("09")));
//! assert!(conditions.is_true("Ready"));
//! ```
//!
//! Mirrors: apimachinery pkg/api/meta/conditions.go, KEP-1623
//! Differs: conditions are sorted; a reason that cannot be is mended, and a message that is too long is cut, so that no reconcile fails over a text.

use jiff::Timestamp;
use kube_core::object::Time;

pub use kube_core::object::Condition;

/// The longest message in characters.
const LONGEST_MESSAGE: usize = 32_768;
/// The longest reason in characters.
const LONGEST_REASON: usize = 1_024;

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "KEP-1623 has these three")]
pub enum Truth {
    /// It holds.
    True,
    /// It does not.
    False,
    /// Nobody knows.
    Unknown,
}

impl Truth {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

impl From<Option<bool>> for Truth {
    fn from(holds: Option<bool>) -> Self {
        holds.map_or(Self::Unknown, Self::from)
    }
}

/// A condition that was seen at `now` of this generation of its object; [`Cx::condition`](crate::reconcile::Cx::condition) knows both.
///
/// The reason is one word in CamelCase: what cannot be in one is left out and the letter after it made a capital, `not ready` is `NotReady`. A
/// message of more than 32,768 characters is cut.
#[must_use]
pub fn condition(
    type_: impl Into<String>,
    status: impl Into<Truth>,
    reason: impl AsRef<str>,
    message: impl Into<String>,
    generation: Option<i64>,
    now: Timestamp,
) -> Condition {
    // The API counts seconds.
    let seconds = Timestamp::from_second(now.as_second()).unwrap_or(now);
    Condition {
        type_: type_.into(),
        status: status.into().as_str().to_owned(),
        reason: mended(reason.as_ref()),
        message: cut(message.into()),
        observed_generation: generation,
        last_transition_time: Time(seconds),
    }
}

/// What a status does with its `conditions: Vec<Condition>`.
pub trait Conditions {
    /// Puts a condition in the place of that of its type; true if anything is different then. If its `status` is what it was, so is the time of
    /// the transition.
    fn set(&mut self, condition: Condition) -> bool;

    /// The one of this type.
    fn find(&self, type_: &str) -> Option<&Condition>;

    /// Whether it is there and holds.
    fn is_true(&self, type_: &str) -> bool {
        self.find(type_).is_some_and(|condition| condition.status == Truth::True.as_str())
    }

    /// Takes the one of this type away; true if it was there.
    fn unset(&mut self, type_: &str) -> bool;
}

impl Conditions for Vec<Condition> {
    fn set(&mut self, mut condition: Condition) -> bool {
        let present = self.iter_mut().find(|present| present.type_ == condition.type_);
        let is_new = match present {
            Some(present) => {
                if present.status == condition.status {
                    condition.last_transition_time = present.last_transition_time.clone();
                }
                let is_new = *present != condition;
                *present = condition;
                is_new
            }
            None => {
                self.push(condition);
                true
            }
        };
        if is_new {
            self.sort_by(|one, other| one.type_.cmp(&other.type_));
        }
        is_new
    }

    fn find(&self, type_: &str) -> Option<&Condition> {
        self.iter().find(|condition| condition.type_ == type_)
    }

    fn unset(&mut self, type_: &str) -> bool {
        let before = self.len();
        self.retain(|condition| condition.type_ != type_);
        self.len() < before
    }
}

/// A reason that `^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$` takes.
fn mended(reason: &str) -> String {
    let mut mended = String::new();
    let mut is_after_gap = false;
    for letter in reason.chars() {
        let fits = match mended.is_empty() {
            true => letter.is_ascii_alphabetic(),
            false => letter.is_ascii_alphanumeric() || matches!(letter, '_' | ',' | ':'),
        };
        if fits {
            mended.push(if is_after_gap { letter.to_ascii_uppercase() } else { letter });
        }
        is_after_gap = !fits;
    }
    if mended.len() < reason.len()
        && let Some(first) = mended.get_mut(..1)
    {
        first.make_ascii_uppercase();
    }
    mended.truncate(LONGEST_REASON);
    let kept = mended.trim_end_matches([',', ':']).len();
    mended.truncate(kept);
    if mended.is_empty() { "Unknown".to_owned() } else { mended }
}

fn cut(mut message: String) -> String {
    if let Some((end, _)) = message.char_indices().nth(LONGEST_MESSAGE - 1)
        && message[end..].chars().nth(1).is_some()
    {
        message.truncate(end);
        message.push('…');
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_767_225_600 + second).unwrap()
    }

    fn ready(status: impl Into<Truth>, message: &str, second: i64) -> Condition {
        condition("Ready", status, "Because", message, Some(1), at(second))
    }

    #[test]
    fn the_time_of_a_transition_changes_only_with_the_status() {
        let mut conditions = Vec::new();
        assert!(conditions.set(ready(true, "", 0)));
        assert!(!conditions.set(ready(true, "", 10)), "nothing is different");
        assert!(conditions.set(ready(true, "more", 20)));
        assert!(
            conditions.set(Condition { observed_generation: Some(2), ..ready(true, "more", 30) })
        );
        assert_eq!(conditions[0].last_transition_time.0, at(0));
        assert_eq!(conditions[0].observed_generation, Some(2));
        assert!(conditions.set(ready(None, "more", 40)));
        assert_eq!(conditions[0].last_transition_time.0, at(40));
        assert_eq!((conditions.len(), conditions[0].status.as_str()), (1, "Unknown"));
    }

    #[test]
    fn there_is_one_condition_of_each_type_and_they_are_sorted() {
        let mut conditions = Vec::new();
        for type_ in ["Ready", "Available", "Progressing", "Ready"] {
            conditions.set(condition(type_, true, "Because", "", None, at(0)));
        }
        let types: Vec<_> = conditions.iter().map(|condition| condition.type_.as_str()).collect();
        assert_eq!(types, ["Available", "Progressing", "Ready"]);
        assert!(conditions.is_true("Ready") && !conditions.is_true("Degraded"));
        assert!(conditions.unset("Ready") && !conditions.unset("Ready"));
        assert!(conditions.find("Ready").is_none());
    }

    #[test]
    fn a_reason_and_a_message_are_such_as_the_api_takes() {
        let rows = [
            ("Scaled", "Scaled"),
            ("scaled", "scaled"),
            ("not ready", "NotReady"),
            ("3 of 4: no Pod!", "Of4:NoPod"),
            ("_x,", "X"),
            ("A,b:", "A,b"),
            ("", "Unknown"),
            ("…", "Unknown"),
        ];
        for (reason, expected) in rows {
            assert_eq!(mended(reason), expected, "{reason}");
        }
        assert_eq!(mended(&"a".repeat(2000)).len(), LONGEST_REASON);
        for (length, kept) in
            [(3, 3), (LONGEST_MESSAGE, LONGEST_MESSAGE), (40_000, LONGEST_MESSAGE)]
        {
            assert_eq!(cut("ä".repeat(length)).chars().count(), kept);
        }
        let fraction: Timestamp = "2026-01-01T00:00:00.75Z".parse().unwrap();
        let stamped = condition("Ready", true, "x", "", None, fraction).last_transition_time.0;
        assert_eq!(stamped, at(0));
    }
}
