//! The fixtures, what their makers trust, and how they are checked.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use regscope::evidence::signature::{
    CheckName, EnvelopeForm, Evidence, NotationTrust, Outcome, Pattern, Report, StoreFile, Subject,
    Trust, verify,
};
use regscope::oci::Annotations;
use serde_json::Value;

/// A signature, and what its maker trusts.
pub(crate) struct Fixture {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) evidence: Vec<u8>,
    pub(crate) annotations: Annotations,
    pub(crate) trust: String,
    /// The one check that fails, where it is a lie.
    pub(crate) fails: Option<String>,
}

/// All of them.
pub(crate) struct Fixtures {
    pub(crate) manifest: Vec<u8>,
    pub(crate) document: Value,
    /// What is verified.
    pub(crate) all: Vec<Fixture>,
    /// What is well made and not so.
    pub(crate) lies: Vec<Fixture>,
    /// What is signed with `OpenPGP`.
    pub(crate) openpgp: Vec<Fixture>,
}

pub(crate) static FIXTURES: LazyLock<Fixtures> = LazyLock::new(|| {
    let document: Value = serde_json::from_str(include_str!("fixtures.json")).unwrap();
    let list = |name: &str| {
        let list = document[name].as_array().unwrap();
        list.iter().map(Fixture::read).collect()
    };
    Fixtures {
        manifest: decoded(&document["manifest"]),
        all: list("fixtures"),
        lies: list("lies"),
        openpgp: list("openpgp"),
        document,
    }
});

pub(crate) fn decoded(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().unwrap()).unwrap()
}

impl Fixture {
    fn read(fixture: &Value) -> Self {
        let text = |name: &str| fixture[name].as_str().unwrap().to_owned();
        let annotations = fixture["annotations"].as_object().unwrap().iter();
        Self {
            name: text("name"),
            kind: text("kind"),
            evidence: decoded(&fixture["evidence"]),
            annotations: annotations
                .map(|(key, value)| (key.as_str().into(), value.as_str().unwrap().into()))
                .collect(),
            trust: text("trust"),
            fails: fixture["fails"].as_str().map(str::to_owned),
        }
    }

    /// What its maker trusts.
    pub(crate) fn trust(&self) -> Trust {
        trust(&self.trust)
    }

    /// Checks it against `trust`.
    pub(crate) fn against(&self, trust: &Trust) -> Report {
        self.about(Some(&subject()), trust)
    }

    /// Checks it as if it were attached to `subject`.
    pub(crate) fn about(&self, subject: Option<&Subject>, trust: &Trust) -> Report {
        check_about(
            &self.kind,
            &self.evidence,
            &self.annotations,
            trust,
            subject,
        )
    }

    /// Checks other bytes in its place, against what its maker trusts.
    pub(crate) fn with(&self, evidence: &[u8], trust: &Trust) -> Report {
        let subject = subject();
        check_about(
            &self.kind,
            evidence,
            &self.annotations,
            trust,
            Some(&subject),
        )
    }

    /// Its evidence as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.evidence).unwrap()
    }
}

/// The fixture with this name.
pub(crate) fn fixture(name: &str) -> &'static Fixture {
    let mut all = FIXTURES.all.iter().chain(&FIXTURES.lies);
    all.find(|fixture| fixture.name == name).expect(name)
}

pub(crate) fn now() -> Timestamp {
    "2026-11-27T12:00:00Z".parse().unwrap()
}

pub(crate) fn text(name: &str) -> &'static str {
    FIXTURES.document[name].as_str().unwrap()
}

/// Notation's configuration: our root under the types of store that are named.
fn notation(stores: &[&str]) -> NotationTrust {
    let named: Vec<String> = stores
        .iter()
        .map(|kind| format!("\"{kind}:ours\""))
        .collect();
    let policy = format!(
        r#"{{"version":"1.0","trustPolicies":[{{"name":"ours","registryScopes":["*"],
        "signatureVerification":{{"level":"strict"}},"trustStores":[{}],
        "trustedIdentities":["x509.subject: C=NL, ST=NH, O=regscope\\, tests"]}}]}}"#,
        named.join(",")
    );
    let files: Vec<StoreFile> = stores
        .iter()
        .map(|kind| StoreFile {
            kind: (*kind).to_owned(),
            store: "ours".to_owned(),
            name: "root.pem".to_owned(),
            content: text(if *kind == "tsa" {
                "timestamp_root"
            } else {
                "notation_root"
            })
            .as_bytes()
            .to_vec(),
        })
        .collect();
    NotationTrust::read(policy.as_bytes(), &files, "r.example/team/app").unwrap()
}

/// What the maker of a fixture trusts, by its name.
pub(crate) fn trust(name: &str) -> Trust {
    let mut trust = Trust::default();
    let mut root = |file: &str| {
        let file = text(file).as_bytes();
        trust.add_trusted_root("root.json", file).unwrap();
        trust.identity = Some(Pattern::exact(text("identity")).unwrap());
        trust.issuer = Some(Pattern::exact(text("issuer")).unwrap());
    };
    match name {
        "keyless" => root("trusted_root"),
        "without-logs" => root("trusted_root_without_logs"),
        "notation" => trust.notation = Some(notation(&["ca"])),
        "notation-authority" => trust.notation = Some(notation(&["signingAuthority"])),
        "notation-stamped" => trust.notation = Some(notation(&["ca", "tsa"])),
        "timestamp" => {
            root("trusted_root");
            add_key(&mut trust, "p256");
            trust.required.timestamp = true;
        }
        key => add_key(&mut trust, key),
    }
    trust
}

pub(crate) fn add_key(trust: &mut Trust, name: &str) {
    let key = FIXTURES.document["keys"][name].as_str().unwrap();
    trust.add_key(name, key.as_bytes()).unwrap();
}

/// The manifest that all fixtures are about.
pub(crate) fn subject() -> Subject {
    Subject::of_bytes(&FIXTURES.manifest).with_descriptor(
        "application/vnd.oci.image.manifest.v1+json",
        FIXTURES.manifest.len() as u64,
    )
}

pub(crate) fn check_about(
    kind: &str,
    evidence: &[u8],
    annotations: &Annotations,
    trust: &Trust,
    subject: Option<&Subject>,
) -> Report {
    let evidence = match kind {
        "cosign-signature" => Evidence::CosignSignature(evidence, annotations),
        "cosign-attestation" => Evidence::CosignAttestation(evidence, annotations),
        "sigstore-bundle" => Evidence::Bundle(evidence, annotations),
        "notation-jws" => Evidence::Notation(evidence, EnvelopeForm::Jws),
        "notation-cose" => Evidence::Notation(evidence, EnvelopeForm::Cose),
        "simple-signing" => Evidence::SimpleSigning(evidence),
        "helm-provenance" => Evidence::HelmProvenance(evidence),
        other => panic!("a fixture of the kind {other}"),
    };
    verify(evidence, subject, trust, now())
}

pub(crate) fn outcome(report: &Report, name: CheckName) -> Option<Outcome> {
    report.check(name).map(|check| check.outcome)
}

/// The names of the checks that failed.
pub(crate) fn failed(report: &Report) -> Vec<&'static str> {
    let checks = report.checks.iter();
    checks
        .filter(|check| check.outcome == Outcome::Failed)
        .map(|check| check.name.name())
        .collect()
}
