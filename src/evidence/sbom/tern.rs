//! Tern's own JSON: images, their layers, and the packages that each layer brings.

use super::builder::{Builder, Licenses, Stated};
use super::{About, Encoding, Format, Package, Sbom};
use crate::evidence::Limits;
use crate::evidence::problems::Problems;
use crate::evidence::tree::{At, Kind};

/// Reads a document; none where it is none of Tern's.
pub(in crate::evidence) fn read(root: At<'_>, limits: &Limits) -> Option<(Sbom, Problems)> {
    let mut builder = Builder::new(Format::Tern, Encoding::Json, limits);
    let mut images = root
        .list("images")
        .filter_map(|item| item.get("image"))
        .peekable();
    images.peek()?;
    let mut abouts = Vec::new();
    for image in images {
        abouts.push(about(image));
        for layer in image.list("layers") {
            builder.sbom.files += layer.list("files").count();
            for package in layer.list("packages") {
                read_package(&mut builder, package);
            }
        }
    }
    if abouts.len() == 1 {
        builder.sbom.about = abouts.pop();
    }
    Some(builder.finish())
}

fn about(image: At<'_>) -> About {
    let text = |key: &str| {
        image
            .get(key)
            .and_then(At::text)
            .filter(|text| !text.is_empty())
    };
    let mut about = About {
        name: text("name").or(text("repotag")).unwrap_or_default().into(),
        version: text("tag").map(Into::into),
        ..About::default()
    };
    let config = image
        .get("manifest")
        .and_then(|manifest| manifest.get("config"));
    let config = config
        .and_then(|config| config.get("digest"))
        .and_then(At::text);
    for digest in text("repotag").into_iter().chain(config) {
        about.add_digest(digest);
    }
    about
}

fn read_package(builder: &mut Builder<'_>, at: At<'_>) {
    if at.kind() != Kind::Object {
        builder.problems.at(at, "is no package");
        return;
    }
    let mut licenses = Licenses::default();
    let stated = at.get("pkg_license").and_then(At::text).unwrap_or_default();
    builder.license(&mut licenses, Stated::Declared, stated);
    if stated.is_empty() {
        // Those of the package's files, where the package itself has none.
        for license in at.list("pkg_licenses").filter_map(At::text) {
            builder.license(&mut licenses, Stated::Declared, license);
        }
    }
    let own = builder.problems.text(at, "pkg_format");
    let package = Package {
        name: builder.problems.text(at, "name").unwrap_or_default().into(),
        version: builder.text(at, "version"),
        ecosystem: builder.ecosystem(None, own),
        licenses: Builder::licenses(licenses),
        ..Package::default()
    };
    if package.name.is_empty() {
        builder.problems.at(at, "has no name");
    }
    builder.push(at, package);
}
