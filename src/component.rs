use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{ShadowRoot, ShadowRootInit, ShadowRootMode};

use crate::Handle;
use crate::Options;
use crate::messages::Messages;
use crate::messages::Sentences;
use crate::mounted::Mounted;
use crate::session::Page;

/// The widget in a Leptos application: the same as `<konpro-video>`, without custom elements.
///
/// It makes one `<div class="konpro-video">` with a shadow root, and stops all that it does when it
/// is unmounted.
///
/// ```no_run
/// use konpro_video::{KonproVideo, Options};
/// use leptos::prelude::*;
///
/// #[component]
/// fn App() -> impl IntoView {
///     let options = Options {
///         endpoint: Some("https://proxy.example.com".into()),
///         ..Options::default()
///     };
///     view! { <main><KonproVideo options/></main> }
/// }
///
/// leptos::mount::mount_to_body(App);
/// ```
#[component]
pub fn KonproVideo(
    /// What is preset and where the proxy is; by default nothing, and the page's own origin.
    #[prop(optional)]
    options: Options,
    /// Tells this widget's kept job from those of others on the same page.
    #[prop(default = "component".into(), into)]
    name: String,
    /// What it speaks: one of [`messages`](crate::messages), or your own sentences in the same form.
    #[prop(default = crate::messages::ENGLISH)]
    messages: Messages,
) -> impl IntoView {
    let host: NodeRef<leptos::html::Div> = NodeRef::new();
    let mounted = StoredValue::new_local(None);
    Effect::new(move |_| {
        let Some(host) = host.get() else { return };
        let words = messages.load();
        let page = Page {
            name: name.clone(),
            words: words.clone().into(),
            host: None,
            tell: Box::new(|_| {}),
        };
        let root = host.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open));
        if let Ok(root) = root {
            let handle = Handle::from(Mounted::new(root.clone(), options.clone(), page));
            words.mark(&root);
            let held = Held(JsValue::from(handle).unchecked_into());
            attend(&root, &held.0, &words);
            mounted.set_value(Some(held));
        }
    });
    leptos::html::div().class("konpro-video").node_ref(host)
}

/// A handle that JavaScript holds, too: the last word is Rust's.
struct Held(Freed);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.free();
    }
}

#[wasm_bindgen]
extern "C" {
    type Freed;

    #[wasm_bindgen(method)]
    fn free(this: &Freed);
}

#[wasm_bindgen(module = "/pkg/settings.js")]
extern "C" {
    fn attend(root: &ShadowRoot, handle: &Freed, words: &Sentences);
}

// What `settings.js` imports has to lie beside it.
#[wasm_bindgen(module = "/pkg/dom.js")]
extern "C" {
    #[wasm_bindgen(js_name = shareSheet)]
    fn _share_sheet(root: &ShadowRoot, rules: &str);
}
