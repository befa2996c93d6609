use konpro_video::messages::{ENGLISH, FRENCH};
use konpro_video::{Control, Failure, Job, KonproVideo, Part};
use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test as test;
use web_sys::{Element, HtmlElement, ShadowRoot};

use crate::stage::{CREATE, asked, begin_afresh, body, push, streams, until};

/// A place on the page, which is taken out when it is dropped.
struct Place(HtmlElement);

impl Place {
    fn new() -> Self {
        let place = document().create_element("main").unwrap();
        document().body().unwrap().append_child(&place).unwrap();
        Place(place.unchecked_into())
    }

    fn root(&self) -> Option<ShadowRoot> {
        let host = self.0.query_selector(".konpro-video").unwrap()?;
        host.shadow_root()
    }

    fn find(&self, selector: &str) -> Option<Element> {
        self.root()?.query_selector(selector).unwrap()
    }

    fn count(&self, selector: &str) -> u32 {
        let found = self
            .root()
            .map(|it| it.query_selector_all(selector).unwrap());
        found.map_or(0, |it| it.length())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.remove();
    }
}

#[test]
async fn a_leptos_application_has_the_same_widget() {
    begin_afresh();
    let place = Place::new();
    let (jobs, set_jobs) = signal(Vec::<String>::new());
    let (ready, set_ready) = signal(0);
    let note = move |job: Job| set_jobs.update(|jobs| jobs.push(format!("{:?}", job.status)));
    let app = mount_to(place.0.clone(), move || {
        view! {
            <KonproVideo
                text="Hello"
                on_ready=move |()| set_ready.update(|times| *times += 1)
                on_created=note
                on_completed=note
            />
        }
    });
    until("the avatars", || place.count("[part=avatar]") == 2).await;
    assert_eq!(ready.get_untracked(), 1);
    let settings = place.find("[part~=settings]").unwrap();
    settings.set_attribute("open", "").unwrap();
    until("the settings", || {
        place.count("[part=resolution] option") == 3
    })
    .await;

    place
        .find("[part~=generate]")
        .unwrap()
        .unchecked_into::<HtmlElement>()
        .click();
    until("the job is watched", || streams() == 1).await;
    assert!(body(CREATE).contains("Hello"));
    push(
        r#"{"job_id": "job-1", "status": "completed", "duration": 2.0, "video_url": "https://cdn.example.com/1.mp4"}"#,
    );
    until("the video", || place.find("[part~=video]").is_some()).await;
    assert_eq!(jobs.get_untracked().len(), 2);
    // What an element has beside it is there, too.
    until("a link to hand on", || {
        place.find("[part~=share]").is_some()
    })
    .await;
    until("the history", || place.find(".history").is_some()).await;
    drop(app);
    assert!(place.root().is_none());
}

#[test]
async fn its_properties_are_live_and_it_can_be_controlled() {
    begin_afresh();
    let place = Place::new();
    let (text, set_text) = signal("Hello".to_owned());
    let (messages, set_messages) = signal(ENGLISH);
    let (failures, set_failures) = signal(Vec::<String>::new());
    let control = StoredValue::new_local(None);
    let app = mount_to(place.0.clone(), move || {
        let mine = Control::new();
        control.set_value(Some(mine));
        view! {
            <KonproVideo
                text
                messages
                history=false
                controls=vec![Part::Script, Part::Avatar]
                on_failed=move |failure: Failure| set_failures.update(|all| all.push(failure.error.code))
                control=mine
            />
        }
    });
    until("the avatars", || place.count("[part=avatar]") == 2).await;
    let written = || {
        let script = place.find("[part~=script]")?;
        script
            .dyn_into::<web_sys::HtmlTextAreaElement>()
            .ok()
            .map(|it| it.value())
    };
    assert_eq!(written().as_deref(), Some("Hello"));
    set_text.set("Bonjour".to_owned());
    until("the new text", || written().as_deref() == Some("Bonjour")).await;
    set_messages.set(FRENCH);
    let says = |words: &str| {
        place
            .root()
            .unwrap()
            .text_content()
            .unwrap()
            .contains(words)
    };
    until("French", || says("Créer la vidéo")).await;

    let control = control.get_value().unwrap();
    // Nobody can choose a voice here.
    control.generate();
    until("the refusal", || {
        failures.get_untracked() == ["VALIDATION_ERROR"]
    })
    .await;
    assert_eq!(asked(CREATE), 0);
    drop(app);
    control.generate();
    assert_eq!(asked(CREATE), 0);
}
