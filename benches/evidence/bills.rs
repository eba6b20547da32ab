//! Large bills of materials: the same packages in three formats, about 1,270 bytes each, as large tools write them.

use std::fmt::Write as _;

/// Types of packages, with a name in front of theirs.
const TYPES: [(&str, &str); 5] = [
    ("npm", "%40scope/left-pad"),
    ("deb", "debian/libexample"),
    ("pypi", "example-tools"),
    ("golang", "example.com/module"),
    ("maven", "org.example/artifact"),
];
const LICENSES: [&str; 6] = [
    "MIT",
    "Apache-2.0",
    "BSD-3-Clause",
    "GPL-2.0-or-later",
    "LGPL-2.1-only WITH Classpath-exception-2.0",
    "MIT OR Apache-2.0",
];

/// A package; numbers far apart have nothing in common.
struct Package {
    number: usize,
    name: String,
    version: String,
    purl: String,
    license: &'static str,
    hash: String,
}

impl Package {
    fn of(number: usize) -> Self {
        let (kind, start) = TYPES[number % TYPES.len()];
        let version = format!("{}.{}.{}", number % 7, number % 31, number % 97);
        let name = start.rsplit('/').next().unwrap_or(start);
        Self {
            number,
            name: format!("{name}-{number}"),
            purl: format!("pkg:{kind}/{start}-{number}@{version}?arch=amd64&distro=example-12"),
            version,
            license: LICENSES[number % LICENSES.len()],
            hash: format!("{:064x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        }
    }

    /// What no reader needs and every document has.
    fn padding(&self) -> String {
        let mut text = String::new();
        for place in 0..4 {
            let _ = write!(
                text,
                r#"{{"name":"example:location:{place}:path","value":"/usr/share/doc/{}/copyright-{place}-{}"}},"#,
                self.name, self.number
            );
        }
        text.pop();
        text
    }
}

/// `CycloneDX` 1.6 of so many components.
pub(crate) fn cyclonedx(count: usize) -> String {
    let mut text = String::from(
        r#"{"bomFormat":"CycloneDX","specVersion":"1.6","serialNumber":"urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79","version":1,"metadata":{"timestamp":"2026-01-01T00:00:00Z","tools":{"components":[{"type":"application","name":"generator","version":"1"}]}},"components":["#,
    );
    for number in 0..count {
        let package = Package::of(number);
        let _ = write!(
            text,
            r#"{{"bom-ref":"{purl}&package-id={number:016x}","type":"library","supplier":{{"name":"Example Supplier {supplier}"}},"name":"{name}","version":"{version}","description":"An example of a package that has a description as long as most packages have, which nobody reads","hashes":[{{"alg":"SHA-256","content":"{hash}"}}],"licenses":[{{"license":{{"id":"{license}"}}}}],"cpe":"cpe:2.3:a:{name}:{name}:{version}:*:*:*:*:*:*:*","purl":"{purl}","externalReferences":[{{"type":"distribution","url":"https://packages.example.com/{name}/{version}/{name}-{version}.tgz"}}],"properties":[{padding}]}},"#,
            purl = package.purl,
            supplier = number % 200,
            name = package.name,
            version = package.version,
            hash = package.hash,
            license = package.license,
            padding = package.padding(),
        );
    }
    text.pop();
    text.push_str(r#"],"dependencies":["#);
    for number in 0..count {
        let (package, other) = (Package::of(number), Package::of(number / 2));
        let _ = write!(
            text,
            r#"{{"ref":"{}&package-id={number:016x}","dependsOn":["{}&package-id={:016x}"]}},"#,
            package.purl,
            other.purl,
            number / 2
        );
    }
    text.pop();
    text.push_str("]}");
    text
}

/// SPDX 2.3 of so many packages.
pub(crate) fn spdx(count: usize) -> String {
    let mut text = String::from(
        r#"{"spdxVersion":"SPDX-2.3","dataLicense":"CC0-1.0","SPDXID":"SPDXRef-DOCUMENT","name":"example","documentNamespace":"https://example.com/1","creationInfo":{"created":"2026-01-01T00:00:00Z","creators":["Tool: generator-1"]},"packages":["#,
    );
    for number in 0..count {
        let package = Package::of(number);
        let _ = write!(
            text,
            r#"{{"name":"{name}","SPDXID":"SPDXRef-Package-{number}","versionInfo":"{version}","supplier":"Organization: Example Supplier {supplier}","originator":"Person: A Maintainer of {name} (maintainer-{number}@example.com)","downloadLocation":"https://packages.example.com/{name}/{version}/{name}-{version}.tgz","filesAnalyzed":false,"checksums":[{{"algorithm":"SHA256","checksumValue":"{hash}"}}],"sourceInfo":"acquired package information from the following paths: /usr/share/doc/{name}/copyright, /var/lib/dpkg/info/{name}.list","licenseConcluded":"NOASSERTION","licenseDeclared":"{license}","copyrightText":"Copyright 2026 of the authors of {name}, who have written a line that is as long as such lines are","summary":"An example of a package","externalRefs":[{{"referenceCategory":"SECURITY","referenceType":"cpe23Type","referenceLocator":"cpe:2.3:a:{name}:{name}:{version}:*:*:*:*:*:*:*"}},{{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"{purl}"}}]}},"#,
            name = package.name,
            version = package.version,
            supplier = number % 200,
            hash = package.hash,
            license = package.license,
            purl = package.purl,
        );
    }
    text.pop();
    text.push_str(r#"],"relationships":["#);
    for number in 0..count {
        let _ = write!(
            text,
            r#"{{"spdxElementId":"SPDXRef-Package-{}","relatedSpdxElement":"SPDXRef-Package-{number}","relationshipType":"DEPENDS_ON"}},"#,
            number / 2
        );
    }
    text.pop();
    text.push_str("]}");
    text
}

/// Syft's own JSON of so many artifacts.
pub(crate) fn syft(count: usize) -> String {
    let mut text = String::from(r#"{"artifacts":["#);
    for number in 0..count {
        let package = Package::of(number);
        let (kind, _) = TYPES[number % TYPES.len()];
        let _ = write!(
            text,
            r#"{{"id":"{number:016x}","name":"{name}","version":"{version}","type":"{kind}","foundBy":"example-cataloger","locations":[{{"path":"/usr/share/doc/{name}/copyright","layerID":"sha256:{hash}","accessPath":"/usr/share/doc/{name}/copyright","annotations":{{"evidence":"primary"}}}}],"licenses":[{{"value":"{license}","spdxExpression":"{license}","type":"declared","urls":[],"locations":[]}}],"language":"","cpes":[{{"cpe":"cpe:2.3:a:{name}:{name}:{version}:*:*:*:*:*:*:*","source":"syft-generated"}}],"purl":"{purl}","metadataType":"example-entry","metadata":{{"name":"{name}","version":"{version}","architecture":"amd64","maintainer":"A Maintainer <maintainer-{number}@example.com>","files":[{padding}]}}}},"#,
            name = package.name,
            version = package.version,
            hash = package.hash,
            license = package.license,
            purl = package.purl,
            padding = package.padding(),
        );
    }
    text.pop();
    text.push_str(r#"],"artifactRelationships":["#);
    for number in 0..count {
        let _ = write!(
            text,
            r#"{{"parent":"{number:016x}","child":"{:016x}","type":"dependency-of"}},"#,
            number / 2
        );
    }
    text.pop();
    text.push_str(r#"],"source":{"id":"1","name":"example","version":"1","type":"image","metadata":{}},"distro":{"name":"example"},"descriptor":{"name":"syft","version":"1.0.0"},"schema":{"version":"16.0.0","url":"https://example.com/schema.json"}}"#);
    text
}

/// A small bill of so many components, of which every document has a few that no other has.
pub(crate) fn small(document: usize, count: usize) -> String {
    let mut text = String::from(r#"{"bomFormat":"CycloneDX","specVersion":"1.6","components":["#);
    for number in 0..count {
        let number = if number % 10 == 0 {
            document * count + number
        } else {
            number
        };
        let package = Package::of(number);
        let _ = write!(
            text,
            r#"{{"type":"library","name":"{}","version":"{}","purl":"{}","licenses":[{{"license":{{"id":"{}"}}}}]}},"#,
            package.name, package.version, package.purl, package.license
        );
    }
    text.pop();
    text.push_str("]}");
    text
}
