//! Work that takes its time, away from the threads that many others wait for.

/// Does something on a thread of its own: waiting for the disk, or computing for more than a moment. Where nobody waits
/// for it any more, it is done all the same.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going away, and with it whoever waits here.
            Err(_) => std::future::pending().await,
        },
    }
}
