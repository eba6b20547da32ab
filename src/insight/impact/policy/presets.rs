//! The policies that come with the tool: one for each registry, release and configuration whose rules somebody looked up.

use super::knob::{Evidence, Knob};
use super::quirk::{Quirk, Quirks};
use super::retention::TagRetention;
use super::{
    Cascade, ChildEdge, Collector, DanglingReferrer, Deletion, DerivedTags, DigestDelete, Guard,
    Knobs, ListedReferrer, ManifestBytes, Policy, ReferrersApi, Retag, Roots, Scope, Seconds,
    SubjectEdge, SubjectField, TagDelete,
};

/// The names of all presets, in the order in which they are listed.
pub const NAMES: [&str; 32] = [
    "distribution-2.8",
    "distribution-2.8-delete-untagged",
    "distribution-3",
    "distribution-3-delete-untagged",
    "zot",
    "zot-delete-referrers",
    "zot-keep-untagged",
    "zot-2.1.20",
    "zot-2.1.20-delete-referrers",
    "zot-2.1.20-keep-untagged",
    "olareg",
    "olareg-delete-untagged",
    "olareg-delete-untagged-dangling",
    "harbor",
    "harbor-keep-untagged",
    "harbor-portal",
    "harbor-portal-keep-untagged",
    "quay",
    "gitlab",
    "gitlab-offline",
    "gitlab-offline-delete-untagged",
    "go-containerregistry",
    "acr",
    "ecr",
    "gar",
    "docker-hub",
    "ghcr",
    "artifactory",
    "nexus",
    "gitea",
    "reference-counting",
    "ideal",
];

/// All presets. Cost: a few small allocations each.
pub fn presets() -> Vec<Policy> {
    NAMES.into_iter().filter_map(preset).collect()
}

/// The preset with this name.
pub fn preset(name: &str) -> Option<Policy> {
    let (registry, version, knobs) = match name {
        "distribution-2.8" => ("distribution", "2.8.2", distribution_2(false)),
        "distribution-2.8-delete-untagged" => ("distribution", "2.8.2", distribution_2(true)),
        "distribution-3" => ("distribution", "3.1.1", distribution_3(false)),
        "distribution-3-delete-untagged" => ("distribution", "3.1.1", distribution_3(true)),
        "zot" => ("zot", ZOT_MAIN, zot()),
        "zot-delete-referrers" => ("zot", ZOT_MAIN, zot_delete_referrers()),
        "zot-keep-untagged" => ("zot", ZOT_MAIN, zot_keep_untagged()),
        "zot-2.1.20" => ("zot", ZOT_RELEASE, zot_release(zot())),
        "zot-2.1.20-delete-referrers" => ("zot", ZOT_RELEASE, zot_release(zot_delete_referrers())),
        "zot-2.1.20-keep-untagged" => ("zot", ZOT_RELEASE, zot_release(zot_keep_untagged())),
        "olareg" => of_olareg(Roots::AllButAbsorbed, DanglingReferrer::Keep),
        "olareg-delete-untagged" => of_olareg(Roots::TaggedRows, DanglingReferrer::Keep),
        "olareg-delete-untagged-dangling" => {
            of_olareg(Roots::TaggedRows, DanglingReferrer::CollectUntagged)
        }
        "harbor" => ("Harbor", HARBOR, harbor(true, false)),
        "harbor-keep-untagged" => ("Harbor", HARBOR, harbor(false, false)),
        "harbor-portal" => ("Harbor", HARBOR, harbor(true, true)),
        "harbor-portal-keep-untagged" => ("Harbor", HARBOR, harbor(false, true)),
        "quay" => ("Quay", "3", quay()),
        "gitlab" => (
            "GitLab container registry, metadata database",
            GITLAB,
            gitlab(),
        ),
        "gitlab-offline" => (GITLAB_OFFLINE, GITLAB, gitlab_offline(false)),
        "gitlab-offline-delete-untagged" => (GITLAB_OFFLINE, GITLAB, gitlab_offline(true)),
        "go-containerregistry" => (
            "go-containerregistry pkg/registry",
            "0.20",
            go_containerregistry(),
        ),
        "acr" => ("Azure Container Registry", HOSTED, acr()),
        "ecr" => ("Amazon Elastic Container Registry", HOSTED, ecr()),
        "gar" => ("Google Artifact Registry", HOSTED, gar()),
        "docker-hub" => ("Docker Hub", HOSTED, docker_hub()),
        "ghcr" => ("GitHub Container registry", HOSTED, ghcr()),
        "artifactory" => ("JFrog Artifactory", "7", artifactory()),
        "nexus" => ("Sonatype Nexus Repository", "3", nexus()),
        "gitea" => ("Gitea and Forgejo packages", "1", gitea()),
        "reference-counting" => ("an idea: naive counting", NO_REGISTRY, reference_counting()),
        "ideal" => (
            "an idea: what the specifications suggest",
            NO_REGISTRY,
            ideal(),
        ),
        _ => return None,
    };
    Some(Policy {
        name: name.to_owned(),
        registry: registry.to_owned(),
        version: version.to_owned(),
        evidence: knobs.weakest([]),
        is_idea: version == NO_REGISTRY,
        knobs,
    })
}

/// Registry, version, rules.
type Preset = (&'static str, &'static str, Knobs);

/// The state of zot's main line that its rules were taken from: it is in no release yet.
const ZOT_MAIN: &str = "main of 21 August 2026, after 2.1.20";

/// The release of zot that people run.
pub(in crate::insight::impact) const ZOT_RELEASE: &str = "2.1.20";

/// The state of Harbor that its rules were observed on.
const HARBOR: &str = "2.16.0";

/// The release of GitLab's registry that its rules were observed on.
const GITLAB: &str = "3.86.0";

/// What a service has in place of a release.
const HOSTED: &str = "hosted";

const GITLAB_OFFLINE: &str = "GitLab container registry, without a database";

/// Of a registry that can be told to take tags by itself, by rules that nobody has looked up.
const RULES_NOT_LOOKED_UP: Knob<TagRetention> = Knob::Unknown;

/// What an idea has in place of a release.
const NO_REGISTRY: &str = "none";

fn of_olareg(roots: Roots, dangling: DanglingReferrer) -> Preset {
    ("olareg", "0.2.2", olareg(roots, dangling))
}

const fn ran<T>(value: T) -> Knob<T> {
    Knob::Known(value, Evidence::Ran)
}

const fn source<T>(value: T) -> Knob<T> {
    Knob::Known(value, Evidence::Source)
}

const fn documented<T>(value: T) -> Knob<T> {
    Knob::Known(value, Evidence::Documented)
}

const fn recalled<T>(value: T) -> Knob<T> {
    Knob::Known(value, Evidence::Recalled)
}

/// The rules that most registries share, each standing on `evidence`.
pub(in crate::insight::impact) const fn common(evidence: Evidence) -> Knobs {
    const fn known<T>(value: T, evidence: Evidence) -> Knob<T> {
        Knob::Known(value, evidence)
    }
    Knobs {
        tag_delete: known(TagDelete::Untag, evidence),
        digest_delete: known(DigestDelete::Row, evidence),
        guard_child: known(Guard::None, evidence),
        guard_multi_tag: known(Guard::None, evidence),
        guard_tagged: known(Guard::None, evidence),
        delete_drops_content_now: known(false, evidence),
        delete_cascade: known(Cascade::None, evidence),
        retag: known(Retag::KeepRow, evidence),
        accept_sparse_index: known(false, evidence),
        delete_unlists_referrer: known(false, evidence),
        referrers_api: known(ReferrersApi::Scan, evidence),
        collector: known(Collector::Offline, evidence),
        roots: known(Roots::AllRows, evidence),
        tag_time_machine: known(Seconds(0), evidence),
        child_edge: known(ChildEdge::DeepWithRow, evidence),
        child_keeps_row: known(true, evidence),
        subject_edge: known(SubjectEdge::Ignored, evidence),
        dangling_referrer: known(DanglingReferrer::Ordinary, evidence),
        derived_tags: known(DerivedTags::Ordinary, evidence),
        drop_index_without_children: known(false, evidence),
        mark_scope: known(Scope::Global, evidence),
        store_scope: known(Scope::Global, evidence),
        physical_dedupe: known(false, evidence),
        prune_layer_links: known(false, evidence),
        row_grace: known(Seconds(0), evidence),
        blob_grace: known(Seconds(0), evidence),
        deletion: known(Deletion::Always, evidence),
        tag_retention: known(TagRetention::None, evidence),
        listed_referrer: known(ListedReferrer::Goes, evidence),
        collector_cascades: known(false, evidence),
        subject_field: known(SubjectField::All, evidence),
        missing_subject: known(Guard::None, evidence),
        index_as_subject: known(Guard::None, evidence),
        manifest_bytes: known(ManifestBytes::Blob, evidence),
        quirks: Quirks::NONE,
    }
}

fn distribution_2(delete_untagged: bool) -> Knobs {
    let always = Quirks::of(&[
        Quirk::LayerLinkAnswers,
        Quirk::RepositoryWithoutLayersUnseen,
        Quirk::UnreadableAborts,
    ]);
    let (roots, quirks) = if delete_untagged {
        let aborts = Quirks::of(&[Quirk::NeverTaggedRepositoryAborts]);
        (Roots::TaggedRows, always.and(aborts))
    } else {
        (Roots::AllRows, always)
    };
    Knobs {
        deletion: ran(Deletion::Option(405)),
        tag_delete: ran(TagDelete::Unsupported(400)),
        referrers_api: ran(ReferrersApi::None),
        roots: ran(roots),
        child_edge: ran(ChildEdge::BytesOnly),
        child_keeps_row: ran(false),
        quirks,
        ..common(Evidence::Ran)
    }
}

fn distribution_3(delete_untagged: bool) -> Knobs {
    let always = Quirks::of(&[
        Quirk::MemoAcrossRepositories,
        Quirk::LinkPruneEarly,
        Quirk::RepositoryWithoutLayersAborts,
        Quirk::UnreadableAborts,
        Quirk::Schema1Unread,
    ]);
    let (roots, quirks) = if delete_untagged {
        let more = Quirks::of(&[
            Quirk::KeepUntaggedMarkedElsewhere,
            Quirk::NeverTaggedRepositoryStripped,
        ]);
        (Roots::TaggedRows, always.and(more))
    } else {
        (Roots::AllRows, always)
    };
    Knobs {
        deletion: ran(Deletion::Option(405)),
        referrers_api: ran(ReferrersApi::None),
        roots: ran(roots),
        prune_layer_links: ran(true),
        quirks,
        ..common(Evidence::Ran)
    }
}

fn zot() -> Knobs {
    Knobs {
        guard_child: ran(Guard::Refuse(405)),
        delete_drops_content_now: ran(true),
        retag: ran(Retag::DropRowAndPrivateChildren),
        collector: source(Collector::Periodic),
        roots: ran(Roots::TaggedRows),
        child_edge: ran(ChildEdge::Deep),
        subject_edge: ran(SubjectEdge::PinsReferrer),
        dangling_referrer: ran(DanglingReferrer::Keep),
        drop_index_without_children: source(true),
        mark_scope: ran(Scope::Repository),
        store_scope: ran(Scope::Repository),
        physical_dedupe: source(true),
        tag_retention: source(TagRetention::Option),
        row_grace: source(Seconds::hours(1)),
        blob_grace: source(Seconds::hours(1)),
        quirks: Quirks::of(&[Quirk::UnknownRepositoryDeclined]),
        ..common(Evidence::Ran)
    }
}

fn zot_delete_referrers() -> Knobs {
    Knobs {
        dangling_referrer: ran(DanglingReferrer::CollectAll),
        derived_tags: ran(DerivedTags::SignatureAndSbom),
        ..zot()
    }
}

fn zot_keep_untagged() -> Knobs {
    Knobs {
        roots: ran(Roots::AllRows),
        ..zot()
    }
}

/// The release: what differs from the main line is by quirks alone.
fn zot_release(main: Knobs) -> Knobs {
    let quirks = main.quirks.and(Quirks::of(&[
        Quirk::SubjectBytesMarked,
        Quirk::SweepAborts,
        Quirk::DanglingByDigest,
        Quirk::OciTypesOnly,
        Quirk::DryRunSweeps,
    ]));
    Knobs { quirks, ..main }
}

fn olareg(roots: Roots, dangling: DanglingReferrer) -> Knobs {
    Knobs {
        deletion: source(Deletion::Option(405)),
        delete_unlists_referrer: ran(true),
        referrers_api: ran(ReferrersApi::Lists),
        collector: ran(Collector::Periodic),
        roots: ran(roots),
        child_edge: ran(ChildEdge::Deep),
        subject_edge: ran(SubjectEdge::LivesWithSubject),
        dangling_referrer: ran(dangling),
        mark_scope: ran(Scope::Repository),
        store_scope: ran(Scope::Repository),
        row_grace: source(Seconds::hours(1)),
        blob_grace: source(Seconds::hours(1)),
        quirks: Quirks::of(&[
            Quirk::BlobMarkShadowsManifest,
            Quirk::ChildResurrectsOnRestart,
            Quirk::RowSurvivesIfBytesMarked,
        ]),
        ..common(Evidence::Ran)
    }
}

fn harbor(delete_untagged: bool, by_portal: bool) -> Knobs {
    let roots = if delete_untagged {
        Roots::TaggedRows
    } else {
        Roots::AllRows
    };
    let tag_delete = if by_portal {
        TagDelete::Untag
    } else {
        TagDelete::Unsupported(400)
    };
    Knobs {
        tag_delete: ran(tag_delete),
        guard_child: ran(Guard::Refuse(412)),
        delete_cascade: ran(Cascade::ReferrersAndChildren),
        listed_referrer: ran(ListedReferrer::Stays),
        collector_cascades: ran(true),
        roots: ran(roots),
        subject_edge: ran(SubjectEdge::PinsReferrer),
        dangling_referrer: ran(DanglingReferrer::Keep),
        derived_tags: ran(DerivedTags::SignaturesWhenPushed),
        row_grace: ran(Seconds(0)),
        blob_grace: source(Seconds::hours(2)),
        // Projects have retention and immutability of their own.
        tag_retention: RULES_NOT_LOOKED_UP,
        quirks: Quirks::of(&[Quirk::DirectParentsOnly, Quirk::WaitingChildrenNotFound]),
        ..common(Evidence::Ran)
    }
}

fn quay() -> Knobs {
    Knobs {
        digest_delete: source(DigestDelete::TagsOnly),
        accept_sparse_index: Knob::Unknown,
        collector: source(Collector::Periodic),
        roots: source(Roots::TaggedRows),
        tag_time_machine: source(Seconds::hours(14 * 24)),
        subject_edge: source(SubjectEdge::PinsSubject),
        dangling_referrer: source(DanglingReferrer::Keep),
        row_grace: source(Seconds::hours(1)),
        quirks: Quirks::of(&[Quirk::ExpiresSiblingTags]),
        tag_retention: RULES_NOT_LOOKED_UP,
        ..common(Evidence::Source)
    }
}

fn gitlab() -> Knobs {
    Knobs {
        guard_child: ran(Guard::Refuse(409)),
        delete_cascade: ran(Cascade::Referrers),
        listed_referrer: ran(ListedReferrer::Refuses(409)),
        collector_cascades: ran(true),
        subject_field: ran(SubjectField::Images),
        missing_subject: ran(Guard::Refuse(400)),
        index_as_subject: ran(Guard::Refuse(400)),
        manifest_bytes: ran(ManifestBytes::Row),
        referrers_api: ran(ReferrersApi::None),
        collector: source(Collector::OnEvent),
        roots: ran(Roots::TaggedRows),
        mark_scope: ran(Scope::Repository),
        row_grace: source(Seconds::hours(24)),
        blob_grace: source(Seconds::hours(24)),
        tag_retention: RULES_NOT_LOOKED_UP,
        quirks: Quirks::of(&[Quirk::DirectParentsOnly]),
        ..common(Evidence::Ran)
    }
}

fn gitlab_offline(delete_untagged: bool) -> Knobs {
    let (roots, child_edge) = if delete_untagged {
        (Roots::TaggedRows, ChildEdge::BelowTagged)
    } else {
        (Roots::AllRows, ChildEdge::BytesOnly)
    };
    Knobs {
        referrers_api: ran(ReferrersApi::None),
        roots: ran(roots),
        child_edge: ran(child_edge),
        subject_field: ran(SubjectField::Images),
        missing_subject: ran(Guard::Refuse(400)),
        index_as_subject: ran(Guard::Refuse(400)),
        tag_retention: RULES_NOT_LOOKED_UP,
        quirks: Quirks::of(&[Quirk::SubjectBytesMarked]),
        ..common(Evidence::Ran)
    }
}

fn go_containerregistry() -> Knobs {
    Knobs {
        digest_delete: source(DigestDelete::KeyOnly),
        accept_sparse_index: Knob::Unknown,
        collector: source(Collector::None),
        ..common(Evidence::Source)
    }
}

/// Azure, "Delete images and artifacts", "About registries": counts references; `untag` is the registry's deletion of a
/// tag, a retention policy for untagged manifests is off as it comes.
fn acr() -> Knobs {
    Knobs {
        tag_delete: documented(TagDelete::Untag),
        guard_child: Knob::Unknown,
        guard_multi_tag: Knob::Unknown,
        guard_tagged: documented(Guard::None),
        delete_cascade: documented(Cascade::Referrers),
        accept_sparse_index: Knob::Unknown,
        collector: documented(Collector::OnEvent),
        subject_edge: documented(SubjectEdge::LivesWithSubject),
        dangling_referrer: Knob::Unknown,
        derived_tags: Knob::Unknown,
        child_edge: Knob::Unknown,
        // "Space is recovered asynchronously": that there is a delay is documented, its length is not.
        blob_grace: Knob::Unknown,
        tag_retention: RULES_NOT_LOOKED_UP,
        ..common(Evidence::Documented)
    }
}

/// Amazon, `BatchDeleteImage`: with its last tag the image is deleted; by digest, the image and all of its tags.
/// `ImageReferencedByManifestList` protects what an index lists.
fn ecr() -> Knobs {
    Knobs {
        tag_delete: documented(TagDelete::DropRow),
        digest_delete: documented(DigestDelete::Row),
        guard_child: documented(Guard::Refuse(400)),
        guard_multi_tag: documented(Guard::None),
        guard_tagged: documented(Guard::None),
        delete_cascade: Knob::Unknown,
        accept_sparse_index: Knob::Unknown,
        collector: documented(Collector::Periodic),
        subject_edge: documented(SubjectEdge::LivesWithSubject),
        dangling_referrer: Knob::Unknown,
        derived_tags: Knob::Unknown,
        child_edge: Knob::Unknown,
        row_grace: documented(Seconds::hours(24)),
        blob_grace: Knob::Unknown,
        tag_retention: RULES_NOT_LOOKED_UP,
        ..common(Evidence::Recalled)
    }
}

/// What services share that keep how they store to themselves: what is told is what answers, and when bytes come back
/// is not known.
fn hosted() -> Knobs {
    Knobs {
        guard_multi_tag: documented(Guard::None),
        delete_cascade: Knob::Unknown,
        accept_sparse_index: Knob::Unknown,
        collector: Knob::Unknown,
        dangling_referrer: Knob::Unknown,
        child_edge: Knob::Unknown,
        row_grace: Knob::Unknown,
        blob_grace: Knob::Unknown,
        tag_retention: RULES_NOT_LOOKED_UP,
        ..common(Evidence::Documented)
    }
}

/// Google, "Manage container images": a version is a digest with all of its tags; one that a tag names or an index lists
/// is not deleted. Which status that is stands nowhere.
fn gar() -> Knobs {
    Knobs {
        guard_child: documented(Guard::Refuse(0)),
        guard_tagged: documented(Guard::Refuse(0)),
        ..hosted()
    }
}

/// Docker, Registry API, `DeleteImageManifest`: 403 while a tag or an index refers to it.
fn docker_hub() -> Knobs {
    Knobs {
        guard_child: documented(Guard::Refuse(403)),
        guard_tagged: documented(Guard::Refuse(403)),
        roots: recalled(Roots::AllRows),
        referrers_api: Knob::Unknown,
        ..hosted()
    }
}

/// GitHub, "Deleting and restoring a package": a version is a digest with all of its tags, and goes as one; what an index
/// lists is a version like any other. A deleted version can be restored for 30 days. There is no deletion by OCI's API.
fn ghcr() -> Knobs {
    Knobs {
        tag_delete: recalled(TagDelete::Unsupported(0)),
        digest_delete: documented(DigestDelete::Row),
        guard_child: documented(Guard::None),
        guard_tagged: documented(Guard::None),
        referrers_api: Knob::Unknown,
        blob_grace: documented(Seconds::hours(30 * 24)),
        ..hosted()
    }
}

/// `JFrog`, "Docker registry": a tag is a folder of its own, and its bytes go from the store of checksums some hours later.
fn artifactory() -> Knobs {
    Knobs {
        tag_delete: documented(TagDelete::DropRow),
        digest_delete: recalled(DigestDelete::Row),
        guard_child: Knob::Unknown,
        retag: recalled(Retag::DropRow),
        collector: documented(Collector::Periodic),
        blob_grace: documented(Seconds::hours(4)),
        dangling_referrer: recalled(DanglingReferrer::Ordinary),
        child_edge: recalled(ChildEdge::DeepWithRow),
        ..hosted()
    }
}

/// Sonatype, "Docker - Delete unused manifests and images", then "Compact blob store": both are tasks that somebody has
/// to set up; what was deployed within the last day is left alone.
fn nexus() -> Knobs {
    Knobs {
        guard_child: Knob::Unknown,
        collector: documented(Collector::Offline),
        roots: documented(Roots::TaggedRows),
        row_grace: documented(Seconds::hours(24)),
        blob_grace: documented(Seconds(0)),
        dangling_referrer: recalled(DanglingReferrer::Ordinary),
        subject_edge: recalled(SubjectEdge::Ignored),
        child_edge: recalled(ChildEdge::DeepWithRow),
        referrers_api: Knob::Unknown,
        ..hosted()
    }
}

/// Gitea and Forgejo, `routers/api/packages/container` and `services/packages/container/cleanup.go`: a version a tag or
/// digest; by digest every version of it goes; blobs that no version has go at the daily run once they are a day old.
fn gitea() -> Knobs {
    Knobs {
        tag_delete: source(TagDelete::DropRow),
        retag: source(Retag::DropRow),
        collector: source(Collector::Periodic),
        accept_sparse_index: Knob::Unknown,
        referrers_api: Knob::Unknown,
        blob_grace: source(Seconds::hours(24)),
        tag_retention: RULES_NOT_LOOKED_UP,
        ..common(Evidence::Source)
    }
}

fn reference_counting() -> Knobs {
    Knobs {
        accept_sparse_index: documented(true),
        collector: documented(Collector::Counting),
        subject_edge: documented(SubjectEdge::PinsSubject),
        ..common(Evidence::Documented)
    }
}

fn ideal() -> Knobs {
    Knobs {
        delete_drops_content_now: documented(true),
        accept_sparse_index: documented(true),
        collector: documented(Collector::Immediate),
        roots: documented(Roots::TaggedRows),
        child_edge: documented(ChildEdge::RowOnly),
        subject_edge: documented(SubjectEdge::LivesWithSubject),
        dangling_referrer: documented(DanglingReferrer::CollectUntagged),
        derived_tags: documented(DerivedTags::CosignAndFallback),
        mark_scope: documented(Scope::Repository),
        prune_layer_links: documented(true),
        ..common(Evidence::Documented)
    }
}

#[cfg(test)]
mod tests {
    use crate::insight::impact::policy::KnobName;

    use super::*;

    #[test]
    fn every_name_is_a_preset_and_says_whose_rules_it_has() {
        assert_eq!(presets().len(), NAMES.len());
        for policy in presets() {
            assert!(
                !policy.registry.is_empty() && !policy.version.is_empty(),
                "{}",
                policy.name
            );
        }
    }

    #[test]
    fn a_preset_claims_no_more_than_the_rules_that_every_result_stands_on() {
        for policy in presets() {
            assert_eq!(policy.evidence, policy.knobs.weakest([]), "{}", policy.name);
            // No single rule is known better than its registry: where nobody ran it, nothing was observed.
            let is_run = KnobName::ALL
                .iter()
                .any(|name| policy.knobs.evidence(*name) == Some(Evidence::Ran));
            assert_eq!(is_run, policy.evidence == Evidence::Ran, "{}", policy.name);
        }
    }

    #[test]
    fn an_idea_is_no_registry_that_anybody_observed() {
        for policy in presets() {
            let is_idea = ["reference-counting", "ideal"].contains(&policy.name.as_str());
            assert_eq!(policy.is_idea, is_idea, "{}", policy.name);
            let words = policy.standing(policy.evidence);
            assert_eq!(words.contains("idea"), is_idea, "{words}");
            assert!(!is_idea || !words.contains("observed on"), "{words}");
        }
    }
}
