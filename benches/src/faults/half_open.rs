//! A watch whose connection died without a word: when that is noticed.

use std::time::Duration;

use kube_embedded::Fault;

use super::Side;
use super::figure::Figure;
use super::server;
use super::server::World;
use super::side;

const SECOND: Duration = Duration::from_secs(1);
const LIMIT: Duration = Duration::from_secs(120);
const HOUR: Duration = Duration::from_secs(3600);

async fn one(side: Side, seed: u64, bookmarks: bool) -> anyhow::Result<[Figure; 2]> {
    let world = World::new(seed).await?;
    for number in 0..7 {
        world.create(&format!("m{number}")).await?;
    }
    if !bookmarks {
        world.server.faults().inject(Fault::no_bookmarks().always());
    }
    let watching = side.follow(&world)?;
    let seen = watching.seen;
    let story = async {
        anyhow::ensure!(seen.caught_up(&world, LIMIT).await?.is_some(), "it does not sync");
        // Two bookmarks say how far they are apart; it dies just after the second.
        server::pass(122 * SECOND).await;
        let before = world.lists();
        world.fall_silent();
        world.change("m1", "unheard").await?;
        world.delete("m2").await?;
        let noticed = seen.caught_up(&world, HOUR).await?;
        Ok((noticed, world.lists() - before))
    };
    let (noticed, lists) = side::play(watching.life, story).await?;
    let marks = if bookmarks { "" } else { ", no bookmarks" };
    Ok([
        Figure::within(format!("a watch falls silent{marks}: right again"), LIMIT, HOUR, noticed),
        Figure::exactly(format!("a watch falls silent{marks}: lists"), 0, lists),
    ])
}

/// From a server that sends bookmarks, and from one that does not.
pub async fn run(side: Side, seed: u64) -> anyhow::Result<Vec<Figure>> {
    let mut figures = one(side, seed, true).await?.to_vec();
    figures.extend(one(side, seed, false).await?);
    Ok(figures)
}
