use std::collections::BTreeMap;

use super::{Fault, FaultKind};
use crate::{counts::Call, jobs::Ending};

/// The faults that are still to come.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    injected: Queue,
    /// What scripts asked for, by script; read from each when it is first seen.
    scripted: BTreeMap<String, Queue>,
}

impl Schedule {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.injected.add(fault);
    }

    /// What happens to a call, and to the answer; used up thereby. `script` is what the call is about, if known.
    pub(crate) fn take(&mut self, call: Call, script: Option<&str>) -> Option<FaultKind> {
        let of_the_call = |fault: &Fault| fault.on == call && fault.kind.ending().is_none();
        self.take_any(of_the_call, script)
    }

    /// How a job that was just accepted will end; used up thereby.
    pub(crate) fn take_ending(&mut self, script: &str) -> Ending {
        let of_the_job = |fault: &Fault| fault.on == Call::Create && fault.kind.ending().is_some();
        self.take_any(of_the_job, Some(script))
            .and_then(|kind| kind.ending())
            .unwrap_or(Ending::Completes)
    }

    fn take_any(
        &mut self,
        fits: impl Fn(&Fault) -> bool,
        script: Option<&str>,
    ) -> Option<FaultKind> {
        self.injected.take(&fits).or_else(|| {
            let script = script?;
            let queue = self.scripted.entry(script.to_owned());
            queue.or_insert_with(|| Queue::of_script(script)).take(fits)
        })
    }
}

#[derive(Debug, Default)]
struct Queue(Vec<Fault>);

impl Queue {
    fn of_script(text: &str) -> Self {
        let bracketed = text
            .split('[')
            .skip(1)
            .filter_map(|rest| Some(rest.split_once(']')?.0));
        let asked = bracketed.filter_map(|marker| {
            let on_create = || format!("create:{marker}").parse();
            marker.parse().or_else(|_| on_create()).ok()
        });
        let mut queue = Self::default();
        asked.for_each(|fault| queue.add(fault));
        queue
    }

    fn add(&mut self, fault: Fault) {
        if fault.times > 0 {
            self.0.push(fault);
        }
    }

    fn take(&mut self, fits: impl Fn(&Fault) -> bool) -> Option<FaultKind> {
        let index = self.0.iter().position(fits)?;
        let fault = &mut self.0[index];
        if fault.times != Fault::ALWAYS {
            fault.times -= 1;
        }
        if fault.times == 0 {
            return Some(self.0.remove(index).kind);
        }
        Some(fault.kind.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_on_one_call_take_turns() {
        let mut schedule = Schedule::default();
        let script = Some(
            "One [htmlx1] two [status:html] three [not a fault] four [malformedx2] five [drop",
        );
        assert_eq!(schedule.take(Call::Create, script), Some(FaultKind::Html));
        assert_eq!(
            schedule.take(Call::Create, script),
            Some(FaultKind::Malformed)
        );
        assert_eq!(
            schedule.take(Call::Create, script),
            Some(FaultKind::Malformed)
        );
        assert_eq!(schedule.take(Call::Create, script), None);
        assert_eq!(schedule.take(Call::Status, script), Some(FaultKind::Html));
        assert_eq!(schedule.take(Call::Status, script), Some(FaultKind::Html));
        assert_eq!(schedule.take(Call::Media, script), None);
    }

    #[test]
    fn what_happens_to_a_job_leaves_the_call_alone() {
        let mut schedule = Schedule::default();
        let script = "[stuckx1][drop-afterx1]";
        assert_eq!(
            schedule.take(Call::Create, Some(script)),
            Some(FaultKind::Dropped { processed: true })
        );
        assert_eq!(schedule.take_ending(script), Ending::Never);
        assert_eq!(schedule.take_ending(script), Ending::Completes);
    }
}
