//! Documents of every kind, damaged by chance: no reader may panic, hang, or lose hold of its limits.

use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use regscope::evidence::{Label, Limits, SearchText, innermost, read};

/// Documents in the tests of a run that is the same each time.
const CASES: u32 = 600;
/// A document of a few hundred kilobytes takes a tenth of a second; a reader that takes this long, on a machine that is
/// busy with other things, does not come to an end.
const LONGEST: Duration = Duration::from_secs(60);
const LIMITS: Limits = Limits {
    unpacked: 4 << 20,
    values: 200_000,
    entries: 20_000,
};

/// A document of each kind that has a reader.
const DOCUMENTS: &[&str] = &[
    r#"{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"timestamp":"2026-01-01T00:00:00Z","tools":{"components":[{"name":"t","version":"1"}]},"component":{"bom-ref":"r","type":"container","name":"app","version":"sha256:aa"}},"components":[{"bom-ref":"a","type":"library","group":"g","name":"a","version":"1","purl":"pkg:npm/%40g/a@1","hashes":[{"alg":"SHA-256","content":"ab"}],"licenses":[{"license":{"id":"MIT"}},{"expression":"MIT OR X"}],"components":[{"bom-ref":"b","type":"file","name":"b"}]}],"dependencies":[{"ref":"r","dependsOn":["a","b"]},{"ref":"a","dependsOn":["a"]}],"vulnerabilities":[{"id":"CVE-1","analysis":{"state":"not_affected","justification":"x"},"affects":[{"ref":"a"}]}]}"#,
    r#"<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.5"><metadata><component type="container"><name>app</name></component></metadata><components><component type="library" bom-ref="a"><name>a</name><version>1</version><hashes><hash alg="MD5">ab</hash></hashes><licenses><license><id>MIT</id></license><expression>A OR B</expression></licenses><purl>pkg:npm/a@1</purl><components><component type="file"><name>b &amp; c</name></component></components></component></components><dependencies><dependency ref="a"><dependency ref="b"/></dependency></dependencies></bom>"#,
    r#"{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"n","creationInfo":{"created":"x","creators":["Tool: t-1"]},"packages":[{"SPDXID":"SPDXRef-a","name":"a","versionInfo":"1","licenseDeclared":"MIT","licenseConcluded":"NOASSERTION","checksums":[{"algorithm":"SHA1","checksumValue":"ab"}],"externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:deb/a@1"}]}],"files":[{"SPDXID":"SPDXRef-f"}],"relationships":[{"spdxElementId":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBES","relatedSpdxElement":"SPDXRef-a"},{"spdxElementId":"SPDXRef-a","relationshipType":"DEPENDS_ON","relatedSpdxElement":"SPDXRef-a"}]}"#,
    r#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[{"type":"Relationship","from":"p","to":["l"],"relationshipType":"hasDeclaredLicense"},{"type":"simplelicensing_LicenseExpression","spdxId":"l","simplelicensing_licenseExpression":"MIT"},{"type":"software_Package","spdxId":"p","name":"a","software_packageUrl":"pkg:npm/a@1","verifiedUsing":[{"type":"Hash","algorithm":"sha256","hashValue":"ab"}]},{"type":"SpdxDocument","rootElement":["p"]},{"type":"CreationInfo","@id":"_:c","specVersion":"3.0.1","created":"x"}]}"#,
    "SPDXVersion: SPDX-2.2\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\n# c\nPackageName: a\nSPDXID: SPDXRef-a\nPackageVersion: 1\nPackageLicenseDeclared: MIT\nPackageComment: <text>a\nb</text>\nExternalRef: PACKAGE-MANAGER purl pkg:npm/a@1\nRelationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-a\nFileName: ./f\n",
    "spdxVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\nname: n\npackages:\n  - name: a\n    SPDXID: SPDXRef-a\n    versionInfo: \"1\"\n    licenseDeclared: MIT\n    x: &y [1, 2]\n    z: *y\nrelationships: []\n",
    r#"{"artifacts":[{"id":"1","name":"a","version":"1","type":"deb","licenses":["MIT",{"value":"x","spdxExpression":"MIT"}],"purl":"pkg:deb/a@1"}],"artifactRelationships":[{"parent":"1","child":"1","type":"dependency-of"}],"source":{"type":"image","target":{"manifestDigest":"sha256:aa"}},"descriptor":{"name":"syft","version":"1"},"schema":{"version":"16.0.0"}}"#,
    r#"{"images":[{"image":{"name":"a","layers":[{"packages":[{"name":"a","version":"1","pkg_license":"MIT"}]}]}}]}"#,
    r#"{"@context":"https://openvex.dev/ns/v0.2.0","@id":"x","author":"a","timestamp":"t","statements":[{"vulnerability":{"name":"CVE-1","aliases":["G"]},"products":[{"@id":"pkg:oci/a@sha256%3Aaa","subcomponents":[{"@id":"pkg:npm/a"}]}],"status":"not_affected","justification":"j"}]}"#,
    r#"{"document":{"category":"csaf_vex","csaf_version":"2.0","publisher":{"name":"p"},"tracking":{"id":"i","initial_release_date":"d"}},"product_tree":{"branches":[{"category":"vendor","name":"v","branches":[{"category":"product_version","name":"1","product":{"name":"a","product_id":"P","product_identification_helper":{"purl":"pkg:npm/a@1"}}}]}],"relationships":[{"category":"default_component_of","full_product_name":{"name":"x","product_id":"X"},"product_reference":"P","relates_to_product_reference":"P"}]},"vulnerabilities":[{"cve":"CVE-1","product_status":{"fixed":["P"],"known_affected":["X"]}}]}"#,
    r#"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"a","digest":{"sha256":"aa"}}],"predicateType":"https://slsa.dev/provenance/v1","predicate":{"buildDefinition":{"buildType":"b","externalParameters":{"workflow":{"ref":"r","repository":"https://x","path":"p"}},"resolvedDependencies":[{"uri":"git+https://x@r","digest":{"gitCommit":"ab"}},{"uri":"pkg:docker/a@1?digest=sha256:aa","digest":{"sha256":"aa"}}]},"runDetails":{"builder":{"id":"i"},"metadata":{"invocationId":"1","startedOn":"s","finishedOn":"f"}}}}"#,
    r#"{"_type":"https://in-toto.io/Statement/v0.1","subject":[],"predicateType":"https://slsa.dev/provenance/v0.2","predicate":{"builder":{"id":""},"buildType":"https://mobyproject.org/buildkit@v1","invocation":{"configSource":{"entryPoint":"Dockerfile"},"parameters":{"frontend":"x","args":{"a":"b"}}},"materials":[{"uri":"pkg:docker/a@1","digest":{"sha256":"aa"}}],"metadata":{"buildInvocationID":"1","buildStartedOn":"s","https://mobyproject.org/buildkit@v1#metadata":{"vcs":{"source":"s","revision":"r"}}}}}"#,
    r#"{"payloadType":"application/vnd.in-toto+json","payload":"eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEiLCJzdWJqZWN0IjpbXSwicHJlZGljYXRlVHlwZSI6Imh0dHBzOi8veCIsInByZWRpY2F0ZSI6e319","signatures":[{"sig":"YQ=="}]}"#,
    r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"certificate":{"rawBytes":"YQ=="},"tlogEntries":[]},"dsseEnvelope":{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"sig":"YQ=="}]}}"#,
    r#"{"critical":{"identity":{"docker-reference":"a"},"image":{"docker-manifest-digest":"sha256:aa"},"type":"cosign container image signature"},"optional":null}"#,
    r#"{"name":"chart","version":"1.0.0","appVersion":"2","apiVersion":"v2","dependencies":[{"name":"d","version":"1","repository":"oci://x/y"}],"annotations":{"artifacthub.io/images":"- name: a\n  image: x/y:1\n"}}"#,
];

/// What damage puts in: what readers look for, and what they stumble over.
const TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "null",
    "true",
    "-1",
    "1e999",
    "0.1",
    "99999999999999999999",
    "<",
    ">",
    "</",
    "/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "&amp;",
    "&#0;",
    "&x;",
    "<!DOCTYPE a [<!ENTITY x \"y\">]>",
    "\n",
    "\r",
    "\t",
    " ",
    "\0",
    "\u{feff}",
    "\u{1b}",
    "\u{202e}",
    "é",
    "- ",
    "? ",
    "&a ",
    "*a",
    "!!binary ",
    "|\n",
    ">-\n",
    "---\n",
    "# ",
    "<text>",
    "</text>",
    "Relationship: ",
    "PackageName: ",
    "\"components\":",
    "\"packages\":",
    "\"@graph\":",
    "\"predicate\":",
    "\"payload\":",
    "pkg:",
    "pkg:npm/",
    "sha256:",
    "%",
    "%zz",
    "@",
    "?",
    "#",
    "(",
    ")",
    " OR ",
    " AND ",
    " WITH ",
    "LicenseRef-",
];

#[derive(Clone, Debug)]
enum Damage {
    Flip(Index, u8),
    Delete(Index, usize),
    Repeat(Index, usize, usize),
    Put(Index, Index),
    /// A part of another document.
    Graft(Index, Index, Index, usize),
    Cut(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<Index>;
    prop_oneof![
        1 => (at(), any::<u8>()).prop_map(|(at, byte)| Damage::Flip(at, byte)),
        1 => (at(), 1usize..64).prop_map(|(at, length)| Damage::Delete(at, length)),
        1 => (at(), 1usize..200, 1usize..40)
            .prop_map(|(at, length, times)| Damage::Repeat(at, length, times)),
        4 => (at(), at()).prop_map(|(at, token)| Damage::Put(at, token)),
        2 => (at(), at(), at(), 1usize..400)
            .prop_map(|(at, other, from, length)| Damage::Graft(at, other, from, length)),
        1 => at().prop_map(Damage::Cut),
    ]
}

type Recipe = (Index, Vec<Damage>);

fn made(documents: &[Vec<u8>], (which, damages): &Recipe) -> Vec<u8> {
    let mut bytes = which.get(documents).clone();
    for damage in damages {
        if bytes.is_empty() {
            return bytes;
        }
        let length = bytes.len();
        let part = |at: &Index, size: usize| {
            let from = at.index(length);
            from..(from + size).min(length)
        };
        match damage {
            Damage::Flip(at, byte) => bytes[at.index(length)] = *byte,
            Damage::Delete(at, size) => {
                bytes.drain(part(at, *size));
            }
            Damage::Repeat(at, size, times) => {
                let range = part(at, *size);
                let repeated = bytes[range.clone()].repeat(*times);
                bytes.splice(range, repeated);
            }
            Damage::Put(at, token) => {
                let at = at.index(length);
                bytes.splice(at..at, token.get(TOKENS).bytes());
            }
            Damage::Graft(at, other, from, size) => {
                let other = other.get(documents);
                if !other.is_empty() {
                    let from = from.index(other.len());
                    let graft = other[from..(from + size).min(other.len())].to_vec();
                    let at = at.index(length);
                    bytes.splice(at..at, graft);
                }
            }
            Damage::Cut(at) => bytes.truncate(at.index(length)),
        }
    }
    bytes
}

/// Reads what was made in every way in which it is read.
fn is_read(bytes: &[u8]) -> Result<(), TestCaseError> {
    let start = Instant::now();
    let reading = read(bytes, &Label::default(), &LIMITS);
    innermost(bytes, &LIMITS);
    SearchText::of(&reading);
    if let Some(sbom) = reading.sbom() {
        prop_assert!(sbom.packages.len() <= LIMITS.entries);
        for number in (0..sbom.packages.len()).take(4) {
            let number = u32::try_from(number).unwrap();
            sbom.dependencies.path(number);
            for (other, _) in sbom.dependencies.of(number) {
                let other = usize::try_from(other).unwrap();
                prop_assert!(other < sbom.packages.len());
            }
        }
    }
    prop_assert!(start.elapsed() < LONGEST, "{:?}", start.elapsed());
    Ok(())
}

fn documents() -> Vec<Vec<u8>> {
    let own = DOCUMENTS.iter().map(|text| text.as_bytes().to_vec());
    let mut documents: Vec<Vec<u8>> = own.collect();
    if let Some(corpus) = std::env::var_os("REGSCOPE_CORPUS") {
        for part in ["sbom", "vex", "bundles"] {
            add_files(&Path::new(&corpus).join(part), &mut documents);
        }
    }
    documents
}

fn add_files(folder: &Path, found: &mut Vec<Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            add_files(&path, found);
        } else {
            found.push(std::fs::read(path).unwrap());
        }
    }
}

/// Damages documents and reads them; what a reader does wrong is kept in a file, as small as it could be made.
fn run(documents: &[Vec<u8>], cases: u32, seed: [u8; 32]) {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let recipe = (any::<Index>(), prop::collection::vec(damage(), 1..6));
    let result = runner.run(&recipe, |recipe| is_read(&made(documents, &recipe)));
    if let Err(TestError::Fail(reason, recipe)) = result {
        let bytes = made(documents, &recipe);
        let file = std::env::temp_dir().join("regscope-damaged-document");
        std::fs::write(&file, &bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        panic!("{reason}\nkept in {}:\n{text}", file.display());
    }
}

#[test]
fn damaged_documents_are_read_and_no_reader_panics() {
    let documents = documents();
    let Some(seconds) = std::env::var_os("REGSCOPE_FUZZ_SECONDS") else {
        return run(&documents, CASES, [7; 32]);
    };
    let seconds: u64 = seconds.to_str().unwrap().parse().unwrap();
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut seed = [0; 32];
    while Instant::now() < until {
        let now = std::time::SystemTime::now();
        let now = now
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_nanos();
        seed[..16].copy_from_slice(&now.to_le_bytes());
        run(&documents, 2_000, seed);
    }
}
