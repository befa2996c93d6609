mod companion;
mod props;

use leptos::prelude::*;

pub use props::{Control, Failure, GetSession};

use crate::messages::Messages;
use crate::{Job, Options, Part};
use companion::{Listeners, Mounted};

/// The widget in a Leptos application: the same as `<konpro-video>`, without custom elements.
///
/// It makes one `<div class="konpro-video">` with a shadow root, and stops all that it does when it is unmounted. Every
/// property may be a value, a signal or a closure; a change takes effect at once. Rendered on a server it is the empty
/// `<div>`, which the browser fills after hydration.
///
/// ```no_run
/// use konpro_video::KonproVideo;
/// use leptos::prelude::*;
///
/// #[component]
/// fn Page() -> impl IntoView {
///     let (last, set_last) = signal(None);
///     view! {
///         <KonproVideo
///             endpoint="https://video.example.com"
///             on_completed=move |job: konpro_video::Job| set_last.set(job.video_url)
///         />
///         <p>{last}</p>
///     }
/// }
/// ```
#[component]
pub fn KonproVideo(
    /// The proxy's address, such as `https://video.example.com`. By default the page's own origin.
    #[prop(optional, into)]
    endpoint: MaybeProp<String>,
    /// The avatar that speaks. By default the visitor chooses.
    #[prop(optional, into)]
    avatar_id: MaybeProp<String>,
    /// The voice it speaks with. By default the visitor chooses.
    #[prop(optional, into)]
    voice_id: MaybeProp<String>,
    /// What it says. By default the visitor writes it.
    #[prop(optional, into)]
    text: MaybeProp<String>,
    /// Such as `1080p`. By default the visitor chooses, from KonPro's own choice on.
    #[prop(optional, into)]
    resolution: MaybeProp<String>,
    /// `mp4` or `webm`. By default the visitor chooses, from KonPro's own choice on.
    #[prop(optional, into)]
    format: MaybeProp<String>,
    /// A name such as `office`, `transparent`, or the `https` address of a picture. By default the visitor chooses.
    #[prop(optional, into)]
    background: MaybeProp<String>,
    /// The parts that the visitor sees. By default all that are not preset.
    #[prop(optional, into)]
    controls: MaybeProp<Vec<Part>>,
    /// Generates at once when avatar, voice and text are preset.
    #[prop(optional, into)]
    autostart: Signal<bool>,
    /// A job to show, whoever asked for it.
    #[prop(optional, into)]
    job_id: MaybeProp<String>,
    /// False: nothing is kept in the browser. By default a reload goes on where it was.
    #[prop(default = true.into(), into)]
    history: Signal<bool>,
    /// The bearer token, where the proxy wants one and it does not change.
    #[prop(optional, into)]
    session: MaybeProp<String>,
    /// Asked for the bearer token before each request, where it does.
    #[prop(optional, into)]
    get_session: Option<GetSession>,
    /// Tells this widget's kept job from those of others on the same page.
    #[prop(default = "component".into(), into)]
    name: String,
    /// What it speaks: one of [`messages`](crate::messages), or your own sentences in the same form.
    #[prop(default = crate::messages::ENGLISH.into(), into)]
    messages: Signal<Messages>,
    /// The widget is there.
    #[prop(optional, into)]
    on_ready: Option<Callback<()>>,
    /// A video was asked for, and the other side has taken it.
    #[prop(optional, into)]
    on_created: Option<Callback<Job>>,
    /// A job stands otherwise than before.
    #[prop(optional, into)]
    on_progress: Option<Callback<Job>>,
    /// A video is ready.
    #[prop(optional, into)]
    on_completed: Option<Callback<Job>>,
    /// A video could not be made, or was not even asked for.
    #[prop(optional, into)]
    on_failed: Option<Callback<Failure>>,
    /// Generates, cancels and resets from outside.
    #[prop(optional)]
    control: Option<Control>,
) -> impl IntoView {
    let host: NodeRef<leptos::html::Div> = NodeRef::new();
    let options = move || Options {
        endpoint: endpoint.get(),
        avatar_id: avatar_id.get(),
        voice_id: voice_id.get(),
        text: text.get(),
        resolution: resolution.get(),
        format: format.get(),
        background: background.get(),
        controls: controls.get().map(|parts| Part::names(&parts)),
        autostart: autostart.get(),
        job_id: job_id.get(),
        history: (!history.get()).then(|| "off".to_owned()),
        session: session.get(),
    };
    let listeners = Listeners {
        created: on_created,
        progress: on_progress,
        completed: on_completed,
        failed: on_failed,
    };
    // What the effect makes must outlive its next run.
    let owner = Owner::new();
    Effect::new(move |mounted: Option<Option<Mounted>>| {
        let host = host.get()?;
        let (options, messages) = (options(), messages.get());
        if let Some(mut mounted) = mounted.flatten() {
            mounted.follow(options, messages);
            return Some(mounted);
        }
        let (get_session, listeners) = (get_session.clone(), listeners.clone());
        let mounted = owner
            .with(|| Mounted::fill(&host, &name, options, messages, get_session, listeners))?;
        if let Some(control) = control {
            control.hold(mounted.session);
        }
        if let Some(on_ready) = on_ready {
            on_ready.run(());
        }
        Some(mounted)
    });
    leptos::html::div().class("konpro-video").node_ref(host)
}
