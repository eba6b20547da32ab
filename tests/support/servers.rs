//! Real registries on loopback, started and stopped by the test that needs them.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "every test file takes its part of this"
)]

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// Debian's docker-registry 2.8: no referrers API.
    DockerRegistry,
    /// distribution 3: no referrers API.
    Distribution,
    /// ferro-oci-server: the referrers API.
    Ferro,
}

/// A server that runs; it ends with this value.
pub struct Server {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

/// What docker-registry is configured with beside its storage.
#[derive(Default)]
pub struct Options {
    /// An htpasswd file.
    pub htpasswd: Option<PathBuf>,
    /// Certificate and key.
    pub tls: Option<(PathBuf, PathBuf)>,
}

impl Server {
    pub fn start(program: Program) -> Self {
        Self::start_with(program, &Options::default())
    }

    pub fn start_with(program: Program, options: &Options) -> Self {
        let mut last = String::new();
        // Somebody else may take the port before the server does.
        for _ in 0..3 {
            match Self::try_start(program, options) {
                Ok(server) => return server,
                Err(error) => last = error,
            }
        }
        panic!("{program:?} does not start: {last}");
    }

    fn try_start(program: Program, options: &Options) -> Result<Self, String> {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let log = folder.path().join("log");
        let mut command = match program {
            Program::Ferro => {
                let mut command = Command::new(program_file("ferro-oci-server"));
                command
                    .env("FERRO_OCI_LISTEN", format!("127.0.0.1:{port}"))
                    .env("NO_COLOR", "1");
                command.env_remove("FERRO_OCI_STORAGE_DIR");
                command
            }
            Program::DockerRegistry | Program::Distribution => {
                let file = folder.path().join("config.yml");
                std::fs::write(&file, configuration(program, folder.path(), port, options))
                    .unwrap();
                let name = if program == Program::Distribution {
                    "registry"
                } else {
                    "docker-registry"
                };
                let mut command = Command::new(program_file(name));
                // Otherwise it sends traces to a collector on this host.
                command
                    .arg("serve")
                    .arg(file)
                    .env("OTEL_TRACES_EXPORTER", "none");
                command
            }
        };
        let output = std::fs::File::create(&log).unwrap();
        let errors = output.try_clone().unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .current_dir(folder.path())
            .spawn()
            .unwrap();
        let mut server = Self {
            child,
            port,
            folder,
        };
        let began = Instant::now();
        loop {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(server);
            }
            let ended = server.child.try_wait().unwrap();
            if ended.is_some() || began.elapsed() > PATIENCE {
                return Err(std::fs::read_to_string(&log).unwrap());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Pushes layouts, as zot keeps them in `folder`, with referrers tags where the server does not keep a list.
    pub fn push(&self, folder: &Path, more: &[&str]) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/registries/push-storage");
        let output = Command::new(script)
            .arg(self.port.to_string())
            .arg(folder)
            .arg("--fallback-tags")
            .args(more)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// A connection on which one can ask again and again.
    pub fn connect(&self) -> Connection {
        Connection(BufReader::new(
            TcpStream::connect(("127.0.0.1", self.port)).unwrap(),
        ))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn configuration(program: Program, folder: &Path, port: u16, options: &Options) -> String {
    let data = folder.join("data");
    // No cache section: a cache in memory lies.
    let mut text = format!(
        "version: 0.1\nlog: {{level: warn}}\nstorage:\n  filesystem: {{rootdirectory: \"{}\"}}\n  \
         maintenance: {{uploadpurging: {{enabled: false}}}}\n",
        data.display()
    );
    if program == Program::Distribution {
        text.push_str("validation: {manifests: {indexes: {platforms: none}}}\n");
    }
    if let Some(file) = &options.htpasswd {
        writeln!(
            text,
            "auth: {{htpasswd: {{realm: regscope, path: \"{}\"}}}}",
            file.display()
        )
        .unwrap();
    }
    let tls = options
        .tls
        .as_ref()
        .map_or(String::new(), |(certificate, key)| {
            format!(
                ", tls: {{certificate: \"{}\", key: \"{}\"}}",
                certificate.display(),
                key.display()
            )
        });
    writeln!(text, "http: {{addr: \"127.0.0.1:{port}\"{tls}}}").unwrap();
    text
}

/// A program on `PATH` or where cargo and go put theirs.
fn program_file(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    let more = [home.join("go/bin"), home.join(".cargo/bin")];
    let found = std::env::split_paths(&path)
        .chain(more)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{name} is not installed: run .ci/install"))
}

/// Runs a tool to its end.
pub fn tool(name: &str, arguments: &[&str], folder: &Path) -> String {
    let output = Command::new(program_file(name))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Plain HTTP over one connection, for what a test does itself.
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Puts a manifest under a tag.
    pub fn put_manifest(&mut self, repository: &str, tag: &str, media_type: &str, content: &str) {
        let path = format!("/v2/{repository}/manifests/{tag}");
        let status = self.send("PUT", &path, media_type, content.as_bytes()).0;
        assert_eq!(status, 201, "{path}");
    }

    /// Puts a blob.
    pub fn put_blob(&mut self, repository: &str, digest: &str, content: &[u8]) {
        let (status, location) =
            self.send("POST", &format!("/v2/{repository}/blobs/uploads/"), "", b"");
        assert_eq!(status, 202);
        let path = match location
            .split_once("://")
            .and_then(|(_, rest)| rest.split_once('/'))
        {
            Some((_, path)) => format!("/{path}"),
            None => location,
        };
        let joint = if path.contains('?') { '&' } else { '?' };
        let put = self.send(
            "PUT",
            &format!("{path}{joint}digest={digest}"),
            "application/octet-stream",
            content,
        );
        assert_eq!(put.0, 201);
    }

    /// Sends a request and gives the status and the `Location` of the answer.
    fn send(&mut self, method: &str, path: &str, media_type: &str, body: &[u8]) -> (u16, String) {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.0
            .get_mut()
            .write_all(&[head.as_bytes(), body].concat())
            .unwrap();
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).unwrap();
            if line.trim_end().is_empty() {
                break;
            }
            lines.push(line.trim_end().to_owned());
        }
        let header = |name: &str| {
            let found = lines
                .iter()
                .filter_map(|line| line.split_once(": "))
                .find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map_or(String::new(), |(_, value)| value.to_owned())
        };
        let length: usize = header("content-length").parse().unwrap_or_default();
        let mut answer = vec![0; length];
        self.0.read_exact(&mut answer).unwrap();
        let status = lines[0].split(' ').nth(1).unwrap().parse().unwrap();
        (status, header("location"))
    }
}

/// Passes everything on to a server, and kills it when a request comes that is one too many; from then on nobody
/// listens.
pub fn dying_after(requests: usize, server: Server) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let target = server.port();
    let shared = std::sync::Arc::new(std::sync::Mutex::new((0, Some(server))));
    std::thread::spawn(move || {
        for client in listener.incoming() {
            if shared.lock().unwrap().1.is_none() {
                return;
            }
            let (client, server) = (
                client.unwrap(),
                TcpStream::connect(("127.0.0.1", target)).unwrap(),
            );
            let shared = std::sync::Arc::clone(&shared);
            let (mut to_client, mut from_server) =
                (client.try_clone().unwrap(), server.try_clone().unwrap());
            std::thread::spawn(move || {
                // Ends with either side.
                let _ = std::io::copy(&mut from_server, &mut to_client);
                let _ = to_client.shutdown(std::net::Shutdown::Both);
            });
            std::thread::spawn(move || pass_requests(client, server, &shared, requests, port));
        }
    });
    port
}

type Counted = std::sync::Mutex<(usize, Option<Server>)>;

/// A client sends one request at a time, each in one piece: the pieces are counted.
fn pass_requests(
    mut client: TcpStream,
    mut server: TcpStream,
    shared: &Counted,
    most: usize,
    port: u16,
) {
    let mut piece = [0; 16_384];
    while let Ok(size) = client.read(&mut piece) {
        let mut counted = shared.lock().unwrap();
        counted.0 += 1;
        if size == 0 || counted.1.is_none() {
            break;
        }
        if counted.0 > most {
            // Waits until it is dead; then the listener is woken, to see that.
            drop(counted.1.take());
            drop(counted);
            let _ = TcpStream::connect(("127.0.0.1", port));
            break;
        }
        drop(counted);
        if server.write_all(&piece[..size]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(std::net::Shutdown::Both);
}
