//! `kube logs`.

use super::beside;
use super::running;
use super::same;
use super::streams;
use crate::program::Said;
use crate::program::until;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_are_those_that_kubectl_shows() {
    let Some((cluster, places)) = running().await else { return };
    for place in &places {
        let lines = [
            "logs web",
            "logs pod/web",
            "logs two",
            "logs two b",
            "logs two -c first",
            "logs two -c none",
            "logs two -c b a",
            "logs two --prefix",
            "logs two --all-containers",
            "logs two --all-containers -c a",
            "logs chosen --prefix",
            "logs lost",
            "logs deploy/shop",
            "logs svc/shop --tail=1",
            "logs job/task",
            "logs svc/none",
            "logs cm/kube-root-ca.crt",
            "logs nothing",
            "logs deploy/nothing",
            "logs gizmo/x",
            "logs web -n nowhere",
            "logs web --as bob",
            "logs -l app=none",
            "logs -l app=shop web",
            "logs -l set=x",
            "logs web --timestamps --tail=1",
            "logs web --since=1h",
            "logs web --since-time=2026-01-01T00:00:00Z",
            "logs web --since=1s --since-time=2026-01-01T00:00:00Z",
            "logs web --limit-bytes=5",
            "logs web --limit-bytes=5 --prefix",
            "logs web --limit-bytes=-1",
            "logs web --tail=-5",
            "logs web -p",
            "logs web -p --ignore-errors",
            "logs web -p -f --pod-running-timeout=2s",
            "logs -f -l app=shop --max-log-requests=1",
            "logs",
            "logs a b c",
        ];
        same(&cluster, place, &lines).await;
        // The embedded server has no logs of containers that are over, as that of `first` is.
        if !place.is_genuine() {
            continue;
        }
        // kubectl takes them in no order.
        for line in [
            "logs -l set=x --all-containers --prefix --tail=1",
            "logs -l app=shop --prefix --timestamps",
            "logs deploy/shop --all-pods",
        ] {
            let [kubectl, kube] = [place.kubectl(&cluster, line), place.kube(line).await];
            let sorted = |said: &Said| {
                let mut lines: Vec<_> = said.out.lines().map(ToOwned::to_owned).collect();
                lines.sort();
                (lines, said.err.clone(), said.code)
            };
            assert_eq!(sorted(&kubectl), sorted(&kube), "{line}");
            assert!(kube.out.lines().count() > 1, "{line}: {kube:?}");
        }
        let (out, err, mut console) = streams();
        let all = async {
            for container in ["web/web", "two/first", "two/a", "two/b"] {
                until(&out, &format!("[pod/{container}] second line\n")).await;
            }
        };
        beside(place, "logs -f -l set=x --all-containers --prefix", &mut console, all).await;
        assert_eq!((out.text().lines().count(), err.text().as_str()), (8, ""), "{}", out.text());
    }
}
