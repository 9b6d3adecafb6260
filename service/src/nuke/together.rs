//! Several futures at once in one task, so that they may borrow.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// A future that may borrow.
pub(crate) type Running<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Waits for whichever is done first, and takes it out; `None` when there is none.
pub(crate) async fn next<T>(running: &mut Vec<Running<'_, T>>) -> Option<T> {
    if running.is_empty() {
        return None;
    }
    poll_fn(|context| {
        for index in 0..running.len() {
            if let Poll::Ready(done) = running[index].as_mut().poll(context) {
                drop(running.swap_remove(index));
                return Poll::Ready(Some(done));
            }
        }
        Poll::Pending
    })
    .await
}
