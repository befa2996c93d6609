use js_sys::Object;
use wasm_bindgen::prelude::*;

use crate::browser::set_property;

/// A language tag as a visitor knows it: `de-DE` is "German (Germany)".
pub(super) fn language_name(tag: &str) -> String {
    let options = Object::new();
    set_property(&options, "type", &"language".into());
    let named = DisplayNames::new("en", &options).and_then(|names| names.of(tag));
    named.ok().flatten().unwrap_or_else(|| tag.to_owned())
}

#[wasm_bindgen]
extern "C" {
    type DisplayNames;

    #[wasm_bindgen(constructor, js_namespace = Intl, catch)]
    fn new(locale: &str, options: &Object) -> Result<DisplayNames, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn of(this: &DisplayNames, tag: &str) -> Result<Option<String>, JsValue>;
}
