//! Documents of Kubernetes, Compose, Docker and CRI: where each of them names images.

use serde_json::{Map, Value};

use super::{InUseError, Use};

type Object = Map<String, Value>;

/// What the documents name.
pub(super) fn uses(documents: &[Value]) -> Result<Vec<Use>, InUseError> {
    let mut reader = Reader::default();
    for document in documents {
        reader.document(document);
    }
    // An empty list of a known kind is an answer too.
    if reader.is_known
        || documents
            .iter()
            .all(|value| value.is_null() || is_empty_list(value))
    {
        Ok(reader.uses)
    } else {
        Err(InUseError::Kind)
    }
}

fn is_empty_list(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

#[derive(Default)]
struct Reader {
    uses: Vec<Use>,
    /// Whether any document was of a known kind.
    is_known: bool,
}

impl Reader {
    fn document(&mut self, value: &Value) {
        match value {
            Value::Array(items) => {
                for item in items {
                    self.document(item);
                }
            }
            Value::Object(object) => {
                let is_known = self.kubernetes(object)
                    || self.compose(object)
                    || self.cri(object)
                    || self.docker(object);
                self.is_known |= is_known;
            }
            _ => {}
        }
    }

    fn add(&mut self, consumer: &str, reference: Option<&str>) {
        let Some(reference) = reference else { return };
        let reference = ["docker-pullable://", "docker://"]
            .into_iter()
            .find_map(|scheme| reference.strip_prefix(scheme))
            .unwrap_or(reference);
        // An id of the machine's own names nothing that a registry has.
        let is_id = reference.starts_with("sha256:")
            || (reference.len() >= 12 && reference.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if !is_id && !reference.is_empty() && !reference.contains("<none>") {
            self.uses.push(Use {
                consumer: consumer.to_owned(),
                reference: reference.to_owned(),
            });
        }
    }

    /// Pods, what makes pods, and lists of them.
    fn kubernetes(&mut self, object: &Object) -> bool {
        if let Some(items) = object.get("items").and_then(Value::as_array) {
            for item in items {
                self.document(item);
            }
            return true;
        }
        let (Some(kind), Some(spec)) = (text(object, "kind"), child(object, "spec")) else {
            return text(object, "kind").is_some() && object.contains_key("apiVersion");
        };
        let metadata = child(object, "metadata");
        let named = |key| metadata.and_then(|metadata| text(metadata, key));
        let name = named("name").unwrap_or("?");
        let place = match named("namespace") {
            Some(namespace) => format!("{} {namespace}/{name}", kind.to_lowercase()),
            None => format!("{} {name}", kind.to_lowercase()),
        };
        let pod = pod_of(spec);
        for list in ["containers", "initContainers", "ephemeralContainers"] {
            for container in objects(pod, list) {
                let name = text(container, "name").unwrap_or("?");
                let consumer = format!("{place}, container {name}");
                self.add(&consumer, text(container, "image"));
            }
        }
        for volume in objects(pod, "volumes") {
            let name = text(volume, "name").unwrap_or("?");
            let image = child(volume, "image").and_then(|image| text(image, "reference"));
            self.add(&format!("{place}, volume {name}"), image);
        }
        let status = child(object, "status");
        for list in [
            "containerStatuses",
            "initContainerStatuses",
            "ephemeralContainerStatuses",
        ] {
            for container in status.into_iter().flat_map(|status| objects(status, list)) {
                let name = text(container, "name").unwrap_or("?");
                let consumer = format!("{place}, container {name}, as it runs");
                self.add(&consumer, text(container, "imageID"));
            }
        }
        true
    }

    fn compose(&mut self, object: &Object) -> bool {
        let Some(services) = child(object, "services") else {
            return false;
        };
        for (name, service) in services {
            let image = service
                .as_object()
                .and_then(|service| text(service, "image"));
            let image = image.map(with_defaults);
            self.add(&format!("service {name}"), image.as_deref());
        }
        true
    }

    /// `crictl ps` and `crictl images`.
    fn cri(&mut self, object: &Object) -> bool {
        let is_cri = ["containers", "images"]
            .into_iter()
            .any(|key| object.get(key).is_some_and(Value::is_array));
        for container in objects(object, "containers") {
            let labels = child(container, "labels");
            let label = |key| labels.and_then(|labels| text(labels, key));
            let name = child(container, "metadata").and_then(|metadata| text(metadata, "name"));
            let name = name.unwrap_or("?");
            let consumer = match (
                label("io.kubernetes.pod.namespace"),
                label("io.kubernetes.pod.name"),
            ) {
                (Some(namespace), Some(pod)) => format!("pod {namespace}/{pod}, container {name}"),
                _ => format!("container {name}"),
            };
            let image = child(container, "image");
            for key in ["userSpecifiedImage", "image"] {
                self.add(&consumer, image.and_then(|image| text(image, key)));
            }
            self.add(&consumer, text(container, "imageRef"));
        }
        for image in objects(object, "images") {
            self.stored(image, "repoTags", "repoDigests");
        }
        is_cri
    }

    /// `docker ps`, `docker images`, `docker inspect` of containers and images; Podman's alike.
    fn docker(&mut self, object: &Object) -> bool {
        let name = text(object, "Names")
            .or_else(|| text(object, "Name"))
            .or_else(|| object.get("Names")?.as_array()?.first()?.as_str());
        let consumer = format!("container {}", name.unwrap_or("?").trim_start_matches('/'));
        let config = child(object, "Config").and_then(|config| text(config, "Image"));
        if object.contains_key("RepoTags") || object.contains_key("RepoDigests") {
            self.stored(object, "RepoTags", "RepoDigests");
            return true;
        }
        if let (Some(repository), Some(tag)) = (text(object, "Repository"), text(object, "Tag")) {
            self.add(
                "an image of the machine",
                Some(&format!("{repository}:{tag}")),
            );
            let digest = text(object, "Digest").filter(|digest| digest.contains(':'));
            let pinned = digest.map(|digest| format!("{repository}@{digest}"));
            self.add("an image of the machine", pinned.as_deref());
            return true;
        }
        self.add(&consumer, config.or_else(|| text(object, "Image")));
        config.is_some() || object.contains_key("Image")
    }

    fn stored(&mut self, image: &Object, tags: &str, digests: &str) {
        for key in [tags, digests] {
            let references = image.get(key).and_then(Value::as_array);
            for reference in references.into_iter().flatten() {
                self.add("an image of the machine", reference.as_str());
            }
        }
    }
}

/// The pod in a specification: its own, of a template, of a job's template.
fn pod_of(spec: &Object) -> &Object {
    let inner = |spec| child(child(spec, "template")?, "spec");
    let of_job = child(spec, "jobTemplate").and_then(|job| inner(child(job, "spec")?));
    of_job.or_else(|| inner(spec)).unwrap_or(spec)
}

fn text<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str()
}

fn child<'a>(object: &'a Object, key: &str) -> Option<&'a Object> {
    object.get(key)?.as_object()
}

fn objects<'a>(object: &'a Object, key: &str) -> impl Iterator<Item = &'a Object> {
    let items = object.get(key).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_object)
}

/// Compose's variables with the defaults that they state (`${TAG:-1.2}`); others stay as they are, which no reference
/// can be.
fn with_defaults(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((variable, after)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        let default = variable
            .split_once(":-")
            .or_else(|| variable.split_once('-'));
        match default {
            Some((_, default)) => out.push_str(default),
            None => out.extend(["${", variable, "}"]),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}
