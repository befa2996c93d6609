use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{FocusOptions, HtmlElement, ShadowRoot};

use crate::screen::{Phase, Refused, Screen};

/// Moves the focus to where things go on, for a visitor who has used this widget: the element that
/// had it may be gone. The returned flag says that this is so.
pub(super) fn follow(screen: Screen, root: ShadowRoot) -> StoredValue<bool> {
    let engaged = StoredValue::new(false);
    Effect::new(move |before: Option<Phase>| {
        let phase = screen.phase.get();
        let trouble = screen.trouble.get();
        let part = match (phase, trouble) {
            (Phase::Composing, Some(trouble)) => Some(match trouble.refused {
                Some(Refused::TextMissing | Refused::TextTooLong) => "script",
                _ => "message",
            }),
            _ if before.is_none_or(|before| before == phase) => None,
            (Phase::Composing, None) => Some("generate"),
            (Phase::Working, _) => Some("waiting"),
            (Phase::Ready, _) => Some("video"),
        };
        if let Some(part) = part
            && engaged.get_value()
            && is_ours(&root)
        {
            focus(&root, part);
        }
        phase
    });
    engaged
}

/// Whether the focus is in this widget, or nowhere.
fn is_ours(root: &ShadowRoot) -> bool {
    let nowhere = match document().active_element() {
        Some(active) => active.tag_name() == "BODY",
        None => true,
    };
    nowhere || root.active_element().is_some()
}

fn focus(root: &ShadowRoot, part: &str) {
    let found = root.query_selector(&["[part~=", part, "]"].concat());
    if let Ok(Some(element)) = found {
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        // Fails for no element that there is.
        let _ = element.unchecked_into::<HtmlElement>().focus_with_options(&options);
    }
}
