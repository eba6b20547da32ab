//! The real registries: started, stopped by the process that was started, and collected while they are stopped.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::http::Http;

/// A registry that is installed.
#[derive(Debug)]
pub struct Program {
    /// Its binary.
    pub name: &'static str,
    /// The policy of its collector, without and with `-m`.
    pub policies: [&'static str; 2],
    /// What it says to `--version`.
    pub version: &'static str,
}

/// Debian's.
pub const DOCKER_REGISTRY: Program = Program {
    name: "docker-registry",
    policies: ["distribution-2.8", "distribution-2.8-delete-untagged"],
    version: "2.8",
};

/// The current one.
pub const DISTRIBUTION: Program = Program {
    name: "registry",
    policies: ["distribution-3", "distribution-3-delete-untagged"],
    version: "3.",
};

/// What a run of the collector said.
#[derive(Debug)]
pub struct Collected {
    pub is_ok: bool,
    pub errors: String,
}

impl Program {
    /// Whether this program is installed, in the release that the policies are for.
    pub fn is_installed(&self) -> Result<(), String> {
        let output = Command::new(self.name).arg("--version").output();
        let output = output.map_err(|error| format!("{} does not start: {error}", self.name))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let is_right = said
            .split_whitespace()
            .any(|word| word.trim_start_matches('v').starts_with(self.version));
        if is_right {
            Ok(())
        } else {
            Err(format!("{} says `{}`", self.name, said.trim()))
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.name);
        // Without it 3.1 tries to send traces to a collector on this host.
        command
            .env("OTEL_TRACES_EXPORTER", "none")
            .stdin(Stdio::null());
        command
    }

    /// Runs the collector over the storage in `root`, which no registry serves.
    pub fn collect(&self, root: &Path, untagged: bool) -> Collected {
        let file = configure(root, 1);
        let mut command = self.command();
        command.arg("garbage-collect");
        if untagged {
            command.arg("-m");
        }
        let output = command.arg(file).output().unwrap();
        Collected {
            is_ok: output.status.success(),
            errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Writes a configuration for the storage in `root`, on `port`. No cache: one in memory lies after a collection.
fn configure(root: &Path, port: u16) -> PathBuf {
    let file = root.with_extension("yml");
    let text = format!(
        "version: 0.1\nlog: {{level: warn, accesslog: {{disabled: true}}}}\nstorage:\n  \
        filesystem: {{rootdirectory: \"{}\"}}\n  delete: {{enabled: true}}\n  \
        maintenance: {{uploadpurging: {{enabled: false}}}}\n\
        http: {{addr: \"127.0.0.1:{port}\", headers: {{X-Registry-Of: [\"{}\"]}}}}\n",
        root.display(),
        root.display()
    );
    fs::write(&file, text).unwrap();
    file
}

/// A registry that serves; stopped at the latest when it is dropped.
pub struct Server {
    child: Child,
    pub port: u16,
    pub http: Http,
}

impl Server {
    /// Serves the storage in `root` on a free port.
    pub fn start(program: &Program, root: &Path) -> Self {
        for _ in 0..10 {
            if let Some(server) = Self::try_start(program, root) {
                return server;
            }
        }
        let log = fs::read_to_string(root.with_extension("log")).unwrap_or_default();
        panic!("{} does not start: {log}", program.name);
    }

    fn try_start(program: &Program, root: &Path) -> Option<Self> {
        let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let file = configure(root, port);
        let log = File::create(root.with_extension("log")).unwrap();
        let child = program
            .command()
            .arg("serve")
            .arg(file)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut guard = Guard(Some(child));
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(20) {
            if let Ok(mut http) = Http::connect(port) {
                // Somebody else may have taken the port in between.
                let reply = http.try_call("GET", "/v2/", &[], b"").ok()?;
                let is_ours = reply.header("x-registry-of") == Some(&root.display().to_string());
                if !is_ours {
                    return None;
                }
                let child = guard.0.take()?;
                return Some(Self { child, port, http });
            }
            if guard.0.as_mut()?.try_wait().unwrap().is_some() {
                return None;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        None
    }

    /// Ends the registry as an administrator would, and waits for it.
    pub fn stop(mut self) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(sent.success(), "SIGTERM could not be sent");
        let began = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "the registry does not stop"
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// A process that does not outlive a failed start.
struct Guard(Option<Child>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            end(child);
        }
    }
}

fn end(child: &mut Child) {
    if matches!(child.try_wait(), Ok(None)) {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

/// Copies a storage.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
