use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use konpro_client::KonproError;
use leptos::prelude::*;

use crate::Job;
use crate::session::Session;

/// Why there is no video.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The job as it failed; one without an id where none was made.
    pub job: Job,
    /// What happened.
    pub error: KonproError,
}

type Token = Pin<Box<dyn Future<Output = Option<String>>>>;

/// Where a bearer token comes from: asked before each request, and once more, with the token that was refused, when one was.
///
/// ```
/// use konpro_video::GetSession;
///
/// let get_session = GetSession::new(|_refused| async { Some("the token from your own server".to_owned()) });
/// ```
#[derive(Clone)]
pub struct GetSession(Arc<dyn Fn(Option<String>) -> Token + Send + Sync>);

impl GetSession {
    /// A source that asks `ask`.
    pub fn new<Answer>(ask: impl Fn(Option<String>) -> Answer + Send + Sync + 'static) -> Self
    where
        Answer: Future<Output = Option<String>> + 'static,
    {
        Self(Arc::new(move |refused| Box::pin(ask(refused))))
    }

    pub(super) fn ask(&self, refused: Option<String>) -> Token {
        (self.0)(refused)
    }
}

impl fmt::Debug for GetSession {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("GetSession")
    }
}

/// The widget's methods, for the application around it. Before it is mounted, and after, nothing happens.
///
/// ```no_run
/// use konpro_video::{Control, KonproVideo};
/// use leptos::prelude::*;
///
/// #[component]
/// fn Page() -> impl IntoView {
///     let control = Control::new();
///     view! {
///         <button on:click=move |_| control.generate()>"Make it"</button>
///         <KonproVideo text="Welcome!" control />
///     }
/// }
/// ```
#[derive(Clone, Copy)]
pub struct Control(StoredValue<Option<Session>, LocalStorage>);

impl Control {
    /// One that controls nothing yet.
    pub fn new() -> Self {
        Self(StoredValue::new_local(None))
    }

    /// Generates the video that is preset or chosen; the events tell what becomes of it.
    pub fn generate(self) {
        self.with(|session| session.generate(false));
    }

    /// Stops watching, and withdraws what was not sent yet.
    pub fn cancel(self) {
        self.with(|session| session.leave(true, false));
    }

    /// Back to the form, as the properties have preset it.
    pub fn reset(self) {
        self.with(|session| session.leave(false, true));
    }

    pub(super) fn hold(self, session: Session) {
        self.0.set_value(Some(session));
    }

    fn with(self, act: impl FnOnce(Session)) {
        if let Some(session) = self.0.try_get_value().flatten() {
            act(session);
        }
    }
}

impl Default for Control {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Control")
    }
}
