//! What is well made: verified against what its maker trusts, and nothing else; and lies that fail by name.

use regscope::evidence::signature::{
    CheckName, Evidence, Outcome, Pattern, Subject, Trust, Verdict, verify,
};

use super::fixtures::{FIXTURES, add_key, failed, fixture, now, outcome, subject, text, trust};

#[test]
fn every_kind_of_signature_is_verified_against_what_its_maker_trusts() {
    for fixture in &FIXTURES.all {
        let report = fixture.against(&fixture.trust());
        let at = format!("{}: {}", fixture.name, report.headline());
        assert_eq!(report.verdict, Verdict::Verified, "{at}");
        assert!(report.signer.is_some(), "{at}");
        assert!(report.key.is_some(), "{at}");
        assert!(report.verified_against.is_some(), "{at}");
    }
}

#[test]
fn a_well_made_lie_fails_at_the_check_that_it_lies_to_and_nowhere_else() {
    for lie in &FIXTURES.lies {
        let report = lie.against(&lie.trust());
        let at = format!("{}: {}", lie.name, report.headline());
        assert_eq!(report.verdict, Verdict::Failed, "{at}");
        assert_eq!(failed(&report), [lie.fails.as_deref().unwrap()], "{at}");
    }
}

#[test]
fn nothing_is_verified_against_trust_that_nobody_gave() {
    for fixture in &FIXTURES.all {
        let report = fixture.against(&Trust::default());
        let at = format!("{}: {}", fixture.name, report.headline());
        assert_eq!(report.verdict, Verdict::Unverified, "{at}");
        assert!(!report.why.is_empty(), "{at}");
    }
}

#[test]
fn a_signature_by_another_key_or_authority_is_unverified_and_not_failed() {
    for fixture in &FIXTURES.all {
        if fixture.name.contains("p384") {
            continue;
        }
        let mut other = Trust::default();
        add_key(&mut other, "p384");
        other.add_built_in().unwrap();
        other.identity = Some(Pattern::exact(text("identity")).unwrap());
        other.issuer = Some(Pattern::exact(text("issuer")).unwrap());
        let report = fixture.against(&other);
        let at = format!("{}: {}", fixture.name, report.headline());
        assert_eq!(report.verdict, Verdict::Unverified, "{at}");
    }
}

#[test]
fn a_good_signature_of_something_else_fails_at_the_subject() {
    let other = Subject::of_bytes(b"something else");
    for fixture in &FIXTURES.all {
        let report = fixture.about(Some(&other), &fixture.trust());
        let at = format!("{}: {}", fixture.name, report.headline());
        assert_eq!(report.verdict, Verdict::Failed, "{at}");
        let compared = outcome(&report, CheckName::SubjectDigest);
        assert_eq!(compared, Some(Outcome::Failed), "{at}");
    }
}

#[test]
fn a_file_without_an_artifact_is_unverified() {
    for fixture in &FIXTURES.all {
        let report = fixture.about(None, &fixture.trust());
        assert_eq!(report.verdict, Verdict::Unverified, "{}", fixture.name);
    }
}

#[test]
fn without_an_identity_only_an_identity_is_missing() {
    let mut trust = trust("keyless");
    trust.identity = None;
    trust.issuer = None;
    let report = fixture("keyless bundle of a message").against(&trust);
    assert_eq!(report.verdict, Verdict::Unverified);
    let why = report.why.as_str();
    assert!(why.starts_with("only an identity is missing"), "{why}");
    assert!(why.contains(text("identity")), "{why}");
}

#[test]
fn another_identity_or_issuer_fails_by_name() {
    for (identity, issuer) in [
        ("https://other.example", text("issuer")),
        (text("identity"), "https://other.example"),
    ] {
        let mut trust = trust("keyless");
        trust.identity = Some(Pattern::exact(identity).unwrap());
        trust.issuer = Some(Pattern::exact(issuer).unwrap());
        let report = fixture("keyless bundle of a message").against(&trust);
        assert_eq!(failed(&report), ["identity"]);
        assert_eq!(report.verdict, Verdict::Failed);
    }
}

#[test]
fn what_is_asked_for_besides_has_to_be_there() {
    for what in ["log", "sct", "timestamp"] {
        let mut trust = trust("p256");
        trust.required.log = what == "log";
        trust.required.sct = what == "sct";
        trust.required.timestamp = what == "timestamp";
        let report = fixture("bundle of a message, p256").against(&trust);
        assert_eq!(report.verdict, Verdict::Unverified, "{what}");
    }
}

#[test]
fn annotations_that_are_asked_for_are_signed() {
    for (name, key, value, holds) in [
        ("cosign signature, p256", "commit", "abc", true),
        ("cosign signature, p256", "commit", "abd", false),
        ("Notation JWS, p256", "build", "7", true),
        ("Notation COSE, p256", "build", "8", false),
    ] {
        let fixture = fixture(name);
        let mut trust = fixture.trust();
        trust.annotations = vec![(key.to_owned(), value.to_owned())];
        let report = fixture.against(&trust);
        assert_eq!(report.verdict == Verdict::Verified, holds, "{name}");
    }
}

#[test]
fn an_entry_of_another_signature_lends_no_time() {
    let one = fixture("keyless bundle of a message");
    let donor = fixture("keyless bundle, log entry intoto 0.0.2").json();
    let mut swapped = one.json();
    swapped["verificationMaterial"]["tlogEntries"] =
        donor["verificationMaterial"]["tlogEntries"].clone();
    let report = one.with(&serde_json::to_vec(&swapped).unwrap(), &one.trust());
    assert!(
        failed(&report).contains(&"log-inclusion"),
        "{:?}",
        failed(&report)
    );
    assert_eq!(report.verdict, Verdict::Failed);
}

#[test]
fn a_signing_authority_tells_the_time_only_to_whom_its_store_is_trusted() {
    let fixture = fixture("Notation JWS by a signing authority, judged when it signed");
    let report = fixture.against(&fixture.trust());
    let signed = report
        .signed_at
        .map(|(time, by)| (time.to_string(), by.name()));
    assert_eq!(
        signed,
        Some(("2024-05-01T12:00:00Z".to_owned(), "signing-authority"))
    );
    // The same root as an authority that issues certificates is not one that says when they signed.
    let report = fixture.against(&trust("notation"));
    assert_eq!(report.verdict, Verdict::Unverified, "{}", report.headline());
    assert_eq!(report.signed_at.unwrap().1.name(), "claim");
}

#[test]
fn fulcios_extensions_are_read_by_name() {
    let report = fixture("keyless bundle of a message").against(&trust("keyless"));
    let extension = |name: &str| {
        let extensions = &report.certificates.first().unwrap().extensions;
        let found = extensions.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str().to_owned())
    };
    assert_eq!(extension("issuer").as_deref(), Some(text("issuer")));
    assert_eq!(extension("issuer-v2").as_deref(), Some(text("issuer")));
    let long = extension("source-repository-uri").unwrap();
    assert!(
        long.len() > 128 && long[..19] == *"https://ci.example/",
        "{long}"
    );
    assert_eq!(report.log.as_ref().unwrap().index, Some(101));
}

#[test]
fn what_is_signed_with_openpgp_is_compared_and_its_signature_said_to_be_unchecked() {
    for fixture in &FIXTURES.openpgp {
        let report = fixture.against(&fixture.trust());
        let at = format!("{}: {}", fixture.name, report.headline());
        let fails: Vec<&str> = fixture.fails.as_deref().into_iter().collect();
        assert_eq!(failed(&report), fails, "{at}");
        let expected = if fails.is_empty() {
            Verdict::Unverified
        } else {
            Verdict::Failed
        };
        assert_eq!(report.verdict, expected, "{at}");
        let signature = outcome(&report, CheckName::Signature);
        assert_eq!(signature, Some(Outcome::NotChecked), "{at}");
        // gpg writes the whole fingerprint of its key, 20 bytes, and when.
        let signer = report.signer.as_ref().expect(&at).as_str();
        let key = signer.rsplit_once("OpenPGP key ").expect(&at).1;
        assert_eq!(key.len(), 40, "{at}");
        assert_eq!(report.signed_at.expect(&at).1.name(), "claim", "{at}");
    }
}

#[test]
fn simple_signing_of_an_unknown_type_or_with_an_unknown_critical_member_is_refused() {
    let digest = regscope::oci::Digest::of(&FIXTURES.manifest);
    let check = |kind: &str, more: &str| {
        let payload = format!(
            r#"{{"critical":{{"type":"{kind}","image":{{"docker-manifest-digest":"{digest}"}},"identity":{{"docker-reference":"r/a:1"}}{more}}},"optional":{{"creator":"somebody"}}}}"#
        );
        // A literal packet alone.
        let mut message = vec![0xcb, 0xff];
        let length = u32::try_from(payload.len() + 6).unwrap();
        message.extend_from_slice(&length.to_be_bytes());
        message.extend_from_slice(&[b'b', 0, 0, 0, 0, 0]);
        message.extend_from_slice(payload.as_bytes());
        let evidence = Evidence::SimpleSigning(&message);
        verify(evidence, Some(&subject()), &trust("p256"), now())
    };
    let good = check("atomic container signature", "");
    assert_eq!(good.annotations[0].1.as_str(), "somebody");
    assert!(failed(&good).is_empty());
    assert_eq!(failed(&check("something else", "")), ["parse"]);
    let critical = check("atomic container signature", r#","new":1"#);
    assert_eq!(failed(&critical), ["parse"]);
}
