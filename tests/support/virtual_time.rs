//! A clock that goes on when nobody has anything to do: hours of waiting take a moment, and come out the same each time.
//!
//! Everything runs on one thread. What sleeps by the SDK's `AsyncSleep` sleeps on this clock.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, Sleep};
use aws_smithy_async::time::TimeSource;
use jiff::{SignedDuration, Timestamp};

#[derive(Default)]
struct Clockwork {
    now: Duration,
    sleepers: BTreeMap<(Duration, u64), Waker>,
    count: u64,
}

thread_local! {
    static CLOCKWORK: RefCell<Clockwork> = RefCell::default();
}

/// How long it is since the clock was set to nothing.
pub fn elapsed() -> Duration {
    CLOCKWORK.with_borrow(|clockwork| clockwork.now)
}

/// Sets it to nothing.
pub fn reset() {
    CLOCKWORK.replace(Clockwork::default());
}

/// What it says, as worlds that do not say otherwise begin.
pub fn now() -> Timestamp {
    let beginning: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
    beginning + SignedDuration::try_from(elapsed()).unwrap()
}

/// The clock, for whoever wants one.
#[derive(Clone, Copy, Debug)]
pub struct Virtual;

impl tagmend_sandbox::Clock for Virtual {
    fn elapsed(&self) -> Duration {
        elapsed()
    }
}

impl TimeSource for Virtual {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000) + elapsed()
    }
}

impl AsyncSleep for Virtual {
    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(sleep(duration))
    }
}

/// Sleeps on this clock.
pub fn sleep(duration: Duration) -> impl Future<Output = ()> + Send + Sync + 'static {
    let at = elapsed() + duration;
    let id = CLOCKWORK.with_borrow_mut(|clockwork| {
        clockwork.count += 1;
        clockwork.count
    });
    Sleeping { at, id }
}

struct Sleeping {
    at: Duration,
    id: u64,
}

impl Future for Sleeping {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        CLOCKWORK.with_borrow_mut(|clockwork| {
            if clockwork.now >= self.at {
                return Poll::Ready(());
            }
            clockwork.sleepers.insert((self.at, self.id), context.waker().clone());
            Poll::Pending
        })
    }
}

/// Nobody waits for what was given up.
impl Drop for Sleeping {
    fn drop(&mut self) {
        CLOCKWORK.with_borrow_mut(|clockwork| clockwork.sleepers.remove(&(self.at, self.id)));
    }
}

/// The same configuration on this clock.
pub fn on_this_clock(configuration: &SdkConfig) -> SdkConfig {
    let sleep = SharedAsyncSleep::new(Virtual);
    configuration.clone().into_builder().sleep_impl(sleep).time_source(Virtual).build()
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Runs to the end. Where nothing can go on, the clock does.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _context = runtime.enter();
    let mut future = pin!(future);
    let flag = Arc::new(Flag(AtomicBool::new(false)));
    let waker = Waker::from(flag.clone());
    loop {
        if let Poll::Ready(answer) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return answer;
        }
        if flag.0.swap(false, Ordering::SeqCst) {
            continue;
        }
        let next = CLOCKWORK.with_borrow_mut(|clockwork| {
            let ((at, _), waker) = clockwork.sleepers.pop_first()?;
            clockwork.now = at;
            Some(waker)
        });
        next.expect("nothing can go on, and nobody sleeps").wake();
    }
}
