//! Replicas of one Deployment on their way to what is wanted: a machine that is told the time.

use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

/// How many replicas of one Deployment there is room for; the rest never starts.
const ROOM: usize = 10_000;
/// Longer than any test, and short enough to be added to any time.
const LONGEST: usize = 1_000_000_000;

/// What a Deployment's spec asks for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) replicas: usize,
    pub(super) template: String,
    pub(super) paused: bool,
    recreate: bool,
    surge: usize,
    pub(super) unavailable: usize,
    min_ready: Duration,
}

/// One replica.
#[derive(Clone, Debug)]
struct Replica {
    template: String,
    ready: Instant,
}

/// The replicas of one Deployment.
#[derive(Clone, Debug, Default)]
pub(super) struct Rollout {
    replicas: Vec<Replica>,
    revision: u64,
    /// The template of the present revision.
    template: String,
    /// Whether the present revision was wholly there once.
    pub(super) complete: bool,
}

/// Numbers for the status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) total: usize,
    pub(super) updated: usize,
    pub(super) ready: usize,
    pub(super) available: usize,
}

impl Wanted {
    pub(super) fn of(spec: &Value) -> Self {
        let number = |value: &Value, other: i64| {
            usize::try_from(value.as_i64().unwrap_or(other)).unwrap_or_default()
        };
        let replicas = number(&spec["replicas"], 1);
        let strategy = &spec["strategy"];
        let recreate = strategy["type"] == "Recreate";
        let rolling = &strategy["rollingUpdate"];
        let surge = share(&rolling["maxSurge"], replicas, true);
        let unavailable = share(&rolling["maxUnavailable"], replicas, false);
        // Both zero would never move.
        let stuck = surge == 0 && unavailable == 0;
        Self {
            replicas,
            template: spec["template"].to_string(),
            paused: spec["paused"] == true,
            recreate,
            surge: if recreate { 0 } else { surge },
            unavailable: if recreate || stuck { usize::from(!recreate) } else { unavailable },
            min_ready: Duration::from_secs(number(&spec["minReadySeconds"], 0).min(LONGEST) as u64),
        }
    }
}

impl Rollout {
    /// The number of the present template.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// The replicas as they are at `now`.
    pub(super) fn counts(&self, wanted: &Wanted, now: Instant) -> Counts {
        let count = |is: &dyn Fn(&Replica) -> bool| {
            self.replicas.iter().filter(|replica| is(replica)).count()
        };
        Counts {
            total: self.replicas.len(),
            updated: count(&|replica| replica.template == self.template),
            ready: count(&|replica| replica.ready <= now),
            available: count(&|replica| replica.ready + wanted.min_ready <= now),
        }
    }

    /// Brings the replicas one step nearer to what is wanted; `chance` says how long a start takes.
    pub(super) fn step(
        &mut self,
        wanted: &Wanted,
        now: Instant,
        chance: &mut dyn FnMut() -> Duration,
    ) {
        if self.revision == 0 || (self.template != wanted.template && !wanted.paused) {
            self.template.clone_from(&wanted.template);
            self.revision += 1;
            self.complete = false;
        }
        loop {
            let before = (self.replicas.len(), self.updated());
            self.retire(wanted, now);
            self.start(wanted, now, chance);
            if before == (self.replicas.len(), self.updated()) {
                break;
            }
        }
        let counts = self.counts(wanted, now);
        self.complete |= self.settled(wanted, counts);
    }

    /// When the next step is: when a replica's state turns.
    pub(super) fn next(&self, wanted: &Wanted, now: Instant) -> Option<Instant> {
        let turns = self.replicas.iter().flat_map(|one| [one.ready, one.ready + wanted.min_ready]);
        turns.filter(|at| *at > now).min()
    }

    fn settled(&self, wanted: &Wanted, counts: Counts) -> bool {
        let Counts { total, updated, available, .. } = counts;
        total == wanted.replicas && updated == total && available == total
    }

    fn start(&mut self, wanted: &Wanted, now: Instant, chance: &mut dyn FnMut() -> Duration) {
        let updated = self.replicas.iter().filter(|one| one.template == self.template).count();
        let old = self.replicas.len() - updated;
        if wanted.recreate && old > 0 {
            return;
        }
        let most = wanted.replicas.saturating_add(wanted.surge).min(ROOM);
        let room = most.saturating_sub(self.replicas.len());
        for _ in 0..wanted.replicas.saturating_sub(updated).min(room) {
            let ready = now + chance();
            self.replicas.push(Replica { template: self.template.clone(), ready });
        }
    }

    fn retire(&mut self, wanted: &Wanted, now: Instant) {
        let is_old = |one: &Replica, present: &str| one.template != present;
        let present = self.template.clone();
        if wanted.recreate {
            self.replicas.retain(|one| !is_old(one, &present));
        } else {
            // Old replicas that are not available serve nobody and go first.
            self.replicas
                .retain(|one| !is_old(one, &present) || one.ready + wanted.min_ready <= now);
        }
        let least = wanted.replicas.saturating_sub(wanted.unavailable);
        let mut spare = self.counts(wanted, now).available.saturating_sub(least);
        self.replicas.retain(|one| {
            let goes = spare > 0 && is_old(one, &present);
            spare -= usize::from(goes);
            !goes
        });
        // Scaling down: what is not ready goes first, then the newest.
        let excess = self.updated().saturating_sub(wanted.replicas);
        let mut candidates: Vec<(bool, usize)> = Vec::new();
        for (at, one) in self.replicas.iter().enumerate() {
            if !is_old(one, &present) {
                candidates.push((one.ready > now, at));
            }
        }
        candidates.sort_unstable_by(|a, b| b.cmp(a));
        let mut going: Vec<usize> = candidates.iter().take(excess).map(|(_, at)| *at).collect();
        going.sort_unstable();
        for at in going.into_iter().rev() {
            self.replicas.remove(at);
        }
    }

    fn updated(&self) -> usize {
        self.replicas.iter().filter(|one| one.template == self.template).count()
    }
}

/// A number, or a share of the replicas: surges are rounded up, what may be missing down.
fn share(value: &Value, replicas: usize, up: bool) -> usize {
    if let Some(number) = value.as_u64() {
        return usize::try_from(number).unwrap_or(usize::MAX);
    }
    let text = value.as_str().unwrap_or("25%");
    let percent: usize = text.trim_end_matches('%').parse().unwrap_or(25);
    let share = replicas.saturating_mul(percent);
    if up { share.div_ceil(100) } else { share / 100 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn spec(replicas: usize, image: &str) -> Wanted {
        Wanted::of(&json!({ "replicas": replicas, "template": { "image": image } }))
    }

    /// Steps until nothing is left to do; what was seen after each step.
    fn play(rollout: &mut Rollout, wanted: &Wanted, now: &mut Instant) -> Vec<Counts> {
        let mut seen = Vec::new();
        let mut seconds = 0;
        let mut chance = || {
            seconds += 1;
            Duration::from_secs(seconds)
        };
        for _ in 0..100 {
            rollout.step(wanted, *now, &mut chance);
            seen.push(rollout.counts(wanted, *now));
            match rollout.next(wanted, *now) {
                Some(next) => *now = next,
                None => return seen,
            }
        }
        panic!("no end: {seen:?}");
    }

    #[test]
    fn replicas_become_ready_one_after_the_other() {
        let (mut rollout, mut now) = (Rollout::default(), Instant::now());
        let seen = play(&mut rollout, &spec(3, "a"), &mut now);
        let ready: Vec<usize> = seen.iter().map(|counts| counts.ready).collect();
        assert_eq!(ready, [0, 1, 2, 3]);
        assert!(rollout.complete);
        assert_eq!(rollout.revision(), 1);
    }

    #[test]
    fn a_new_template_replaces_the_old_without_falling_below_what_is_promised() {
        let (mut rollout, mut now) = (Rollout::default(), Instant::now());
        play(&mut rollout, &spec(4, "a"), &mut now);
        let seen = play(&mut rollout, &spec(4, "b"), &mut now);
        assert!(seen.iter().all(|counts| counts.available >= 3), "{seen:?}");
        assert!(seen.iter().all(|counts| counts.total <= 5), "{seen:?}");
        let last = Counts { total: 4, updated: 4, ready: 4, available: 4 };
        assert_eq!(seen.last(), Some(&last));
        assert_eq!(rollout.revision(), 2);
    }

    #[test]
    fn recreating_stops_all_before_it_starts_any() {
        let recreate = |image: &str| {
            Wanted::of(&json!({
                "replicas": 2, "template": { "image": image }, "strategy": { "type": "Recreate" },
            }))
        };
        let (mut rollout, mut now) = (Rollout::default(), Instant::now());
        play(&mut rollout, &recreate("a"), &mut now);
        let seen = play(&mut rollout, &recreate("b"), &mut now);
        assert!(seen.iter().all(|counts| counts.updated == counts.total), "{seen:?}");
        assert_eq!(seen[0].available, 0);
    }

    #[test]
    fn an_absurd_number_of_replicas_harms_nobody() {
        let absurd = json!({
            "replicas": i64::MAX, "minReadySeconds": i64::MAX, "template": {},
            "strategy": { "rollingUpdate": { "maxSurge": "900%", "maxUnavailable": u64::MAX } },
        });
        let (wanted, now) = (Wanted::of(&absurd), Instant::now());
        let mut rollout = Rollout::default();
        rollout.step(&wanted, now, &mut || Duration::from_secs(1));
        assert_eq!(rollout.counts(&wanted, now).total, ROOM);
        assert!(rollout.next(&wanted, now).is_some());
        rollout.step(&wanted, now + Duration::from_secs(1), &mut || Duration::from_secs(1));
        assert_eq!(rollout.counts(&wanted, now + Duration::from_secs(1)).total, ROOM);
    }

    #[test]
    fn scaling_goes_both_ways_without_a_new_revision() {
        let (mut rollout, mut now) = (Rollout::default(), Instant::now());
        play(&mut rollout, &spec(2, "a"), &mut now);
        let up = play(&mut rollout, &spec(5, "a"), &mut now);
        assert_eq!(up[0], Counts { total: 5, updated: 5, ready: 2, available: 2 });
        let down = play(&mut rollout, &spec(0, "a"), &mut now);
        assert_eq!(down, [Counts::default()]);
        assert_eq!(rollout.revision(), 1);
    }
}
