//! Objects that cannot be read, in 25 ways: what is served of the others, and when a mended one is seen.

use std::time::Duration;

use super::Side;
use super::figure::Figure;
use super::ours;
use super::peer;
use super::server::State;
use super::server::World;
use super::side;
use super::side::Ended;
use super::side::Watching;
use super::spoil;

const MINUTE: Duration = Duration::from_secs(60);
const WAYS: usize = 25;
const OTHERS: usize = 2_475;

async fn filled(seed: u64, good: usize) -> anyhow::Result<World> {
    let world = World::new(seed).await?;
    for number in 0..good {
        world.create(&format!("good-{number}")).await?;
    }
    Ok(world)
}

fn good(cached: &State) -> usize {
    cached.keys().filter(|name| name.starts_with("good-")).count()
}

type Follow = fn(&World) -> anyhow::Result<Watching>;

/// What one way to follow objects makes of them.
struct Served {
    /// The ways, alone among a hundred objects, in which the others are served.
    alone: usize,
    /// The ways that end it.
    ended: usize,
    /// Of 2,475 others when all ways are in one list.
    others: usize,
    /// Of 25 that are mended.
    mended: usize,
    /// Of 25 others that change while objects break in the watch.
    changed: usize,
}

async fn alone(seed: u64, follow: Follow) -> anyhow::Result<(usize, usize)> {
    let (mut served, mut ended) = (0, 0);
    for way in spoil::ways("bad", "66") {
        let world = filled(seed, 99).await?;
        world.create("bad").await?;
        world.spoil("bad", way);
        let watching = follow(&world)?;
        let story =
            async { Ok(watching.seen.until(MINUTE, |cached| good(cached) == 99).await.is_some()) };
        match side::play(watching.life, story).await {
            Ok(all) => served += usize::from(all),
            Err(error) if error.is::<Ended>() => ended += 1,
            Err(error) => return Err(error),
        }
    }
    Ok((served, ended))
}

fn spoil(world: &World, bad: &[String]) {
    for (number, way) in spoil::ways("bad", "66").into_iter().enumerate() {
        world.spoil(&bad[number], way);
    }
}

async fn together(seed: u64, follow: Follow) -> anyhow::Result<[usize; 3]> {
    let world = filled(seed, OTHERS).await?;
    let names = |what: &str| (0..WAYS).map(|n| format!("{what}-{n}")).collect::<Vec<_>>();
    let (bad, others) = (names("bad"), names("good"));
    for name in &bad {
        world.create(name).await?;
    }
    spoil(&world, &bad);
    let watching = follow(&world)?;
    let seen = watching.seen;
    let right = |cached: &State, there: &State, names: &[String]| {
        names.iter().filter(|&name| cached.get(name) == there.get(name)).count()
    };
    let story = async {
        seen.until(MINUTE, |cached| good(cached) == OTHERS).await;
        let served = good(&seen.cached());
        for name in &bad {
            world.mend(name);
            world.change(name, "mended").await?;
        }
        let there = world.there().await?;
        seen.until(MINUTE, |cached| right(cached, &there, &bad) == WAYS).await;
        let mended = right(&seen.cached(), &there, &bad);
        // Again, in the watch this time, and a change of another object after each.
        spoil(&world, &bad);
        for (bad, other) in bad.iter().zip(&others) {
            world.change(bad, "broken").await?;
            world.change(other, "again").await?;
        }
        let there = world.there().await?;
        seen.until(MINUTE, |cached| right(cached, &there, &others) == WAYS).await;
        Ok([served, mended, right(&seen.cached(), &there, &others)])
    };
    match side::play(watching.life, story).await {
        Err(error) if error.is::<Ended>() => Ok([0; 3]),
        told => told,
    }
}

async fn served(seed: u64, follow: Follow) -> anyhow::Result<Served> {
    let (alone, ended) = alone(seed, follow).await?;
    let [others, mended, changed] = together(seed, follow).await?;
    Ok(Served { alone, ended, others, mended, changed })
}

/// A row; the first way is what passes or not.
fn figure(
    what: &str,
    wanted: usize,
    all: &[(&str, Served)],
    of: impl Fn(&Served) -> usize,
) -> Figure {
    let values = all.iter().map(|(how, served)| format!("{}{how}", of(served)));
    let passes = all.first().is_some_and(|(_, served)| of(served) == wanted);
    Figure::new(what, wanted.to_string(), values.collect::<Vec<_>>().join("; "), passes)
}

/// As users begin; and with what kube-rs offers to those who ask for it.
pub async fn run(side: Side, seed: u64) -> anyhow::Result<Vec<Figure>> {
    let all = match side {
        Side::Ours => vec![("", served(seed, ours::follow).await?)],
        Side::Peer => vec![
            ("", served(seed, peer::follow).await?),
            (" with `DeserializeGuard`", served(seed, peer::follow_guarded).await?),
        ],
    };
    let ended = |served: &Served| served.ended;
    Ok(vec![
        figure(
            "one of 100 listed is broken, in 25 ways: in so many the other 99 are served",
            WAYS,
            &all,
            |served| served.alone,
        ),
        figure("in so many the informer ends by a panic", 0, &all, ended),
        figure(
            "25 of 2,500 listed are broken, each in another way: others served",
            OTHERS,
            &all,
            |served| served.others,
        ),
        figure("these 25 are mended: seen within 60 s", WAYS, &all, |served| served.mended),
        figure(
            "these 25 break in the watch: changes of 25 others seen within 60 s",
            WAYS,
            &all,
            |served| served.changed,
        ),
    ])
}
