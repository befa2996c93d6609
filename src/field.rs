use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use konpro_browser::Touch;
use reactive_graph::owner::{LocalStorage, StoredValue};
use reactive_graph::signal::ArcTrigger;
use reactive_graph::traits::{GetValue, Notify, Track};

/// A signal: effects that read it run again when it changes.
///
/// The same as Leptos' `RwSignal`, except that the reactive part of its code is there once, and not
/// once for each type. Once its owner is gone it holds nothing, and takes nothing.
pub(crate) struct Field<T> {
    inner: StoredValue<Rc<dyn Any>, LocalStorage>,
    holds: PhantomData<fn() -> T>,
}

struct Inner<T> {
    trigger: ArcTrigger,
    value: RefCell<T>,
}

impl<T: Clone + Default + 'static> Field<T> {
    pub(crate) fn new(value: T) -> Self {
        let inner = Inner {
            trigger: ArcTrigger::new(),
            value: RefCell::new(value),
        };
        Self {
            inner: StoredValue::new_local(Rc::new(inner)),
            holds: PhantomData,
        }
    }

    /// The value, for somebody who wants to hear of the next.
    pub(crate) fn get(self) -> T {
        let Some(inner) = self.inner() else {
            return T::default();
        };
        inner.trigger.track();
        inner.value.borrow().clone()
    }

    /// The value, just once.
    pub(crate) fn peek(self) -> T {
        let inner = self.inner();
        inner
            .map(|inner| inner.value.borrow().clone())
            .unwrap_or_default()
    }

    /// Takes a new value.
    pub(crate) fn set(self, value: T) {
        self.update(|held| *held = value);
    }

    /// Changes the value.
    pub(crate) fn update(self, change: impl FnOnce(&mut T)) {
        if let Some(inner) = self.inner() {
            change(&mut inner.value.borrow_mut());
            inner.trigger.notify();
        }
    }

    fn inner(self) -> Option<Rc<Inner<T>>> {
        self.inner.try_get_value()?.downcast().ok()
    }
}

impl Touch for Field<bool> {
    fn is_lost(self, lost: bool) {
        self.set(lost);
    }
}

impl<T> Clone for Field<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Field<T> {}
