//! Bodies that nobody reads to their end: a connection that is closed over them takes the answer
//! with it.

use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// So much is heard, and thrown away, before the answer is given.
const MOST: usize = 16 * 1024 * 1024;
const LONGEST: Duration = Duration::from_secs(30);
/// Whoever pauses for so long waits for the answer.
const SILENCE: Duration = Duration::from_secs(2);

/// A request's body, which comes back when whoever answers has not read all of it.
struct Lent {
    body: Body,
    /// Absent once there is nothing more to read.
    back: Option<oneshot::Sender<Body>>,
}

/// What comes back.
pub(super) struct Unread(Option<oneshot::Receiver<Body>>);

/// The same request, and what will not have been read of it.
pub(super) fn lend(request: Request) -> (Request, Unread) {
    if request.body().is_end_stream() {
        return (request, Unread(None));
    }
    let (back, unread) = oneshot::channel();
    let back = Some(back);
    let lent = request.map(|body| Body::new(Lent { body, back }));
    (lent, Unread(Some(unread)))
}

impl Unread {
    /// Lets the client finish, within limits.
    pub(super) async fn hear_out(self) {
        let Some(mut body) = self.0.and_then(|mut unread| unread.try_recv().ok()) else {
            return;
        };
        let hear = async {
            let mut heard = 0;
            while let Ok(Some(Ok(frame))) = timeout(SILENCE, body.frame()).await
                && heard <= MOST
            {
                heard += frame.data_ref().map_or(0, Bytes::len);
            }
        };
        // What is not said by then is not worth waiting for.
        let _ = timeout(LONGEST, hear).await;
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(None | Some(Err(_))) = polled {
            self.back = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(back) = self.back.take()
            && !self.body.is_end_stream()
        {
            // Nobody waits for it any more where the answer was given up.
            let _ = back.send(mem::take(&mut self.body));
        }
    }
}
