//! The machine under generated histories: anything lost, repeated, late or reordered.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use konpro_api::{Job, JobError, Status, code};
use konpro_job::{Instant, Machine, Pace, Request, Resend, State};
use proptest::prelude::*;

/// What the world does next.
#[derive(Clone, Debug)]
enum Step {
    Pass {
        seconds: u32,
    },
    /// The other side's work goes on by one stage.
    Work,
    /// The request under way is answered, and the answer arrives.
    Answer {
        retry_after: Option<u32>,
    },
    /// It is answered by something that makes no sense, or not at all.
    Lose,
    /// It never reached the other side.
    NeverOpened {
        retry_after: Option<u32>,
    },
    Missing,
    Refused,
    /// News heard before arrive again.
    Repeat {
        which: prop::sample::Index,
    },
    Stream {
        open: bool,
    },
    /// The stream tells how the job stands.
    Push,
    Hint,
    Pace(Pace),
    Refresh,
    /// The driver dies and comes back with what it wrote down.
    Restart,
    Withdraw,
    WaitInVain,
    ClockSetBack {
        seconds: u32,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let wait = proptest::option::of(0_u32..100);
    prop_oneof![
        6 => (1_u32..400).prop_map(|seconds| Step::Pass { seconds }),
        3 => Just(Step::Work),
        6 => wait.clone().prop_map(|retry_after| Step::Answer { retry_after }),
        2 => Just(Step::Lose),
        2 => wait.prop_map(|retry_after| Step::NeverOpened { retry_after }),
        1 => Just(Step::Missing),
        1 => Just(Step::Refused),
        2 => any::<prop::sample::Index>().prop_map(|which| Step::Repeat { which }),
        1 => any::<bool>().prop_map(|open| Step::Stream { open }),
        2 => Just(Step::Push),
        1 => Just(Step::Hint),
        1 => (0_u32..500, any::<bool>(), any::<bool>())
            .prop_map(|(stretch, announced, frugal)| Step::Pace(Pace { stretch, announced, frugal })),
        1 => Just(Step::Refresh),
        2 => Just(Step::Restart),
        1 => Just(Step::Withdraw),
        1 => Just(Step::WaitInVain),
        1 => (1_u32..9_000).prop_map(|seconds| Step::ClockSetBack { seconds }),
    ]
}

struct World {
    now: Instant,
    machine: Machine,
    resend: Resend,
    /// 0 queued, 1 rendering, 2 ended.
    stage: u8,
    fails: bool,
    under_way: Option<Request>,
    /// Creates that the other side may have taken.
    submissions: u32,
    heard: Vec<Job>,
    announced: Option<Job>,
    links: u32,
}

impl World {
    fn new(resend: Resend, fails: bool) -> Self {
        let now = Instant::from_millis(1_000_000_000);
        let mut machine = Machine::new(resend);
        machine.handle_ask(now);
        Self {
            now,
            machine,
            resend,
            stage: 0,
            fails,
            under_way: None,
            submissions: 0,
            heard: Vec::new(),
            announced: None,
            links: 0,
        }
    }

    fn truth(&mut self) -> Job {
        let job = Job {
            job_id: "job-1".into(),
            estimated_time: Some(120),
            ..Job::default()
        };
        match (self.stage, self.fails) {
            (0, _) => Job {
                status: Status::Pending,
                queue_position: Some(1),
                ..job
            },
            (1, _) => job,
            (_, true) => {
                let error = Some(JobError::new(code::PROCESSING_ERROR, "The face froze."));
                Job {
                    status: Status::Failed,
                    error,
                    ..job
                }
            }
            (_, false) => {
                self.links += 1;
                let video_url = Some(format!("https://cdn.example/{}", self.links));
                Job {
                    status: Status::Completed,
                    video_url,
                    ..job
                }
            }
        }
    }

    fn take(&mut self, step: &Step) {
        let (now, seconds) = (self.now, |s: u32| Duration::from_secs(s.into()));
        match step {
            Step::Pass { seconds: wait } => self.now = now.after(seconds(*wait)),
            Step::ClockSetBack { seconds: back } => {
                self.now =
                    Instant::from_millis(now.as_millis().saturating_sub(u64::from(*back) * 1000));
            }
            Step::Work => self.stage = 2.min(self.stage + u8::from(self.submissions > 0)),
            Step::Answer { retry_after } => {
                if self.under_way.take().is_some() {
                    let job = self.truth();
                    self.heard.push(job.clone());
                    self.machine
                        .handle_sighting(now, &job, retry_after.map(seconds));
                }
            }
            Step::Lose => {
                if self.under_way.take().is_some() {
                    self.machine.handle_lost(now, None);
                }
            }
            Step::NeverOpened { retry_after } => {
                if let Some(request) = self.under_way.take() {
                    self.submissions -= u32::from(request == Request::Create);
                    self.machine.handle_not_sent(now, retry_after.map(seconds));
                }
            }
            Step::Missing => {
                if self.under_way == Some(Request::Look) {
                    self.under_way = None;
                    self.machine.handle_missing(now);
                }
            }
            Step::Refused => {
                if self.under_way == Some(Request::Create) && self.submissions == 1 {
                    self.under_way = None;
                    self.submissions = 0;
                    self.machine
                        .handle_refused(JobError::new(code::VALIDATION_ERROR, "No."));
                }
            }
            Step::Repeat { which } => {
                if !self.heard.is_empty() {
                    let job = which.get(&self.heard).clone();
                    self.machine.handle_sighting(now, &job, None);
                }
            }
            Step::Stream { open } => self.machine.handle_push(now, *open),
            Step::Push => {
                if self.submissions > 0 && !self.heard.is_empty() {
                    let job = self.truth();
                    self.machine.handle_sighting(now, &job, None);
                }
            }
            Step::Hint => self.machine.handle_hint(now),
            Step::Pace(pace) => self.machine.handle_pace(*pace),
            Step::Refresh => self.machine.handle_refresh(now),
            Step::Restart => {
                let written = serde_json::to_string(&self.machine).unwrap();
                let read: Machine = serde_json::from_str(&written).unwrap();
                assert_eq!(
                    read, self.machine,
                    "a machine read back is the same machine"
                );
                self.machine = read;
                self.machine.handle_restart(now);
                self.under_way = None;
            }
            Step::WaitInVain => {
                let waited = *self.machine.state() == State::Idle;
                self.machine.handle_waited_in_vain();
                assert!(!waited || self.machine.is_over() && self.submissions == 0);
            }
            Step::Withdraw => {
                let withdrawn = self.machine.handle_withdraw();
                assert!(!withdrawn || self.submissions == 0 || self.resend == Resend::SameKey);
            }
        }
        self.drive();
    }

    /// What a driver does after every piece of news.
    fn drive(&mut self) {
        let before = self.machine.state().clone();
        self.machine.handle_timeout(self.now);
        if let Some(request) = self.machine.poll_request(self.now) {
            // An answer that took too long was given up by the machine; the driver drops it.
            self.under_way = Some(request);
            self.submissions += u32::from(request == Request::Create);
            assert_eq!(
                self.machine.poll_request(self.now),
                None,
                "one request at a time"
            );
        }
        if let Some(job) = self.machine.poll_change() {
            assert_ne!(
                self.announced.as_ref(),
                Some(&job),
                "each change is announced once"
            );
            if let Some(said) = &self.announced {
                assert!(
                    !said.status.is_end() || said.status == job.status,
                    "an end is never left"
                );
            }
            self.announced = Some(job);
        }
        assert_eq!(self.machine.poll_change(), None);
        match before {
            State::Ready => assert_eq!(self.machine.state(), &State::Ready),
            State::Failed(_) => assert_eq!(self.machine.state(), &before),
            _ => {}
        }
    }

    /// From here on the world only does `step`, and time passes as the machine wants.
    fn settle(&mut self, step: &Step) {
        for _ in 0..6_000 {
            if self.machine.is_over() {
                return;
            }
            // The work first: a queue that has stood still until now may be just short of giving up.
            self.take(&Step::Work);
            self.take(step);
            if let Some(next) = self.machine.poll_timeout() {
                self.now = self.now.max(next);
            }
        }
        panic!("the job hangs: {:?}", self.machine);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn one_ask_makes_at_most_one_paid_submission_and_every_job_ends(
        steps in proptest::collection::vec(step(), 0..60), fails: bool, ends_well: bool,
    ) {
        let mut world = World::new(Resend::Never, fails);
        world.drive();
        for step in &steps {
            world.take(step);
            prop_assert!(world.submissions <= 1, "submitted {} times", world.submissions);
        }
        let end = if ends_well { Step::Answer { retry_after: None } } else { Step::Lose };
        world.settle(&end);
        prop_assert!(world.submissions <= 1);
    }

    #[test]
    fn with_a_key_a_lost_answer_loses_no_job(
        steps in proptest::collection::vec(step(), 0..60), fails: bool,
    ) {
        let mut world = World::new(Resend::SameKey, fails);
        world.drive();
        for step in &steps {
            // These end the job by somebody's word, which is not what is tested here.
            if !matches!(step, Step::Withdraw | Step::WaitInVain | Step::Refused | Step::Missing) {
                world.take(step);
            }
        }
        let stuck = matches!(world.machine.state(), State::Failed(_));
        world.settle(&Step::Answer { retry_after: None });
        if !stuck {
            let expected = if fails { Status::Failed } else { Status::Completed };
            prop_assert_eq!(world.machine.job().status, expected);
        }
    }
}
