//! Who is elected, and when.

use super::*;

struct Vote {
    setup: Setup,
}

impl Vote {
    fn new() -> Self {
        Self { setup: Setup::new(&Behaviours::bare().coordinated_elections(true)) }
    }

    fn join(&self, name: &str, binary: &str, emulation: &str) -> Value {
        self.setup.create(json!({
            "apiVersion": "coordination.k8s.io/v1beta1", "kind": "LeaseCandidate",
            "metadata": { "name": name, "namespace": "default" },
            "spec": {
                "leaseName": "shop", "binaryVersion": binary, "emulationVersion": emulation,
                "strategy": "OldestEmulationVersion", "renewTime": self.setup.cluster.clock.micro(),
            },
        }))
    }

    /// What a candidate does that is there: it answers.
    fn answer(&self, candidate: &Value) {
        let mut object = self.setup.get(candidate).expect("it is there");
        object["spec"]["renewTime"] = json!(self.setup.cluster.clock.micro());
        self.setup.update(object);
    }

    fn is_asked(&self, candidate: &Value) -> bool {
        let spec = self.setup.get(candidate).expect("it is there")["spec"].clone();
        spec["pingTime"].as_str() > spec["renewTime"].as_str()
    }

    fn lease(&self) -> Value {
        self.setup
            .get(&json!({
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": { "name": "shop", "namespace": "default" },
            }))
            .unwrap_or_default()
    }

    fn holder(&self) -> String {
        self.lease()["spec"]["holderIdentity"].as_str().unwrap_or_default().to_owned()
    }

    /// What a holder does.
    fn renew(&self) {
        let mut lease = self.lease();
        lease["spec"]["renewTime"] = json!(self.setup.cluster.clock.micro());
        lease["spec"]["leaseDurationSeconds"] = json!(15);
        self.setup.update(lease);
    }

    fn give_up(&self) {
        let mut lease = self.lease();
        lease["spec"]["holderIdentity"] = json!("");
        lease["spec"]["leaseDurationSeconds"] = json!(1);
        lease["spec"].as_object_mut().unwrap().remove("preferredHolder");
        self.setup.update(lease);
    }

    async fn pass(&self, milliseconds: u64) {
        self.setup.pass(milliseconds).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_oldest_emulation_version_is_elected_then_the_oldest_binary() {
    let rows: [(&[(&str, &str)], usize); 4] = [
        (&[("1.1.0", "1.1.0"), ("1.1.0", "1.0.0"), ("1.2.0", "1.2.0")], 1),
        (&[("1.2.0", "1.0.0"), ("1.1.0", "1.0.0")], 1),
        (&[("1.10.0", "1.10.0"), ("1.9.0", "1.9.0")], 1),
        (&[("1.0.0", "1.0.0-rc.1"), ("1.0.0", "1.0.0")], 0),
    ];
    for (versions, elected) in rows {
        let vote = Vote::new();
        for (number, (binary, emulation)) in versions.iter().enumerate() {
            vote.join(&format!("c{}", 9 - number), binary, emulation);
        }
        vote.pass(100).await;
        assert_eq!(vote.holder(), format!("c{}", 9 - elected), "{versions:?}");
        let spec = vote.lease()["spec"].clone();
        assert_eq!(spec["strategy"], "OldestEmulationVersion");
        assert_eq!(
            (&spec["leaseDurationSeconds"], &spec["acquireTime"]),
            (&json!(5), &Value::Null)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_better_candidate_is_preferred_and_elected_when_the_holder_has_given_up() {
    let vote = Vote::new();
    let new = vote.join("new", "1.1.0", "1.1.0");
    vote.pass(100).await;
    vote.pass(9_000).await;
    vote.renew();
    let old = vote.join("old", "1.0.0", "1.0.0");
    vote.pass(100).await;
    assert!(vote.is_asked(&new) && !vote.is_asked(&old), "who has just renewed is not asked");
    assert_eq!(
        vote.lease()["spec"]["preferredHolder"],
        Value::Null,
        "not before all have answered"
    );
    vote.answer(&new);
    vote.pass(1_000).await;
    vote.join("twin", "1.0.0", "1.0.0");
    vote.pass(100).await;
    assert_eq!(
        (vote.holder(), &vote.lease()["spec"]["preferredHolder"]),
        ("new".into(), &json!("old"))
    );
    vote.give_up();
    vote.pass(100).await;
    assert_eq!(
        (vote.holder(), &vote.lease()["spec"]["preferredHolder"]),
        ("old".into(), &Value::Null)
    );
}

#[tokio::test(start_paused = true)]
async fn who_does_not_answer_is_not_elected_and_goes_after_half_an_hour() {
    let vote = Vote::new();
    let dead = vote.join("dead", "1.0.0", "1.0.0");
    let alive = vote.join("alive", "1.1.0", "1.1.0");
    vote.pass(100).await;
    assert_eq!(vote.holder(), "dead");
    // It never renews: 5 s later its term is over, and all are asked who is there.
    vote.pass(6_000).await;
    assert!(vote.is_asked(&dead) && vote.is_asked(&alive));
    vote.answer(&alive);
    vote.pass(3_000).await;
    assert_eq!(vote.holder(), "dead", "it has 5 s to answer");
    vote.pass(3_000).await;
    assert_eq!(vote.holder(), "alive");
    for _ in 0..200 {
        vote.renew();
        vote.answer(&alive);
        vote.pass(10_000).await;
    }
    assert_eq!(vote.setup.get(&dead), None);
    assert!(vote.setup.get(&alive).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_holder_that_expires_is_followed_by_the_next_best_that_is_there() {
    let vote = Vote::new();
    let one = vote.join("one", "1.0.0", "1.0.0");
    vote.pass(100).await;
    let two = vote.join("two", "1.1.0", "1.1.0");
    vote.renew();
    vote.pass(14_000).await;
    assert_eq!(vote.holder(), "one");
    vote.setup.delete(&one, Policy::Background);
    for _ in 0..12 {
        vote.pass(1_000).await;
        vote.answer(&two);
    }
    assert_eq!(vote.holder(), "two");
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_nobody_is_a_candidate_for_is_left_alone() {
    let vote = Vote::new();
    let plain = vote.setup.create(json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": { "name": "shop", "namespace": "default" },
        "spec": { "holderIdentity": "somebody", "leaseDurationSeconds": 1 },
    }));
    vote.pass(60_000).await;
    assert_eq!(vote.lease(), plain);
}
