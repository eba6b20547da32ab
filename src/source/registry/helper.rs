//! Credential helpers: programs `docker-credential-NAME` that are asked over their standard input
//! (docker/docker-credential-helpers, "Development").

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use super::secret::{Secret, blanked};
use crate::oci::remote_text::clean;
use crate::source::limits::duration_in_words;

/// Why a helper gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum HelperError {
    /// The name could be a path.
    #[error("the credential helper `{0}` has a name that no program has")]
    Name(String),
    /// It does not start.
    #[error("docker-credential-{0} cannot be run: {1}")]
    Start(String, std::io::ErrorKind),
    /// It takes too long.
    #[error("docker-credential-{name} did not answer within {} (setting limits.helper)", duration_in_words(*time))]
    Slow { name: String, time: Duration },
    /// It says that it failed.
    #[error("docker-credential-{0} failed: {1}")]
    Failed(String, String),
    /// It says nothing that can be read.
    #[error("docker-credential-{0} gave no user name and secret")]
    Answer(String),
}

#[derive(Deserialize)]
struct Given {
    #[serde(rename = "Username")]
    username: String,
    #[serde(rename = "Secret")]
    secret: String,
}

/// What is read of a helper's output: more than the longest token.
const OUTPUT: u64 = 1024 * 1024;

/// How long the rest of the output of a helper that has ended may take: it is in the pipe.
const REST: Duration = Duration::from_millis(100);

/// Asks the helper `name` for the credentials of `server`; nothing where it has none.
///
/// The helper runs off the loop, in a session of its own, so that there is no terminal for it to draw on, not even
/// `/dev/tty`; and it ends with its time, and everything that it started with it. What it writes to standard error is
/// thrown away: it is meant for a terminal, and may name secrets.
pub(super) async fn get(
    name: &str,
    server: &str,
    time: Duration,
) -> Result<Option<(String, Secret)>, HelperError> {
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if !is_name {
        return Err(HelperError::Name(clean(name).into_owned()));
    }
    ask(&format!("docker-credential-{name}"), name, server, time).await
}

async fn ask(
    program: &str,
    name: &str,
    server: &str,
    time: Duration,
) -> Result<Option<(String, Secret)>, HelperError> {
    let name = name.to_owned();
    let start = |error: std::io::Error| HelperError::Start(name.clone(), error.kind());
    let path = find(program).ok_or_else(|| start(std::io::ErrorKind::NotFound.into()))?;
    let (mut command, is_wrapped) = detached(&path);
    let mut child = command
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(start)?;
    let family = Family::of(&child);
    let work = async {
        if let Some(mut input) = child.stdin.take() {
            // A helper that does not read its input may still answer.
            let _ = input.write_all(server.as_bytes()).await;
        }
        output_of(&mut child).await
    };
    let (status, output) = match tokio::time::timeout(time, work).await {
        Ok(done) => done.map_err(start)?,
        Err(_) => return Err(HelperError::Slow { name, time }),
    };
    // A helper may leave an agent running that others use: one that has done its work leaves what it likes.
    family.leave();
    if is_wrapped && output.is_empty() && matches!(status.code(), Some(126 | 127)) {
        return Err(start(std::io::ErrorKind::PermissionDenied.into()));
    }
    if status.success() {
        let given: Given =
            serde_json::from_slice(&output).map_err(|_| HelperError::Answer(name))?;
        return Ok(Some((given.username, Secret::new(given.secret))));
    }
    let said = String::from_utf8_lossy(&output);
    if said.contains("credentials not found") {
        return Ok(None);
    }
    // The protocol puts the reason on standard output; an answer in JSON there would have the secret in it.
    let reason = said
        .lines()
        .next()
        .filter(|line| !line.trim_start().starts_with('{'))
        .unwrap_or_default();
    let reason: String = clean(&blanked(reason)).chars().take(200).collect();
    let reason = if reason.is_empty() {
        status.to_string()
    } else {
        reason
    };
    Err(HelperError::Failed(name, reason))
}

/// What a helper writes until it ends, and how it ended. What it started may go on holding its output open: a helper
/// that has ended has answered, so after its end only what is there already is read.
async fn output_of(child: &mut Child) -> std::io::Result<(std::process::ExitStatus, Vec<u8>)> {
    let mut output = Vec::new();
    let Some(stdout) = child.stdout.take() else {
        return Ok((child.wait().await?, output));
    };
    let mut stdout = stdout.take(OUTPUT);
    let status = loop {
        tokio::select! {
            count = stdout.read_buf(&mut output) => if count? == 0 {
                break child.wait().await?;
            },
            ended = child.wait() => break ended?,
        }
    };
    while let Ok(count) = tokio::time::timeout(REST, stdout.read_buf(&mut output)).await {
        if count? == 0 {
            break;
        }
    }
    Ok((status, output))
}

/// The file that a program's name stands for: a path as it is, else the first one on `PATH`.
fn find(program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(PathBuf::from(program));
    }
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders)
        .map(|folder| folder.join(format!("{program}{}", std::env::consts::EXE_SUFFIX)))
        .find(|file| file.is_file())
}

/// A command that runs the program at `path` in a session of its own, without a controlling terminal (`setsid`, of
/// util-linux and of busybox), and whether another program does that. Where there is none, a process group of its own
/// has to do: the terminal then stops the program if it reads from it.
fn detached(path: &Path) -> (Command, bool) {
    if cfg!(unix)
        && let Some(setsid) = find("setsid")
    {
        let mut command = Command::new(setsid);
        command.arg(path);
        return (command, true);
    }
    let mut command = Command::new(path);
    #[cfg(unix)]
    command.process_group(0);
    (command, false)
}

/// A helper and everything that it has started and that stayed with it: ended when dropped.
struct Family(#[cfg(unix)] Option<rustix::process::Pid>);

impl Family {
    fn of(child: &Child) -> Self {
        #[cfg(unix)]
        {
            let id = child.id().and_then(|id| i32::try_from(id).ok());
            Self(id.and_then(rustix::process::Pid::from_raw))
        }
        #[cfg(not(unix))]
        {
            let _ = child;
            Self()
        }
    }

    /// It is not ended any more.
    #[cfg_attr(
        not(unix),
        expect(clippy::unused_self, reason = "there is nothing to end")
    )]
    fn leave(self) {
        #[cfg(unix)]
        {
            let mut family = self;
            family.0 = None;
        }
    }
}

#[cfg(unix)]
impl Drop for Family {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // It leads a session, and so a group, or will never have started anything: then there is nobody there.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    async fn answer(script: &str) -> Result<Option<(String, Secret)>, HelperError> {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("helper");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let program = program.to_str().unwrap();
        loop {
            // Another test's fork may still hold the script open for writing.
            match ask(program, "x", "r.example", Duration::from_millis(800)).await {
                Err(HelperError::Start(
                    _,
                    std::io::ErrorKind::ExecutableFileBusy | std::io::ErrorKind::PermissionDenied,
                )) => {}
                answer => return answer,
            }
        }
    }

    #[tokio::test]
    async fn a_helper_is_given_the_server_and_no_terminal() {
        let script = r#"test "$1" = get && test ! -t 0 && test ! -t 1 && test ! -t 2 || exit 1
            echo "{\"Username\":\"me\",\"Secret\":\"for $(cat)\"}""#;
        let expected = ("me".to_owned(), Secret::new("for r.example"));
        assert_eq!(answer(script).await, Ok(Some(expected)));
    }

    #[tokio::test]
    async fn a_helper_without_credentials_is_no_failure() {
        assert_eq!(
            answer("echo 'credentials not found in native keychain'; exit 1").await,
            Ok(None)
        );
    }

    #[tokio::test]
    async fn a_helper_that_fails_says_why_but_no_secret() {
        let failed = |reason: &str| Err(HelperError::Failed("x".to_owned(), reason.to_owned()));
        assert_eq!(
            answer("printf 'locked\\033[2J'; exit 1").await,
            failed("locked␛[2J")
        );
        let secret = answer(r#"echo '{"Username":"me","Secret":"pw"}'; exit 3"#).await;
        assert_eq!(secret, failed("exit status: 3"));
        assert_eq!(
            answer("echo nonsense").await,
            Err(HelperError::Answer("x".to_owned()))
        );
        assert_eq!(answer("").await, Err(HelperError::Answer("x".to_owned())));
    }

    #[tokio::test]
    async fn a_helper_that_has_ended_has_answered_whatever_holds_its_output() {
        let script = r#"sleep 5 & echo "{\"Username\":\"me\",\"Secret\":\"pw\"}""#;
        let expected = ("me".to_owned(), Secret::new("pw"));
        assert_eq!(answer(script).await, Ok(Some(expected)));
    }

    #[tokio::test]
    async fn a_helper_that_waits_for_somebody_is_ended() {
        let started = std::time::Instant::now();
        assert!(matches!(
            answer("exec sleep 20").await,
            Err(HelperError::Slow { .. })
        ));
        assert!(started.elapsed() < Duration::from_secs(5));
    }

    /// Waits until the file says which process wrote it, and then until that process is gone.
    async fn is_gone(file: &std::path::Path) {
        let deadline = std::time::Instant::now() + Duration::from_secs(5);
        loop {
            let id = std::fs::read_to_string(file).unwrap_or_default();
            let id = id
                .trim()
                .parse()
                .ok()
                .and_then(rustix::process::Pid::from_raw);
            // What was killed is a zombie until somebody waits for it, which here is the first process of the system.
            let is_alive = |id: rustix::process::Pid| {
                let stat = std::fs::read_to_string(format!("/proc/{}/stat", id.as_raw_nonzero()));
                match stat {
                    Ok(stat) => !stat.contains(") Z"),
                    Err(_) => {
                        rustix::process::test_kill_process(id).is_ok() && !cfg!(target_os = "linux")
                    }
                }
            };
            match id {
                Some(id) if !is_alive(id) => return,
                _ => assert!(
                    std::time::Instant::now() < deadline,
                    "{id:?} is still there"
                ),
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    #[tokio::test]
    async fn what_a_helper_has_started_ends_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("child");
        let script = format!("sleep 300 & echo $! >{}; wait", file.display());
        let is_written = || std::fs::read_to_string(&file).is_ok_and(|id| id.ends_with('\n'));
        // On a busy machine its time may be over before it has started anything.
        while !is_written() {
            assert!(matches!(
                answer(&script).await,
                Err(HelperError::Slow { .. })
            ));
        }
        is_gone(&file).await;
        // And when nobody waits for it any more.
        std::fs::remove_file(&file).unwrap();
        let asking = loop {
            let script = script.clone();
            let asking = tokio::spawn(async move { answer(&script).await });
            while !is_written() && !asking.is_finished() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            if !asking.is_finished() {
                break asking;
            }
        };
        asking.abort();
        is_gone(&file).await;
    }

    #[tokio::test]
    async fn a_name_that_is_a_path_is_no_helper() {
        for name in ["", "../x", "a/b", "a b", "x;y"] {
            let answer = get(name, "r.example", Duration::from_secs(1)).await;
            assert!(matches!(answer, Err(HelperError::Name(_))), "{name}");
        }
    }
}
