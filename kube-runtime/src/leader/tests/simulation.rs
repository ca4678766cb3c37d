//! Many candidates on a bad day, replayed from a seed: clocks that differ in time and speed, requests and answers that are late or lost,
//! processes that stand still, leaders that are asked to make room. Whatever happens, at most one leads.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use kube_core::Error;
use kube_core::MicroTime;
use tokio::time::Instant;

use super::lost_answer;
use super::place;
use super::refused;
use crate::clock::Seed;
use crate::leader::machine::Election;
use crate::leader::machine::Step;
use crate::leader::timing::Timing;

const CANDIDATES: usize = 4;

/// What travels to the server and back.
enum Message {
    Wake,
    Ask(Instant, Step),
    Answer(Instant, Box<Result<Option<Lease>, Error>>, Asked),
    GiveUp(Instant),
    /// Its work has ended.
    Drained,
}

/// What kind of request is answered.
#[derive(Clone, Copy)]
enum Asked {
    Read,
    Write,
    Wish,
}

struct Candidate {
    election: Election,
    /// Its clock: when it began, and how many of its microseconds are one millisecond of the world.
    offset: Duration,
    speed: u64,
    /// Numbers its requests: it has given up on all but the last.
    asked: u64,
    /// It ends its work, because another one wants the lease.
    drains: bool,
    /// Until when its process stands still, in milliseconds of the world.
    still: u64,
    /// Until when it would lead if the term were counted as in client-go: from the answer, with a retry period before the deadline begins.
    believed: Option<Instant>,
}

struct World {
    origin: Instant,
    random: fastrand::Rng,
    candidates: Vec<Candidate>,
    lease: Option<Lease>,
    version: u64,
    /// In the order of time, then of sending: for which candidate, in answer to which of its requests.
    messages: BTreeMap<(u64, u64), (usize, u64, Message)>,
    sent: u64,
    /// Until when it has run.
    now: u64,
    /// Until when the network is as bad as it can be.
    calm_after: u64,
    terms: Vec<(u64, usize)>,
    /// How often a leader made room.
    yielded: usize,
    /// Whether two would have led at once if terms were counted as in client-go.
    overlapped: bool,
    /// The server says who leads.
    coordinated: bool,
}

impl World {
    fn new(seed: u64, calm_after: u64) -> Self {
        let mut random = Seed::new(seed).stream("world");
        let candidates = (0..CANDIDATES).map(|number| Candidate {
            election: election(number, seed),
            offset: Duration::from_secs(random.u64(0..100_000)),
            speed: random.u64(800..=1200),
            asked: 0,
            drains: false,
            still: 0,
            believed: None,
        });
        let candidates = candidates.collect();
        let mut world = Self {
            origin: Instant::now(),
            random,
            candidates,
            lease: None,
            version: 0,
            messages: BTreeMap::new(),
            sent: 0,
            now: 0,
            calm_after,
            terms: Vec::new(),
            yielded: 0,
            overlapped: false,
            coordinated: false,
        };
        for number in 0..CANDIDATES {
            let at = world.random.u64(0..3_000);
            world.send(at, number, Message::Wake);
        }
        world
    }

    /// One whose server says who leads, by its own clock. The candidates' clocks go as fast as that one, and what they write down is what it
    /// shows or a little later, as [`ServerTime`](crate::leader::server_time::ServerTime) sees to it.
    fn coordinated(seed: u64, calm_after: u64) -> Self {
        let mut world = Self::new(seed, calm_after);
        world.coordinated = true;
        for (number, candidate) in world.candidates.iter_mut().enumerate() {
            candidate.speed = 1_000;
            candidate.election = election(number, seed).coordinated();
        }
        world
    }

    /// What the server's clock shows.
    fn server_stamp(now: u64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + i64::try_from(now).unwrap()).unwrap()
    }

    /// The server looks whether its lease is still held, and now and then finds another candidate better.
    fn coordinate(&mut self, now: u64) {
        let best = format!("candidate {}", self.random.usize(0..CANDIDATES));
        let stamp = Self::server_stamp(now);
        let mut lease = self.lease.clone().unwrap_or_default();
        let spec = lease.spec.get_or_insert_default();
        let lasts = SignedDuration::from_secs(spec.lease_duration_seconds.unwrap_or(0).into());
        let expired = spec.renew_time.as_ref().is_none_or(|renewed| renewed.0 + lasts < stamp);
        let holder = spec.holder_identity.as_deref().unwrap_or_default();
        if holder.is_empty() || (expired && holder != best) {
            spec.holder_identity = Some(best);
            spec.lease_duration_seconds = Some(5);
            spec.renew_time = Some(MicroTime(stamp));
            (spec.acquire_time, spec.preferred_holder) = (None, None);
        } else if !expired && holder != best && self.random.u32(0..20) == 0 {
            spec.preferred_holder = Some(best);
        } else {
            return;
        }
        self.store(lease);
    }

    fn store(&mut self, mut lease: Lease) -> Lease {
        self.version += 1;
        lease.metadata.resource_version = Some(self.version.to_string());
        lease.metadata.uid.get_or_insert_with(|| self.version.to_string());
        self.lease = Some(lease.clone());
        lease
    }

    /// What the candidate's own clock shows.
    fn clock(&self, number: usize, now: u64) -> Instant {
        let candidate = &self.candidates[number];
        self.origin + candidate.offset + Duration::from_micros(now * candidate.speed)
    }

    /// What the candidate writes down as the time: no two machines agree.
    fn stamp(&self, number: usize, now: u64) -> Timestamp {
        let candidate = &self.candidates[number];
        if self.coordinated {
            let late = candidate.offset.as_secs() % 5;
            return Self::server_stamp(now + 1_000 * late);
        }
        let shown = candidate.offset.as_micros() + u128::from(now * candidate.speed);
        Timestamp::from_microsecond(i64::try_from(shown).unwrap()).unwrap()
    }

    fn send(&mut self, at: u64, number: usize, message: Message) {
        self.sent += 1;
        let asked = self.candidates[number].asked;
        self.messages.insert((at, self.sent), (number, asked, message));
    }

    /// How long a message takes; none if it is lost.
    fn delay(&mut self, now: u64) -> Option<u64> {
        if now >= self.calm_after {
            return Some(self.random.u64(1..20));
        }
        match self.random.u32(0..10) {
            0 => None,
            1 | 2 => Some(self.random.u64(0..60_000)),
            3 | 4 => Some(self.random.u64(0..6_000)),
            _ => Some(self.random.u64(0..200)),
        }
    }

    /// When the candidate's clock will show `until`.
    fn when(&self, number: usize, until: Instant, now: u64) -> u64 {
        let left = until.saturating_duration_since(self.clock(number, now));
        now + u64::try_from(left.as_micros()).unwrap().div_ceil(self.candidates[number].speed)
    }

    fn step(&mut self, number: usize, now: u64) {
        let local = self.clock(number, now);
        let stamp = self.stamp(number, now);
        match self.candidates[number].election.next(local, stamp) {
            Step::Wait(until) => {
                let at = self.when(number, until, now).max(now + 1);
                self.send(at, number, Message::Wake);
                let candidate = &mut self.candidates[number];
                let leads = candidate.election.leading().is_some();
                if leads && !candidate.drains && candidate.election.wanted_by(local).is_some() {
                    candidate.drains = true;
                    let at = now + self.random.u64(0..25_000);
                    self.send(at, number, Message::Drained);
                }
            }
            // Its process is started again, under the same name.
            Step::Lost(_) => {
                // Who wants to take over from the others goes on wanting it, until all is well.
                let asks = !self.coordinated && now < self.calm_after;
                let takes_over = asks && self.random.u32(0..3) > 0;
                self.start_again(number, now, takes_over);
            }
            ask => {
                self.candidates[number].asked += 1;
                let patience = self.candidates[number].election.patience(local);
                let give_up = self.when(number, patience, now);
                self.send(give_up, number, Message::GiveUp(local));
                if let Some(delay) = self.delay(now) {
                    self.send(now + delay, number, Message::Ask(local, ask));
                }
            }
        }
    }

    /// A new process of the same name. Whatever comes for the one before comes too late.
    fn start_again(&mut self, number: usize, now: u64, takes_over: bool) {
        let election = election(number, self.random.u64(..));
        let election = if self.coordinated { election.coordinated() } else { election };
        let candidate = &mut self.candidates[number];
        candidate.election = if takes_over { election.taking_over() } else { election };
        candidate.drains = false;
        candidate.believed = None;
        candidate.asked += 1;
        let at = now + self.random.u64(1..5_000);
        self.send(at, number, Message::Wake);
    }

    /// It gives the lease up, hears nothing of it, and its process is started again.
    fn make_room(&mut self, number: usize, now: u64) {
        let (local, stamp) = (self.clock(number, now), self.stamp(number, now));
        if let Some(lease) = self.candidates[number].election.resign(stamp)
            && let Some(delay) = self.delay(now)
        {
            let ask = Step::Replace(Box::new(lease));
            self.send(now + delay, number, Message::Ask(local, ask));
        }
        self.yielded += 1;
        self.start_again(number, now, false);
    }

    /// What the server does.
    fn serve(&mut self, ask: Step) -> Result<Option<Lease>, Error> {
        let (lease, replaces) = match ask {
            Step::Read => return Ok(self.lease.clone()),
            Step::Create(lease) => (*lease, false),
            Step::Replace(lease) | Step::Ask(lease) => (*lease, true),
            Step::Wait(_) | Step::Lost(_) => unreachable!("these are not sent"),
        };
        match (&self.lease, replaces) {
            (Some(_), false) => return Err(refused(409, "AlreadyExists")),
            (None, true) => return Err(refused(404, "NotFound")),
            (Some(present), true)
                if present.metadata.resource_version != lease.metadata.resource_version =>
            {
                return Err(refused(409, "Conflict"));
            }
            _ => {}
        }
        Ok(Some(self.store(lease)))
    }

    fn receive(&mut self, now: u64, number: usize, asked: u64, message: Message) {
        if let Message::Ask(sent, ask) = message {
            let kind = match ask {
                Step::Read => Asked::Read,
                Step::Ask(_) => Asked::Wish,
                _ => Asked::Write,
            };
            let answer = self.serve(ask);
            if let Some(delay) = self.delay(now) {
                self.sent += 1;
                let answer = (number, asked, Message::Answer(sent, Box::new(answer), kind));
                self.messages.insert((now + delay, self.sent), answer);
            }
            return;
        }
        let still = self.candidates[number].still;
        if still > now {
            self.sent += 1;
            self.messages.insert((still, self.sent), (number, asked, message));
            return;
        }
        if matches!(message, Message::Drained) {
            // It may have lost the lease meanwhile.
            if self.candidates[number].drains {
                self.make_room(number, now);
            }
            return;
        }
        let local = self.clock(number, now);
        let stamp = self.stamp(number, now);
        let latest = self.candidates[number].asked;
        if let Message::Answer(_, answer, Asked::Write) = &message
            && asked == latest
            && answer.is_ok()
        {
            let timing = Timing::default();
            self.candidates[number].believed = Some(local + timing.retry() + timing.renew());
        }
        let election = &mut self.candidates[number].election;
        match message {
            // It has given up on this one, or lost what it asked for before.
            Message::Answer(..) | Message::GiveUp(_) | Message::Wake if asked != latest => return,
            Message::Answer(sent, answer, kind) => match (*answer, kind) {
                (Ok(Some(lease)), Asked::Write) => election.written(sent, local, stamp, lease),
                (Ok(Some(lease)), Asked::Wish) => election.asked(local, lease),
                (Ok(found), _) => election.read(local, found),
                (Err(error), _) => election.failed(sent, local, &error),
            },
            Message::GiveUp(sent) => election.failed(sent, local, &lost_answer()),
            Message::Wake | Message::Ask(..) | Message::Drained => {}
        }
        // Whatever else comes for this request comes too late.
        self.candidates[number].asked += 1;
        self.step(number, now);
    }

    fn run(&mut self, until: u64) {
        let mut checked = self.now;
        while let Some(((now, order), (number, asked, message))) = self.messages.pop_first() {
            // Who leads changes with messages, and with time in between.
            while checked < now {
                self.check(checked);
                if self.coordinated && checked.is_multiple_of(1_000) {
                    self.coordinate(checked);
                }
                checked += 50;
            }
            if now >= until {
                self.messages.insert((now, order), (number, asked, message));
                self.now = until;
                return;
            }
            if now < self.calm_after && self.random.u32(0..200) == 0 {
                let victim = self.random.usize(0..CANDIDATES);
                self.candidates[victim].still = now + self.random.u64(0..60_000);
            }
            self.receive(now, number, asked, message);
            self.check(now);
        }
    }

    /// Who may write now, by its own clock, also if its process stands still and wakes with a write in hand.
    fn check(&mut self, now: u64) {
        let leads = |number: &usize| {
            let leading = self.candidates[*number].election.leading();
            leading.is_some_and(|leading| self.clock(*number, now) < leading.until)
        };
        let leaders: Vec<usize> = (0..CANDIDATES).filter(leads).collect();
        assert!(leaders.len() <= 1, "{leaders:?} lead at once at {now} ms");
        let believes = |number: &usize| {
            self.candidates[*number].believed.is_some_and(|until| self.clock(*number, now) < until)
        };
        let overlapped = (0..CANDIDATES).filter(believes).count() > 1;
        self.overlapped |= overlapped;
        if let [leader] = leaders[..]
            && self.terms.last().is_none_or(|(_, last)| *last != leader)
        {
            self.terms.push((now, leader));
        }
    }
}

fn election(number: usize, seed: u64) -> Election {
    let name = format!("candidate {number}");
    Election::new(Timing::default(), place(&name), Seed::new(seed).stream(&name))
}

/// For so many seconds nobody may lead, when requests and answers come: the lease and two retry periods, by a clock that is slow by a fifth.
const WITHOUT: u32 = 23;

/// How many seeds are played; `SCORECARD_TIMES` as many where that is set, as in `scripts/nightly`.
fn seeds(few: u64) -> std::ops::Range<u64> {
    let times = std::env::var("SCORECARD_TIMES").ok().and_then(|times| times.parse().ok());
    0..few * times.unwrap_or(1)
}

#[test]
fn of_many_candidates_one_leads_at_a_time_whatever_happens_to_clocks_requests_and_answers() {
    let (mut changes, mut yielded, mut overlapped) = (0, 0, 0);
    let seeds = seeds(300);
    for seed in seeds.clone() {
        let mut world = World::new(seed, 600_000);
        world.run(660_000);
        // When all is well again, somebody leads; who is asked makes room, and then the next one follows before long.
        let mut without = 0;
        for at in (661_000..=720_000).step_by(1_000) {
            world.run(at);
            let leads = |candidate: &Candidate| candidate.election.leading().is_some();
            without = if world.candidates.iter().any(leads) { 0 } else { without + 1 };
            assert!(without <= WITHOUT, "nobody leads for {without} s; seed {seed}");
        }
        changes += world.terms.len();
        yielded += world.yielded;
        overlapped += u64::from(world.overlapped);
    }
    assert!(changes > 1000, "only {changes} leaders in all: the simulation itself is too calm");
    assert!(yielded > 300, "only {yielded} leaders made room: hardly anybody asks");
    let least = seeds.end / 100;
    assert!(overlapped > least, "a term as client-go counts it is unsafe in {overlapped} only");
}

#[test]
fn of_candidates_among_whom_the_server_chooses_one_leads_at_a_time_whatever_happens() {
    let (mut changes, mut yielded) = (0, 0);
    for seed in seeds(300) {
        let mut world = World::coordinated(seed, 600_000);
        world.run(720_000);
        changes += world.terms.len();
        yielded += world.yielded;
        assert!(!world.terms.is_empty(), "nobody ever leads; seed {seed}");
    }
    assert!(changes > 1000, "only {changes} leaders in all: the simulation itself is too calm");
    assert!(yielded > 150, "only {yielded} leaders made room: hardly anybody is preferred");
}

#[test]
fn a_leader_that_dies_is_followed_within_the_lease_and_two_retry_periods() {
    let timing = Timing::default();
    let at_most = timing.lease() + 2 * timing.retry();
    let mut longest = 0;
    // One that waits alone has nobody who looked earlier.
    for (seed, alone) in seeds(300).flat_map(|seed| [(seed, false), (seed, true)]) {
        let mut world = World::new(seed, 0);
        // By clocks that go right: one that is slow by a fifth follows as much later.
        world.candidates.iter_mut().for_each(|candidate| candidate.speed = 1_000);
        let mut died = 60_000 + world.random.u64(0..5_000);
        world.run(died);
        // Just after a renewal, of which the others hear late.
        let version = world.version;
        while world.version == version {
            died += 1;
            world.run(died);
        }
        let (_, leader) = *world.terms.last().expect("somebody leads");
        for (number, candidate) in world.candidates.iter_mut().enumerate() {
            if number == leader || (alone && number != (leader + 1) % CANDIDATES) {
                candidate.still = u64::MAX;
            }
        }
        world.run(died + 120_000);
        let (followed, another) = *world.terms.last().expect("somebody leads");
        assert_ne!(another, leader, "nobody followed; seed {seed}");
        longest = longest.max(followed - died);
    }
    assert!(u128::from(longest) <= at_most.as_millis(), "{longest} ms");
}
