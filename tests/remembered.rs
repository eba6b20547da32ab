//! What one run of the program leaves to the next: content that can be believed after a kill in the middle, and an
//! offline view that says what was never known.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where its ground is not as it thinks"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use regscope::oci::Digest;
use support::{Options, TestRegistry};

/// Eighty tags, each an index of two images with a referrer; every image has a config and a layer of its own.
async fn registry() -> TestRegistry {
    let registry = TestRegistry::with(Options {
        delay: Duration::from_millis(2),
        ..Options::default()
    })
    .await;
    for number in 0..80 {
        let images = ["a", "b"].map(|name| registry.image("app", &format!("{number} {name}")));
        let index = registry.index("app", &images);
        registry.tag("app", &format!("1.{number}"), &index);
        registry.referrer("app", &index, "application/spdx+json", &number.to_string());
    }
    registry
}

fn tree(registry: &TestRegistry, folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_regscope"));
    command
        .env_clear()
        .env("HOME", folder)
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .args(["tree", &format!("{}/app", registry.host())])
        .args(["--full", "--format", "json"])
        .args(more)
        .stdin(Stdio::null());
    command
}

/// The exit code and the holes of a run.
async fn holes(mut command: Command) -> (i32, Vec<String>) {
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let holes = document["coverage"]["holes"].as_array().unwrap().iter();
    let holes = holes
        .map(|hole| format!("{} {}", hole["what"].as_str().unwrap(), hole["reason"]))
        .collect();
    (output.status.code().unwrap(), holes)
}

/// The command's output, made off the runtime's threads: the registry lives on them.
async fn whole(mut command: Command) -> Vec<u8> {
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// Starts the command and kills it (SIGKILL) once the registry was asked `requests` times more.
async fn killed_after(registry: &TestRegistry, requests: usize, mut command: Command) {
    let before = registry.requests();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while registry.requests() < before + requests {
        assert_eq!(child.try_wait().unwrap(), None, "it ended by itself");
        assert!(began.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            files.extend(files_below(&entry.path()));
        } else {
            files.push(entry.path());
        }
    }
    files
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_crawl_leaves_no_broken_content_and_the_next_one_reads_the_same_as_a_fresh_one() {
    let registry = registry().await;
    let folder = tempfile::tempdir().unwrap();
    let fresh = whole(tree(&registry, folder.path(), &["--no-cache"])).await;
    assert!(files_below(folder.path()).is_empty(), "--no-cache wrote");
    // At ever other places: among the tags, the platforms, the configs and the referrers.
    for requests in [2, 30, 83, 120, 200, 260, 340, 500] {
        killed_after(&registry, requests, tree(&registry, folder.path(), &[])).await;
    }
    let kept = files_below(&folder.path().join("cache"));
    let contents: Vec<_> = kept
        .iter()
        .filter(|path| path.components().any(|part| part.as_os_str() == "sha256"))
        .filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with('.'))
        .collect();
    assert!(contents.len() > 100, "{} of {}", contents.len(), kept.len());
    for path in &contents {
        let digest = Digest::of(&std::fs::read(path).unwrap());
        assert_eq!(
            digest.encoded(),
            path.file_name().unwrap().to_string_lossy()
        );
    }
    // What a disk may leave of a file after a power cut: half of it, or none.
    let (half, empty) = (contents[3], contents[40]);
    let bytes = std::fs::read(half).unwrap();
    std::fs::write(half, &bytes[..bytes.len() / 2]).unwrap();
    std::fs::write(empty, "").unwrap();
    let after = whole(tree(&registry, folder.path(), &[])).await;
    assert_eq!(
        String::from_utf8_lossy(&after),
        String::from_utf8_lossy(&fresh)
    );
    let offline = whole(tree(&registry, folder.path(), &["--offline"])).await;
    assert_eq!(
        String::from_utf8_lossy(&offline),
        String::from_utf8_lossy(&fresh)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn offline_says_what_was_never_known() {
    let registry = registry().await;
    let whole_then_offline = |more: &'static [&'static str]| {
        let registry = &registry;
        async move {
            let folder = tempfile::tempdir().unwrap();
            let first = tree(registry, folder.path(), more);
            let (_, _) = holes(first).await;
            holes(tree(registry, folder.path(), &["--offline"])).await
        }
    };
    let (code, told) = whole_then_offline(&[]).await;
    assert_eq!((code, told.len()), (0, 0), "{told:?}");
    for (more, what) in [
        (&["--depth", "1"][..], "manifest"),
        (&["--depth", "2"], "manifest"),
        (&["--max-requests", "40"], "manifest"),
        (&["--tags", "1.7"], "manifest"),
    ] {
        let (code, told) = whole_then_offline(more).await;
        assert_eq!(code, 4, "{more:?}");
        assert!(
            told.iter()
                .any(|hole| hole.starts_with(what) && hole.contains("--offline")),
            "{more:?}: {told:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fact_that_was_damaged_on_the_disk_is_not_told() {
    let registry = registry().await;
    let folder = tempfile::tempdir().unwrap();
    let fresh = whole(tree(&registry, folder.path(), &[])).await;
    assert!(String::from_utf8_lossy(&fresh).contains("\"1.7\""));
    let facts = files_below(&folder.path().join("cache"))
        .into_iter()
        .find(|path| path.extension().is_some_and(|end| end == "facts"))
        .unwrap();
    let text = std::fs::read_to_string(&facts).unwrap();
    assert!(text.contains("\"1.7\""));
    std::fs::write(&facts, text.replace("\"1.7\"", "\"1.X\"")).unwrap();
    let mut offline = tree(&registry, folder.path(), &["--offline"]);
    let output = tokio::task::spawn_blocking(move || offline.output().unwrap())
        .await
        .unwrap();
    assert!(!output.status.success(), "what is lost is a hole");
    let said = [output.stdout, output.stderr].concat();
    assert!(!String::from_utf8_lossy(&said).contains("1.X"));
    // And asking again mends it.
    let again = whole(tree(&registry, folder.path(), &[])).await;
    assert_eq!(
        String::from_utf8_lossy(&again),
        String::from_utf8_lossy(&fresh)
    );
    let offline = whole(tree(&registry, folder.path(), &["--offline"])).await;
    assert_eq!(
        String::from_utf8_lossy(&offline),
        String::from_utf8_lossy(&fresh)
    );
}
