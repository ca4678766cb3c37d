//! When a handler is told again of everything that is cached.

use tokio::time::Instant;

use super::*;

/// A handler that writes down at which second after `start` it was told again.
fn again(informer: &Informer, start: Instant, every: Duration) -> Arc<Mutex<Vec<u64>>> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let writer = Arc::clone(&told);
    let write = move |notice: &Notice| {
        if notice.is_resync() {
            writer.lock().push(start.elapsed().as_secs());
        }
    };
    informer.on_with_resync(write, every);
    told
}

#[tokio::test(start_paused = true)]
async fn each_handler_is_told_again_at_its_own_times_only() {
    let server = Arc::new(Server::default());
    server.put("x", 1, false);
    let informer = informer(&server);
    let start = Instant::now();
    let told: Vec<_> =
        [1, 2, 3].map(|period| again(&informer, start, Duration::from_secs(period))).into();
    play(&informer, async { pass(Duration::from_millis(6500)).await }).await;
    let times = |at: usize| told[at].lock().clone();
    assert_eq!(times(0), [1, 2, 3, 4, 5, 6]);
    assert_eq!(times(1), [2, 4, 6]);
    assert_eq!(times(2), [3, 6]);
}

#[tokio::test(start_paused = true)]
async fn a_period_is_its_handlers_own_and_a_second_at_least() {
    let server = Arc::new(Server::default());
    server.put("x", 1, false);
    let informer = informer(&server);
    let start = Instant::now();
    let rare = again(&informer, start, Duration::from_secs(3000));
    play(&informer, async {
        pass(Duration::from_secs(10)).await;
        // Another one's period is no reason to be told more often, nor is one that began before.
        let late = again(&informer, start, Duration::from_secs(55));
        let hasty = again(&informer, start, Duration::from_millis(1));
        pass(Duration::from_millis(115_500)).await;
        assert_eq!(*late.lock(), [65, 120]);
        assert_eq!(*hasty.lock(), (11..=125).collect::<Vec<_>>());
        assert!(rare.lock().is_empty());
        pass(Duration::from_secs(3000)).await;
        assert_eq!(*rare.lock(), [3000]);
    })
    .await;
}
