//! The document of `regscope impact --format json`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::insight::impact::{
    ActionAnswer, ActionResult, BrokenManifest, Cause, Effect, Evidence, FreedObject, GoneManifest,
    GoneTag, HurtConsumer, LeakedManifest, OptionAnswer, Referrer, Telling, Verdict, When,
};
use crate::oci::Digest;

use super::uploads::UploadsDocument;

/// What some actions, or none, do to a registry.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImpactDocument<'a> {
    /// 1.
    schema: u32,
    /// Whether it is safe, in a word.
    verdict: VerdictWord,
    /// The name of the policy.
    policy: &'a str,
    /// What the rules that the result stands on stand on themselves, the weakest of them.
    evidence: EvidenceWord,
    /// What the times stand on at which bytes come back.
    when_evidence: EvidenceWord,
    /// The actions in their order.
    actions: Vec<ActionDocument<'a>>,
    /// Manifests whose repository no longer answers for their digest; by repository and digest.
    manifests_gone: Vec<ManifestGone<'a>>,
    /// By repository and name.
    tags_gone: Vec<TagGone<'a>>,
    /// Objects whose bytes leave a store; by scope and digest.
    objects_freed: Vec<ObjectFreed<'a>>,
    /// Each object once a store.
    freed_bytes: u64,
    /// Of those, what is not `anyway`.
    freed_bytes_by_actions: u64,
    /// What the disk gives back: bytes that repositories share by hard links count once, and only when the last goes.
    /// Null where the storage is not seen.
    freed_bytes_on_disk: Option<u64>,
    /// Referrers that stay and are no longer listed.
    unlisted: Vec<ReferrerDocument<'a>>,
    /// Referrers that stay without their subject.
    dangling_referrers: Vec<ReferrerDocument<'a>>,
    /// Manifests that stay without something that they name.
    broken: Vec<Broken<'a>>,
    /// Manifests that stop answering with the actions and answer again once the registry is started anew.
    away_until_restart: Vec<ManifestGone<'a>>,
    /// Consumers that are hurt.
    in_use: Vec<InUse<'a>>,
    /// Why the collector gives up, if it does.
    aborted: Option<&'a str>,
    /// Whether something could not be seen.
    partial_view: bool,
    /// What could not be seen, and how the answer errs for it; a sentence each.
    partial_reasons: Vec<&'a str>,
    /// What was taken for granted that an option of the registry decides, a sentence each.
    assumed: &'a [String],
    /// Knobs of the policy that nobody has established and that matter to this answer.
    unknown: &'a [&'static str],
    /// Under reference counting: manifests that no tag reaches and whose count keeps them for ever.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    leaked: Vec<Leaked<'a>>,
    /// Whose rules the policy has.
    policy_registry: &'a str,
    /// The release that they were taken from.
    policy_version: &'a str,
    /// Why this policy.
    policy_reason: &'a str,
    /// What the collector asks of whoever runs the registry; null where nobody has established it, or nothing collects.
    collector_needs: Option<&'static str>,
    /// What the same actions would do with other options of the same registry, where that differs.
    other_options: Vec<OtherOption<'a>>,
    /// Uploads that were never finished; null where there are none, or no storage was read.
    uploads: Option<UploadsDocument>,
}

/// Whether it is safe.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum VerdictWord {
    /// Nothing that stays breaks, as far as it was seen.
    Safe,
    /// Something that stays breaks, or somebody who uses it is hurt.
    NotSafe,
    /// The registry takes none of it.
    Refused,
    /// The collector gives up.
    GivesUp,
    /// Nothing goes because of it.
    NothingHappens,
    /// What decides is not known.
    CannotTell,
}

impl From<Verdict> for VerdictWord {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Safe => Self::Safe,
            Verdict::NotSafe => Self::NotSafe,
            Verdict::Refused => Self::Refused,
            Verdict::GivesUp => Self::GivesUp,
            Verdict::NothingHappens => Self::NothingHappens,
            Verdict::CannotTell => Self::CannotTell,
        }
    }
}

/// Another option of the same registry.
#[derive(Debug, Serialize, JsonSchema)]
struct OtherOption<'a> {
    /// The preset that stands for it.
    policy: &'static str,
    /// How it is written.
    option: &'static str,
    /// Manifests that go with it and not without.
    manifests_more: usize,
    /// Bytes that come back with it and not without.
    bytes_more: u64,
    /// Manifests that stay with it and go without.
    manifests_fewer: usize,
    /// Bytes that stay with it and come back without.
    bytes_fewer: u64,
    /// Whether something that stays would break with it, and does not without.
    breaks: bool,
    /// Why the collector would give up with it, if it does only then.
    aborted: Option<&'a str>,
}

/// How a fact about a registry came to be known, strongest first.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum EvidenceWord {
    /// Observed by running the real program.
    Ran,
    /// Read in its source.
    Source,
    /// Stated on the vendor's page or in a specification.
    Documented,
    /// From memory, not verified.
    Recalled,
}

impl From<Evidence> for EvidenceWord {
    fn from(evidence: Evidence) -> Self {
        match evidence {
            Evidence::Ran => Self::Ran,
            Evidence::Source => Self::Source,
            Evidence::Documented => Self::Documented,
            Evidence::Recalled => Self::Recalled,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct ActionDocument<'a> {
    action: &'static str,
    /// `repository:tag` or `repository@digest`.
    reference: &'a str,
    /// What a moved tag names then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    to: Option<Digest>,
    result: ResultWord,
    /// The HTTP status; null where nobody can tell.
    status: Option<u16>,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum ResultWord {
    Accepted,
    Refused,
    NotFound,
    /// The bounds of the crawl left it out: nobody asked whether it is there.
    NotAsked,
}

/// Why something goes or breaks.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum CauseWord {
    /// An action names it.
    Named,
    /// It goes along with what an action names.
    Collateral,
    /// The next collection takes it without any action.
    Anyway,
}

impl From<Cause> for CauseWord {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Named => Self::Named,
            Cause::Collateral => Self::Collateral,
            Cause::Anyway => Self::Anyway,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct ManifestGone<'a> {
    repository: &'a str,
    #[schemars(with = "String")]
    digest: Digest,
    /// The manifest's own bytes.
    size: u64,
    cause: CauseWord,
}

#[derive(Debug, Serialize, JsonSchema)]
struct TagGone<'a> {
    repository: &'a str,
    tag: &'a str,
    cause: CauseWord,
}

/// When bytes leave the store.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum WhenWord {
    AtOnce,
    NextCollection,
    /// With the first collection after the registry's grace period.
    AfterGrace,
    /// Nobody knows when, nor whether anything collects.
    Unknown,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ObjectFreed<'a> {
    /// `*` for the one store of all repositories, else the repository whose store it is.
    scope: &'a str,
    #[schemars(with = "String")]
    digest: Digest,
    size: u64,
    when: WhenWord,
    cause: CauseWord,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ReferrerDocument<'a> {
    repository: &'a str,
    /// The referrer.
    #[schemars(with = "String")]
    digest: Digest,
    #[schemars(with = "String")]
    subject: Digest,
    cause: CauseWord,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Broken<'a> {
    repository: &'a str,
    #[schemars(with = "String")]
    digest: Digest,
    /// What it names and the repository no longer has.
    #[schemars(with = "Vec<String>")]
    missing: &'a [Digest],
    cause: CauseWord,
}

/// How somebody who uses a reference is hurt.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum EffectWord {
    PullFailsAtOnce,
    PullFailsAfterCollection,
    /// Pulls find the manifest and not all that it names.
    PullIsIncomplete,
    /// The tag answers with something else.
    ChangesAtNextRestart,
}

#[derive(Debug, Serialize, JsonSchema)]
struct InUse<'a> {
    consumer: &'a str,
    reference: &'a str,
    effect: EffectWord,
    cause: CauseWord,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Leaked<'a> {
    repository: &'a str,
    #[schemars(with = "String")]
    digest: Digest,
    /// What keeps its count up; empty where it was never looked at.
    #[schemars(with = "Vec<String>")]
    kept_by: &'a [Digest],
}

/// The document of an answer, with whose rules it stands on and why it is those.
pub fn document<'a>(telling: &Telling<'a>, policy_reason: &'a str) -> ImpactDocument<'a> {
    let (answer, policy) = (telling.answer, telling.simulator.policy());
    ImpactDocument {
        schema: 1,
        verdict: Verdict::of(answer, policy).into(),
        policy: &answer.policy,
        evidence: answer.evidence.into(),
        when_evidence: answer.when_evidence.into(),
        actions: answer.actions.iter().map(action).collect(),
        manifests_gone: answer.manifests_gone.iter().map(gone).collect(),
        tags_gone: answer.tags_gone.iter().map(tag).collect(),
        objects_freed: answer.objects_freed.iter().map(freed).collect(),
        freed_bytes: answer.freed_bytes,
        freed_bytes_by_actions: answer.freed_bytes_by_actions,
        freed_bytes_on_disk: answer.freed_bytes_on_disk,
        unlisted: answer.unlisted.iter().map(referrer).collect(),
        dangling_referrers: answer.dangling_referrers.iter().map(referrer).collect(),
        broken: answer.broken.iter().map(broken).collect(),
        away_until_restart: answer.away_until_restart.iter().map(gone).collect(),
        in_use: answer.in_use.iter().map(in_use).collect(),
        aborted: answer.aborted.as_deref(),
        partial_view: answer.partial_view,
        partial_reasons: answer
            .partial_reasons
            .iter()
            .map(|reason| reason.words)
            .collect(),
        assumed: &answer.assumed,
        unknown: &answer.unknown,
        leaked: answer.leaked.iter().map(leaked).collect(),
        policy_registry: &policy.registry,
        policy_version: &policy.version,
        policy_reason,
        collector_needs: policy.collector_needs(),
        other_options: telling.options.iter().map(option).collect(),
        uploads: UploadsDocument::of(telling.uploads),
    }
}

fn option(option: &OptionAnswer) -> OtherOption<'_> {
    OtherOption {
        policy: option.option.policy,
        option: option.option.words,
        manifests_more: option.manifests,
        bytes_more: option.bytes,
        manifests_fewer: option.manifests_fewer,
        bytes_fewer: option.bytes_fewer,
        breaks: option.breaks,
        aborted: option.aborted.as_deref(),
    }
}

fn action(answer: &ActionAnswer) -> ActionDocument<'_> {
    ActionDocument {
        action: answer.action,
        reference: &answer.reference,
        to: answer.to,
        result: match answer.result {
            ActionResult::Accepted => ResultWord::Accepted,
            ActionResult::Refused => ResultWord::Refused,
            ActionResult::NotFound => ResultWord::NotFound,
            ActionResult::NotAsked => ResultWord::NotAsked,
        },
        status: Some(answer.status).filter(|status| *status != 0),
    }
}

fn gone(gone: &GoneManifest) -> ManifestGone<'_> {
    ManifestGone {
        repository: &gone.repository,
        digest: gone.digest,
        size: gone.size,
        cause: gone.cause.into(),
    }
}

fn tag(gone: &GoneTag) -> TagGone<'_> {
    TagGone {
        repository: &gone.repository,
        tag: &gone.tag,
        cause: gone.cause.into(),
    }
}

fn freed(freed: &FreedObject) -> ObjectFreed<'_> {
    ObjectFreed {
        scope: &freed.scope,
        digest: freed.digest,
        size: freed.size,
        when: match freed.when {
            When::AtOnce => WhenWord::AtOnce,
            When::NextCollection => WhenWord::NextCollection,
            When::AfterGrace => WhenWord::AfterGrace,
            When::Unknown => WhenWord::Unknown,
        },
        cause: freed.cause.into(),
    }
}

fn referrer(referrer: &Referrer) -> ReferrerDocument<'_> {
    ReferrerDocument {
        repository: &referrer.repository,
        digest: referrer.digest,
        subject: referrer.subject,
        cause: referrer.cause.into(),
    }
}

fn broken(broken: &BrokenManifest) -> Broken<'_> {
    Broken {
        repository: &broken.repository,
        digest: broken.digest,
        missing: &broken.missing,
        cause: broken.cause.into(),
    }
}

fn in_use(hurt: &HurtConsumer) -> InUse<'_> {
    InUse {
        consumer: &hurt.consumer,
        reference: &hurt.reference,
        effect: match hurt.effect {
            Effect::PullFailsAtOnce => EffectWord::PullFailsAtOnce,
            Effect::PullFailsAfterCollection => EffectWord::PullFailsAfterCollection,
            Effect::PullIsIncomplete => EffectWord::PullIsIncomplete,
            Effect::ChangesAtNextRestart => EffectWord::ChangesAtNextRestart,
        },
        cause: hurt.cause.into(),
    }
}

fn leaked(leaked: &LeakedManifest) -> Leaked<'_> {
    Leaked {
        repository: &leaked.repository,
        digest: leaked.digest,
        kept_by: &leaked.kept_by,
    }
}
