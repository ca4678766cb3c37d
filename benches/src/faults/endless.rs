//! A server that ends or refuses every watch at once for an hour: how often it is asked, and when the cache is right again.

use std::time::Duration;

use kube_embedded::Ending;
use kube_embedded::Fault;

use super::Side;
use super::figure;
use super::figure::Figure;
use super::server;
use super::server::World;
use super::side;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
/// More requests than these are not waited for.
const ENOUGH: usize = 5_000;
/// So many there may be in an hour.
const LIMIT: usize = 200;

async fn one(side: Side, seed: u64, what: &str, fault: Fault) -> anyhow::Result<[Figure; 2]> {
    let world = World::new(seed).await?;
    for number in 0..7 {
        world.create(&format!("m{number}")).await?;
    }
    let watching = side.follow(&world)?;
    let seen = watching.seen;
    let story = async {
        anyhow::ensure!(seen.caught_up(&world, MINUTE).await?.is_some(), "it does not sync");
        let before = world.asked().len();
        world.server.faults().inject(fault);
        world.server.end_watches(Some("configmaps"), Ending::Cut);
        let (mut asked, mut seconds) = (0, 0);
        while seconds < 3600 && asked < ENOUGH {
            server::pass(SECOND).await;
            seconds += 1;
            if seconds % 60 == 0 {
                world.change("m2", &seconds.to_string()).await?;
            }
            asked = world.asked().len() - before;
        }
        world.server.faults().clear();
        world.change("m3", "well again").await?;
        let recovered = seen.caught_up(&world, 10 * MINUTE).await?;
        let value = match asked {
            ENOUGH.. => format!("{asked} in {}", figure::time(seconds * SECOND)),
            _ => asked.to_string(),
        };
        let hour = format!("each watch {what} for an hour: requests");
        Ok([
            Figure::new(hour, format!("≤ {LIMIT}"), value, asked <= LIMIT),
            Figure::within(
                format!("after that ({what}): right again"),
                MINUTE,
                10 * MINUTE,
                recovered,
            ),
        ])
    };
    side::play(watching.life, story).await
}

/// Every way in which a watch can end at once.
pub async fn run(side: Side, seed: u64) -> anyhow::Result<Vec<Figure>> {
    let watch = |fault: Fault| fault.on("watch", "configmaps").always();
    let endless = |ending| Fault::end_watch(0, ending).always();
    let mut figures = Vec::new();
    for (what, fault) in [
        ("refused with 500", watch(Fault::refuse(500))),
        ("refused with 429", watch(Fault::refuse(429))),
        ("refused with 410", watch(Fault::refuse(410))),
        ("cut before its answer", watch(Fault::cut())),
        ("closed at once", endless(Ending::Close)),
        ("cut at once", endless(Ending::Cut)),
        ("cut within an event", endless(Ending::CutInFrame)),
        ("expired at once", endless(Ending::Expired)),
    ] {
        figures.extend(one(side, seed, what, fault).await?);
    }
    Ok(figures)
}
