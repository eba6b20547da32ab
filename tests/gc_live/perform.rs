//! Steps of a graph, done to a registry that serves.

use super::graph::{ACCEPT, Graph, Step};
use super::http::{Http, Reply};

/// How an action was taken, in the words of the answer that is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// `delete-tag`, `delete-manifest`, `move-tag`.
    pub action: &'static str,
    /// `accepted`, `refused`, `not-found`.
    pub result: &'static str,
    pub status: u16,
}

/// One who pushes and deletes.
pub struct Performer<'a> {
    pub graph: &'a Graph,
    pub http: &'a mut Http,
}

impl Performer<'_> {
    /// Does a step of the history; what the registry declines stays undone.
    pub fn prepare(&mut self, step: &Step) {
        match step {
            Step::Upload { repository, object } => {
                self.upload(*repository, *object);
            }
            Step::Push {
                repository,
                object,
                tag,
            } => self.push(*repository, *object, tag.as_deref()),
            Step::DeleteBlob { repository, object } => {
                let path = format!(
                    "/v2/{}/blobs/{}",
                    self.graph.repositories[*repository], self.graph.objects[*object].digest
                );
                self.http.call("DELETE", &path, &[], b"");
            }
            Step::Collect { .. } => panic!("a registry that serves does not collect"),
            Step::Move { .. } | Step::DeleteTag { .. } | Step::DeleteManifest { .. } => {
                self.act(step);
            }
        }
    }

    /// Does an action and says how it was taken.
    pub fn act(&mut self, step: &Step) -> Taken {
        let (action, repository, reference) = match step {
            Step::DeleteTag { repository, tag } => ("delete-tag", *repository, tag.clone()),
            Step::DeleteManifest { repository, object } => (
                "delete-manifest",
                *repository,
                self.graph.objects[*object].digest.clone(),
            ),
            Step::Move {
                repository,
                object,
                tag,
            } => return self.move_tag(*repository, *object, tag),
            other => panic!("{other:?} is no action"),
        };
        let path = self.manifest_path(repository, &reference);
        let reply = self.http.call("DELETE", &path, &[], b"");
        taken(action, &reply)
    }

    fn manifest_path(&self, repository: usize, reference: &str) -> String {
        format!(
            "/v2/{}/manifests/{reference}",
            self.graph.repositories[repository]
        )
    }

    /// Reads the manifest, as everybody has to who moves a tag, and pushes it under the tag.
    fn move_tag(&mut self, repository: usize, object: usize, tag: &str) -> Taken {
        let digest = &self.graph.objects[object].digest;
        let path = self.manifest_path(repository, digest);
        let read = self.http.call("GET", &path, &[("Accept", ACCEPT)], b"");
        if read.status != 200 {
            return taken("move-tag", &read);
        }
        assert_eq!(read.body, self.graph.objects[object].bytes, "{path}");
        taken("move-tag", &self.put(repository, object, tag))
    }

    fn put(&mut self, repository: usize, object: usize, reference: &str) -> Reply {
        let path = self.manifest_path(repository, reference);
        let object = &self.graph.objects[object];
        self.http.call(
            "PUT",
            &path,
            &[("Content-Type", object.media_type)],
            &object.bytes,
        )
    }

    fn push(&mut self, repository: usize, object: usize, tag: Option<&str>) {
        let graph = self.graph;
        let pushed = &graph.objects[object];
        for blob in &pushed.blobs {
            self.upload(repository, *blob);
        }
        for child in &pushed.children {
            let path = self.manifest_path(repository, &graph.objects[*child].digest);
            let there = self.http.call("HEAD", &path, &[("Accept", ACCEPT)], b"");
            if there.status != 200 {
                self.push(repository, *child, None);
            }
        }
        let reply = self.put(repository, object, tag.unwrap_or(&pushed.digest));
        let said = String::from_utf8_lossy(&reply.body);
        assert_eq!(reply.status, 201, "push of {}: {said}", pushed.name);
    }

    fn upload(&mut self, repository: usize, object: usize) {
        let graph = self.graph;
        let (name, blob) = (&graph.repositories[repository], &graph.objects[object]);
        let path = format!("/v2/{name}/blobs/{}", blob.digest);
        if self.http.call("HEAD", &path, &[], b"").status == 200 {
            return;
        }
        let begun = self
            .http
            .call("POST", &format!("/v2/{name}/blobs/uploads/"), &[], b"");
        assert_eq!(begun.status, 202, "upload to {name}");
        let place = begun.header("location").unwrap();
        let place = place
            .split_once("//")
            .and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)))
            .unwrap_or(place);
        let joint = if place.contains('?') { '&' } else { '?' };
        let path = format!("{place}{joint}digest={}", blob.digest);
        let headers = [("Content-Type", "application/octet-stream")];
        let done = self.http.call("PUT", &path, &headers, &blob.bytes);
        assert_eq!(done.status, 201, "upload of {} to {name}", blob.name);
    }
}

fn taken(action: &'static str, reply: &Reply) -> Taken {
    let result = match reply.status {
        200..=299 => "accepted",
        404 => "not-found",
        _ => "refused",
    };
    Taken {
        action,
        result,
        status: reply.status,
    }
}
