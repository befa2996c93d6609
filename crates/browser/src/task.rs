use std::future::Future;
use std::pin::Pin;

use futures_util::future::{AbortHandle, abortable};

/// Something under way that ends when this is dropped.
pub struct Task(Option<AbortHandle>);

impl Task {
    /// Begins `work`.
    pub fn spawn(work: impl Future<Output = ()> + 'static) -> Self {
        Self::spawn_boxed(Box::pin(work))
    }

    fn spawn_boxed(work: Pin<Box<dyn Future<Output = ()>>>) -> Self {
        let (work, handle) = abortable(work);
        wasm_bindgen_futures::spawn_local(async {
            // Aborted or not, it is over.
            let _ = work.await;
        });
        Self(Some(handle))
    }

    /// Lets it come to its own end.
    pub fn finish_alone(mut self) {
        self.0.take();
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if let Some(handle) = self.0.take() {
            handle.abort();
        }
    }
}
