//! Whatever comes: mutated signatures, and bytes that are none. The cases are the same in every run; fresh ones, for as
//! long as one likes:
//!
//! ```text
//! REGSCOPE_FUZZ_SECONDS=900 PROPTEST_RNG_SEED=$RANDOM cargo test --test signatures for_a_while -- --include-ignored
//! ```

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use regscope::evidence::signature::{Report, Verdict, file, verify};
use regscope::oci::Annotations;

use super::fixtures::{FIXTURES, Fixture, check_about, now, subject, trust};

/// How a signature is damaged.
#[derive(Clone, Debug)]
enum Damage {
    /// These bytes in the place of others.
    Overwrite(usize, Vec<u8>),
    /// These bytes between others.
    Insert(usize, Vec<u8>),
    /// Some bytes less.
    Remove(usize, usize),
    /// A piece of another signature, from a place in it, in a place here.
    Splice(usize, usize, usize, usize),
    /// A piece said again, so many times.
    Repeat(usize, usize, usize),
    /// One word of JSON in the place of another.
    Swap(&'static str, &'static str),
    /// An annotation in the place of the one at this place.
    Annotate(usize, String),
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = || any::<usize>();
    let bytes = || proptest::collection::vec(any::<u8>(), 1..12);
    let word = || {
        proptest::sample::select(vec![
            "\"rawBytes\"",
            "\"certificate\"",
            "\"signatures\"",
            "\"sig\"",
            "\"payload\"",
            "\"tlogEntries\"",
            "\"logIndex\"",
            "\"hashes\"",
            "null",
            "[]",
            "{}",
            "-1",
            "1e400",
            "\"\"",
            "\"MIIB\"",
            "\"0\"",
            ",",
            ":",
        ])
    };
    prop_oneof![
        (place(), bytes()).prop_map(|(at, bytes)| Damage::Overwrite(at, bytes)),
        (place(), bytes()).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        (place(), 1..40_usize).prop_map(|(at, count)| Damage::Remove(at, count)),
        (place(), place(), 1..400_usize, place())
            .prop_map(|(a, b, c, d)| Damage::Splice(a, b, c, d)),
        (place(), 1..60_usize, 1..40_usize).prop_map(|(a, b, c)| Damage::Repeat(a, b, c)),
        (word(), word()).prop_map(|(from, to)| Damage::Swap(from, to)),
        (place(), "\\PC{0,60}").prop_map(|(at, text)| Damage::Annotate(at, text)),
    ]
}

impl Damage {
    fn apply(&self, evidence: &mut Vec<u8>, annotations: &mut Annotations) {
        let length = evidence.len().max(1);
        match self {
            Self::Overwrite(at, bytes) => {
                for (place, byte) in (at % length..evidence.len()).zip(bytes) {
                    evidence[place] = *byte;
                }
            }
            Self::Insert(at, bytes) => {
                let at = (at % length).min(evidence.len());
                evidence.splice(at..at, bytes.iter().copied());
            }
            Self::Remove(at, count) => {
                let at = (at % length).min(evidence.len());
                evidence.drain(at..(at + count).min(evidence.len()));
            }
            Self::Splice(other, from, count, at) => {
                let donor = &FIXTURES.all[other % FIXTURES.all.len()].evidence;
                let from = from % donor.len();
                let piece = donor[from..(from + count).min(donor.len())].to_vec();
                let at = (at % length).min(evidence.len());
                let end = (at + count).min(evidence.len());
                evidence.splice(at..end, piece);
            }
            Self::Repeat(at, count, times) => {
                let at = (at % length).min(evidence.len());
                let piece = evidence[at..(at + count).min(evidence.len())].repeat(*times);
                evidence.splice(at..at, piece);
            }
            Self::Swap(from, to) => {
                let text = String::from_utf8_lossy(evidence);
                *evidence = text.replacen(from, to, 1).into_bytes();
            }
            Self::Annotate(at, text) => {
                let key = annotations
                    .keys()
                    .nth(at % annotations.len().max(1))
                    .cloned();
                if let Some(key) = key {
                    annotations.insert(key, text.as_str().into());
                }
            }
        }
    }
}

/// Damages a signature and checks it: a report comes, and where it is verified it says what the whole one said.
fn is_harmless(fixture: &Fixture, damages: &[Damage]) -> Result<(), TestCaseError> {
    let trust = fixture.trust();
    let (mut evidence, mut annotations) = (fixture.evidence.clone(), fixture.annotations.clone());
    for damage in damages {
        damage.apply(&mut evidence, &mut annotations);
    }
    let subject = subject();
    let check = |evidence: &[u8], annotations: &Annotations| -> Report {
        check_about(&fixture.kind, evidence, annotations, &trust, Some(&subject))
    };
    let report = check(&evidence, &annotations);
    if report.verdict == Verdict::Verified {
        let whole = check(&fixture.evidence, &fixture.annotations);
        // A bundle over the artifact itself need not say its digest; it may not say another one.
        let mut subjects = report.subjects.iter();
        prop_assert!(subjects.all(|one| whole.subjects.contains(one)));
        prop_assert_eq!(report.predicate_type, whole.predicate_type);
        prop_assert_eq!(report.key, whole.key);
    } else {
        prop_assert!(!report.why.is_empty());
    }
    for piece in file::pieces(&evidence, &Annotations::new()) {
        let report = verify(piece, None, &trust, now());
        prop_assert_ne!(report.verdict, Verdict::Verified);
    }
    Ok(())
}

fn damaged() -> impl Strategy<Value = (usize, Vec<Damage>)> {
    (any::<usize>(), proptest::collection::vec(damage(), 1..5))
}

fn any_fixture(which: usize) -> &'static Fixture {
    let count = FIXTURES.all.len() + FIXTURES.openpgp.len();
    let mut all = FIXTURES.all.iter().chain(&FIXTURES.openpgp);
    all.nth(which % count).unwrap()
}

proptest! {
    #![proptest_config(Config { cases: 300, ..Config::default() })]

    /// Whatever bytes come, a report comes, and none of them is verified.
    #[test]
    fn no_bytes_panic_and_none_are_verified(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        signature in "\\PC{0,60}",
    ) {
        let trust = trust("p256");
        let key = "dev.cosignproject.cosign/signature";
        let annotations: Annotations = [(key.into(), signature.as_str().into())].into_iter().collect();
        for kind in [
            "cosign-signature",
            "cosign-attestation",
            "sigstore-bundle",
            "notation-jws",
            "notation-cose",
            "simple-signing",
            "helm-provenance",
        ] {
            let report = check_about(kind, &bytes, &annotations, &trust, Some(&subject()));
            prop_assert_ne!(report.verdict, Verdict::Verified);
        }
    }

    #[test]
    fn a_damaged_signature_says_nothing_else_where_it_is_verified((which, damages) in damaged()) {
        is_harmless(any_fixture(which), &damages)?;
    }
}

/// What longer runs found once.
#[test]
fn damage_that_was_found_before_is_harmless() {
    let cases = [
        // A bundle over its artifact that no longer says the digest of it, and is verified all the same.
        (
            "bundle of a message, ed25519",
            vec![Damage::Repeat(7_890_509_588_914_321_232, 12, 23)],
        ),
    ];
    for (name, damages) in cases {
        let outcome = is_harmless(super::fixtures::fixture(name), &damages);
        assert!(outcome.is_ok(), "{name}: {damages:?}: {outcome:?}");
    }
}

/// Mutated signatures for as long as `REGSCOPE_FUZZ_SECONDS` says; the seed of each failure is kept as proptest does.
#[test]
#[ignore = "runs as long as REGSCOPE_FUZZ_SECONDS says, 20 s without; .ci/run has it"]
fn damaged_signatures_for_a_while() {
    let seconds = std::env::var("REGSCOPE_FUZZ_SECONDS").ok();
    let seconds = seconds.map_or(20, |text| {
        text.parse().expect("REGSCOPE_FUZZ_SECONDS is a number")
    });
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut runner = TestRunner::new(Config::default());
    let strategy = damaged();
    let mut count = 0_u64;
    while Instant::now() < end {
        let tree = strategy.new_tree(&mut runner).unwrap();
        let (which, damages) = tree.current();
        let fixture = any_fixture(which);
        let outcome = std::panic::catch_unwind(|| is_harmless(fixture, &damages));
        assert!(
            matches!(outcome, Ok(Ok(()))),
            "{}: {damages:?}: {outcome:?}",
            fixture.name
        );
        count += 1;
    }
    println!("{count} damaged signatures");
}
