//! The program: starts where it is told, says where it is, and takes its faults from flags.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Output, Stdio},
};

/// A running program, ended when dropped.
struct Program {
    child: Child,
    address: String,
}

impl Program {
    fn start(flags: &[&str]) -> Self {
        let mut child = command(flags).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let printed = child.stdout.take().unwrap();
        BufReader::new(printed).read_line(&mut line).unwrap();
        let (_, address) = line.trim().split_once("http://").expect("an address");
        Self {
            child,
            address: address.to_owned(),
        }
    }

    fn get(&self, path: &str) -> String {
        let mut socket = TcpStream::connect(&self.address).unwrap();
        let head = "host: konpro.test\r\nx-api-key: k\r\nconnection: close";
        write!(socket, "GET {path} HTTP/1.1\r\n{head}\r\n\r\n").unwrap();
        let mut heard = String::new();
        socket.read_to_string(&mut heard).unwrap();
        heard
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn command(flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_konpro-simulator"));
    command.args(["--addr", "127.0.0.1:0"]).args(flags);
    command
}

#[test]
fn it_says_where_it_answers_and_its_links_lead_there() {
    let program = Program::start(&["--api-key", "k", "--dialect", "sdk"]);
    let list = program.get("/v1/avatars/?page_size=1");
    assert!(list.starts_with("HTTP/1.1 200 OK\r\n"), "{list}");
    let link = format!("http://{}/media/avatars/avatar-3655.svg", program.address);
    assert!(list.contains("\"meta\"") && list.contains(&link), "{list}");
}

#[test]
fn flags_set_limits_and_faults() {
    let flags = [
        "--api-key",
        "k",
        "--per-minute",
        "1",
        "--fault",
        "health:dropx1",
        "--fault",
        "voices:html",
    ];
    let program = Program::start(&flags);
    assert_eq!(program.get("/health"), "");
    assert!(program.get("/health").starts_with("HTTP/1.1 200"));
    assert!(program.get("/v1/voices").starts_with("HTTP/1.1 502"));
    assert!(program.get("/v1/videos").starts_with("HTTP/1.1 200"));
    assert!(program.get("/v1/videos").starts_with("HTTP/1.1 429"));
}

#[test]
fn flags_that_make_no_sense_are_refused_with_a_reason() {
    for (flag, value, reason) in [
        ("--fault", "create:lunch", "status:503x2"),
        ("--speed", "0", "must be more than 0"),
        ("--speed", "inf", "must be more than 0"),
    ] {
        let Output { status, stderr, .. } = command(&[flag, value]).output().unwrap();
        assert!(!status.success());
        let said = String::from_utf8(stderr).unwrap();
        assert!(said.contains(reason), "{said}");
    }
}
