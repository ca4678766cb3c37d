//! 410 in each place where it can come: how many lists it costs, when the cache is right again, and what handlers hear.

use std::time::Duration;

use kube_embedded::Ending;
use kube_embedded::Fault;

use super::Side;
use super::figure::Figure;
use super::server::World;
use super::side;
use super::side::Seen;

const MINUTE: Duration = Duration::from_secs(60);
const GIVEN_UP: Duration = Duration::from_secs(600);

/// What handlers heard, and what the cache did, over all places.
#[derive(Default)]
struct Heard {
    living: usize,
    dead: usize,
    went_back: usize,
    places: usize,
}

impl Heard {
    /// Of one place, in which one object was deleted.
    fn add(&mut self, seen: &Seen) {
        self.places += 1;
        self.living += seen.deleted().saturating_sub(1);
        self.dead += seen.deleted().min(1);
        self.went_back += seen.went_back();
    }
}

async fn filled(seed: u64, count: usize) -> anyhow::Result<World> {
    let world = World::new(seed).await?;
    for number in 0..count {
        world.create(&format!("m{number}")).await?;
    }
    Ok(world)
}

fn rows(place: &str, lists: usize, most: usize, right: Option<Duration>) -> [Figure; 2] {
    let within = Figure::within(format!("410 {place}: right again"), MINUTE, GIVEN_UP, right);
    let wanted = if most == 1 { "1".to_owned() } else { format!("≤ {most}") };
    let passes = (1..=most).contains(&lists);
    [Figure::new(format!("410 {place}: lists"), wanted, lists.to_string(), passes), within]
}

/// In answer to a watch, or in its stream. The version is gone for good: only a list helps.
async fn of_a_watch(
    side: Side,
    seed: u64,
    in_the_stream: bool,
    bookmarks: bool,
    heard: &mut Heard,
) -> anyhow::Result<[Figure; 2]> {
    let world = filled(seed, 7).await?;
    if !bookmarks {
        world.server.faults().inject(Fault::no_bookmarks().always());
    }
    let watching = side.follow(&world)?;
    let seen = watching.seen;
    let story = async {
        anyhow::ensure!(seen.caught_up(&world, MINUTE).await?.is_some(), "it does not sync");
        world.change("m1", "before").await?;
        anyhow::ensure!(seen.caught_up(&world, MINUTE).await?.is_some(), "it does not follow");
        let before = world.lists();
        let ending = if in_the_stream { Ending::Expired } else { Ending::Cut };
        world.forget();
        world.server.end_watches(Some("configmaps"), ending);
        meanwhile(&world, &seen, before).await
    };
    let (lists, right) = side::play(watching.life, story).await?;
    heard.add(&seen);
    let place = if in_the_stream { "in the stream" } else { "in answer to a watch" };
    let marks = if bookmarks { "" } else { ", no bookmarks" };
    Ok(rows(&format!("{place}{marks}"), lists, 1, right))
}

/// Two changes that no watch tells of; how many lists more than `before` there are when the cache is right, and after how long it is.
async fn meanwhile(
    world: &World,
    seen: &Seen,
    before: usize,
) -> anyhow::Result<(usize, Option<Duration>)> {
    world.change("m2", "meanwhile").await?;
    world.delete("m3").await?;
    let right = seen.caught_up(world, GIVEN_UP).await?;
    Ok((world.lists() - before, right))
}

/// In a list of three pages that follows a 410 in the stream: one page is refused, or every one but the first.
async fn of_a_list(
    side: Side,
    seed: u64,
    page: Option<usize>,
    heard: &mut Heard,
) -> anyhow::Result<[Figure; 2]> {
    let world = filled(seed, 1_200).await?;
    let watching = side.follow_paged(&world)?;
    let seen = watching.seen;
    let story = async {
        anyhow::ensure!(seen.caught_up(&world, MINUTE).await?.is_some(), "it does not sync");
        let before = world.lists();
        match page {
            Some(page) => {
                let refused =
                    Fault::refuse(410).on("list", "configmaps").by(super::server::WATCHER);
                world.server.faults().inject(refused.after(page - 1));
            }
            None => world.expire_tokens(),
        }
        world.server.end_watches(Some("configmaps"), Ending::Expired);
        meanwhile(&world, &seen, before).await
    };
    let (lists, right) = side::play(watching.life, story).await?;
    heard.add(&seen);
    let place =
        page.map_or_else(|| "to every continue token".to_owned(), |page| format!("to page {page}"));
    Ok(rows(&place, lists, 2, right))
}

/// All places, and what was heard over all of them.
pub async fn run(side: Side, seed: u64) -> anyhow::Result<Vec<Figure>> {
    let (mut figures, mut heard) = (Vec::new(), Heard::default());
    for (in_the_stream, bookmarks) in [(true, true), (true, false), (false, true), (false, false)] {
        figures.extend(of_a_watch(side, seed, in_the_stream, bookmarks, &mut heard).await?);
    }
    for page in [Some(1), Some(2), Some(3), None] {
        figures.extend(of_a_list(side, seed, page, &mut heard).await?);
    }
    let Heard { living, dead, went_back, places } = heard;
    figures.extend([
        Figure::exactly("deletions told of objects that live", 0, living),
        Figure::exactly(
            "deletions told of the object that went meanwhile, of as many places",
            places,
            dead,
        ),
        Figure::exactly("times the cache went back", 0, went_back),
    ]);
    Ok(figures)
}
