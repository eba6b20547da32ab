//! How something was built: SLSA provenance 0.1, 0.2 and 1, with what BuildKit adds to each (slsa.dev/spec;
//! buildkit, `docs/attestations/slsa-definitions.md`).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::problems::Problems;
use super::tree::At;
use crate::oci::RemoteText;

/// An account of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The predicate type, as written; empty where it stands in no statement.
    pub predicate_type: RemoteText,
    /// What built it: a URI, which BuildKit mostly leaves empty.
    pub builder: Option<RemoteText>,
    /// The kind of build: a URI that says what parameters mean.
    pub build_type: Option<RemoteText>,
    /// Where the source is from, as written.
    pub source: Option<RemoteText>,
    /// The branch or tag.
    pub reference: Option<RemoteText>,
    /// The commit.
    pub revision: Option<RemoteText>,
    /// What in the source says how to build: a workflow's or a Dockerfile's path.
    pub entry_point: Option<RemoteText>,
    /// Which run of the builder it was.
    pub invocation: Option<RemoteText>,
    /// When the build began, as written.
    pub started: Option<RemoteText>,
    /// When it ended, as written.
    pub finished: Option<RemoteText>,
    /// Whether the builder says that it can be built again to the same bytes.
    pub reproducible: Option<bool>,
    /// What went into it, in no order that means anything.
    pub materials: Vec<Material>,
    /// The parameters, as JSON.
    pub parameters: Option<Arc<str>>,
}

/// Something that went into a build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Material {
    /// Where it is from, as written.
    pub uri: Option<RemoteText>,
    /// Its name, as written.
    pub name: Option<RemoteText>,
    /// Hashes by algorithm.
    pub digest: BTreeMap<RemoteText, RemoteText>,
}

impl Material {
    /// Whether it is an image: by its package URL's type, or by its scheme.
    pub fn is_image(&self) -> bool {
        let Some(uri) = &self.uri else { return false };
        let uri = uri.as_str();
        let is_of = |scheme: &str| {
            uri.get(..scheme.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(scheme))
        };
        let kind = super::sbom::purl_type(uri);
        is_of("docker-pullable://")
            || is_of("oci://")
            || kind.is_some_and(|kind| matches!(kind.as_str(), "docker" | "oci"))
    }

    /// The commit that it is, if its digest says so.
    fn commit(&self) -> Option<&RemoteText> {
        self.digest
            .get("gitCommit")
            .or_else(|| self.digest.get("sha1"))
    }
}

/// Reads a predicate. Its version is that of its shape: a label can be wrong.
pub(super) fn read(
    root: At<'_>,
    predicate_type: &str,
    cap: usize,
    problems: &mut Problems,
) -> Provenance {
    let mut provenance =
        if root.get("buildDefinition").is_some() || root.get("runDetails").is_some() {
            of_version_1(root, cap, problems)
        } else {
            of_version_0(root, cap, problems)
        };
    provenance.predicate_type = predicate_type.into();
    provenance.reference = provenance.reference.or_else(|| {
        let source = provenance.source.as_ref()?;
        reference_of(source.as_str()).map(RemoteText::from)
    });
    if provenance.revision.is_none() {
        provenance.revision = provenance.revision_of_materials();
    }
    provenance
}

impl Provenance {
    /// The commit of the material that is the source.
    fn revision_of_materials(&self) -> Option<RemoteText> {
        let source = repository(self.source.as_ref()?.as_str());
        let of_source = |material: &&Material| {
            material
                .uri
                .as_ref()
                .is_some_and(|uri| repository(uri.as_str()) == source)
        };
        self.materials.iter().find(of_source)?.commit().cloned()
    }

    pub(super) fn weight(&self) -> usize {
        let materials = self.materials.iter().map(|material| {
            let digests = material.digest.iter();
            let digests =
                digests.map(|(name, hash)| name.as_str().len() + hash.as_str().len() + 64);
            128 + material.uri.as_ref().map_or(0, |uri| uri.as_str().len()) + digests.sum::<usize>()
        });
        let parameters = self.parameters.as_ref().map_or(0, |text| text.len());
        size_of::<Self>() + 1024 + materials.sum::<usize>() + parameters
    }
}

fn text(at: Option<At<'_>>, key: &str) -> Option<RemoteText> {
    let text = at?.get(key)?.scalar().filter(|text| !text.is_empty());
    text.map(RemoteText::from)
}

fn either(at: Option<At<'_>>, keys: [&str; 2]) -> Option<RemoteText> {
    keys.into_iter().find_map(|key| text(at, key))
}

/// The builder's identifier also where it is empty: BuildKit writes that it does not know.
fn builder(at: Option<At<'_>>) -> Option<RemoteText> {
    at?.get("id")?.text().map(RemoteText::from)
}

fn flag(at: Option<At<'_>>, key: &str) -> Option<bool> {
    match at?.get(key)?.scalar()? {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// The branch or tag in an address: `…@refs/tags/v1` as SLSA writes it, `….git#main` as BuildKit does.
fn reference_of(source: &str) -> Option<&str> {
    if let Some((_, fragment)) = source.split_once('#') {
        let reference = fragment.split(':').next()?;
        return (!reference.is_empty()).then_some(reference);
    }
    let (_, reference) = source.rsplit_once('@')?;
    reference.starts_with("refs/").then_some(reference)
}

/// An address without what differs between two ways to write it: `git+`, `.git`, the branch.
fn repository(uri: &str) -> &str {
    let uri = uri.strip_prefix("git+").unwrap_or(uri);
    let uri = uri.split('#').next().unwrap_or(uri);
    let uri = match uri.rsplit_once('@') {
        Some((before, after)) if after.starts_with("refs/") || !after.contains('/') => before,
        _ => uri,
    };
    uri.trim_end_matches('/').trim_end_matches(".git")
}

fn materials<'t>(
    list: impl Iterator<Item = At<'t>>,
    cap: usize,
    problems: &mut Problems,
) -> Vec<Material> {
    let mut materials = Vec::new();
    for at in list {
        if materials.len() >= cap {
            problems.at(at, "more materials than are read");
            break;
        }
        let mut digest = BTreeMap::new();
        for hash in at.get("digest").into_iter().flat_map(At::fields) {
            if let Some(text) = problems.text_of(hash) {
                digest.insert(hash.key().into(), text.into());
            }
        }
        materials.push(Material {
            uri: text(Some(at), "uri"),
            name: text(Some(at), "name"),
            digest,
        });
    }
    materials
}

fn commit_of(at: Option<At<'_>>) -> Option<RemoteText> {
    either(at?.get("digest"), ["gitCommit", "sha1"])
}

/// What BuildKit found of the version control of a local folder.
fn vcs(metadata: Option<At<'_>>) -> Option<At<'_>> {
    let metadata = metadata?;
    let own = metadata.get("https://mobyproject.org/buildkit@v1#metadata");
    own.or_else(|| metadata.get("buildkit_metadata"))?
        .get("vcs")
}

fn of_version_0(root: At<'_>, cap: usize, problems: &mut Problems) -> Provenance {
    let (metadata, invocation) = (root.get("metadata"), root.get("invocation"));
    let recipe = root.get("recipe");
    let source = invocation.and_then(|at| at.get("configSource"));
    let vcs = vcs(metadata);
    let materials = materials(root.list("materials"), cap, problems);
    // 0.1 says by its number which material the recipe stands in.
    let number = recipe
        .and_then(|at| at.get("definedInMaterial"))
        .and_then(At::scalar);
    let defined = number.and_then(|number| number.parse::<usize>().ok());
    let defined = defined.and_then(|number| materials.get(number));
    let parameters = invocation.and_then(|at| at.get("parameters"));
    let parameters = parameters.or_else(|| recipe?.get("arguments"));
    Provenance {
        builder: builder(root.get("builder")),
        build_type: text(Some(root), "buildType").or_else(|| text(recipe, "type")),
        source: text(source, "uri")
            .or_else(|| defined?.uri.clone())
            .or_else(|| text(vcs, "source")),
        revision: commit_of(source)
            .or_else(|| defined?.commit().cloned())
            .or_else(|| text(vcs, "revision")),
        entry_point: text(source, "entryPoint").or_else(|| text(recipe, "entryPoint")),
        invocation: either(metadata, ["buildInvocationId", "buildInvocationID"]),
        started: text(metadata, "buildStartedOn"),
        finished: text(metadata, "buildFinishedOn"),
        reproducible: flag(metadata, "reproducible"),
        parameters: parameters.map(|at| at.to_json().into()),
        materials,
        ..Provenance::default()
    }
}

fn of_version_1(root: At<'_>, cap: usize, problems: &mut Problems) -> Provenance {
    let (definition, run) = (root.get("buildDefinition"), root.get("runDetails"));
    let metadata = run.and_then(|run| run.get("metadata"));
    let parameters = definition.and_then(|at| at.get("externalParameters"));
    let inner = |key: &str| parameters.and_then(|at| at.get(key));
    let (workflow, config) = (inner("workflow"), inner("configSource"));
    let source = inner("source");
    let vcs = vcs(metadata);
    let list = definition
        .into_iter()
        .flat_map(|at| at.list("resolvedDependencies"));
    let materials = materials(list, cap, problems);
    let git = || {
        let mut uris = materials
            .iter()
            .filter_map(|material| material.uri.as_ref());
        uris.find(|uri| uri.as_str().starts_with("git+")).cloned()
    };
    Provenance {
        builder: builder(run.and_then(|run| run.get("builder"))),
        build_type: text(definition, "buildType"),
        source: text(workflow, "repository")
            .or_else(|| text(config, "uri"))
            .or_else(|| text(source, "uri"))
            .or_else(|| source?.text().map(RemoteText::from))
            .or_else(|| either(parameters, ["sourceRepository", "repository"]))
            .or_else(|| text(vcs, "source"))
            .or_else(git),
        reference: text(workflow, "ref").or_else(|| either(parameters, ["ref", "sourceRef"])),
        revision: commit_of(config)
            .or_else(|| commit_of(source))
            .or_else(|| text(vcs, "revision")),
        entry_point: text(workflow, "path").or_else(|| text(config, "path")),
        invocation: either(metadata, ["invocationId", "invocationID"]),
        started: text(metadata, "startedOn"),
        finished: text(metadata, "finishedOn"),
        reproducible: flag(metadata, "buildkit_reproducible")
            .or_else(|| flag(metadata, "reproducible")),
        parameters: parameters.map(|at| at.to_json().into()),
        materials,
        ..Provenance::default()
    }
}

#[cfg(test)]
#[path = "provenance_tests.rs"]
mod tests;
