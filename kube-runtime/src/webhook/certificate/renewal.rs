//! When something is made anew: what is kept, the names and the time in, what is to be kept from now on out.

use jiff::SignedDuration;
use jiff::Timestamp;

use super::Authority;
use super::Kept;
use super::Leaf;
use super::issue::Issue;
use super::issue::Made;
use crate::error::Error;
use crate::error::Result;

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// An authority signs for so long.
const AUTHORITY: i32 = 3650;
/// Its successor is made when no more than this is left.
const SUCCEEDED: i32 = 730;
/// A successor is told to the API server for so long before it signs.
const TOLD: i32 = 1;
/// A certificate is shown for so long.
const LEAF: i32 = 365;
/// The next one is made when no more than this is left.
const RENEWED: i32 = 120;

/// What is to be kept instead of `kept`; nothing if that is still good.
pub(crate) fn renewed(
    kept: Option<&Kept>,
    names: &[String],
    now: Timestamp,
) -> Result<Option<Kept>> {
    by(&Made, kept, names, now)
}

fn by(
    issue: &impl Issue,
    kept: Option<&Kept>,
    names: &[String],
    now: Timestamp,
) -> Result<Option<Kept>> {
    let after = |days: i32| now.saturating_add(DAY * days).unwrap_or(Timestamp::MAX);
    let valid = |authority: &&Authority| authority.expires > now;
    let mut authorities: Vec<_> =
        kept.iter().flat_map(|kept| &kept.authorities).filter(valid).cloned().collect();
    if authorities.iter().all(|authority| authority.expires <= after(SUCCEEDED)) {
        authorities.push(issue.authority(now, after(AUTHORITY))?);
    }
    let told = |authority: &&Authority| authority.since <= after(-TOLD);
    let signs = authorities.iter().rev().find(told).or_else(|| authorities.first());
    let signs = signs.ok_or_else(|| Error::msg("there is no authority that could sign"))?;
    let good = |leaf: &&Leaf| {
        leaf.expires > after(RENEWED)
            && leaf.names == names
            && authorities.iter().any(|authority| authority.since == leaf.signed_by)
    };
    let leaf = match kept.map(|kept| &kept.leaf).filter(good) {
        Some(leaf) => leaf.clone(),
        None => issue.leaf(names, after(LEAF).min(signs.expires), signs)?,
    };
    let next = Kept { authorities, leaf };
    Ok(Some(next).filter(|next| kept != Some(next)))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Counts instead of computing.
    #[derive(Default)]
    struct Numbers(Cell<u32>);

    impl Numbers {
        fn next(&self, what: &str) -> String {
            self.0.set(self.0.get() + 1);
            format!("{what} {}", self.0.get())
        }
    }

    impl Issue for Numbers {
        fn authority(&self, since: Timestamp, expires: Timestamp) -> Result<Authority> {
            let certificate = self.next("authority");
            Ok(Authority { certificate, key: String::new(), since, expires })
        }

        fn leaf(&self, names: &[String], expires: Timestamp, by: &Authority) -> Result<Leaf> {
            let certificate = format!("{} by {}", self.next("leaf"), by.certificate);
            let (names, signed_by) = (names.to_vec(), by.since);
            Ok(Leaf { certificate, key: String::new(), names, signed_by, expires })
        }
    }

    fn names() -> Vec<String> {
        vec!["shop-webhook.prod.svc".to_owned()]
    }

    #[test]
    fn for_thirty_years_what_is_served_is_trusted_and_what_signs_was_told_a_day_before() {
        let (issue, beginning) = (Numbers::default(), Timestamp::UNIX_EPOCH);
        let mut kept: Option<Kept> = None;
        let mut made = 0;
        for hour in (0..30 * 365 * 24).step_by(6) {
            let now = beginning + SignedDuration::from_hours(hour);
            let told = kept.as_ref().map(Kept::bundle).unwrap_or_default();
            let Some(next) = by(&issue, kept.as_ref(), &names(), now).unwrap() else { continue };
            made += 1;
            assert!(next.leaf.expires > now + DAY * 100, "another is made long before the end");
            let signer = next.authorities.iter().find(|one| one.since == next.leaf.signed_by);
            let signer = signer.expect("whoever signed it is trusted");
            assert!(signer.expires >= next.leaf.expires);
            let changed = kept.as_ref().is_some_and(|kept| kept.leaf != next.leaf);
            if changed {
                assert!(told.contains(&signer.certificate), "the API server was told before");
            }
            kept = Some(next);
        }
        // 30 years of leaves of 245 days, and an authority every 8 years, each of which comes and goes.
        assert!((48..=60).contains(&made), "{made}");
        assert!(kept.unwrap().authorities.len() <= 2);
    }

    #[test]
    fn another_name_needs_another_certificate_and_no_other_authority() {
        let (issue, now) = (Numbers::default(), Timestamp::UNIX_EPOCH);
        let first = by(&issue, None, &names(), now).unwrap().unwrap();
        assert_eq!(by(&issue, Some(&first), &names(), now).unwrap(), None);
        let other = vec!["shop-webhook.test.svc".to_owned()];
        let second = by(&issue, Some(&first), &other, now).unwrap().unwrap();
        assert!(second.authorities == first.authorities);
        assert_eq!(second.leaf.names, other);
    }

    #[test]
    fn what_is_made_is_a_certificate_that_its_authority_vouches_for() {
        let kept = renewed(None, &names(), Timestamp::now()).unwrap().unwrap();
        assert!(kept.leaf.certificate.starts_with("-----BEGIN CERTIFICATE-----"));
        let shown = format!("{kept:?}");
        assert!(!shown.contains("PRIVATE") && !shown.contains("BEGIN"), "{shown}");
    }
}
