//! A visitor: asks for one video, reloads the page now and then, may lose interest.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::stream;
use konpro_api::{CreateVideo, Job};
use konpro_client::{Client, Command, Driven, Method, Peer, Request, Transport, drive};
use konpro_job::{Machine, Resend};
use tokio::time::sleep;

use crate::chance::{Chance, Kept};
use crate::deployment::Deployment;
use crate::wire::Wire;

pub(crate) struct Visitor {
    client: Client<Wire>,
    video: CreateVideo,
    key: String,
    chance: Chance,
    /// What the page has written down.
    kept: Kept,
    job_id: RefCell<Option<String>>,
}

impl Visitor {
    pub(crate) fn new(nth: u64, deployment: &Deployment, chance: &Chance) -> Self {
        let words = "A word or two. ".repeat(chance.between(1, 60) as usize);
        let mood = if chance.between(0, 9) == 0 {
            "[fail]"
        } else {
            ""
        };
        let wire = Wire {
            deployment: deployment.clone(),
            perfect: false,
        };
        Self {
            client: Client::new(wire),
            video: CreateVideo {
                avatar_id: "avatar-3655".to_owned(),
                voice_id: "voice-101".to_owned(),
                text: format!("Visitor {nth}. {words}{mood}"),
                settings: None,
            },
            key: format!("key-of-visitor-{nth}"),
            chance: chance.clone(),
            kept: Kept::default(),
            job_id: RefCell::default(),
        }
    }

    pub(crate) fn job_id(&self) -> Option<String> {
        self.job_id.borrow().clone()
    }

    /// From the ask to the end, over any number of reloads.
    pub(crate) async fn live(self: Rc<Self>) {
        sleep(Duration::from_secs(self.chance.between(0, 120))).await;
        loop {
            let page = Box::pin(self.page());
            if self.chance.is_calm() || !self.chance.strikes() {
                page.await;
                return;
            }
            let reload = Duration::from_secs(self.chance.between(0, 300));
            match select(page, Box::pin(sleep(reload))).await {
                Either::Left(_) => return,
                Either::Right(_) => self.chance.note("a visitor reloads"),
            }
        }
    }

    /// One life of the page.
    async fn page(&self) {
        let now = self.client.transport().now();
        let kept = self.kept.borrow().clone();
        let mut machine = match kept {
            Some(kept) => {
                let mut machine: Machine = serde_json::from_str(&kept).unwrap();
                machine.handle_restart(now);
                machine.handle_hint(now);
                machine
            }
            None => {
                let mut machine = Machine::new(Resend::SameKey);
                machine.handle_ask(now);
                machine
            }
        };
        let report = |machine: &Machine, change: Option<Job>| {
            self.kept
                .replace(Some(serde_json::to_string(machine).unwrap()));
            if let Some(job) = change {
                self.chance
                    .note(&format!("a visitor sees {:?}", job.status));
                if !job.job_id.is_empty() {
                    let before = self.job_id.replace(Some(job.job_id.clone()));
                    assert!(
                        before.is_none_or(|before| before == job.job_id),
                        "one ask is one job"
                    );
                }
            }
        };
        let wait = Duration::from_secs(self.chance.between(1, 900));
        let bored = self.chance.between(0, 9) == 0;
        let commands = Box::pin(stream::once(async move {
            sleep(wait).await;
            if bored { Command::Stop } else { Command::Hint }
        }));
        let ask = (&self.video, self.key.as_str());
        let end = drive(
            &self.client,
            Peer::Proxy,
            ask,
            &mut machine,
            commands,
            report,
        )
        .await;
        assert!(end == Driven::Stopped || machine.is_over());
    }

    /// The same ask once more, over a network without trouble. `None` when it was refused.
    pub(crate) async fn ask_again(&self) -> Option<Job> {
        let deployment = self.client.transport().deployment.clone();
        let request = Request {
            method: Method::Post,
            path: "/v1/video-avatars",
            idempotency_key: Some(&self.key),
            body: Some(&self.video),
        };
        let wire = Wire {
            deployment,
            perfect: true,
        };
        let reply = wire.send(request).await.expect("the proxy answers");
        let made = (200..300).contains(&reply.status);
        wire.read(&reply.body).filter(|_| made)
    }
}
