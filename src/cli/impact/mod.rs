//! `regscope impact`: what a deletion takes with it.

mod actions;
mod arguments;
mod text;
mod used;

use std::io::Write as _;
use std::process::ExitCode;

use crate::config::Config;
use crate::crawl::Plan;
use crate::export;
use crate::insight::impact::{
    Action, Answer, Consumer, KeptTags, NAMES, Planner, Recognised, Simulator, TagPattern, Telling,
    Tool, UNKNOWN, preset, recognise, unknown_policy,
};
use crate::oci::remote_text::clean;
use crate::session::Network;
use crate::session::impact::{GatherError, Gathered, Wanted, gather};
use crate::source::Limits;

use super::arguments::{Common, Format};
use super::fail::{BREAKS, Failure, INTERRUPTED, PARTIAL, UNREADABLE};
use super::{output, progress};

use arguments::Switch;

pub(super) use arguments::ImpactArguments;
pub(super) use used::read as uses;

/// How many ways are told of why something is kept.
const WAYS: usize = 100;

/// Predicts what the wanted actions do.
pub(super) async fn run(arguments: &ImpactArguments, common: &Common) -> Result<ExitCode, Failure> {
    common.reads_input_once(&arguments.input_readers())?;
    let config = common.config()?;
    let given = arguments.policy.as_deref();
    let given = given.map(|name| policy(name, &config)).transpose()?;
    let uses = used::read(&arguments.in_use)?;
    let kept = kept_tags(&arguments.keep_tags)?;
    let network = common.network()?;
    let limits = common.limits()?;
    let gathered = match gathered(arguments, common, &network, &limits, given.is_none()).await {
        Err(GatherError::Interrupted) => return Ok(ExitCode::from(INTERRUPTED)),
        other => other?,
    };
    for gap in &gathered.input.gaps {
        say(&format!("not known: {gap}"));
    }
    let mut chosen = match given {
        Some(given) => given,
        None => recognised(&gathered),
    };
    if let Some(switch) = arguments.deletion {
        chosen.policy.switch_deletion(switch == Switch::On);
    }
    if let Some(kept) = kept {
        let kept = chosen.policy.keep_tags(kept);
        kept.map_err(|error| Failure::usage(format!("--keep-tags: {error}")))?;
    }
    let wanted = actions::wanted(arguments, &gathered).await?;
    let consumers = used::consumers(&uses, &gathered);
    let question = Question {
        simulator: Simulator::new(gathered.input.inventory.clone(), chosen.policy.clone()),
        chosen,
        actions: wanted.actions,
        consumers,
        gathered,
        is_verbose: arguments.verbose,
    };
    if let Some(asked) = &arguments.why {
        return question.why(asked, common);
    }
    if wanted.is_chosen && common.format == Format::Json {
        for action in &question.actions {
            say(&format!("{} {action}", action.word()));
        }
    }
    match arguments.commands {
        Some(tool) => question.plan(tool.into(), common),
        None => question.answer(common),
    }
}

/// The tags that `--keep-tags` keeps, if it is there.
fn kept_tags(patterns: &[String]) -> Result<Option<KeptTags>, Failure> {
    let read = |text: &String| {
        TagPattern::try_from(text.clone()).map_err(|error| {
            let reason = error.to_string().replace('\n', " ");
            Failure::usage(format!("--keep-tags `{text}`: {reason}"))
        })
    };
    let patterns: Vec<TagPattern> = patterns.iter().map(read).collect::<Result<_, _>>()?;
    Ok(Some(KeptTags::everywhere(patterns)).filter(|kept| !kept.tags.is_empty()))
}

/// Gathers what the target holds. What referrers hold is known only from their manifests, so the plan is a full one.
async fn gathered(
    arguments: &ImpactArguments,
    common: &Common,
    network: &Network,
    limits: &Limits,
    asks_fingerprints: bool,
) -> Result<Gathered, GatherError> {
    let plan = Plan {
        is_full: true,
        // Dates are in configs, and nothing else that an answer needs.
        skips_configs: arguments.older_than.is_none() && arguments.keep_newest.is_none(),
        ..common.plan(limits)
    };
    let mut line = progress::Line::new();
    let gathered = gather(
        &Wanted {
            targets: &arguments.targets,
            named: &named(arguments),
        },
        network,
        limits,
        plan,
        asks_fingerprints,
        progress::interrupted(),
        |progress| line.show(progress),
    )
    .await;
    line.clear();
    gathered
}

/// The references that were written out.
fn named(arguments: &ImpactArguments) -> Vec<String> {
    let steps = arguments.steps.iter();
    steps
        .map(|step| match step {
            arguments::Step::Delete(text) | arguments::Step::Move(text) => text.clone(),
        })
        .collect()
}

/// The policy with this name, a preset's or a person's own.
fn policy(name: &str, config: &Config) -> Result<Recognised, Failure> {
    let own = config.policies.iter().find(|policy| policy.name == name);
    let found = match name {
        UNKNOWN => Some(unknown_policy()),
        _ => own.cloned().or_else(|| preset(name)),
    };
    let policy = found.ok_or_else(|| {
        Failure::usage(format!(
            "there is no policy `{name}`; `regscope policies` lists them"
        ))
    })?;
    Ok(Recognised {
        policy,
        reason: "it was asked for".to_owned(),
        others: Vec::new(),
    })
}

/// The policy that the target speaks for; says which it is, why, and what else there is.
fn recognised(gathered: &Gathered) -> Recognised {
    let chosen = recognise(&gathered.fingerprints);
    let is_anyones = chosen.policy.name == UNKNOWN && chosen.others.len() == NAMES.len();
    let others = if is_anyones {
        "`regscope policies` lists the rules that --policy takes".to_owned()
    } else if chosen.others.is_empty() {
        String::new()
    } else {
        format!("--policy also has {}", chosen.others.join(", "))
    };
    let end = if others.is_empty() { "" } else { "; " };
    say(&format!(
        "policy {}: {}{end}{others}",
        chosen.policy.name, chosen.reason
    ));
    chosen
}

/// Everything that is asked.
struct Question {
    simulator: Simulator,
    chosen: Recognised,
    actions: Vec<Action>,
    consumers: Vec<Consumer>,
    gathered: Gathered,
    /// Whether blobs are told one by one.
    is_verbose: bool,
}

impl Question {
    fn answer(&self, common: &Common) -> Result<ExitCode, Failure> {
        let answer = self.simulator.simulate(&self.actions, &self.consumers);
        let options = self.simulator.other_options(&self.actions, &answer);
        let telling = Telling {
            simulator: &self.simulator,
            answer: &answer,
            options: &options,
            uploads: &self.gathered.input.uploads,
            gaps: &[],
        };
        match common.format {
            Format::Json => output::json(&export::impact::document(&telling, &self.chosen.reason))?,
            Format::Text => output::print(&text::answer(&text::Told {
                telling,
                chosen: &self.chosen,
                is_verbose: self.is_verbose,
            }))?,
        }
        Ok(self.code(is_no(&answer)))
    }

    fn plan(&self, tool: Tool, common: &Common) -> Result<ExitCode, Failure> {
        let answer = self.simulator.simulate(&self.actions, &self.consumers);
        let planner = Planner {
            inventory: self.simulator.inventory(),
            policy: &self.chosen.policy,
            host: self.gathered.fingerprints.host.as_deref(),
            tool,
        };
        let steps = planner.steps(&self.actions, &answer);
        match common.format {
            Format::Json => output::json(&export::plan::document(
                &self.chosen.policy.name,
                tool,
                &steps,
            ))?,
            Format::Text => {
                let lines: Vec<String> = steps.iter().map(ToString::to_string).collect();
                output::print(&lines.join("\n"))?;
            }
        }
        Ok(self.code(is_no(&answer)))
    }

    fn why(&self, asked: &str, common: &Common) -> Result<ExitCode, Failure> {
        let digest = actions::selector(&self.gathered)
            .digest(asked)
            .map_err(|error| actions::wrong(&error))?;
        let Some(why) = self.simulator.why(&digest, &self.actions, WAYS) else {
            let words = format!("the target has nothing with the digest {digest}");
            return Err(Failure::usage(words));
        };
        match common.format {
            Format::Json => output::json(&export::why::document(&why))?,
            Format::Text => output::print(&text::why(&self.simulator, &why))?,
        }
        Ok(self.code(false))
    }

    fn code(&self, breaks: bool) -> ExitCode {
        if breaks {
            ExitCode::from(BREAKS)
        } else if self.gathered.input.gaps.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(PARTIAL)
        }
    }
}

/// Whether the answer is "no": something that stays is hurt, or all that was asked is refused.
fn is_no(answer: &Answer) -> bool {
    answer.breaks_something_that_stays() || answer.is_refused()
}

/// Says something beside the answer.
fn say(words: &str) {
    // Standard error may be closed; then nobody is there to tell.
    let _ = writeln!(std::io::stderr(), "regscope: {}", clean(words));
}

impl From<GatherError> for Failure {
    fn from(error: GatherError) -> Self {
        match error {
            GatherError::Open(error) => error.into(),
            other => Self::new(UNREADABLE, other.to_string()),
        }
    }
}
