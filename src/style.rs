use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{CssStyleSheet, ShadowRoot};

/// The files in `style/`, without comments and blanks.
const STYLES: &str = include_str!(concat!(env!("OUT_DIR"), "/style.css"));

/// Gives `root` the widget's styles. A constructed sheet needs no leave from a content security
/// policy, which a `<style>` element would; all widgets share one.
pub(crate) fn adopt(root: &ShadowRoot) {
    thread_local! {
        static SHEET: Option<CssStyleSheet> = CssStyleSheet::new().ok().inspect(|sheet| {
            // Fails for no sheet that was just constructed.
            let _ = sheet.replace_sync(STYLES);
        });
    }
    SHEET.with(|sheet| {
        if let Some(sheet) = sheet {
            let root: &Styled = root.unchecked_ref();
            root.set_adopted_style_sheets(&Array::of1(sheet));
        }
    });
}

#[wasm_bindgen]
extern "C" {
    type Styled;

    #[wasm_bindgen(method, setter, js_name = adoptedStyleSheets)]
    fn set_adopted_style_sheets(this: &Styled, sheets: &Array);
}
