//! Where the history of an image suggests that its base ended. A guess, and called one.

use crate::oci::ImageConfig;
use crate::oci::config::HistoryEntry;

/// How many layers the base has by the history, if it tells: what a person's Dockerfile adds follows the last `CMD` of
/// the base, which makes no layer. The `CMD` and the like at the image's own end are its own.
///
/// Wrong for bases without `CMD`, and for images that add no layer.
pub(super) fn base_layers(config: &ImageConfig) -> Option<usize> {
    let history = &config.history;
    let layers = history.iter().filter(|entry| !entry.is_empty_layer).count();
    if layers != config.diff_ids.len() {
        return None;
    }
    let own_end = history.iter().rposition(|entry| !entry.is_empty_layer)?;
    let base = history.get(..own_end)?;
    let end = base
        .iter()
        .rposition(|entry| entry.is_empty_layer && is_cmd(entry))?;
    let count = base
        .get(..end)?
        .iter()
        .filter(|entry| !entry.is_empty_layer)
        .count();
    (count > 0).then_some(count)
}

fn is_cmd(entry: &HistoryEntry) -> bool {
    let Some(command) = &entry.created_by else {
        return false;
    };
    let command = command.as_str();
    let command = command.strip_prefix("/bin/sh -c #(nop)").unwrap_or(command);
    command.trim_start().starts_with("CMD")
}

/// Whether the steps of `base` are the first steps of `image`.
pub(super) fn is_prefix(base: &ImageConfig, image: &ImageConfig) -> bool {
    !base.history.is_empty() && image.history.starts_with(&base.history)
}
