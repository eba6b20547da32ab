//! What a registry elsewhere can make us ask: in a network namespace of its own, in which "elsewhere" is an address of the
//! loopback interface that is no loopback address, so that nothing leaves the machine.
//!
//! `unshare -rnm cargo test --test namespace -- --include-ignored`
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in test functions, and not in their helpers"
)]

mod support {
    pub mod binary;
    pub mod independent;
}

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use support::binary::{Ran, regscope, run};

/// Elsewhere: an address for documentation (RFC 5737).
const ELSEWHERE: &str = "203.0.113.7";
/// Where most clouds have their metadata.
const METADATA: &str = "169.254.169.254";
/// A name that stands for this machine, in this namespace.
const DISGUISED: &str = "cdn.example";

fn command(line: &str) {
    let done = Command::new("sh").args(["-c", line]).status().unwrap();
    assert!(done.success(), "{line}");
}

/// Makes the namespace what the tests need, once. Fails where it is not one of its own.
fn namespace() {
    static MADE: std::sync::Once = std::sync::Once::new();
    MADE.call_once(|| {
        let interfaces = std::fs::read_to_string("/proc/net/dev").unwrap();
        let names = interfaces.lines().skip(2);
        let others = names.filter(|line| !line.trim_start().starts_with("lo:"));
        assert_eq!(others.count(), 0, "run it with unshare -rnm: {interfaces}");
        command("ip link set lo up");
        for address in [ELSEWHERE, METADATA] {
            command(&format!("ip addr add {address}/32 dev lo"));
        }
        let hosts = std::env::temp_dir().join(format!("hosts-{}", std::process::id()));
        std::fs::write(
            &hosts,
            format!("127.0.0.1 {DISGUISED}\n{ELSEWHERE} far.example\n"),
        )
        .unwrap();
        command(&format!("mount --bind {} /etc/hosts", hosts.display()));
    });
}

/// A server that answers every request with what `answer` makes of its path, and remembers the paths.
struct Server {
    at: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(address: &str, answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let at = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let path = path_of(&stream.as_ref().unwrap().try_clone().unwrap());
                kept.lock().unwrap().push(path.clone());
                let _ = stream.unwrap().write_all(answer(&path).as_bytes());
            }
        });
        Self { at, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn path_of(stream: &TcpStream) -> String {
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().and_then(Result::ok).unwrap_or_default();
    for line in lines.map_while(Result::ok) {
        if line.is_empty() {
            break;
        }
    }
    first.split(' ').nth(1).unwrap_or_default().to_owned()
}

fn with_header(status: &str, header: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{header}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

fn tree(registry: &str) -> Ran {
    let mut command = regscope();
    command.timeout(Duration::from_secs(30));
    let target = format!("{registry}/app:1");
    run(command.args([
        "tree",
        &target,
        "--plain-http",
        "--no-cache",
        "--timeout",
        "2",
    ]))
}

#[test]
#[ignore = "needs a network namespace of its own: unshare -rnm"]
fn a_registry_elsewhere_cannot_send_us_to_this_machine_or_its_cloud() {
    namespace();
    for near in ["127.0.0.1", METADATA, DISGUISED] {
        let listens = if near == DISGUISED { "127.0.0.1" } else { near };
        let canary = Server::start(listens, |_| with_header("200 OK", "X-Secret: yes"));
        let to = format!("http://{near}:{}/latest/meta-data", canary.at.port());
        for status in ["301 M", "302 F", "303 S", "307 T", "308 P"] {
            let to = to.clone();
            let registry = Server::start(ELSEWHERE, move |_| {
                with_header(status, &format!("Location: {to}"))
            });
            let ran = tree(&registry.at.to_string());
            assert_eq!(ran.code, 3, "{near} {status}: {}", ran.err);
            assert!(ran.err.contains("refused"), "{near} {status}: {}", ran.err);
            assert_ne!(registry.asked(), [""; 0], "{near} {status}");
        }
        assert_eq!(canary.asked(), [""; 0], "{near} was asked");
    }
}

#[test]
#[ignore = "needs a network namespace of its own: unshare -rnm"]
fn a_registry_elsewhere_cannot_name_a_token_server_on_this_machine() {
    namespace();
    for near in ["127.0.0.1", METADATA, DISGUISED] {
        let listens = if near == DISGUISED { "127.0.0.1" } else { near };
        let canary = Server::start(listens, |_| with_header("200 OK", "X-Secret: yes"));
        for scheme in ["http", "https"] {
            let realm = format!("{scheme}://{near}:{}/token", canary.at.port());
            let registry = Server::start(ELSEWHERE, move |_| {
                with_header(
                    "401 U",
                    &format!("WWW-Authenticate: Bearer realm=\"{realm}\""),
                )
            });
            let ran = tree(&registry.at.to_string());
            assert_eq!(ran.code, 3, "{near}: {}", ran.err);
        }
        assert_eq!(canary.asked(), [""; 0], "{near} was asked");
    }
}

#[test]
#[ignore = "needs a network namespace of its own: unshare -rnm"]
fn a_registry_may_send_us_to_itself_and_to_others_elsewhere() {
    namespace();
    let store = Server::start(ELSEWHERE, |_| with_header("404 N", "X: y"));
    for place in [ELSEWHERE, "far.example"] {
        let to = format!("http://{place}:{}/blob", store.at.port());
        let registry = Server::start(ELSEWHERE, move |_| {
            with_header("307 T", &format!("Location: {to}"))
        });
        let before = store.asked().len();
        let ran = tree(&registry.at.to_string());
        assert!(store.asked().len() > before, "{place}: {}", ran.err);
    }
    // One of this machine may send us anywhere on it, also where it has another name.
    let near = Server::start("127.0.0.1", |_| with_header("404 N", "X: y"));
    let to = format!("http://127.0.0.1:{}/blob", near.at.port());
    let registry = Server::start("127.0.0.1", move |_| {
        with_header("307 T", &format!("Location: {to}"))
    });
    for name in ["127.0.0.1", DISGUISED] {
        let before = near.asked().len();
        let ran = tree(&format!("{name}:{}", registry.at.port()));
        assert!(near.asked().len() > before, "{name}: {}", ran.err);
    }
}

#[test]
#[ignore = "needs a network namespace of its own: unshare -rnm"]
fn an_error_that_drips_does_not_outlast_the_timeout() {
    namespace();
    let listener = TcpListener::bind((ELSEWHERE, 0)).unwrap();
    let at = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || {
                let mut stream = stream.unwrap();
                path_of(&stream);
                let _ = stream.write_all(b"HTTP/1.1 404 N\r\nContent-Length: 100000\r\n\r\n");
                // Slower than any test, and never silent for as long as `--timeout`.
                while stream.write_all(b"x").is_ok() {
                    std::thread::sleep(Duration::from_millis(300));
                }
            });
        }
    });
    let began = std::time::Instant::now();
    let ran = tree(&at.to_string());
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(
        began.elapsed() < Duration::from_secs(12),
        "{:?}",
        began.elapsed()
    );
}
