//! Names from outside, in everything that is written: none leaves its line or its quotes, and commands that are piped
//! into a shell do only what they say.
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

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use regscope::oci::remote_text::is_dangerous;
use serde_json::{Value, json};
use support::binary::{regscope_with, run};
use support::folder::{Folder, digest};

/// What a stranger may name a tag.
const NAMES: &[&str] = &[
    "good",
    "x\ntouch RAN\n#",
    "x\r\ntouch RAN\r\n",
    "y\u{1b}]0;title\u{7}\u{1b}[2J",
    "$(touch RAN)",
    "`touch RAN`",
    "'; touch RAN; '",
    "\"; touch RAN; \"",
    "; touch RAN",
    "--force",
    "right\u{202e}left\u{2066}",
    "line\u{2028}and\u{85}line",
    "invisible\u{200b}\u{e0041}",
    "c1\u{9b}31m",
    "nul\u{0}end",
];

/// A layout in which every tag, every annotation and every type has such a name.
fn layout() -> Folder {
    let mut folder = Folder::new();
    let evil = "x\ntouch RAN\u{1b}[31m\u{202e}";
    let base = folder.image("base");
    for (number, name) in NAMES.iter().enumerate() {
        let image = folder.document(&json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": folder.blob("application/vnd.oci.image.config.v1+json", format!(
                r#"{{"os":"li\nnux\u001b","architecture":"am\nd64","created":"20\n26","config":{{"Env":["A=\n{number}"]}}}}"#).as_bytes()),
            "layers": [folder.blob("a/b\n\u{1b}c", name.as_bytes())],
            "annotations": {evil: evil, "org.opencontainers.image.title": evil, "artifacthub.io/images": evil},
        }));
        folder.tag(name, &image);
        let referrer = folder.referrer(&image, evil);
        folder.tag(&format!("{name} signed"), &referrer);
    }
    for (kind, document) in said_by_strangers(evil) {
        let layers = [folder.blob(kind, document.to_string().as_bytes())];
        let attached = folder.document(&json!({
            "schemaVersion": 2, "mediaType": support::folder::IMAGE, "artifactType": kind,
            "config": folder.blob("application/vnd.oci.empty.v1+json", b"{}"),
            "layers": layers, "subject": base, "annotations": {evil: evil},
        }));
        folder.tag(&format!("{kind}\n{evil}"), &attached);
    }
    folder.tag("base", &base);
    let index = folder.index(&[support::folder::annotated(&base, &[(evil, evil)])]);
    folder.tag("index", &index);
    // A child that is not there, under a name that says so in an error.
    let mut gone = base.clone();
    gone["digest"] = json!(format!("sha256:{}", "1".repeat(64)));
    gone["mediaType"] = json!(evil);
    folder.tag("gone\ntouch RAN", &gone);
    folder
}

/// Documents in which every text is a stranger's.
fn said_by_strangers(evil: &str) -> [(&'static str, Value); 4] {
    let statement = json!({"_type": "https://in-toto.io/Statement/v1", "predicateType": evil,
        "subject": [{"name": evil, "digest": {"sha256": "1".repeat(64)}}],
        "predicate": {"builder": {"id": evil}, "buildType": evil, "materials": [{"uri": evil}]}});
    let bill = json!({"spdxVersion": "SPDX-2.3", "name": evil, "SPDXID": "SPDXRef-DOCUMENT",
        "creationInfo": {"created": evil, "creators": [format!("Tool: {evil}")]},
        "packages": [{"SPDXID": "SPDXRef-a", "name": evil, "versionInfo": evil, "licenseDeclared": evil, "supplier": evil,
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": format!("pkg:deb/{evil}@1")}]}]});
    let other = json!({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
        {"type": "library", "name": evil, "group": evil, "version": evil, "purl": evil,
         "licenses": [{"license": {"name": evil}}]}]});
    let vex = json!({"@context": "https://openvex.dev/ns/v0.2.0", "@id": evil, "author": evil, "timestamp": evil,
        "version": 1, "statements": [{"vulnerability": {"name": evil}, "products": [{"@id": evil}],
            "status": "not_affected", "justification": evil, "impact_statement": evil}]});
    [
        ("application/vnd.in-toto+json", statement),
        ("application/spdx+json", bill),
        ("application/vnd.cyclonedx+json", other),
        ("application/vnd.openvex+json", vex),
    ]
}

/// What is written stands in its lines: no character drives a terminal, and no line begins with what a name would have run.
fn is_harmless(what: &str, text: &str) {
    let bad = text.chars().find(|c| is_dangerous(*c) && *c != '\n');
    assert_eq!(bad, None, "{what}: {text:?}");
    let ran = text.lines().find(|line| {
        let line = line.trim_start();
        line.starts_with("touch") || line.starts_with('#') && line.trim_end() == "#"
    });
    assert_eq!(ran, None, "{what}: {text}");
}

#[test]
fn no_name_leaves_its_line_whatever_is_written() {
    let folder = layout();
    let target = folder.target();
    let one = digest(&folder.image("base"));
    let more: &[&[&str]] = &[
        &["tree"],
        &["tree", "--full"],
        &["tree", "--format", "json", "--full"],
        &["impact"],
        &["impact", "--delete", "*", "--policy", "zot"],
        &["impact", "--delete", "*", "--policy", "harbor"],
        &["impact", "--delete", "*", "--format", "json"],
        &["impact", "--why", &one],
        &["impact", "--why", &one, "--format", "json"],
        &["impact", "--why", "x\ntouch RAN"],
        &["impact", "--delete", "x\ntouch RAN"],
        &["impact", "--policy", "x\ntouch RAN\u{1b}[31m"],
        &["impact", "--keep-newest", "1"],
        &["tree", "--platform", "x/y\ntouch RAN"],
        &["tree", "--digests", "--tags", "x\ntouch RAN"],
        &["updates", "--full"],
        &["updates", "--format", "json"],
        &["updates", "--range", "x\ntouch RAN"],
        &["stale"],
        &["stale", "--format", "json"],
        &["verify"],
        &["verify", "--format", "json"],
        &["verify", "--type", "x\ntouch RAN"],
        &["sbom", "--packages"],
        &["sbom", "--licenses"],
        &["sbom", "--format", "json"],
        &["search", "--package", "*"],
        &["search", "--package", "*", "--format", "json"],
        &["search", "--license", "x\ntouch RAN"],
        &[
            "search",
            "--vulnerability",
            "x\ntouch RAN\u{1b}[31m\u{202e}",
        ],
        &["inspect"],
        &["inspect", "--format", "json"],
        &["sbom"],
        &["search", "--package", "x\ntouch RAN\u{1b}[31m"],
        &["diff", "x\ntouch RAN\u{1b}[31m"],
        &["diff", "x\ntouch RAN", "--in", "demo"],
    ];
    for arguments in more {
        let (command, rest) = arguments.split_first().unwrap();
        let all = [&[*command, target.as_str()], rest].concat();
        let ran = regscope_with(&all);
        is_harmless(&format!("{arguments:?}, standard output"), &ran.out);
        is_harmless(&format!("{arguments:?}, standard error"), &ran.err);
        assert!(!ran.out.is_empty() || !ran.err.is_empty(), "{arguments:?}");
    }
    let (one, other) = (format!("{target}:good"), format!("{target}:base"));
    for format in ["text", "json"] {
        let ran = regscope_with(&["diff", &one, &other, "--format", format]);
        is_harmless("diff", &(ran.out + &ran.err));
    }
    for target in [
        "oci:x\ntouch RAN\u{1b}[31m",
        "x\ntouch RAN",
        "127.0.0.1:1/x\ntouch RAN",
    ] {
        let ran = regscope_with(&["tree", target]);
        is_harmless(target, &(ran.out + &ran.err));
    }
}

/// Runs commands as a person would who trusts them: with the tools on the path, which write down what they were told.
fn piped_into_sh(commands: &str, folder: &Path) -> Vec<Vec<String>> {
    let told = folder.join("told");
    for tool in ["regctl", "crane", "oras", "skopeo"] {
        let file = folder.join(tool);
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' {tool} \"$@\" END >>{}\n",
            told.display()
        );
        std::fs::write(&file, script).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh")
        .current_dir(folder)
        .env("PATH", path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(shell.stdin.as_mut().unwrap(), commands.as_bytes()).unwrap();
    assert!(shell.wait().unwrap().success(), "{commands}");
    let said = std::fs::read_to_string(told).unwrap_or_default();
    let calls = said.split("END\n").filter(|call| !call.is_empty());
    calls
        .map(|call| call.lines().map(str::to_owned).collect())
        .collect()
}

#[test]
fn commands_that_are_piped_into_a_shell_do_only_what_they_say() {
    let layout = layout();
    for tool in ["regctl", "crane", "oras", "skopeo"] {
        let folder = tempfile::tempdir().unwrap();
        let arguments = [
            "impact",
            &layout.target(),
            "--policy",
            "distribution-3",
            "--deletion",
            "on",
            "--delete",
            "*",
            "--commands",
            tool,
        ];
        let ran = regscope_with(&arguments);
        is_harmless(tool, &ran.out);
        let calls = piped_into_sh(&ran.out, folder.path());
        assert!(!folder.path().join("RAN").exists(), "{}", ran.out);
        for call in &calls {
            assert_eq!(call[0], tool);
            let reference = call.last().unwrap();
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "/:@._-".contains(c);
            assert!(reference.chars().all(is_plain), "{call:?}");
        }
        let written = ran
            .out
            .lines()
            .filter(|line| !line.starts_with('#'))
            .count();
        assert_eq!(calls.len(), written, "{}", ran.out);
        // The same for programs: each command is one text without a line end in it.
        let json = regscope_with(&[&arguments[..], &["--format", "json"]].concat()).json();
        let texts = serde_json::to_string(&json).unwrap();
        assert!(!texts.contains("\\ntouch"), "{texts}");
    }
}

#[test]
fn names_of_what_must_not_break_stay_in_their_line() {
    let folder = layout();
    let uses = tempfile::NamedTempFile::new().unwrap();
    let pods: Value = json!({"kind": "List", "items": [{"kind": "Pod",
        "metadata": {"name": "x\ntouch RAN\u{1b}[31m", "namespace": "\u{202e}\nn"},
        "spec": {"containers": [{"name": "c\nd", "image": "app:1\ntouch RAN"}, {"image": "good"}]}}]});
    std::fs::write(uses.path(), pods.to_string()).unwrap();
    let in_use = uses.path().to_str().unwrap();
    for format in ["text", "json"] {
        let mut command = support::binary::regscope();
        command.args([
            "impact",
            &folder.target(),
            "--delete",
            "*",
            "--in-use",
            in_use,
        ]);
        let ran = run(command.args(["--format", format]));
        is_harmless(format, &(ran.out + &ran.err));
    }
}
