use std::rc::Rc;

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use js_sys::{Array, Function};
use konpro_api::{Job, JobError, code};
use konpro_browser::{Task, now, to_js};
use konpro_client::{Command, Driven, KonproError, Peer, Record, Transport, drive as take};
use konpro_job::{Machine, Pace, State, pacing};
use wasm_bindgen::prelude::*;

use crate::{Connection, parts};

/// A job under way. Freeing it stops everything at once, in silence.
#[wasm_bindgen]
pub struct Driving {
    commands: UnboundedSender<Command>,
    _task: Task,
}

#[wasm_bindgen]
impl Driving {
    /// Takes the job back where it was not sent to KonPro yet, and reports `stopped`.
    pub fn stop(&self) {
        // Not heard when the job is over: then there is nothing to take back.
        let _ = self.commands.unbounded_send(Command::Stop);
    }

    /// Looking now is worth it.
    pub fn hint(&self) {
        let _ = self.commands.unbounded_send(Command::Hint);
    }
}

pub(crate) fn drive(
    connection: Rc<Connection>,
    record: Record,
    began: bool,
    report: Function,
) -> Driving {
    let (commands, heard) = unbounded();
    Driving {
        commands,
        _task: Task::spawn(follow(connection, record, began, heard, report)),
    }
}

async fn follow(
    connection: Rc<Connection>,
    record: Record,
    began: bool,
    heard: UnboundedReceiver<Command>,
    report: Function,
) {
    let tell = |event: &str, job: &Job, since: f64, error: Option<KonproError>| {
        let arguments = Array::of3(&event.into(), &to_js(job), &since.into());
        let error = error.map(parts).unwrap_or_default();
        // Whoever throws has a console of its own.
        let _ = report.apply(&JsValue::NULL, &arguments.concat(&error));
    };
    let mut since = record.since.as_millis() as f64;
    let peer = match reach(&connection).await {
        Ok(peer) => peer,
        Err(error) => {
            return tell(
                "failed",
                &failed(Job::default(), &error),
                since,
                Some(error),
            );
        }
    };
    let Some(mut machine) = record.machine(peer, began, now()) else {
        let error = KonproError::from(JobError::new(
            code::UPSTREAM_TIMEOUT,
            "The answer was lost.",
        ));
        return tell(
            "failed",
            &failed(Job::default(), &error),
            since,
            Some(error),
        );
    };
    let changed = |machine: &Machine, change: Option<Job>| {
        if let State::Waiting { since: begun, .. } = machine.state() {
            since = begun.as_millis() as f64;
        }
        if let Some(job) = change.filter(|job| !job.job_id.is_empty() && !job.status.is_end()) {
            tell("changed", &job, since, None);
        }
    };
    let ask = (&record.video, record.key.as_str());
    let driven = take(&connection.client, peer, ask, &mut machine, heard, changed).await;
    let job = machine.job();
    match (driven, job.error.clone()) {
        (Driven::Stopped, _) => tell("stopped", &job, since, None),
        (Driven::Refused(error), _) => tell("failed", &failed(job, &error), since, Some(error)),
        (Driven::Over, Some(error)) => tell("failed", &job, since, Some(error.into())),
        (Driven::Over, None) => tell("completed", &job, since, None),
    }
}

/// Who answers, however long it takes to reach them.
async fn reach(connection: &Connection) -> Result<Peer, KonproError> {
    let mut lost = 0;
    loop {
        match connection.peer().await {
            Err(error) if error.code == KonproError::UNREACHABLE => {
                lost += 1;
                let wait = pacing::until_retry(lost, Pace::default());
                connection.client.transport().sleep(wait).await;
            }
            known => return known,
        }
    }
}

/// The job as one that has failed.
fn failed(job: Job, error: &KonproError) -> Job {
    Job {
        status: konpro_api::Status::Failed,
        error: Some(JobError::new(error.code.clone(), error.message.clone())),
        ..job
    }
}
