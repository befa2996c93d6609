use wasm_bindgen::prelude::*;
use web_sys::{Event, EventTarget};

/// An event listener that is removed when it is dropped.
pub struct Listener {
    target: EventTarget,
    event: &'static str,
    handler: Closure<dyn FnMut(Event)>,
}

impl Listener {
    /// Calls `handler` for each `event` at `target`.
    pub fn new(
        target: &EventTarget,
        event: &'static str,
        handler: impl FnMut(Event) + 'static,
    ) -> Self {
        let handler: Closure<dyn FnMut(Event)> = Closure::new(handler);
        // Fails for no target that there is.
        let _ = target.add_event_listener_with_callback(event, handler.as_ref().unchecked_ref());
        Self {
            target: target.clone(),
            event,
            handler,
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let handler = self.handler.as_ref().unchecked_ref();
        let _ = self
            .target
            .remove_event_listener_with_callback(self.event, handler);
    }
}
