//! Many candidates on a bad day, replayed from a seed: clocks that differ in time and speed, requests and answers that are late or lost,
//! processes that stand still. Whatever happens, at most one leads.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use kube_core::Error;
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
    Answer(Instant, Box<Result<Option<Lease>, Error>>, bool),
    GiveUp(Instant),
}

struct Candidate {
    election: Election,
    /// Its clock: when it began, and how many of its microseconds are one millisecond of the world.
    offset: Duration,
    speed: u64,
    /// Numbers its requests: it has given up on all but the last.
    asked: u64,
    /// Until when its process stands still, in milliseconds of the world.
    still: u64,
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
    /// Until when the network is as bad as it can be.
    calm_after: u64,
    terms: Vec<(u64, usize)>,
}

impl World {
    fn new(seed: u64, calm_after: u64) -> Self {
        let mut random = Seed::new(seed).stream("world");
        let candidates = (0..CANDIDATES).map(|number| {
            let name = format!("candidate {number}");
            Candidate {
                election: Election::new(
                    Timing::default(),
                    place(&name),
                    Seed::new(seed).stream(&name),
                ),
                offset: Duration::from_secs(random.u64(0..100_000)),
                speed: random.u64(850..1150),
                asked: 0,
                still: 0,
            }
        });
        let candidates = candidates.collect();
        Self {
            origin: Instant::now(),
            random,
            candidates,
            lease: None,
            version: 0,
            messages: BTreeMap::new(),
            sent: 0,
            calm_after,
            terms: Vec::new(),
        }
    }

    /// What the candidate's own clock shows.
    fn clock(&self, number: usize, now: u64) -> Instant {
        let candidate = &self.candidates[number];
        self.origin + candidate.offset + Duration::from_micros(now * candidate.speed)
    }

    /// What the candidate writes down as the time: no two machines agree.
    fn stamp(&self, number: usize, now: u64) -> Timestamp {
        let candidate = &self.candidates[number];
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
            }
            // Its process is started again, under the same name.
            Step::Lost(_) => {
                let name = format!("candidate {number}");
                let random = Seed::new(self.random.u64(..)).stream(&name);
                self.candidates[number].election =
                    Election::new(Timing::default(), place(&name), random);
                let at = now + self.random.u64(1..5_000);
                self.send(at, number, Message::Wake);
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

    /// What the server does.
    fn serve(&mut self, ask: Step) -> Result<Option<Lease>, Error> {
        let (mut lease, replaces) = match ask {
            Step::Read => return Ok(self.lease.clone()),
            Step::Create(lease) => (*lease, false),
            Step::Replace(lease) => (*lease, true),
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
        self.version += 1;
        lease.metadata.resource_version = Some(self.version.to_string());
        lease.metadata.uid.get_or_insert_with(|| self.version.to_string());
        self.lease = Some(lease.clone());
        Ok(Some(lease))
    }

    fn receive(&mut self, now: u64, number: usize, asked: u64, message: Message) {
        if let Message::Ask(sent, ask) = message {
            let writes = !matches!(ask, Step::Read);
            let answer = self.serve(ask);
            if let Some(delay) = self.delay(now) {
                self.sent += 1;
                let answer = (number, asked, Message::Answer(sent, Box::new(answer), writes));
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
        let local = self.clock(number, now);
        let stamp = self.stamp(number, now);
        let latest = self.candidates[number].asked;
        let election = &mut self.candidates[number].election;
        match message {
            // It has given up on this one, or lost what it asked for before.
            Message::Answer(..) | Message::GiveUp(_) if asked != latest => return,
            Message::Answer(sent, answer, writes) => match (*answer, writes) {
                (Ok(Some(lease)), true) => election.written(sent, local, stamp, lease),
                (Ok(found), _) => election.read(local, found),
                (Err(error), _) => election.failed(sent, local, &error),
            },
            Message::GiveUp(sent) => election.failed(sent, local, &lost_answer()),
            Message::Wake | Message::Ask(..) => {}
        }
        // Whatever else comes for this request comes too late.
        self.candidates[number].asked += 1;
        self.step(number, now);
    }

    fn run(&mut self, until: u64) {
        for number in 0..CANDIDATES {
            let at = self.random.u64(0..3_000);
            self.send(at, number, Message::Wake);
        }
        let mut checked = 0;
        while let Some(((now, _), (number, asked, message))) = self.messages.pop_first() {
            // Who leads changes with messages, and with time in between.
            while checked < now {
                self.check(checked);
                checked += 50;
            }
            if now >= until {
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
        if let [leader] = leaders[..]
            && self.terms.last().is_none_or(|(_, last)| *last != leader)
        {
            self.terms.push((now, leader));
        }
    }
}

#[test]
fn of_many_candidates_one_leads_at_a_time_whatever_happens_to_clocks_requests_and_answers() {
    let mut changes = 0;
    for seed in 0..300 {
        let mut world = World::new(seed, 600_000);
        world.run(660_000);
        changes += world.terms.len();
        // When all is well again, somebody leads before long.
        let leads = |candidate: &Candidate| candidate.election.leading().is_some();
        assert!(world.candidates.iter().any(leads), "nobody leads in the end; seed {seed}");
    }
    assert!(changes > 1000, "only {changes} leaders in all: the simulation itself is too calm");
}
