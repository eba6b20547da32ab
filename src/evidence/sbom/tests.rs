//! Each sentence of what is promised about bills of materials.

use super::*;
use crate::evidence::{Label, Limits, Reading, read};

fn reading(text: &[u8]) -> Reading {
    read(text, &Label::default(), &Limits::default())
}

fn sbom(text: &str) -> (Sbom, Vec<String>) {
    let reading = reading(text.as_bytes());
    let problems = reading.problems.iter().map(ToString::to_string).collect();
    let sbom = reading
        .sbom()
        .unwrap_or_else(|| panic!("{:?}", reading.body));
    (sbom.clone(), problems)
}

/// Name, version, package URL, licences.
fn rows(sbom: &Sbom) -> Vec<String> {
    let rows = sbom.packages.iter().map(|package| {
        let text =
            |text: &Option<RemoteText>| text.as_ref().map_or("-".to_owned(), ToString::to_string);
        let licenses: Vec<&str> = package.licenses.iter().map(RemoteText::as_str).collect();
        format!(
            "{} {} {} [{}]",
            package.name,
            text(&package.version),
            text(&package.purl),
            licenses.join("; ")
        )
    });
    rows.collect()
}

const TAG_VALUE: &str = "A heading of somebody's report
# a comment
SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: app
DocumentNamespace: https://example.org/app
Creator: Person: Ann
Creator: Tool: maker-1.0
Created: 2024-01-02T03:04:05+02:00
PackageName: app
SPDXID: SPDXRef-app
PackageVersion: 1.0
PackageLicenseConcluded: NOASSERTION
PackageLicenseDeclared: NONE
PackageCopyrightText: <text>Copyright
PackageName: not this one
</text>
PackageName: lib
SPDXID: SPDXRef-lib
PackageVersion: 2.0
PackageSupplier: Organization: Example
PackageChecksum: SHA256: ab
PackageChecksum: SHA3-256: cd
PackageLicenseConcluded: MIT
PackageLicenseDeclared: MIT OR Apache-2.0
ExternalRef: SECURITY cpe23Type cpe:2.3:a:b
ExternalRef: PACKAGE-MANAGER purl pkg:npm/lib@2.0
FileName: ./a
SPDXID: SPDXRef-a
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-app
Relationship: SPDXRef-app DEPENDS_ON SPDXRef-lib
Relationship: SPDXRef-a DEPENDENCY_OF SPDXRef-app
";

const JSON: &str = r#"{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"app",
 "documentNamespace":"https://example.org/app",
 "creationInfo":{"created":"2024-01-02T03:04:05+02:00","creators":["Person: Ann","Tool: maker-1.0"]},
 "relationships":[
  {"spdxElementId":"SPDXRef-app","relationshipType":"DEPENDS_ON","relatedSpdxElement":"SPDXRef-lib"},
  {"spdxElementId":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBES","relatedSpdxElement":"SPDXRef-app"},
  {"spdxElementId":"SPDXRef-a","relationshipType":"DEPENDENCY_OF","relatedSpdxElement":"SPDXRef-app"}],
 "packages":[
  {"SPDXID":"SPDXRef-app","name":"app","versionInfo":"1.0","licenseConcluded":"NOASSERTION","licenseDeclared":"NONE"},
  {"SPDXID":"SPDXRef-lib","name":"lib","versionInfo":"2.0","supplier":"Organization: Example",
   "licenseConcluded":"MIT","licenseDeclared":"MIT OR Apache-2.0","licenseInfoFromFiles":["GPL-2.0-only"],
   "checksums":[{"algorithm":"SHA256","checksumValue":"ab"},{"algorithm":"SHA3-256","checksumValue":"cd"}],
   "externalRefs":[{"referenceCategory":"SECURITY","referenceType":"cpe23Type","referenceLocator":"cpe:2.3:a:b"},
    {"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:npm/lib@2.0"}]}],
 "files":[{"SPDXID":"SPDXRef-a","fileName":"./a"}]}"#;

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Document>
 <SPDXID>SPDXRef-DOCUMENT</SPDXID><spdxVersion>SPDX-2.3</spdxVersion><name>app</name>
 <documentNamespace>https://example.org/app</documentNamespace>
 <creationInfo><created>2024-01-02T03:04:05+02:00</created><creators>Person: Ann</creators><creators>Tool: maker-1.0</creators></creationInfo>
 <packages><SPDXID>SPDXRef-app</SPDXID><name>app</name><versionInfo>1.0</versionInfo>
  <licenseConcluded>NOASSERTION</licenseConcluded><licenseDeclared>NONE</licenseDeclared></packages>
 <packages><SPDXID>SPDXRef-lib</SPDXID><name>lib</name><versionInfo>2.0</versionInfo><supplier>Organization: Example</supplier>
  <licenseConcluded>MIT</licenseConcluded><licenseDeclared>MIT OR Apache-2.0</licenseDeclared>
  <checksums><algorithm>SHA256</algorithm><checksumValue>ab</checksumValue></checksums>
  <checksums><algorithm>SHA3-256</algorithm><checksumValue>cd</checksumValue></checksums>
  <externalRefs><referenceCategory>SECURITY</referenceCategory><referenceType>cpe23Type</referenceType><referenceLocator>x</referenceLocator></externalRefs>
  <externalRefs><referenceCategory>PACKAGE-MANAGER</referenceCategory><referenceType>purl</referenceType><referenceLocator>pkg:npm/lib@2.0</referenceLocator></externalRefs></packages>
 <files><SPDXID>SPDXRef-a</SPDXID><fileName>./a</fileName></files>
 <relationships><spdxElementId>SPDXRef-DOCUMENT</spdxElementId><relationshipType>DESCRIBES</relationshipType><relatedSpdxElement>SPDXRef-app</relatedSpdxElement></relationships>
 <relationships><spdxElementId>SPDXRef-app</spdxElementId><relationshipType>DEPENDS_ON</relationshipType><relatedSpdxElement>SPDXRef-lib</relatedSpdxElement></relationships>
 <relationships><spdxElementId>SPDXRef-a</spdxElementId><relationshipType>DEPENDENCY_OF</relationshipType><relatedSpdxElement>SPDXRef-app</relatedSpdxElement></relationships>
</Document>"#;

const YAML: &str = "SPDXID: SPDXRef-DOCUMENT
spdxVersion: SPDX-2.3
name: app
documentNamespace: https://example.org/app
creationInfo:
  created: '2024-01-02T03:04:05+02:00'
  creators: ['Person: Ann', 'Tool: maker-1.0']
documentDescribes: [SPDXRef-app]
packages:
- {SPDXID: SPDXRef-app, name: app, versionInfo: '1.0', licenseConcluded: NOASSERTION, licenseDeclared: NONE}
- SPDXID: SPDXRef-lib
  name: lib
  versionInfo: 2.0
  supplier: 'Organization: Example'
  licenseConcluded: MIT
  licenseDeclared: MIT OR Apache-2.0
  checksums: [{algorithm: SHA256, checksumValue: ab}, {algorithm: SHA3-256, checksumValue: cd}]
  externalRefs:
  - {referenceCategory: PACKAGE_MANAGER, referenceType: purl, referenceLocator: pkg:npm/lib@2.0}
files: [{SPDXID: SPDXRef-a, fileName: ./a}]
relationships:
- {spdxElementId: SPDXRef-DOCUMENT, relationshipType: DESCRIBES, relatedSpdxElement: SPDXRef-app}
- {spdxElementId: SPDXRef-app, relationshipType: DEPENDS_ON, relatedSpdxElement: SPDXRef-lib}
- {spdxElementId: SPDXRef-a, relationshipType: DEPENDENCY_OF, relatedSpdxElement: SPDXRef-app}
";

/// The links stand before what they link, and what they link in an order of its own.
const GRAPH: &str = r#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[
 {"type":"Relationship","spdxId":"r1","from":"lib","relationshipType":"hasConcludedLicense","to":["https://spdx.org/licenses/MIT"]},
 {"type":"Relationship","spdxId":"r2","from":"lib","relationshipType":"hasDeclaredLicense","to":["either"]},
 {"type":"LifecycleScopedRelationship","spdxId":"r3","from":"app","relationshipType":"dependsOn","to":["lib"]},
 {"type":"Relationship","spdxId":"r4","from":"app","relationshipType":"hasDeclaredLicense","to":["none"]},
 {"type":"SpdxDocument","spdxId":"doc","name":"app","creationInfo":"_:c","rootElement":["bom"]},
 {"type":"software_Sbom","spdxId":"bom","rootElement":["app"]},
 {"type":"software_Package","spdxId":"app","name":"app","software_packageVersion":"1.0"},
 {"type":"software_Package","spdxId":"lib","name":"lib","software_packageVersion":"2.0","suppliedBy":"org",
  "software_packageUrl":"pkg:npm/lib@2.0","verifiedUsing":[{"type":"Hash","algorithm":"sha256","hashValue":"ab"},
  {"type":"Hash","algorithm":"sha3_256","hashValue":"cd"},{"type":"PackageVerificationCode","algorithm":"sha1","hashValue":"ef"}]},
 {"type":"software_File","spdxId":"a","name":"./a"},
 {"type":"Organization","spdxId":"org","name":"Organization: Example"},
 {"type":"Tool","spdxId":"tool","name":"maker-1.0"},
 {"type":"expandedlicensing_DisjunctiveLicenseSet","spdxId":"either","expandedlicensing_member":["mit","https://spdx.org/licenses/Apache-2.0"]},
 {"type":"expandedlicensing_ListedLicense","spdxId":"mit","name":"MIT License"},
 {"type":"simplelicensing_LicenseExpression","spdxId":"none","simplelicensing_licenseExpression":"NONE"},
 {"type":"CreationInfo","@id":"_:c","specVersion":"3.0.1","created":"2024-01-02T03:04:05+02:00"}]}"#;

#[test]
fn one_content_is_the_same_in_every_encoding_of_spdx() {
    for (text, encoding, version) in [
        (TAG_VALUE, Encoding::TagValue, "2.3"),
        (JSON, Encoding::Json, "2.3"),
        (XML, Encoding::Xml, "2.3"),
        (YAML, Encoding::Yaml, "2.3"),
        (GRAPH, Encoding::Json, "3.0"),
    ] {
        let (mut sbom, problems) = sbom(text);
        let expected: &[&str] = match encoding {
            Encoding::TagValue => &["line 1: is no tag with a value"],
            _ => &[],
        };
        assert_eq!(problems, expected, "{encoding:?}");
        assert_eq!(sbom.encoding, encoding);
        assert_eq!(sbom.format, Format::Spdx(version.into()));
        assert_eq!(sbom.name.as_ref().unwrap(), &"app");
        assert_eq!(sbom.created.as_ref().unwrap(), &"2024-01-02T03:04:05+02:00");
        assert_eq!(sbom.tools, ["maker-1.0"]);
        assert_eq!(sbom.files, 1);
        let rows = rows(&sbom);
        assert_eq!(rows[0], "app 1.0 - []");
        // A listed licence of SPDX 3 is known by the end of its address.
        let first = if version == "3.0" { "mit" } else { "MIT" };
        let expected = format!("lib 2.0 pkg:npm/lib@2.0 [{first} OR Apache-2.0; MIT]");
        assert_eq!(rows[1], expected);
        let lib = sbom.packages.remove(1);
        assert_eq!(lib.ecosystem.as_ref().unwrap(), &"npm");
        assert_eq!(lib.supplier.as_ref().unwrap(), &"Organization: Example");
        let hashes: Vec<_> = lib
            .hashes
            .iter()
            .map(|(a, h)| (a.as_str(), h.as_str()))
            .collect();
        assert_eq!(hashes, [("sha256", "ab"), ("sha3256", "cd")]);
        assert_eq!(sbom.about.as_ref().unwrap().name, "app");
        assert_eq!(sbom.dependencies.path(1), [0, 1]);
    }
}

#[test]
fn a_document_in_utf_16_that_calls_itself_utf_8_is_read() {
    for text in [XML, JSON, TAG_VALUE, YAML] {
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            let mut bytes = order(0xfeff).to_vec();
            bytes.extend(text.encode_utf16().flat_map(order));
            let reading = reading(&bytes);
            assert_eq!(reading.sbom().unwrap().packages.len(), 2);
        }
    }
}

const BOM: &str = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","serialNumber":"urn:uuid:1",
 "metadata":{"timestamp":"2024-01-02T03:04:05Z","tools":{"components":[{"name":"maker","version":"1"}]},
  "component":{"bom-ref":"root","type":"container","name":"app","version":"sha256:HASH","hashes":[{"alg":"SHA-256","content":"00"}]}},
 "components":[
  {"bom-ref":"a","type":"library","group":"org.example","name":"lib","version":"2.0","purl":"pkg:maven/org.example/lib@2.0",
   "supplier":{"name":"Example"},"hashes":[{"alg":"SHA-256","content":"ab"},{"alg":"SHA3-256","content":"cd"}],
   "licenses":[{"license":{"id":"MIT","name":"The licence","acknowledgement":"concluded"}},{"license":{"name":"Own"}},
    {"license":{"id":"MIT","acknowledgement":"declared"}},{"license":{"id":"Own"}}],
   "evidence":{"licenses":[{"license":{"id":"GPL-2.0-only"}}]},
   "pedigree":{"ancestors":[{"type":"library","name":"older"}]},
   "components":[{"type":"file","name":"inner","components":[{"type":"file","name":"innermost"}]}]},
  {"bom-ref":"b","type":"library","name":"twice","licenses":[{"expression":"(MIT AND X) OR Y"}]},
  {"type":"library","name":"twice"}],
 "services":[{"name":"service"}],
 "formulation":[{"components":[{"type":"library","name":"builder"}]}],
 "dependencies":[{"ref":"root","dependsOn":["a","b"]},{"ref":"a","dependsOn":["b"]},{"ref":"b"}],
 "vulnerabilities":[{"id":"CVE-1"}]}"#;

const BOM_XML: &str = r#"<b:bom xmlns:b="http://cyclonedx.org/schema/bom/1.6" serialNumber="urn:uuid:1" version="1">
 <b:metadata><b:timestamp>2024-01-02T03:04:05Z</b:timestamp><b:tools><b:components><b:component><b:name>maker</b:name><b:version>1</b:version></b:component></b:components></b:tools>
  <b:component bom-ref="root" type="container"><b:name>app</b:name><b:version>sha256:HASH</b:version><b:hashes><b:hash alg="SHA-256">00</b:hash></b:hashes></b:component></b:metadata>
 <b:components>
  <b:component bom-ref="a" type="library"><b:supplier><b:name>Example</b:name></b:supplier><b:group>org.example</b:group><b:name>lib</b:name><b:version>2.0</b:version>
   <b:hashes><b:hash alg="SHA-256">ab</b:hash><b:hash alg="SHA3-256">cd</b:hash></b:hashes>
   <b:licenses><b:license acknowledgement="concluded"><b:id>MIT</b:id></b:license><b:license><b:name>Own</b:name></b:license></b:licenses>
   <b:purl>pkg:maven/org.example/lib@2.0</b:purl>
   <b:pedigree><b:ancestors><b:component type="library"><b:name>older</b:name></b:component></b:ancestors></b:pedigree>
   <b:components><b:component type="file"><b:name>inner</b:name><b:components><b:component type="file"><b:name>innermost</b:name></b:component></b:components></b:component></b:components>
   <b:evidence><b:licenses><b:license><b:id>GPL-2.0-only</b:id></b:license></b:licenses></b:evidence></b:component>
  <b:component bom-ref="b" type="library"><b:name>twice</b:name><b:licenses><b:expression>(MIT AND X) OR Y</b:expression></b:licenses></b:component>
  <b:component type="library"><b:name>twice</b:name></b:component>
 </b:components>
 <b:services><b:service><b:name>service</b:name></b:service></b:services>
 <b:dependencies><b:dependency ref="root"><b:dependency ref="a"/><b:dependency ref="b"/></b:dependency><b:dependency ref="a"><b:dependency ref="b"/></b:dependency><b:dependency ref="b"/></b:dependencies>
 <b:vulnerabilities><b:vulnerability><b:id>CVE-1</b:id></b:vulnerability></b:vulnerabilities>
</b:bom>"#;

#[test]
fn every_component_is_a_package_and_nothing_else_is() {
    let hash = "ab".repeat(32);
    for (text, encoding) in [(BOM, Encoding::Json), (BOM_XML, Encoding::Xml)] {
        let (sbom, problems) = sbom(&text.replace("HASH", &hash));
        assert_eq!(problems, [""; 0]);
        assert_eq!(sbom.encoding, encoding);
        assert_eq!(sbom.format.name(), "cyclonedx-1.6");
        assert_eq!(
            rows(&sbom),
            [
                "lib 2.0 pkg:maven/org.example/lib@2.0 [Own; MIT]",
                "inner - - []",
                "innermost - - []",
                "twice - - [(MIT AND X) OR Y]",
                "twice - - []",
            ]
        );
        let [lib, _, innermost, ..] = sbom.packages.as_slice() else {
            panic!()
        };
        assert_eq!(lib.group.as_ref().unwrap(), &"org.example");
        assert_eq!(lib.kind.as_ref().unwrap(), &"library");
        assert_eq!(lib.ecosystem.as_ref().unwrap(), &"maven");
        assert_eq!(lib.supplier.as_ref().unwrap(), &"Example");
        assert_eq!(
            lib.hashes,
            [
                ("sha256".into(), "ab".into()),
                ("sha3256".into(), "cd".into())
            ]
        );
        assert_eq!(innermost.within.to_vec(), ["lib", "inner"]);
        assert_eq!(sbom.tools, ["maker 1"]);
        let about = sbom.about.as_ref().unwrap();
        assert_eq!(about.name, "app");
        assert_eq!(about.digests, [format!("sha256:{hash}").parse().unwrap()]);
        assert_eq!((sbom.relationships, sbom.vulnerabilities), (3, 1));
        assert_eq!(sbom.dependencies.path(3), [ROOT, 3]);
        let dependents: Vec<u32> = sbom.dependencies.dependents(3).map(|(at, _)| at).collect();
        assert_eq!(dependents, [0, ROOT]);
        assert!(!sbom.is_vulnerabilities_only());
    }
}

#[test]
fn a_licence_may_stand_in_an_attribute() {
    let text = r#"<bom xmlns="http://cyclonedx.org/schema/bom/1.7"><components><component type="library"><name>a</name>
        <licenses><expression-detailed expression="MIT OR X"><details license-identifier="X"/></expression-detailed></licenses>
        </component></components></bom>"#;
    assert_eq!(rows(&sbom(text).0), ["a - - [MIT OR X]"]);
    let text = r#"{"bomFormat":"CycloneDX","specVersion":"1.7","components":[{"type":"library","name":"a",
        "licenses":[{"expression":"MIT OR X","expressionDetails":[{"licenseIdentifier":"X"}]}]}]}"#;
    assert_eq!(rows(&sbom(text).0), ["a - - [MIT OR X]"]);
}

#[test]
fn the_oldest_xml_has_names_in_no_prefix_and_others_elements_are_left_out() {
    let text = r#"<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.0" version="1"><components>
        <component type="library" x:y="z" xmlns:x="urn:x"><name>a</name><version>1</version><x:name>b</x:name><modified>false</modified></component>
        <x:component xmlns:x="urn:x"><name>c</name></x:component></components></bom>"#;
    let (sbom, problems) = sbom(text);
    assert_eq!(problems, [""; 0]);
    assert_eq!(sbom.format.name(), "cyclonedx-1.0");
    assert_eq!(rows(&sbom), ["a 1 - []"]);
}

const SYFT: &str = r#"{"artifacts":[
  {"id":"1","name":"lib","version":"2.0","type":"go-module","purl":"pkg:golang/lib@2.0","licenses":["MIT"],"metadata":{"x":[1]}},
  {"id":"2","name":"rpmdb","version":"1","type":"rpm","licenses":[{"value":"GPLv2","spdxExpression":"GPL-2.0-only","type":"concluded"},{"value":"BSD","type":"declared"},{"value":"","spdxExpression":"X"}]}],
 "artifactRelationships":[{"parent":"0","child":"1","type":"contains"},{"parent":"2","child":"1","type":"dependency-of"}],
 "files":[{"id":"f"},{"id":"g"}],
 "source":{"id":"0","name":"app","version":"sha256:HASH","type":"image","metadata":{"userInput":"app:1","manifestDigest":"sha256:HASH","repoDigests":["r.example/app@sha256:OTHER"]}},
 "descriptor":{"name":"syft","version":"1.20.0"},"schema":{"version":"16.0.24","url":"https://x/syft/schema.json"}}"#;

#[test]
fn syft_s_own_json_is_read_with_licences_of_both_shapes() {
    let (hash, other) = ("ab".repeat(32), "cd".repeat(32));
    let (sbom, problems) = sbom(&SYFT.replace("HASH", &hash).replace("OTHER", &other));
    assert_eq!(problems, [""; 0]);
    assert_eq!(sbom.format.name(), "syft-16.0");
    assert_eq!(
        rows(&sbom),
        [
            "lib 2.0 pkg:golang/lib@2.0 [MIT]",
            "rpmdb 1 - [BSD; X; GPLv2]"
        ]
    );
    assert_eq!(sbom.packages[0].ecosystem.as_ref().unwrap(), &"golang");
    assert_eq!(sbom.packages[1].ecosystem.as_ref().unwrap(), &"rpm");
    assert_eq!((sbom.files, sbom.relationships), (2, 2));
    let about = sbom.about.as_ref().unwrap();
    let digests = [hash, other].map(|hash| format!("sha256:{hash}").parse().unwrap());
    assert_eq!(about.digests, digests);
    assert_eq!(sbom.dependencies.path(1), [ROOT, 0, 1]);
    // Other documents have artifacts too.
    assert!(
        reading(br#"{"artifacts":[{"name":"x"}],"kind":"build"}"#)
            .sbom()
            .is_none()
    );
}

#[test]
fn tern_s_packages_are_those_of_every_layer() {
    let text = r#"{"images":[{"image":{"name":"app","tag":"1","layers":[
        {"packages":[{"name":"a","version":"1","pkg_license":"GPLv3","pkg_format":"deb"}],"files":[{},{}]},
        {"packages":[{"name":"b","version":"","pkg_license":"","pkg_licenses":["MIT","MIT"]}]}]}}]}"#;
    let (sbom, problems) = sbom(text);
    assert_eq!(problems, [""; 0]);
    assert_eq!(rows(&sbom), ["a 1 - [GPLv3]", "b - - [MIT]"]);
    assert_eq!((sbom.files, sbom.format.name().as_str()), (2, "tern"));
    assert_eq!(sbom.packages[0].ecosystem.as_ref().unwrap(), &"deb");
    assert_eq!(sbom.about.unwrap().version.unwrap(), "1");
}

#[test]
fn a_document_that_is_partly_wrong_gives_what_it_has() {
    let text = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","components":[
        {"name":"a","type":"library"},
        {"name":7,"type":"library","licenses":"MIT"},
        "b",
        {"version":"1","licenses":[{"license":{}}]},
    ],"dependencies":{"ref":"x"}}"#;
    let (sbom, problems) = sbom(text);
    assert_eq!(
        rows(&sbom),
        ["a - - []", "7 - - [MIT]", " - - []", " 1 - []"]
    );
    assert_eq!(
        problems,
        [
            "line 5: a comma stands before the end of a list or object",
            "components[1].name: is no text",
            "components[2]: has no name",
            "components[3].licenses[0].license: has neither an id nor a name",
            "components[3]: has no name",
            "dependencies: is no list",
        ]
    );
}

#[test]
fn what_is_cut_off_gives_what_came_before() {
    for end in 1..JSON.len() {
        let Some(cut) = JSON.get(..end) else { continue };
        let read = reading(cut.as_bytes());
        assert!(!read.problems.is_empty(), "{cut}");
        if cut.contains(r#""supplier""#) {
            assert!(!read.sbom().unwrap().packages.is_empty(), "{cut}");
        }
    }
    let cut = BOM_XML.split("<b:services>").next().unwrap();
    assert_eq!(sbom(cut).0.packages.len(), 5);
    assert_eq!(sbom(cut).1, ["line 15: is not XML: it ends too early"]);
}

#[test]
fn two_described_packages_are_no_about() {
    let text = JSON.replace(
        r#""name":"app","#,
        r#""name":"app","documentDescribes":["SPDXRef-lib"],"#,
    );
    assert_eq!(sbom(&text).0.about, None);
    let text = JSON.replace(
        "SPDXRef-DOCUMENT\",\"relationshipType\":\"DESCRIBES",
        "SPDXRef-a\",\"relationshipType\":\"DESCRIBES",
    );
    assert_eq!(sbom(&text).0.about, None);
}

#[test]
fn a_document_of_vulnerabilities_alone_is_no_bill_of_materials() {
    let text =
        r#"{"bomFormat":"CycloneDX","specVersion":"1.4","vulnerabilities":[{"id":"CVE-1"}]}"#;
    let (sbom, _) = sbom(text);
    assert!(sbom.is_vulnerabilities_only());
    assert_eq!(sbom.vex, None);
}

#[test]
fn more_packages_than_are_read_are_told() {
    let limits = Limits {
        entries: 2,
        ..Limits::default()
    };
    let read = read(BOM.as_bytes(), &Label::default(), &limits);
    assert_eq!(read.sbom().unwrap().packages.len(), 2);
    assert!(
        read.problems[0]
            .what
            .as_str()
            .starts_with("has more than 2 packages")
    );
}

#[test]
fn an_identifier_of_two_packages_is_told() {
    let text = BOM.replace(r#""bom-ref":"b""#, r#""bom-ref":"a""#);
    let told = sbom(&text).1;
    assert_eq!(
        told,
        ["components[1]: has the identifier a of another package"]
    );
}
