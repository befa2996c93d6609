//! Counting tests over several runs of several programs.

use std::fmt;
use std::process::Command;

use anyhow::Result;

use crate::process::stream;

/// What passed, what failed and what was left out. Its display is the last line of a test run.
#[derive(Default)]
pub(crate) struct Tally {
    passed: usize,
    failed: usize,
    skipped: usize,
    complaints: Vec<String>,
}

impl Tally {
    /// A step that counts as one test.
    pub(crate) fn step(&mut self, name: &str, outcome: Result<()>) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(error) => self.fail(format!("{name}: {error:#}")),
        }
    }

    /// A run of test programs, whose `test result:` lines are counted as they come.
    pub(crate) fn tests(&mut self, name: &str, command: &mut Command) {
        let failed_before = self.failed;
        match stream(command, |line| self.read(line)) {
            Ok(status) if status.success() || self.failed > failed_before => {}
            // It did not compile, or it crashed before it could count.
            Ok(status) => self.fail(format!("{name}: {status}")),
            Err(error) => self.fail(format!("{name}: {error:#}")),
        }
    }

    /// Prints what failed, and the counts as the last line. Whether nothing failed.
    pub(crate) fn finish(&self) -> bool {
        if self.failed > 0 {
            println!("\nFailed:");
            self.complaints
                .iter()
                .for_each(|complaint| println!("  {complaint}"));
        }
        println!("\n{self}");
        self.failed == 0
    }

    fn fail(&mut self, complaint: String) {
        eprintln!("{complaint}");
        self.failed += 1;
        self.complaints.push(complaint);
    }

    fn read(&mut self, line: &str) {
        if let Some(counts) = line.strip_prefix("test result: ") {
            self.passed += count(counts, "passed");
            self.failed += count(counts, "failed");
            self.skipped += count(counts, "ignored");
        } else if let Some((test, "FAILED" | "FAIL")) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.split_once(" ... "))
        {
            self.complaints.push(test.to_owned());
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        match self.skipped {
            0 => Ok(()),
            skipped => write!(f, ", {skipped} skipped"),
        }
    }
}

/// The number before `word`, as in `ok. 3 passed; 0 failed`.
fn count(text: &str, word: &str) -> usize {
    text.split([';', '.'])
        .filter_map(|part| part.trim().strip_suffix(word)?.trim().parse::<usize>().ok())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_several_runs_are_added_up() {
        let mut tally = Tally::default();
        tally.read("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s");
        tally.read("test a_name ... FAILED");
        tally.read("test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 2.5s");
        tally.step("formatting", Ok(()));
        assert_eq!(tally.to_string(), "16 passed, 1 failed, 1 skipped");
        assert_eq!(tally.complaints, ["a_name"]);
    }

    #[test]
    fn a_run_that_never_counted_counts_as_a_failure() {
        let mut tally = Tally::default();
        tally.tests("does not compile", &mut Command::new("false"));
        assert_eq!(tally.to_string(), "0 passed, 1 failed");
    }
}
