//! Takes the tags that a registry's own rules do not keep.

use std::collections::HashSet;
use std::sync::Arc;

use super::state::State;
use crate::insight::impact::inventory::{NONE, ROW, RepositoryId, Row};
use crate::insight::impact::policy::retention::TagRetention;
use crate::insight::impact::policy::{KnobName, TagDelete};

/// Takes the tags of `repository` that the rules do not keep; what loses its last tag stays as an untagged manifest, and
/// the rest of the run decides on it. zot grants a manifest time here, and a tag none.
///
/// Cost: `O(rows · patterns)`.
pub(in crate::insight::impact) fn take_tags(state: &mut State, repository: u32) {
    let rows = Arc::clone(&state.rows[repository as usize]);
    if rows.iter().all(|row| row.tag == NONE) {
        return;
    }
    let rules = Arc::clone(&state.rules);
    let entries = match &rules.retention {
        _ if rules.is_unknown(KnobName::tag_retention) => {
            state.consult(KnobName::tag_retention);
            return;
        }
        TagRetention::None | TagRetention::Off => return,
        TagRetention::Option => {
            state.assumes_no_retention.set(true);
            return;
        }
        TagRetention::Keep(entries) => entries,
    };
    let inventory = Arc::clone(&state.inventory);
    let name = inventory.repository_name(RepositoryId(repository));
    let Some(entry) = entries.iter().find(|entry| entry.means(name)) else {
        return;
    };
    let stays = |row: &Row| row.tag == NONE || entry.keeps(state.tag_name(row.tag));
    let (kept, taken): (Vec<Row>, Vec<Row>) = rows.iter().copied().partition(stays);
    if !taken.is_empty() {
        state.consult(KnobName::tag_retention);
        untag(state, repository, kept, &taken);
    }
}

/// Makes `kept` the rows, with an untagged one for what stays without any of them.
fn untag(state: &mut State, repository: u32, mut kept: Vec<Row>, taken: &[Row]) {
    let mut left: HashSet<u32> = kept.iter().map(|row| row.object).collect();
    for row in taken {
        if !left.insert(row.object) {
            continue;
        }
        if state.rules.tag_delete == TagDelete::DropRow {
            state.clear(repository, row.object, ROW);
        } else if state.flags_of(repository, row.object) & ROW != 0 {
            kept.push(Row { tag: NONE, ..*row });
        }
    }
    *state.rows_mut(repository) = kept;
}
