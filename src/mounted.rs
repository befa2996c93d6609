use any_spawner::Executor;
use reactive_graph::owner::Owner;
use web_sys::ShadowRoot;

use crate::session::{Page, Session};
use crate::{Options, style, view};

/// A widget in its shadow root. Dropping it stops all that it does and takes it out.
pub(crate) struct Mounted {
    pub(crate) session: Session,
    root: ShadowRoot,
    owner: Owner,
}

impl Mounted {
    pub(crate) fn new(root: ShadowRoot, options: Options, page: Page) -> Self {
        // Fails when another widget has done it already.
        let _ = Executor::init_wasm_bindgen();
        style::adopt(&root);
        let owner = Owner::new();
        let session = owner.with(|| {
            let session = Session::start(options, page);
            view::widget(session, &root);
            session
        });
        Self {
            session,
            root,
            owner,
        }
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.session.stop();
        self.owner.cleanup();
        self.root.replace_children_with_node_0();
    }
}
