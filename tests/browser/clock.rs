//! The page's clock in the hands of a scenario: set forward and back, and stopped while the computer sleeps.

use serde_json::json;

use crate::stage::Stage;

/// Before anything else on the page. What a timer would have done during sleep is done on waking, as browsers do it.
const CLOCK: &str = "{
    const { now } = Date;
    const { setTimeout: once, setInterval: often, clearTimeout: end } = window;
    const missed = new Map();
    const clock = (window.clock = { ahead: 0, asleep: false });
    Date.now = () => now.call(Date) + clock.ahead;
    const kept = (set) => (act, ...rest) => {
        const id = set((...given) => (clock.asleep ? missed.set(id, () => act(...given)) : act(...given)), ...rest);
        return id;
    };
    [window.setTimeout, window.setInterval] = [kept(once), kept(often)];
    window.clearTimeout = window.clearInterval = (id) => {
        missed.delete(id);
        end(id);
    };
    clock.wake = () => {
        clock.asleep = false;
        for (const [id, act] of missed) missed.delete(id) && act();
    };
}";

impl Stage {
    /// From the next page on the clock is the scenario's.
    pub async fn own_the_clock(&self) {
        let script = json!({ "source": CLOCK });
        let command = "Page.addScriptToEvaluateOnNewDocument";
        self.browser.devtools(command, script).await;
    }

    /// Sets the page's clock forward by so many minutes, or back.
    pub async fn set_clock(&self, minutes: i64) {
        self.on_page("clock.ahead += arguments[0]", minutes * 60_000)
            .await;
    }

    /// No timer of the page fires until [`Stage::wake`].
    pub async fn fall_asleep(&self) {
        self.on_page("clock.asleep = true", 0).await;
    }

    pub async fn wake(&self) {
        self.on_page("clock.wake()", 0).await;
    }

    async fn on_page(&self, script: &str, argument: i64) {
        let client = &self.browser.client;
        client.execute(script, vec![json!(argument)]).await.unwrap();
    }
}
