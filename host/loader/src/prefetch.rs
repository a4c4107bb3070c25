//! A thread that prepares batches ahead of their use.

use neurotrain_plugin_api::abi::catch;
use neurotrain_plugin_api::{Error, Result};
use rayon::{ThreadPool, ThreadPoolBuilder, Yield};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Items `make(0)`, `make(1)`, … in order, prepared in a thread of their own and kept in a queue of bounded length.
///
/// Dropping it, at whatever point, ends the thread and waits for it.
#[derive(Debug)]
pub(crate) struct Prefetch<T> {
    queue: Option<Receiver<Result<T>>>,
    thread: Option<JoinHandle<()>>,
}

impl<T: Send + 'static> Prefetch<T> {
    /// Starts the thread. It stops after `count` items or after the first error; a panic is such an error.
    ///
    /// # Errors
    /// `io` when the system gives no thread.
    pub(crate) fn start(
        depth: usize,
        count: usize,
        make: impl Fn(usize) -> Result<T> + Send + 'static,
    ) -> Result<Self> {
        // The item that waits to be queued is one more that is held.
        let (sender, queue) = sync_channel(depth.saturating_sub(1));
        let thread = std::thread::Builder::new()
            .name("loader".to_owned())
            .spawn(move || match own_pool() {
                Some(pool) => pool.install(move || produce(&sender, count, &make)),
                None => produce(&sender, count, &make),
            })
            .map_err(|e| Error::new("io", format!("the loader's thread cannot be started: {e}")))?;
        Ok(Prefetch {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// The next item; waits for it.
    pub(crate) fn next(&mut self) -> Result<T> {
        self.queue
            .as_ref()
            .and_then(|queue| receive(queue).ok())
            .unwrap_or_else(|| {
                Err(Error::new(
                    "host-fault",
                    "the loader's thread ended before its work was done",
                ))
            })
    }
}

/// How long a thread of the pool sleeps when there is nothing to help with.
const PAUSE: Duration = Duration::from_micros(50);

/// The next item. A thread of the pool does the pool's work meanwhile: the item is made by the pool, which would be one
/// thread short.
fn receive<T>(queue: &Receiver<T>) -> std::result::Result<T, RecvTimeoutError> {
    loop {
        match queue.try_recv() {
            Ok(item) => return Ok(item),
            Err(TryRecvError::Disconnected) => return Err(RecvTimeoutError::Disconnected),
            Err(TryRecvError::Empty) => {}
        }
        match rayon::yield_now() {
            Some(Yield::Executed) => {}
            Some(Yield::Idle) => match queue.recv_timeout(PAUSE) {
                Err(RecvTimeoutError::Timeout) => {}
                other => return other,
            },
            None => return queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }
}

/// A pool for this thread where the process's has one thread: that one waits for batches.
fn own_pool() -> Option<ThreadPool> {
    (rayon::current_num_threads() == 1).then(|| ThreadPoolBuilder::new().num_threads(1).build().ok())?
}

fn produce<T>(sender: &SyncSender<Result<T>>, count: usize, make: &impl Fn(usize) -> Result<T>) {
    for index in 0..count {
        let item = catch("loading", || make(index))
            .into_result()
            .map_err(Error::from);
        let failed = item.is_err();
        // Nobody receives any more once the other side is dropped.
        if sender.send(item).is_err() || failed {
            return;
        }
    }
}

impl<T> Drop for Prefetch<T> {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // The thread catches panics itself.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn items_come_in_order() {
        for depth in 1..4 {
            let mut items = Prefetch::start(depth, 100, Ok).unwrap();
            assert!((0..100).all(|i| items.next().unwrap() == i));
            assert_eq!(items.next().unwrap_err().code(), "host-fault");
        }
    }

    #[test]
    fn no_more_than_the_depth_is_held() {
        let made = Arc::new(AtomicUsize::new(0));
        let counter = made.clone();
        let mut items = Prefetch::start(3, 50, move |i| {
            counter.fetch_add(1, Ordering::SeqCst);
            Ok(i)
        })
        .unwrap();
        for taken in 1..=50 {
            items.next().unwrap();
            std::thread::yield_now();
            assert!(made.load(Ordering::SeqCst) <= taken + 3);
        }
    }

    /// The waiting thread is one of a pool of two, the other of which waits for it: a batch made of two tasks that wait
    /// for each other is made only if both work.
    #[test]
    fn a_waiting_thread_of_the_pool_works() {
        let pool = ThreadPoolBuilder::new()
            .num_threads(2)
            .use_current_thread()
            .build()
            .unwrap();
        let pool = Arc::new(pool);
        let makers = pool.clone();
        let mut items = Prefetch::start(1, 3, move |i| {
            let meeting = std::sync::Barrier::new(2);
            makers.install(|| rayon::join(|| meeting.wait(), || meeting.wait()));
            Ok(i)
        })
        .unwrap();
        for i in 0..3 {
            assert_eq!(items.next().unwrap(), i);
        }
    }

    #[test]
    fn an_error_and_a_panic_arrive_in_their_place() {
        let fail = |i: usize| match i {
            2 => Err(Error::new("bad-data", "broken")),
            _ => Ok(i),
        };
        let mut items = Prefetch::start(2, 5, fail).unwrap();
        assert_eq!((items.next().unwrap(), items.next().unwrap()), (0, 1));
        assert_eq!(items.next().unwrap_err().code(), "bad-data");
        assert!(items.next().is_err());

        let mut items = Prefetch::start(2, 5, |i| if i == 1 { panic!("at {i}") } else { Ok(i) }).unwrap();
        assert_eq!(items.next().unwrap(), 0);
        let error = items.next().unwrap_err();
        assert_eq!(error.code(), "panic");
        assert!(error.message().contains("at 1"));
    }

    #[test]
    fn dropping_ends_the_thread() {
        struct Guard(Arc<AtomicUsize>);
        impl Drop for Guard {
            fn drop(&mut self) {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
        for taken in 0..4 {
            let ended = Arc::new(AtomicUsize::new(0));
            let guard = Guard(ended.clone());
            let mut items = Prefetch::start(2, 1_000_000, move |i| {
                let _ = &guard;
                Ok(i)
            })
            .unwrap();
            for _ in 0..taken {
                items.next().unwrap();
            }
            drop(items);
            assert_eq!(
                ended.load(Ordering::SeqCst),
                1,
                "the thread is gone, and with it what it owned"
            );
        }
    }
}
