use konpro_video::{KonproVideo, Options};
use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::stage::{begin_afresh, until};

#[test]
async fn a_leptos_application_has_the_same_widget() {
    begin_afresh();
    let place: web_sys::HtmlElement = document().create_element("main").unwrap().unchecked_into();
    document().body().unwrap().append_child(&place).unwrap();
    let options = Options {
        text: Some("Hello".to_owned()),
        ..Options::default()
    };
    let app = mount_to(
        place.clone(),
        move || view! { <KonproVideo options=options.clone()/> },
    );
    let root = || {
        place
            .query_selector(".konpro-video")
            .unwrap()?
            .shadow_root()
    };
    let avatars = || {
        root().is_some_and(|root| root.query_selector_all("[part=avatar]").unwrap().length() == 2)
    };
    until("the widget is there", avatars).await;
    let settings = || root()?.query_selector("[part=settings]").unwrap();
    settings().unwrap().set_attribute("open", "").unwrap();
    let resolutions = || {
        root().is_some_and(|root| {
            root.query_selector_all("[part=resolution] option")
                .unwrap()
                .length()
                == 3
        })
    };
    until("the settings are filled", resolutions).await;
    drop(app);
    place.remove();
}
