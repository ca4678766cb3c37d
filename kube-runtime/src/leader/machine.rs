//! One candidate's part in an election: the time and answers in, the next request about the Lease out.
//!
//! The term of a leader ends at a time that is known in advance: [`Timing::renew`] after it *sent* its last successful renewal. Everybody else
//! waits for [`Timing::lease`] after *seeing* it, each by its own clock.
//!
//! A candidate that takes over asks the holder, in an annotation of the lease, to make room, and repeats it. Asking changes nothing about who
//! holds the lease. What is asked for is heeded for [`Timing::lease`] after it was seen to be repeated: its holder ends, others do not begin.
//!
//! Where the server coordinates the election, it alone says who holds the lease, and when another one suits better: then the holder renews no
//! more, and has what is left of its term to end its work. Whom the lease names may renew it, and nobody else may, so that the version in
//! each write keeps a late renewal and the server's next word apart.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use kube_core::Error;
use kube_core::ObjectMeta;
use tokio::time::Instant;

use super::Place;
use super::candidacy;
use super::lease;
use super::timing::SPREAD;
use super::timing::Timing;

/// What to do now.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// Nothing before this time.
    Wait(Instant),
    /// Ask for the lease.
    Read,
    /// Make the lease.
    Create(Box<Lease>),
    /// Replace the lease, if it is still the one that was seen.
    Replace(Box<Lease>),
    /// The same, with what asks its holder to make room: this makes no leader.
    Ask(Box<Lease>),
    /// Lead no longer. There is no step after this one.
    Lost(Loss),
}

/// Why a leader leads no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// Its term ended before it could be renewed.
    NotRenewed,
    /// Somebody else holds the lease.
    TakenBy(String),
    /// It was to be taken over, and there is none.
    NotThere,
    /// It was to be taken over, and the server says who holds it.
    NotOurs,
    /// The server would rather have another one, and its term has ended.
    Replaced(String),
}

/// How it stands with a candidate that leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leading {
    pub(super) since: Timestamp,
    /// It leads before this time, and not at it.
    pub(super) until: Instant,
    pub(super) transitions: i32,
}

/// The lease as it was last seen.
#[derive(Clone, Debug)]
struct Observed {
    lease: Lease,
    /// When it was first seen to say what it says.
    at: Instant,
    /// It was seen to be there no longer.
    gone: bool,
    /// When what is asked for was first seen to be as it is.
    asked: Instant,
}

/// A candidate.
#[derive(Debug)]
pub(super) struct Election {
    timing: Timing,
    place: Place,
    random: fastrand::Rng,
    observed: Option<Observed>,
    leading: Option<Leading>,
    lost: Option<Loss>,
    /// It asks whoever holds the lease to make room.
    takes_over: bool,
    /// Whether that is the next thing to do.
    asks: bool,
    /// When the next request is due; at once in the beginning.
    due: Option<Instant>,
    /// Whether what was observed may be written over without being read again.
    fresh: bool,
    /// Whether the lease was read again at once after a conflict; once for each attempt.
    reread: bool,
    /// The server says who holds the lease.
    coordinated: bool,
    /// When the lease of another one would have expired that is not there any more.
    vanished: Option<Instant>,
}

impl Election {
    pub(super) fn new(timing: Timing, place: Place, random: fastrand::Rng) -> Self {
        Self {
            timing,
            place,
            random,
            observed: None,
            leading: None,
            lost: None,
            takes_over: false,
            asks: false,
            due: None,
            fresh: false,
            reread: false,
            coordinated: false,
            vanished: None,
        }
    }

    /// The same candidate, which asks whoever holds the lease to make room.
    pub(super) fn taking_over(mut self) -> Self {
        self.takes_over = true;
        self
    }

    /// The same candidate, where the server says who holds the lease: it makes none and takes none.
    pub(super) fn coordinated(mut self) -> Self {
        self.coordinated = true;
        self
    }

    /// What to do at `now`; `stamp` is what a new lease says.
    pub(super) fn next(&mut self, now: Instant, stamp: Timestamp) -> Step {
        let replaced = self.wanted_by(now).filter(|_| self.coordinated).map(ToOwned::to_owned);
        if self.leading.is_some_and(|leading| leading.until <= now) {
            self.lose(replaced.clone().map_or(Loss::NotRenewed, Loss::Replaced));
        }
        if let Some(loss) = &self.lost {
            return Step::Lost(loss.clone());
        }
        if let (Some(leading), Some(_)) = (self.leading, replaced) {
            return Step::Wait(leading.until);
        }
        if let Some(due) = self.due.filter(|due| *due > now) {
            return Step::Wait(self.leading.map_or(due, |leading| leading.until.min(due)));
        }
        if self.asks
            && let Some(observed) = &self.observed
        {
            let mut lease = observed.lease.clone();
            lease::ask(&mut lease, &self.place.identity, stamp);
            return Step::Ask(Box::new(lease));
        }
        if !self.fresh {
            return Step::Read;
        }
        let mut lease = self.observed.as_ref().map_or_else(
            || Lease { metadata: self.place.metadata(), ..Lease::default() },
            |observed| observed.lease.clone(),
        );
        lease::claim(&mut lease, &self.place.identity, self.timing.lease_seconds(), stamp);
        if self.wanted_by(now).is_none() {
            // It is this one's own and granted, or nobody repeats it.
            lease::withdraw(&mut lease);
        }
        if self.observed.as_ref().is_none_or(|observed| observed.gone) {
            lease.metadata = self.place.metadata();
            return Step::Create(Box::new(lease));
        }
        lease.metadata.labels.get_or_insert_default().extend(self.place.labels.clone());
        Step::Replace(Box::new(lease))
    }

    /// Until when an answer to what is asked at `now` is of use.
    pub(super) fn patience(&self, now: Instant) -> Instant {
        let limit = now + self.timing.request();
        self.leading.map_or(limit, |leading| leading.until.min(limit))
    }

    /// The lease was read.
    pub(super) fn read(&mut self, now: Instant, found: Option<Lease>) {
        let elected = found.as_ref().is_some_and(lease::is_coordinated);
        if self.takes_over && elected {
            return self.lose(Loss::NotOurs);
        }
        match (found, &mut self.observed) {
            (Some(lease), _) => self.observe(now, lease),
            (None, Some(observed)) => observed.gone = true,
            // Whoever looks in the wrong place would work beside those it is to relieve.
            (None, None) if self.takes_over => return self.lose(Loss::NotThere),
            (None, None) => {}
        }
        if let (Some(_), Some(holder)) = (self.leading, self.other_holder()) {
            self.lose(Loss::TakenBy(holder.to_owned()));
            return;
        }
        self.fresh = self.is_free(now);
        let held = self.leading.is_none() && self.other_holder().is_some();
        self.asks = self.takes_over && held && !self.fresh && self.wanted_by(now).is_none();
        self.due = Some(if self.fresh || self.asks { now } else { self.next_look(now) });
    }

    /// The lease says now what [`Step::Ask`] wanted it to say.
    pub(super) fn asked(&mut self, now: Instant, lease: Lease) {
        self.observe(now, lease);
        self.asks = false;
        self.due = Some(self.next_look(now));
    }

    fn observe(&mut self, now: Instant, lease: Lease) {
        let last = self.observed.take();
        if let Some(last) =
            last.as_ref().filter(|last| last.lease.metadata.uid != lease.metadata.uid)
        {
            let holder = lease::holder(&last.lease);
            let other = holder.is_some_and(|holder| holder != self.place.identity);
            self.vanished = self.end(last).filter(|_| other);
        }
        // A newer version that says the same is a newer version all the same.
        let same = last.as_ref().filter(|last| lease::same(&last.lease, &lease));
        let at = same.map_or(now, |last| last.at);
        let same = last.as_ref().filter(|last| lease::same_wish(&last.lease, &lease));
        let asked = same.map_or(now, |last| last.asked);
        self.observed = Some(Observed { lease, at, gone: false, asked });
    }

    /// What was sent at `sent` was done: the lease is as it says here.
    pub(super) fn written(&mut self, sent: Instant, now: Instant, stamp: Timestamp, lease: Lease) {
        let until = sent + self.timing.renew();
        let transitions = lease::transitions(&lease);
        self.observe(now, lease);
        self.reread = false;
        if until <= now {
            // The answer took longer than what it says is good for.
            self.fresh = false;
            self.due = Some(now);
            return;
        }
        let since = self.leading.map_or(stamp, |leading| leading.since);
        self.leading = Some(Leading { since, until, transitions });
        self.fresh = true;
        self.due = Some(now.max(sent + self.timing.retry()));
    }

    /// What was sent at `sent` was not done, or nobody knows whether it was.
    pub(super) fn failed(&mut self, sent: Instant, now: Instant, error: &Error) {
        (self.fresh, self.asks) = (false, false);
        let overtaken = error.is_conflict() || error.is_already_exists() || error.is_not_found();
        if self.leading.is_some() && overtaken && !self.reread {
            self.reread = true;
            self.due = Some(now);
            return;
        }
        self.reread = false;
        self.due = Some(match self.leading {
            Some(_) => now.max(sent + self.timing.retry()),
            None => self.next_look(now),
        });
    }

    /// How it stands, if this one leads. Whoever asks compares the end with its own present.
    pub(super) fn leading(&self) -> Option<Leading> {
        self.leading
    }

    /// Who holds the lease, as far as this one knows.
    pub(super) fn holder(&self) -> Option<&str> {
        let observed = self.observed.as_ref().filter(|observed| !observed.gone)?;
        lease::holder(&observed.lease)
    }

    /// Who else asks for the lease, as far as this one knows, and has repeated it before our eyes; or whom the server prefers.
    pub(super) fn wanted_by(&self, now: Instant) -> Option<&str> {
        let observed = self.observed.as_ref().filter(|observed| !observed.gone)?;
        if self.coordinated {
            let preferred = lease::preferred_by_server(&observed.lease);
            return preferred.filter(|preferred| *preferred != self.place.identity);
        }
        let preferred = lease::preferred(&observed.lease)?;
        let repeated = now < observed.asked + self.timing.lease();
        (repeated && preferred != self.place.identity).then_some(preferred)
    }

    /// When this one's term ends, or the lease of whoever else holds it.
    pub(super) fn expires(&self) -> Option<Instant> {
        if let Some(leading) = self.leading {
            return Some(leading.until);
        }
        let observed = self.observed.as_ref()?;
        self.other_holder()?;
        self.end(observed)
    }

    /// When what was observed expires before our eyes.
    fn end(&self, observed: &Observed) -> Option<Instant> {
        let lasts = lease::duration(&observed.lease).unwrap_or(self.timing.lease());
        observed.at.checked_add(lasts)
    }

    /// Ends the term, if there is one, or stops asking for one; what is to be written then, so that others need not wait.
    pub(super) fn resign(&mut self, stamp: Timestamp) -> Option<Lease> {
        let led = self.leading.take().is_some();
        let observed = self.observed.as_ref()?;
        let asks = lease::preferred(&observed.lease) == Some(&self.place.identity);
        (led || asks).then(|| self.release(observed.lease.clone(), stamp)).flatten()
    }

    /// This lease, given up and no longer asked for; none if it is neither this one's to give nor asked for by this one.
    pub(super) fn release(&self, mut lease: Lease, stamp: Timestamp) -> Option<Lease> {
        let holds = lease::holder(&lease) == Some(&self.place.identity);
        let asks = lease::preferred(&lease) == Some(&self.place.identity);
        if holds {
            lease::give_up(&mut lease, stamp);
        }
        if asks {
            lease::withdraw(&mut lease);
        }
        (holds || asks).then_some(lease)
    }

    fn lose(&mut self, loss: Loss) {
        self.leading = None;
        self.lost = Some(loss);
    }

    /// Who else holds a lease that is there.
    fn other_holder(&self) -> Option<&str> {
        self.holder().filter(|holder| *holder != self.place.identity)
    }

    /// Whether nobody else holds the lease, or has let it expire before our eyes.
    fn is_free(&self, now: Instant) -> bool {
        if self.coordinated {
            return self.is_named(now);
        }
        let Some(observed) = &self.observed else { return true };
        if self.leading.is_none() && self.wanted_by(now).is_some() {
            return false;
        }
        match lease::holder(&observed.lease) {
            None => true,
            Some(holder) if holder == self.place.identity => true,
            // Also when the lease is gone: its holder may not know that yet.
            Some(_) => self.end(observed).is_some_and(|end| end <= now),
        }
    }

    /// Whether the server has named this one, and nobody that suits better since. That the lease has expired meanwhile gives it to nobody:
    /// the server does not name the same one again.
    fn is_named(&self, now: Instant) -> bool {
        self.holder() == Some(&self.place.identity)
            && self.wanted_by(now).is_none()
            && !self.is_early(now)
    }

    /// Whether another one held a lease that was deleted by hand: it may not know that yet.
    fn is_early(&self, now: Instant) -> bool {
        self.vanished.is_some_and(|end| now < end)
    }

    /// After a pause; but when the lease of whoever holds it ends, if that is earlier: who has died is followed no later than that.
    fn next_look(&mut self, now: Instant) -> Instant {
        let look = now + self.pause();
        let end = self.expires().filter(|end| *end > now && self.leading.is_none());
        // Where the server says who leads, the end of a lease gives it to nobody.
        end.filter(|_| !self.coordinated).map_or(look, |end| end.min(look))
    }

    /// From one to 1.9 retry periods, so that candidates do not come all at once; nobody is in another's way where the server coordinates.
    fn pause(&mut self) -> Duration {
        if self.coordinated {
            return self.timing.retry().min(candidacy::LOOK);
        }
        self.timing.retry().mul_f64(1.0 + SPREAD * self.random.f64())
    }
}

impl Place {
    /// The metadata of a new lease.
    fn metadata(&self) -> ObjectMeta {
        ObjectMeta {
            name: Some(self.name.clone()),
            namespace: Some(self.namespace.clone()),
            labels: Some(self.labels.clone()),
            ..ObjectMeta::default()
        }
    }
}
