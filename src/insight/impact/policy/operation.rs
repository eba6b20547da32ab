//! What running a registry's collector takes, and what another of its options would do.

use super::Policy;
use super::presets::preset;

/// A preset that differs from another in one option of the same registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherOption {
    /// Its name.
    pub policy: &'static str,
    /// How the option is written, as the beginning of a sentence.
    pub words: &'static str,
}

const fn option(policy: &'static str, words: &'static str) -> OtherOption {
    OtherOption { policy, words }
}

/// distribution's and GitLab's `-m`.
const WITH_M: &str = "with `garbage-collect --delete-untagged` (-m)";
const WITHOUT_M: &str = "without `--delete-untagged` (-m)";
const ZOT_REFERRERS: &str = "with `deleteReferrers: true`";
const ZOT_NO_REFERRERS: &str = "with `deleteReferrers: false`";
const ZOT_KEEP: &str = "with `deleteUntagged: false`";
const ZOT_NO_KEEP: &str = "with `deleteUntagged: true`";
const OLAREG_UNTAGGED: &str = "with `--gc-untagged`";
const OLAREG_DANGLING: &str = "with `--gc-referrer-dangling` too";
const HARBOR_KEEP: &str = "with \"delete untagged artifacts\" off";
const HARBOR_NO_KEEP: &str = "with \"delete untagged artifacts\" on";

impl Policy {
    /// The options that the registry has beside the one that this preset stands for. None of a person's own policy, and
    /// where there is nothing to choose.
    pub fn other_options(&self) -> &'static [OtherOption] {
        match self.name.as_str() {
            "distribution-2.8" => const { &[option("distribution-2.8-delete-untagged", WITH_M)] },
            "distribution-2.8-delete-untagged" => {
                const { &[option("distribution-2.8", WITHOUT_M)] }
            }
            "distribution-3" => const { &[option("distribution-3-delete-untagged", WITH_M)] },
            "distribution-3-delete-untagged" => const { &[option("distribution-3", WITHOUT_M)] },
            "zot" => {
                const {
                    &[
                        option("zot-delete-referrers", ZOT_REFERRERS),
                        option("zot-keep-untagged", ZOT_KEEP),
                    ]
                }
            }
            "zot-delete-referrers" => const { &[option("zot", ZOT_NO_REFERRERS)] },
            "zot-keep-untagged" => const { &[option("zot", ZOT_NO_KEEP)] },
            "zot-2.1.20" => {
                const {
                    &[
                        option("zot-2.1.20-delete-referrers", ZOT_REFERRERS),
                        option("zot-2.1.20-keep-untagged", ZOT_KEEP),
                    ]
                }
            }
            "zot-2.1.20-delete-referrers" => const { &[option("zot-2.1.20", ZOT_NO_REFERRERS)] },
            "zot-2.1.20-keep-untagged" => const { &[option("zot-2.1.20", ZOT_NO_KEEP)] },
            "olareg" => const { &[option("olareg-delete-untagged", OLAREG_UNTAGGED)] },
            "olareg-delete-untagged" => {
                const {
                    &[
                        option("olareg", "without `--gc-untagged`"),
                        option("olareg-delete-untagged-dangling", OLAREG_DANGLING),
                    ]
                }
            }
            "olareg-delete-untagged-dangling" => {
                const {
                    &[option(
                        "olareg-delete-untagged",
                        "without `--gc-referrer-dangling`",
                    )]
                }
            }
            "harbor" => const { &[option("harbor-keep-untagged", HARBOR_KEEP)] },
            "harbor-keep-untagged" => const { &[option("harbor", HARBOR_NO_KEEP)] },
            "harbor-portal" => const { &[option("harbor-portal-keep-untagged", HARBOR_KEEP)] },
            "harbor-portal-keep-untagged" => const { &[option("harbor-portal", HARBOR_NO_KEEP)] },
            "gitlab-offline" => const { &[option("gitlab-offline-delete-untagged", WITH_M)] },
            "gitlab-offline-delete-untagged" => const { &[option("gitlab-offline", WITHOUT_M)] },
            _ => &[],
        }
    }

    /// The preset of another option, with what a person has said of this policy besides: whether deletion is on, and
    /// which tags retention keeps.
    pub fn with_option(&self, other: OtherOption) -> Option<Self> {
        let mut policy = preset(other.policy)?;
        policy.knobs.deletion = self.knobs.deletion;
        policy.knobs.tag_retention = self.knobs.tag_retention.clone();
        Some(policy)
    }

    /// What the collector asks of whoever runs the registry: whether that has to stand still, and what is wrong
    /// afterwards. None where nobody has established it, and where nothing collects.
    pub fn collector_needs(&self) -> Option<&'static str> {
        Some(match self.registry.as_str() {
            "distribution" => {
                "stop the registry or set it read-only while `garbage-collect` runs, for what is pushed meanwhile may be \
                 deleted, and restart it afterwards, for its cache in memory goes on answering for what is gone"
            }
            name if name.starts_with("GitLab") && name.contains("without a database") => {
                "stop the registry or set it read-only while `garbage-collect` runs, for what is pushed meanwhile may be \
                 deleted, and restart it afterwards"
            }
            "olareg" => {
                "nothing: it collects by itself while it serves, and all that was touched when it is stopped"
            }
            "Harbor" => {
                "nothing has to stop: it is started or scheduled in Harbor's administration"
            }
            "zot" | "Quay" => "nothing: it collects by itself while it serves",
            name if name.starts_with("GitLab") => "nothing: it collects by itself while it serves",
            _ => return None,
        })
    }

    /// Who removes uploads that were never finished, and when.
    pub fn upload_purge(&self) -> &'static str {
        match self.registry.as_str() {
            "distribution" => {
                "no collection takes them; the running registry purges what is a week old, unless its configuration says \
                 otherwise (`maintenance.uploadpurging`)"
            }
            _ => "the collection that is told of here does not take them",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::impact::policy::presets::presets;

    #[test]
    fn each_option_is_one_of_the_same_registry_and_leads_back() {
        for policy in presets() {
            for other in policy.other_options() {
                let there = policy.with_option(*other).unwrap();
                assert_eq!(
                    (&there.registry, &there.version),
                    (&policy.registry, &policy.version)
                );
                let back = there.other_options().iter();
                assert!(
                    back.clone().any(|option| option.policy == policy.name),
                    "{} does not lead back to {}",
                    there.name,
                    policy.name
                );
            }
        }
    }

    #[test]
    fn who_runs_a_collector_is_told_what_it_needs() {
        let needs = |name: &str| preset(name).unwrap().collector_needs().unwrap_or_default();
        for name in ["distribution-2.8", "distribution-3-delete-untagged"] {
            assert!(needs(name).contains("read-only") && needs(name).contains("restart"));
        }
        assert!(needs("gitlab-offline").contains("stop the registry"));
        assert!(needs("gitlab").starts_with("nothing") && needs("zot").starts_with("nothing"));
        assert_eq!(needs("ecr"), "");
    }
}
