//! Elements of the view.
//!
//! Made node by node, because Trusted Types refuse parsed markup, and by name, because Leptos' typed
//! builder makes a type, and so a copy of the rendering code, of every different element. What
//! changes is a Leptos effect of its own; it ends with the owner that is current when it is made.

use js_sys::Array;
use reactive_graph::effect::RenderEffect;
use reactive_graph::owner::StoredValue;
use wasm_bindgen::prelude::*;
use web_sys::{Event, ShadowRoot};

use crate::field::Field;
use crate::messages::{Word, Words};
use konpro_browser::{Listener, set_property};

/// An element of the document, made and filled in one go.
#[derive(Clone)]
pub(crate) struct Tag(Node);

/// Makes an element, such as `tag("button")`.
pub(crate) fn tag(name: &str) -> Tag {
    Tag(create_element(name))
}

/// Runs `change` now, and again whenever something that it has read changes.
pub(crate) fn effect(change: impl FnMut() + 'static) {
    run(Box::new(change));
}

fn run(mut change: Box<dyn FnMut()>) {
    StoredValue::new_local(RenderEffect::new(move |_| change()));
}

/// What an element shows of the screen; boxed at once, so that there is one copy of what is done with it.
type Shown<T> = Box<dyn FnMut() -> T>;

impl Tag {
    /// A fixed attribute.
    pub(crate) fn attr(self, name: &str, value: &str) -> Self {
        self.0.set_attribute(name, value);
        self
    }

    /// An attribute that follows what it reads; absent while `None`.
    pub(crate) fn bind(
        self,
        name: &'static str,
        value: impl FnMut() -> Option<String> + 'static,
    ) -> Self {
        self.bind_boxed(name, Box::new(value))
    }

    /// A property that follows what it reads, such as an input's `value`.
    pub(crate) fn property(
        self,
        name: &'static str,
        value: impl FnMut() -> JsValue + 'static,
    ) -> Self {
        self.property_boxed(name, Box::new(value))
    }

    /// Whether the element is hidden.
    pub(crate) fn hidden(self, mut hidden: impl FnMut() -> bool + 'static) -> Self {
        self.property("hidden", move || hidden().into())
    }

    /// A text that follows what it reads, instead of children.
    pub(crate) fn text(self, text: impl FnMut() -> String + 'static) -> Self {
        self.text_boxed(Box::new(text))
    }

    /// Children that are made anew whenever something that `children` reads changes.
    pub(crate) fn content(self, children: impl FnMut() -> Vec<Tag> + 'static) -> Self {
        self.content_boxed(Box::new(children))
    }

    fn bind_boxed(self, name: &'static str, mut value: Shown<Option<String>>) -> Self {
        let element = self.0.clone();
        effect(move || match value() {
            Some(value) => element.set_attribute(name, &value),
            None => element.remove_attribute(name),
        });
        self
    }

    fn property_boxed(self, name: &'static str, mut value: Shown<JsValue>) -> Self {
        let element = self.0.clone();
        effect(move || {
            set_property(&element, name, &value());
        });
        self
    }

    fn text_boxed(self, mut text: Shown<String>) -> Self {
        let element = self.0.clone();
        let mut shown = String::new();
        effect(move || {
            let text = text();
            // Writing the same again would make screen readers say it again.
            if text != shown {
                element.set_text(&text);
                shown = text;
            }
        });
        self
    }

    fn content_boxed(self, mut children: Shown<Vec<Tag>>) -> Self {
        let element = self.0.clone();
        effect(move || {
            let nodes = Array::new();
            for child in children() {
                nodes.push(&child.0);
            }
            element.replace_children(&nodes);
        });
        self
    }

    /// Listens to an event.
    pub(crate) fn on(self, event: &'static str, handler: impl FnMut(Event) + 'static) -> Self {
        StoredValue::new_local(Listener::new(self.0.unchecked_ref(), event, handler));
        self
    }

    /// A child.
    pub(crate) fn child(self, child: Tag) -> Self {
        self.append(&child);
        self
    }

    /// One more child.
    pub(crate) fn append(&self, child: &Tag) {
        self.0.append(&child.0);
    }

    /// Takes all children out.
    pub(crate) fn empty(&self) {
        self.0.set_text("");
    }

    /// A fixed text.
    pub(crate) fn say(self, text: &str) -> Self {
        self.0.append(&text.into());
        self
    }

    /// A sentence in the language in use.
    pub(crate) fn word(self, words: Field<Words>, word: Word) -> Self {
        self.say(&words.peek().say(word))
    }

    /// An attribute that is one.
    pub(crate) fn attr_word(self, name: &str, words: Field<Words>, word: Word) -> Self {
        self.attr(name, &words.peek().say(word))
    }

    /// Puts the element into a shadow root, as its only content.
    pub(crate) fn fill(self, root: &ShadowRoot) {
        let root: &Node = root.unchecked_ref();
        root.replace_children(&Array::of1(&self.0));
    }
}

/// The value of the input that an event comes from.
pub(crate) fn value_of(event: &Event) -> String {
    let target: Option<Input> = event.target().map(JsCast::unchecked_into);
    target.map(|input| input.value()).unwrap_or_default()
}

// web_sys has these with error handling that none of our names and elements needs.
#[wasm_bindgen]
extern "C" {
    #[derive(Clone)]
    type Node;

    #[wasm_bindgen(method, js_name = setAttribute)]
    fn set_attribute(this: &Node, name: &str, value: &str);

    #[wasm_bindgen(method, js_name = removeAttribute)]
    fn remove_attribute(this: &Node, name: &str);

    #[wasm_bindgen(method)]
    fn append(this: &Node, child: &JsValue);

    #[wasm_bindgen(method, js_name = replaceChildren, variadic)]
    fn replace_children(this: &Node, children: &Array);

    #[wasm_bindgen(method, setter, js_name = textContent)]
    fn set_text(this: &Node, text: &str);

    type Input;

    #[wasm_bindgen(method, getter)]
    fn value(this: &Input) -> String;

    #[wasm_bindgen(js_namespace = document, js_name = createElement)]
    fn create_element(name: &str) -> Node;
}
