//! A Lease (`coordination.k8s.io/v1`) as data: what it says in, what it says next out.
//!
//! Mirrors: client-go tools/leaderelection/resourcelock/leaselock.go

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use kube_core::MicroTime;

/// Whom its holder is asked to make room for. `spec.preferredHolder` is what servers say that coordinate elections; others drop it.
const PREFERRED: &str = "kube-runtime/preferred-holder";
/// When that was asked for last, by the clock of who asked: nobody else reads it as a time, only as something that changes.
const ASKED: &str = "kube-runtime/preferred-holder-renew-time";

/// Whom its holder is asked to make room for, if anybody.
pub(super) fn preferred(lease: &Lease) -> Option<&str> {
    let preferred = lease.metadata.annotations.as_ref()?.get(PREFERRED)?;
    (!preferred.is_empty()).then_some(preferred)
}

/// Whether both ask for the same: what is repeated differs.
pub(super) fn same_wish(one: &Lease, other: &Lease) -> bool {
    let asked = |lease: &Lease| lease.metadata.annotations.as_ref()?.get(ASKED).cloned();
    preferred(one) == preferred(other) && asked(one) == asked(other)
}

/// Fills in that `identity` asks for it, or still does. Who holds it is not changed.
pub(super) fn ask(lease: &mut Lease, identity: &str, now: Timestamp) {
    let annotations = lease.metadata.annotations.get_or_insert_default();
    annotations.insert(PREFERRED.to_owned(), identity.to_owned());
    annotations.insert(ASKED.to_owned(), now.to_string());
}

/// Fills in that nobody asks for it.
pub(super) fn withdraw(lease: &mut Lease) {
    if let Some(annotations) = &mut lease.metadata.annotations {
        annotations.remove(PREFERRED);
        annotations.remove(ASKED);
    }
}

/// Whether the server says who holds it.
pub(super) fn is_coordinated(lease: &Lease) -> bool {
    lease.spec.as_ref().is_some_and(|spec| spec.strategy.is_some())
}

/// Whom the server would rather have hold it, if anybody.
pub(super) fn preferred_by_server(lease: &Lease) -> Option<&str> {
    let preferred = lease.spec.as_ref()?.preferred_holder.as_deref()?;
    (!preferred.is_empty()).then_some(preferred)
}

/// Who holds it; nobody when it says nobody, or nothing at all.
pub(super) fn holder(lease: &Lease) -> Option<&str> {
    let holder = lease.spec.as_ref()?.holder_identity.as_deref()?;
    (!holder.is_empty()).then_some(holder)
}

/// How long its holder may keep it unrenewed; none if it does not say it.
pub(super) fn duration(lease: &Lease) -> Option<Duration> {
    let seconds = lease.spec.as_ref()?.lease_duration_seconds?;
    u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs)
}

/// How often it went from one holder to another.
pub(super) fn transitions(lease: &Lease) -> i32 {
    lease.spec.as_ref().and_then(|spec| spec.lease_transitions).unwrap_or(0)
}

/// Whether both say the same. A resource version tells nothing: a label may have changed.
pub(super) fn same(one: &Lease, other: &Lease) -> bool {
    one.metadata.uid == other.metadata.uid && one.spec == other.spec
}

/// Fills in that `identity` holds it from now on, or still does.
pub(super) fn claim(lease: &mut Lease, identity: &str, seconds: i32, now: Timestamp) {
    let keeps = holder(lease) == Some(identity);
    // Whom the server has named has it from its first renewal on. A new lease has had no transition yet.
    let named = lease.spec.as_ref().is_some_and(|spec| {
        keeps && spec.acquire_time.is_none() && spec.lease_transitions.is_some()
    });
    let changes = named || (!keeps && lease.spec.is_some());
    let transitions = transitions(lease).saturating_add(i32::from(changes));
    let spec = lease.spec.get_or_insert_default();
    spec.lease_transitions = Some(transitions);
    if !keeps || spec.acquire_time.is_none() {
        spec.acquire_time = Some(MicroTime(now));
    }
    spec.holder_identity = Some(identity.to_owned());
    spec.lease_duration_seconds = Some(seconds);
    spec.renew_time = Some(MicroTime(now));
}

/// Fills in that nobody holds it, and that nobody need wait.
pub(super) fn give_up(lease: &mut Lease, now: Timestamp) {
    let spec = lease.spec.get_or_insert_default();
    spec.holder_identity = Some(String::new());
    spec.preferred_holder = None;
    spec.lease_duration_seconds = Some(1);
    spec.acquire_time = Some(MicroTime(now));
    spec.renew_time = Some(MicroTime(now));
}
