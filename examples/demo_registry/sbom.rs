//! SBOMs: SPDX 2.3 and CycloneDX 1.6, as JSON.

use regscope::oci::Digest;

use crate::json::Value;
use crate::packages::Package;
use crate::registry::digest_of_name;

/// What an SBOM is about.
pub(crate) struct About<'a> {
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
    /// `HOST/PATH:TAG`
    pub(crate) reference: String,
    /// `HOST/PATH`
    pub(crate) repository: String,
    pub(crate) digest: Digest,
    pub(crate) architecture: &'a str,
    pub(crate) created: &'a str,
}

impl About<'_> {
    fn purl(&self) -> String {
        let digest = self.digest.to_string().replace(':', "%3A");
        format!(
            "pkg:oci/{}@{digest}?arch={}&repository_url={}",
            self.name, self.architecture, self.repository
        )
    }

    /// An identifier in the form of a UUID, always the same.
    fn uuid(&self) -> String {
        let hex = digest_of_name(&format!("SBOM of {}", self.digest)).encoded();
        let cut =
            |from: usize, length: usize| hex.chars().skip(from).take(length).collect::<String>();
        format!(
            "{}-{}-4{}-a{}-{}",
            cut(0, 8),
            cut(8, 4),
            cut(13, 3),
            cut(17, 3),
            cut(20, 12)
        )
    }
}

/// SPDX 2.3.
pub(crate) fn spdx(about: &About, packages: &[Package]) -> Value {
    let root = "SPDXRef-image";
    let mut listed = vec![object! {
        "SPDXID" => root,
        "name" => about.reference.as_str(),
        "versionInfo" => about.version,
        "downloadLocation" => "NOASSERTION",
        "filesAnalyzed" => false,
        "primaryPackagePurpose" => "CONTAINER",
        "checksums" => [object! { "algorithm" => "SHA256", "checksumValue" => about.digest.encoded() }],
        "licenseConcluded" => "NOASSERTION",
        "licenseDeclared" => "NOASSERTION",
        "externalRefs" => [purl_reference(&about.purl())],
    }];
    let relation = |from: &str, kind: &str, to: &str| {
        object! { "spdxElementId" => from, "relationshipType" => kind, "relatedSpdxElement" => to }
    };
    let mut relations = vec![relation("SPDXRef-DOCUMENT", "DESCRIBES", root)];
    for package in packages {
        let id = format!("SPDXRef-{}", package.name.replace(['/', '_'], "-"));
        relations.push(relation(root, "CONTAINS", &id));
        listed.push(object! {
            "SPDXID" => id,
            "name" => package.name,
            "versionInfo" => package.version.as_str(),
            "downloadLocation" => "NOASSERTION",
            "filesAnalyzed" => false,
            "licenseConcluded" => "NOASSERTION",
            "licenseDeclared" => package.license,
            "externalRefs" => [purl_reference(&package.purl(about.architecture))],
        });
    }
    object! {
        "spdxVersion" => "SPDX-2.3",
        "dataLicense" => "CC0-1.0",
        "SPDXID" => "SPDXRef-DOCUMENT",
        "name" => about.reference.as_str(),
        "documentNamespace" => format!("https://sbom.example.com/spdx/{}-{}", about.name, about.uuid()),
        "creationInfo" => object! {
            "created" => about.created,
            "creators" => ["Organization: Example Team", "Tool: example-sbom-1.8.0"],
        },
        "packages" => listed,
        "relationships" => relations,
    }
}

fn purl_reference(purl: &str) -> Value {
    object! {
        "referenceCategory" => "PACKAGE-MANAGER",
        "referenceType" => "purl",
        "referenceLocator" => purl,
    }
}

/// CycloneDX 1.6.
pub(crate) fn cyclonedx(about: &About, packages: &[Package]) -> Value {
    let purls: Vec<String> = packages
        .iter()
        .map(|p| p.purl(about.architecture))
        .collect();
    let components = packages.iter().zip(&purls).map(|(package, purl)| {
        // An expression and a single identifier stand in different places.
        let license = if package.license.contains(' ') {
            object! { "expression" => package.license }
        } else {
            object! { "license" => object! { "id" => package.license } }
        };
        object! {
            "bom-ref" => purl.as_str(),
            "type" => "library",
            "name" => package.name,
            "version" => package.version.as_str(),
            "licenses" => [license],
            "purl" => purl.as_str(),
        }
    });
    object! {
        "bomFormat" => "CycloneDX",
        "specVersion" => "1.6",
        "serialNumber" => format!("urn:uuid:{}", about.uuid()),
        "version" => 1_u64,
        "metadata" => object! {
            "timestamp" => about.created,
            "tools" => object! {
                "components" => [object! {
                    "type" => "application", "name" => "example-sbom", "version" => "1.8.0",
                }],
            },
            "component" => object! {
                "bom-ref" => about.purl(),
                "type" => "container",
                "name" => about.repository.as_str(),
                "version" => about.version,
                "hashes" => [object! { "alg" => "SHA-256", "content" => about.digest.encoded() }],
                "purl" => about.purl(),
            },
        },
        "components" => components.collect::<Vec<_>>(),
        "dependencies" => [object! { "ref" => about.purl(), "dependsOn" => purls }],
    }
}
