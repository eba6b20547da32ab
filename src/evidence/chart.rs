//! Helm charts: what `Chart.yaml` says, from the config of the manifest (as JSON) or from the chart's own archive.

use std::collections::BTreeMap;
use std::io::Read as _;

use super::problems::Problems;
use super::reading::Limits;
use super::tree::{At, Kind, yaml};
use crate::oci::RemoteText;

/// The annotations that list images, each a YAML list of `name` and `image`: Artifact Hub's, and that of Helm's
/// proposal 15.
const IMAGE_LISTS: [&str; 2] = ["artifacthub.io/images", "helm.sh/images"];

/// A chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chart {
    /// `apiVersion`.
    pub api_version: Option<RemoteText>,
    /// `name`.
    pub name: Option<RemoteText>,
    /// `version`: that of the chart.
    pub version: Option<RemoteText>,
    /// `appVersion`: that of what it installs.
    pub app_version: Option<RemoteText>,
    /// `description`.
    pub description: Option<RemoteText>,
    /// `type`: `application` or `library`.
    pub kind: Option<RemoteText>,
    /// `home`.
    pub home: Option<RemoteText>,
    /// `sources`.
    pub sources: Vec<RemoteText>,
    /// `kubeVersion`.
    pub kube_version: Option<RemoteText>,
    /// Names and addresses of `maintainers`, as `name <email>`.
    pub maintainers: Vec<RemoteText>,
    /// `dependencies`.
    pub dependencies: Vec<Dependency>,
    /// `annotations`.
    pub annotations: BTreeMap<RemoteText, RemoteText>,
    /// Images that annotations name, in their order.
    pub images: Vec<ChartImage>,
    /// `deprecated`.
    pub is_deprecated: bool,
}

/// Another chart that a chart needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependency {
    /// Its name.
    pub name: RemoteText,
    /// A version or a range.
    pub version: Option<RemoteText>,
    /// Where it is from, such as `oci://registry.example/charts`.
    pub repository: Option<RemoteText>,
    /// The name that it has within the chart.
    pub alias: Option<RemoteText>,
}

/// An image that a chart names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartImage {
    /// What the chart calls it.
    pub name: Option<RemoteText>,
    /// The reference, as written.
    pub reference: RemoteText,
    /// What names it.
    pub stated_by: StatedBy,
}

/// What names an image of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatedBy {
    /// An annotation, by its key.
    Annotation(&'static str),
    /// A place in `values.yaml` that looks like an image: a guess.
    Values(RemoteText),
}

/// The images that annotations name, of a chart or of the manifest that Helm copies them into.
pub fn images_of_annotations<'a>(annotation: impl Fn(&str) -> Option<&'a str>) -> Vec<ChartImage> {
    let mut images = Vec::new();
    for key in IMAGE_LISTS {
        if let Some(text) = annotation(key) {
            images_of_list(text, key, &mut images);
        }
    }
    images
}

/// At most so many values of one annotation or file of a chart.
const VALUES: usize = 200_000;

fn images_of_list(text: &str, key: &'static str, images: &mut Vec<ChartImage>) {
    let (list, _) = yaml::tree(text, VALUES);
    for item in list.root().into_iter().flat_map(At::items) {
        let reference = item.get("image").and_then(At::text).or(item.text());
        let Some(reference) = reference.filter(|text| !text.trim().is_empty()) else {
            continue;
        };
        images.push(ChartImage {
            name: item.get("name").and_then(At::text).map(RemoteText::from),
            reference: reference.trim().into(),
            stated_by: StatedBy::Annotation(key),
        });
    }
}

impl Chart {
    /// Reads what `Chart.yaml` is made of.
    pub(super) fn read(root: At<'_>, problems: &mut Problems) -> Self {
        let mut annotations: BTreeMap<RemoteText, RemoteText> = BTreeMap::new();
        for entry in root.get("annotations").into_iter().flat_map(At::fields) {
            if let Some(text) = problems.text_of(entry) {
                annotations.insert(entry.key().into(), text.into());
            }
        }
        let mut text = |key| problems.text(root, key).map(RemoteText::from);
        let chart = Self {
            api_version: text("apiVersion"),
            name: text("name"),
            version: text("version"),
            app_version: root
                .get("appVersion")
                .and_then(At::scalar)
                .map(RemoteText::from),
            description: text("description"),
            kind: text("type"),
            home: text("home"),
            kube_version: text("kubeVersion"),
            sources: texts(root, "sources"),
            maintainers: root.list("maintainers").filter_map(maintainer).collect(),
            dependencies: root.list("dependencies").filter_map(dependency).collect(),
            images: images_of_annotations(|key| annotations.get(key).map(RemoteText::as_str)),
            is_deprecated: root.get("deprecated").and_then(At::scalar) == Some("true"),
            annotations,
        };
        for (key, value) in [("name", &chart.name), ("version", &chart.version)] {
            if value.is_none() {
                problems.note(key, "is missing: every chart has one");
            }
        }
        chart
    }

    pub(super) fn weight(&self) -> usize {
        let annotations = self.annotations.iter();
        let annotations =
            annotations.map(|(key, value)| key.as_str().len() + value.as_str().len() + 96);
        1024 + annotations.sum::<usize>() * 2 + self.dependencies.len() * 256
    }
}

fn texts(root: At<'_>, key: &'static str) -> Vec<RemoteText> {
    let texts = root.list(key).filter_map(At::text);
    texts.map(RemoteText::from).collect()
}

fn maintainer(at: At<'_>) -> Option<RemoteText> {
    let name = at.get("name").and_then(At::text).or(at.text());
    let email = at
        .get("email")
        .and_then(At::text)
        .filter(|text| !text.is_empty());
    match (name, email) {
        (Some(name), Some(email)) => Some(format!("{name} <{email}>").into()),
        (one, other) => one.or(other).map(RemoteText::from),
    }
}

fn dependency(at: At<'_>) -> Option<Dependency> {
    let text = |key| at.get(key).and_then(At::scalar).map(RemoteText::from);
    let filled = |key| text(key).filter(|text| !text.is_empty());
    Some(Dependency {
        name: text("name")?,
        version: filled("version"),
        repository: filled("repository"),
        alias: filled("alias"),
    })
}

/// At most so large may `Chart.yaml` and `values.yaml` be.
const FILE: u64 = 4 << 20;

/// A file of the chart at the top of an archive, `name` below its one folder; none where it has none. `tar` is not
/// compressed.
fn file_of(tar: &[u8], name: &str) -> Option<String> {
    let mut archive = tar::Archive::new(tar);
    for entry in archive.entries().ok()? {
        let Ok(mut entry) = entry else { return None };
        let is_it = entry.path().is_ok_and(|path| {
            let mut parts = path.components();
            parts
                .next_back()
                .is_some_and(|last| last.as_os_str() == name)
                && parts
                    .filter(|part| *part != std::path::Component::CurDir)
                    .count()
                    == 1
        });
        if is_it {
            let mut bytes = Vec::new();
            entry.by_ref().take(FILE).read_to_end(&mut bytes).ok()?;
            return Some(String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    None
}

/// Whether `bytes` begin like a tar file.
pub(super) fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar".as_slice())
}

/// The chart in an archive that is not compressed; none where it has no `Chart.yaml`.
pub(super) fn of_archive(tar: &[u8], limits: &Limits, problems: &mut Problems) -> Option<Chart> {
    let text = file_of(tar, "Chart.yaml")?;
    let (tree, error) = yaml::tree(&text, limits.values.min(VALUES));
    if let Some(error) = error {
        problems.note(&format!("Chart.yaml {}", error.place()), error.what);
    }
    Some(Chart::read(tree.root()?, problems))
}

/// What looks like an image in the `values.yaml` of a chart's archive, as it is pulled (gzip or not): guesses, because
/// templates may put something else together. Empty where there is no such file.
///
/// An image is an object `image` with a `repository`, and with `registry`, `tag` and `digest` where it has them, or
/// a text `image`. Where there is no tag it is the chart's app version, as the chart that Helm creates has it.
pub fn guessed_images(archive: &[u8], limits: &Limits) -> Vec<ChartImage> {
    let Ok(unpacked) = super::compression::unpacked(archive, limits.unpacked) else {
        return Vec::new();
    };
    let tar = unpacked
        .as_ref()
        .map_or(archive, |(_, bytes)| bytes.as_slice());
    let Some(text) = file_of(tar, "values.yaml") else {
        return Vec::new();
    };
    let chart = of_archive(tar, limits, &mut Problems::default()).unwrap_or_default();
    let (tree, _) = yaml::tree(&text, limits.values.min(VALUES));
    let mut images = Vec::new();
    let mut open: Vec<At<'_>> = tree.root().into_iter().collect();
    while let Some(at) = open.pop() {
        for inner in at.fields() {
            if inner.key().eq_ignore_ascii_case("image") || inner.get("repository").is_some() {
                images.extend(guess(inner, at, chart.app_version.as_ref()));
            }
        }
        let holds = |at: &At<'_>| matches!(at.kind(), Kind::Object | Kind::List);
        let inner = match at.kind() {
            Kind::List => at.items(),
            _ => at.fields(),
        };
        open.extend(inner.filter(holds));
    }
    images.sort_by(|one, other| one.reference.cmp(&other.reference));
    images.dedup_by(|one, other| one.reference == other.reference);
    images
}

fn guess(at: At<'_>, holder: At<'_>, app_version: Option<&RemoteText>) -> Option<ChartImage> {
    let text = |key: &str| {
        at.get(key)
            .and_then(At::scalar)
            .filter(|text| !text.is_empty())
    };
    let beside = |key: &str| {
        holder
            .get(key)
            .and_then(At::scalar)
            .filter(|text| !text.is_empty())
    };
    let (mut reference, tag, digest) = if let Some(text) = at.text() {
        // `image: app` with `tag: 1.2` beside it.
        let last = text.rsplit('/').next().unwrap_or(text);
        let has_tag = last.contains([':', '@']);
        let tag = if has_tag { None } else { beside("tag") };
        (text.trim().to_owned(), tag, None)
    } else {
        let repository = text("repository").or(text("name"))?;
        let reference = match text("registry") {
            Some(registry) => format!("{}/{repository}", registry.trim_end_matches('/')),
            None => repository.to_owned(),
        };
        let tag = text("tag").or(app_version.map(RemoteText::as_str));
        (reference, tag, text("digest"))
    };
    let is_image = !reference.is_empty()
        && !reference.contains("://")
        && !reference.contains(|c: char| c.is_whitespace() || c == '{');
    if let Some(digest) = digest {
        reference = format!("{reference}@{digest}");
    } else if let Some(tag) = tag {
        reference = format!("{reference}:{tag}");
    }
    is_image.then(|| ChartImage {
        name: None,
        reference: reference.into(),
        stated_by: StatedBy::Values(at.place().into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Label, read};

    const CHART: &str = "apiVersion: v2
name: web
version: 1.2.3
appVersion: \"9.1\"
home: https://example.org
maintainers:
- name: Ann
  email: ann@example.org
- name: Bob
dependencies:
- name: cache
  version: ^1
  repository: oci://registry.example/charts
  alias: c
annotations:
  artifacthub.io/images: |
    - name: app
      image: registry.example/team/app:1
    - image: ' side:2 '
  helm.sh/images: \"- other:3\"
";

    const VALUES: &str = "image:
  registry: registry.example
  repository: team/app
sidecar:
  image: side
  tag: 3
sub:
- container:
    image: {repository: team/db, tag: '16', digest: 'sha256:ab'}
templated:
  image: '{{ .x }}'
";

    fn archive(files: &[(&str, &str)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, text) in files {
            let mut header = tar::Header::new_ustar();
            header.set_size(text.len() as u64);
            header.set_cksum();
            builder
                .append_data(&mut header, name, text.as_bytes())
                .unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn texts(images: &[ChartImage]) -> Vec<&str> {
        images
            .iter()
            .map(|image| image.reference.as_str())
            .collect()
    }

    #[test]
    fn a_chart_is_read_from_its_archive_and_not_from_one_within() {
        let inner = ("web/charts/cache/Chart.yaml", "name: cache\nversion: 1");
        let files = [
            inner,
            ("web/values.yaml", VALUES),
            ("web/Chart.yaml", CHART),
        ];
        let read = read(&archive(&files), &Label::default(), &Limits::default());
        assert_eq!(read.problems, []);
        let chart = read.chart().unwrap();
        assert_eq!(chart.name.as_ref().unwrap(), &"web");
        assert_eq!(chart.app_version.as_ref().unwrap(), &"9.1");
        assert_eq!(chart.maintainers, ["Ann <ann@example.org>", "Bob"]);
        assert_eq!(chart.dependencies.len(), 1);
        assert_eq!(chart.dependencies[0].alias.as_ref().unwrap(), &"c");
        assert_eq!(
            texts(&chart.images),
            ["registry.example/team/app:1", "side:2", "other:3"]
        );
        assert_eq!(chart.images[0].name.as_ref().unwrap(), &"app");
        assert_eq!(
            chart.images[2].stated_by,
            StatedBy::Annotation("helm.sh/images")
        );
    }

    #[test]
    fn images_in_values_are_guesses_that_are_asked_for() {
        let files = [("web/Chart.yaml", CHART), ("web/values.yaml", VALUES)];
        let guesses = guessed_images(&archive(&files), &Limits::default());
        let told = [
            "registry.example/team/app:9.1",
            "side:3",
            "team/db@sha256:ab",
        ];
        assert_eq!(texts(&guesses), told);
        assert_eq!(
            guesses[2].stated_by,
            StatedBy::Values("sub[0].container.image".into())
        );
        assert_eq!(guessed_images(b"no archive", &Limits::default()), []);
    }

    #[test]
    fn a_chart_without_a_name_has_a_problem() {
        let text = br#"{"apiVersion":"v2","name":null,"version":"1","maintainers":7}"#;
        let read = read(text, &Label::default(), &Limits::default());
        assert_eq!(
            read.problems[0].to_string(),
            "name: is missing: every chart has one"
        );
        assert_eq!(read.chart().unwrap().version.as_ref().unwrap(), &"1");
    }
}
