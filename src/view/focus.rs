use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlElement, ShadowRoot};

use super::tag::effect;
use crate::browser::document;
use crate::screen::{Phase, Refused, Screen};
use konpro_client::joined;

/// Moves the focus to where things go on, for a visitor who has used this widget: the element that
/// had it may be gone.
pub(super) fn follow(screen: Screen, root: ShadowRoot, engaged: Rc<Cell<bool>>) {
    let mut before = None;
    let moving = RefCell::new(None);
    effect(move || {
        let phase = screen.phase.get();
        let part = match (phase, screen.trouble.get()) {
            (Phase::Composing, Some(trouble)) => Some(match trouble.refused {
                Some(Refused::TextMissing | Refused::TextTooLong) => "script",
                _ => "message",
            }),
            _ if before.is_none_or(|before| before == phase) => None,
            (Phase::Composing, None) => Some("generate"),
            (Phase::Working, _) => Some("waiting"),
            (Phase::Ready, _) => Some("video"),
        };
        before = Some(phase);
        let Some(part) = part.filter(|_| engaged.get()) else {
            return;
        };
        // Only when everything else has heard of the change is the new part there.
        let root = root.clone();
        moving.replace(Some(Timeout::new(0, move || focus(&root, part))));
    });
}

fn focus(root: &ShadowRoot, part: &str) {
    let nowhere = match document().active_element() {
        Some(active) => active.tag_name() == "BODY",
        None => true,
    };
    // Elsewhere on the page the visitor is busy with something else.
    if !nowhere && root.active_element().is_none() {
        return;
    }
    if let Ok(Some(element)) = root.query_selector(&joined(&["[part~=", part, "]"])) {
        // Fails for no element that there is.
        let _ = element.unchecked_into::<HtmlElement>().focus();
    }
}
