//! Elements of the view, built by name.
//!
//! Leptos' typed builder makes a type, and so a copy of the rendering code, of every different
//! element; forty of them weigh more than everything else here. A [`Tag`] is one type whatever it
//! holds. It creates nodes one by one: no markup is parsed, as Trusted Types demand.

use std::sync::{Arc, Mutex};

use leptos::attr::any_attribute::{AnyAttribute, IntoAnyAttribute};
use leptos::attr::custom::custom_attribute;
use leptos::ev;
use leptos::html::custom;
use leptos::prelude::*;
use leptos::tachys::html::property::prop;
use leptos::tachys::reactive_graph::SharedReactiveFunction;

/// An element in the making.
pub(crate) struct Tag {
    name: &'static str,
    attributes: Vec<AnyAttribute>,
    children: Vec<AnyView>,
}

/// Starts an element, such as `tag("button")`.
pub(crate) fn tag(name: &'static str) -> Tag {
    Tag {
        name,
        attributes: Vec::new(),
        children: Vec::new(),
    }
}

/// A text that follows its signals.
pub(crate) fn text(value: impl FnMut() -> String + Send + 'static) -> AnyView {
    let value: SharedReactiveFunction<String> = Arc::new(Mutex::new(value));
    value.into_any()
}

/// A part that is built anew whenever a signal that it reads changes.
pub(crate) fn dynamic(view: impl FnMut() -> AnyView + Send + 'static) -> AnyView {
    let view: SharedReactiveFunction<AnyView> = Arc::new(Mutex::new(view));
    view.into_any()
}

impl Tag {
    /// A fixed attribute.
    pub(crate) fn attr(mut self, name: &'static str, value: &str) -> Self {
        self.attributes
            .push(custom_attribute(name, value.to_owned()).into_any_attr());
        self
    }

    /// An attribute that follows its signals; absent while `None`.
    pub(crate) fn bind(
        self,
        name: &'static str,
        value: impl FnMut() -> Option<String> + Send + 'static,
    ) -> Self {
        self.bind_shared(name, Arc::new(Mutex::new(value)))
    }

    /// The `value` of an input, which follows its signals.
    pub(crate) fn value(mut self, value: impl FnMut() -> String + Send + 'static) -> Self {
        let value: SharedReactiveFunction<String> = Arc::new(Mutex::new(value));
        self.attributes.push(prop("value", value).into_any_attr());
        self
    }

    /// Whether an input is `checked`, which follows its signals.
    pub(crate) fn checked(mut self, value: impl FnMut() -> bool + Send + 'static) -> Self {
        let value: SharedReactiveFunction<bool> = Arc::new(Mutex::new(value));
        self.attributes.push(prop("checked", value).into_any_attr());
        self
    }

    /// Listens to an event.
    pub(crate) fn on(self, event: &'static str, handler: impl FnMut(ev::Event) + 'static) -> Self {
        self.on_boxed(event, Box::new(handler))
    }

    /// Adds a child, or what stands for one.
    pub(crate) fn child(mut self, child: impl Into<Child>) -> Self {
        self.children.push(child.into().0);
        self
    }

    /// Ends the making.
    pub(crate) fn view(self) -> AnyView {
        custom(self.name)
            .add_any_attr(self.attributes)
            .child(self.children)
            .into_any()
    }

    fn bind_shared(
        mut self,
        name: &'static str,
        value: SharedReactiveFunction<Option<String>>,
    ) -> Self {
        self.attributes
            .push(custom_attribute(name, value).into_any_attr());
        self
    }

    fn on_boxed(mut self, event: &'static str, handler: Box<dyn FnMut(ev::Event)>) -> Self {
        self.attributes
            .push(ev::on(ev::Custom::<ev::Event>::new(event), handler).into_any_attr());
        self
    }
}

/// What an element may hold.
pub(crate) struct Child(AnyView);

impl From<Tag> for Child {
    fn from(tag: Tag) -> Self {
        Child(tag.view())
    }
}

impl From<AnyView> for Child {
    fn from(view: AnyView) -> Self {
        Child(view)
    }
}

impl From<&str> for Child {
    fn from(text: &str) -> Self {
        Child(text.to_owned().into_any())
    }
}
