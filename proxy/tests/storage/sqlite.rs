//! What only a file does: outliving the process, and belonging to one.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use konpro_proxy::storage::{Change, Storage};

use super::{NOW, changes, commit, folder, put, read};

#[tokio::test]
async fn what_was_written_is_there_after_closing_and_opening() {
    let file = folder("reopened").join("konpro.db");
    let storage = Storage::sqlite(&file).unwrap();
    assert!(commit(&storage, changes(vec![put("a", "1")])).await);
    drop(storage);
    let storage = Storage::sqlite(&file).unwrap();
    assert_eq!(read(&storage, "a").await.as_deref(), Some(&b"1"[..]));
    assert!(storage.is_exclusive());
}

#[tokio::test]
async fn a_second_process_is_refused_and_a_command_beside_is_not() {
    let file = folder("second").join("konpro.db");
    let storage = Storage::sqlite(&file).unwrap();
    let refused = Storage::sqlite(&file).unwrap_err().to_string();
    assert!(
        refused.contains("KONPRO_PROXY_STORE") && refused.contains("another"),
        "{refused}"
    );
    let beside = Storage::sqlite_beside(&file).unwrap();
    assert!(commit(&beside, changes(vec![put("a", "1")])).await);
    assert_eq!(read(&storage, "a").await.as_deref(), Some(&b"1"[..]));
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = Storage::sqlite(&folder("missing").join("no/konpro.db")).unwrap_err();
    let said = format!("{error:#}");
    assert!(
        said.contains("KONPRO_PROXY_STORE") && said.contains("no/konpro.db"),
        "{said}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let file = folder("mode").join("konpro.db");
    let _storage = Storage::sqlite(&file).unwrap();
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}

#[tokio::test]
async fn what_was_erased_is_no_longer_in_the_file() {
    let file = folder("erased").join("konpro.db");
    let storage = Storage::sqlite(&file).unwrap();
    let secret = "a very private script ".repeat(500);
    assert!(commit(&storage, changes(vec![put("a", secret.clone())])).await);
    let delete = Change::Delete {
        key: "a".to_owned(),
    };
    assert!(commit(&storage, changes(vec![delete])).await);
    storage.purge(NOW).await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let mut path = file.clone().into_os_string();
        path.push(suffix);
        let bytes = std::fs::read(path).unwrap_or_default();
        let found = String::from_utf8_lossy(&bytes).contains("very private");
        assert!(!found, "konpro.db{suffix}");
    }
}

/// In the child process: what another program, such as one that makes a backup, does.
#[test]
fn looks_into_the_file_and_ends() {
    let Some(file) = std::env::var_os("KONPRO_TEST_LOOKED_INTO") else {
        return;
    };
    let connection = rusqlite::Connection::open(file).unwrap();
    let sql = "SELECT value FROM documents ORDER BY key DESC LIMIT 1";
    let last = connection.query_row(sql, [], |row| row.get::<_, Vec<u8>>(0));
    println!("the last is {}", String::from_utf8(last.unwrap()).unwrap());
    connection.close().unwrap();
}

/// Closing the last connection that SQLite knows of removes the journal: this process's own must
/// be known to it, or what is committed afterwards goes nowhere.
#[tokio::test]
async fn another_program_that_looks_into_the_file_takes_nothing_away() {
    let file = folder("looked-into").join("konpro.db");
    let storage = Storage::sqlite(&file).unwrap();
    for (key, value) in [("a", "1"), ("b", "2"), ("c", "3")] {
        assert!(commit(&storage, changes(vec![put(key, value)])).await);
        let looked = Command::new(std::env::current_exe().unwrap())
            .args([
                "sqlite::looks_into_the_file_and_ends",
                "--exact",
                "--nocapture",
            ])
            .env("KONPRO_TEST_LOOKED_INTO", &file)
            .output()
            .unwrap();
        let said = String::from_utf8(looked.stdout).unwrap();
        assert!(said.contains(&format!("the last is {value}")), "{said}");
    }
}

/// In the child process: commits one after the other, and says which were acknowledged.
#[tokio::test]
async fn writes_until_it_is_killed() {
    let Some(file) = std::env::var_os("KONPRO_TEST_KILLED_STORE") else {
        return;
    };
    let storage = Storage::sqlite(file.as_ref()).unwrap();
    for n in 0u32.. {
        let both = vec![put("last", n.to_string()), put("twin", n.to_string())];
        assert!(commit(&storage, changes(both)).await);
        // Past the test harness, which would hold it back.
        use std::io::Write;
        writeln!(std::io::stderr(), "acknowledged {n}").unwrap();
    }
}

#[tokio::test]
async fn whatever_was_acknowledged_survives_a_kill() {
    for round in 0..5u32 {
        let file = folder(&format!("killed-{round}")).join("konpro.db");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "sqlite::writes_until_it_is_killed",
                "--exact",
                "--nocapture",
            ])
            .env("KONPRO_TEST_KILLED_STORE", &file)
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let enough = |line: &String| {
            let number = line.strip_prefix("acknowledged ")?.parse::<u32>().ok()?;
            (number >= 20 + 13 * round).then_some(number)
        };
        let acknowledged = loop {
            let line = lines.next().unwrap().unwrap();
            if let Some(number) = enough(&line) {
                break number;
            }
        };
        child.kill().unwrap();
        child.wait().unwrap();
        let storage = Storage::sqlite(&file).unwrap();
        let number = async |key| {
            let value = read(&storage, key).await.unwrap();
            str::from_utf8(&value).unwrap().parse::<u32>().unwrap()
        };
        let (last, twin) = (number("last").await, number("twin").await);
        assert_eq!(last, twin, "no commit is there by halves");
        assert!(last >= acknowledged, "{last} after {acknowledged}");
    }
}
