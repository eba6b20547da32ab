//! An image with all that is attached to it, read.

use crate::export::document::{HolePart, reference};
use crate::graph::{Graph, NodeId};
use crate::insight::cells::is_cose_signature;
use crate::insight::image::{Image, ReadDocument, image, parts_of};
use crate::oci::purpose::DocumentKinds;
use crate::session::Session;

use super::arguments::Common;

/// An image, and what of its documents could not be read.
pub(super) struct ReadImage {
    pub(super) image: Image,
    /// Documents that came and cannot be read.
    pub(super) holes: Vec<HolePart>,
}

/// Reads what is attached to an image, for the platform that is asked for; what fell out of memory comes back.
///
/// None: its manifest was not read.
pub(super) async fn read_image(
    session: &mut Session,
    node: NodeId,
    common: &Common,
) -> Option<ReadImage> {
    let known = &session.known;
    let parts = parts_of(&known.graph, &known.content, node);
    let readings = session.readings(&parts, DocumentKinds::ALL).await;
    let graph = &session.known.graph;
    let mut image = image(graph, &session.known.content, &readings, node)?;
    if let Some(wanted) = common.platform() {
        image.keep_platform(wanted);
    }
    let holes = image.documents.iter();
    let holes = holes.filter_map(|read| unreadable(graph, read)).collect();
    Some(ReadImage { image, holes })
}

fn unreadable(graph: &Graph, read: &ReadDocument) -> Option<HolePart> {
    if !read.reading.is_unreadable() || is_cose_signature(&read.attached) {
        return None;
    }
    let place = graph.repository_of(read.attached.carrier);
    let blob = place.and_then(|place| graph.object(place, &read.attached.blob.digest));
    let problem = read.reading.problems.first();
    let reason = problem.map_or_else(
        || "it is no document of any kind that is known".into(),
        |problem| problem.to_string().into(),
    );
    Some(HolePart {
        node: blob.map_or(String::new(), |blob| reference(graph, blob)),
        what: "document",
        state: "invalid",
        reason,
    })
}
