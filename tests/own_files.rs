//! A person's own files and standard input, where they are not what they should be: a sentence, and no waiting for ever.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in test functions, and not in their helpers"
)]

mod support {
    pub mod binary;
    pub mod folder;
    pub mod independent;
}

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::Duration;

use support::binary::{regscope, regscope_with, run};
use support::folder::{Folder, annotated};

/// Files that never give anything, never end, or are far too large.
struct Strange {
    folder: tempfile::TempDir,
}

impl Strange {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pipe = std::process::Command::new("mkfifo")
            .arg(folder.path().join("pipe"))
            .status();
        assert!(pipe.unwrap().success());
        symlink("/dev/zero", folder.path().join("endless")).unwrap();
        let sparse = std::fs::File::create(folder.path().join("huge")).unwrap();
        sparse.set_len(5_000_000_000).unwrap();
        Self { folder }
    }

    fn files(&self) -> [(PathBuf, &'static str); 4] {
        [
            ("pipe", "is a pipe"),
            ("endless", "a device"),
            ("huge", "is larger than"),
            ("", "is a folder"),
        ]
        .map(|(name, words)| (self.folder.path().join(name), words))
    }
}

#[test]
fn files_that_are_named_are_regular_and_have_a_size() {
    let strange = Strange::new();
    for (file, words) in strange.files() {
        for option in ["--config", "--ca-file", "--cert"] {
            let mut command = regscope();
            command.timeout(Duration::from_secs(20));
            command
                .args(["tree", "127.0.0.1:1/app:1", option])
                .arg(&file);
            if option == "--cert" {
                command.arg("--cert-key").arg(&file);
            }
            let ran = run(&mut command);
            assert!(
                matches!(ran.code, 2 | 3),
                "{option} {}: {}",
                file.display(),
                ran.err
            );
            assert!(ran.err.contains(words), "{option}: {}", ran.err);
            assert!(ran.err.contains(&*file.to_string_lossy()), "{}", ran.err);
        }
    }
    for (file, words) in strange.files() {
        let file = file.to_str().unwrap();
        for arguments in [
            &["verify", "demo", "--key", file][..],
            &["verify", "demo", "--trusted-root", file],
            &["verify", "demo", "--ca-roots", file],
            &["verify", "x.json", "--artifact", file],
            &[
                "verify",
                file,
                "--artifact",
                "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
            ],
            &["impact", "demo", "--in-use", file],
        ] {
            let mut command = regscope();
            command.timeout(Duration::from_secs(20));
            let ran = run(command.args(arguments));
            assert!(matches!(ran.code, 2 | 3), "{arguments:?}: {}", ran.err);
            let is_told = ran.err.contains(words) || ran.err.contains("x.json");
            assert!(is_told && ran.out.is_empty(), "{arguments:?}: {}", ran.err);
        }
    }
    // A pipe that is open already, as a shell makes it, is read.
    let mut command = regscope();
    command.timeout(Duration::from_secs(20));
    command.args(["impact", "demo", "--in-use", "/dev/stdin"]);
    let ran = run(command.write_stdin("registry.example.com/team/app:1.3.2\n"));
    // The example has one broken document.
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(!ran.err.contains("--in-use"), "{}", ran.err);
    let mut command = regscope();
    command.timeout(Duration::from_secs(20));
    command.args(["tree", "demo", "--log"]);
    let ran = run(command.arg(strange.folder.path().join("pipe")));
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("it is a pipe"), "{}", ran.err);
}

#[test]
fn a_home_that_is_no_folder_has_no_files() {
    for arguments in [
        &["tree", "demo"][..],
        &["tree", "127.0.0.1:1/app:1"],
        &["cache"],
        &["config"],
        &["impact", "demo"],
    ] {
        let mut command = regscope();
        command
            .env_remove("XDG_CACHE_HOME")
            .env("HOME", "/dev/null");
        let ran = run(command.args(arguments));
        assert_ne!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert!(!ran.err.contains("/dev/null"), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn standard_input_is_read_by_one_option_and_within_bounds() {
    let given = |arguments: &[&str], input: &str| {
        let mut command = regscope();
        command.args(arguments).write_stdin(input);
        run(&mut command)
    };
    let deletes = ["impact", "127.0.0.1:1/app", "--delete", "-"];
    for more in [
        &["--username", "me", "--password-stdin"][..],
        &["--in-use", "-"],
        &["--delete", "-"],
    ] {
        let ran = given(&[&deletes[..], more].concat(), "app:1\n");
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains("only one of"), "{}", ran.err);
    }
    let long = "x".repeat(100_000);
    let arguments = [
        "tree",
        "127.0.0.1:1/app:1",
        "--username",
        "me",
        "--password-stdin",
    ];
    let ran = given(&arguments, &long);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(
        ran.err.contains("is longer than 65536 bytes"),
        "{}",
        ran.err
    );
    // A line within the bound is a password, and nobody listens there.
    assert_eq!(given(&arguments, "secret\nmore\n").code, 3);
}

#[test]
fn levels_of_indexes_that_list_the_same_twice_are_printed_once() {
    let mut folder = Folder::new();
    let mut level = [folder.image("a"), folder.image("b")];
    for number in 0..40 {
        let children = level.clone();
        level = ["left", "right"].map(|side| {
            let named = annotated(&children[0], &[("level", &format!("{number} {side}"))]);
            folder.index(&[named, children[1].clone()])
        });
    }
    folder.tag("top", &level[0]);
    let ran = regscope_with(&["tree", &folder.target()]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.lines().count() < 400, "{}", ran.out.lines().count());
    assert!(ran.out.contains("as above"), "{}", ran.out);
}
