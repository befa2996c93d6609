//! What the proxy writes into its log, in full.

use std::io::{self, Write};
use std::sync::{Mutex, Once};

use tracing_subscriber::EnvFilter;

/// Every log line of this process; the tests that run beside each other tell theirs by what they search for.
static WRITTEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Begins to keep the log, in more detail than any operator asks for. The simulator's is not the operator's.
pub fn keep() {
    static BEGIN: Once = Once::new();
    BEGIN.call_once(|| {
        tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(
                "debug,konpro_proxy=trace,konpro_simulator=off",
            ))
            .with_ansi(false)
            .with_writer(|| Kept)
            .init();
    });
}

/// All of it so far.
pub fn written() -> Vec<u8> {
    WRITTEN.lock().unwrap().clone()
}

struct Kept;

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        WRITTEN.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
