use leptos::prelude::*;
use web_sys::{ShadowRootInit, ShadowRootMode};

use crate::Options;
use crate::messages::Messages;
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
            get_session: None,
            tell: Box::new(|_| {}),
        };
        let root = host.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open));
        if let Ok(root) = root {
            mounted.set_value(Some(Mounted::new(root.clone(), options.clone(), page)));
            words.mark(&root);
        }
    });
    leptos::html::div().class("konpro-video").node_ref(host)
}
