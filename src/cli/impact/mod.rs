//! `regscope impact`: what a deletion takes with it.

mod arguments;
mod text;

use std::io::Write as _;
use std::process::ExitCode;

use serde::Serialize;

use crate::crawl::Plan;
use crate::insight::impact::{
    Action, Answer, Foreteller, Policy, Recognised, Selector, UNKNOWN, preset, recognise,
    unknown_policy,
};
use crate::oci::remote_text::clean;
use crate::session::stock::{TakeError, Taken, take};

use super::arguments::{Common, Format};
use super::fail::{Failure, INTERRUPTED, PARTIAL, UNREADABLE, USAGE};
use super::{output, progress};

pub(super) use arguments::ImpactArguments;
use arguments::Step;

/// The answer said "something would break".
const BREAKS: u8 = 1;

/// How many ways are told of why something is kept.
const WAYS: usize = 100;

/// The document: the answer, and whose rules it stands on.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    answer: &'a Answer,
    policy_registry: &'a str,
    policy_version: &'a str,
    policy_reason: &'a str,
}

/// Foretells what the wanted actions do.
pub(super) async fn run(arguments: &ImpactArguments, common: &Common) -> Result<ExitCode, Failure> {
    let given = arguments.policy.as_deref().map(policy).transpose()?;
    let network = common.network()?;
    // What referrers hold is known only from their manifests.
    let plan = Plan {
        is_full: true,
        ..common.plan()
    };
    let mut line = progress::Line::new();
    let taken = take(
        &arguments.target,
        &network,
        &common.limits(),
        plan,
        progress::interrupted(),
        |progress| line.show(progress),
    )
    .await;
    line.clear();
    let taken = match taken {
        Err(TakeError::Interrupted) => return Ok(ExitCode::from(INTERRUPTED)),
        other => other?,
    };
    let chosen = given.unwrap_or_else(|| recognise(&taken.signs));
    let actions = actions(&arguments.steps, &taken)?;
    say_gaps(&taken);
    let teller = Foreteller::new(taken.stock.inventory.clone(), chosen.policy.clone());
    if let Some(asked) = &arguments.why {
        return why(asked, &teller, &actions, &taken, common);
    }
    let answer = teller.foretell(&actions, &[]);
    match common.format {
        Format::Json => output::json(&Document {
            answer: &answer,
            policy_registry: &chosen.policy.registry,
            policy_version: &chosen.policy.version,
            policy_reason: &chosen.reason,
        })?,
        Format::Text => output::print(&text::answer(&teller, &answer, &chosen))?,
    }
    Ok(ExitCode::from(if answer.breaks_because_of_actions() {
        BREAKS
    } else if taken.stock.gaps.is_empty() {
        0
    } else {
        PARTIAL
    }))
}

/// The policy with this name.
fn policy(name: &str) -> Result<Recognised, Failure> {
    let found = match name {
        UNKNOWN => Some(unknown_policy()),
        _ => preset(name),
    };
    let policy: Policy = found.ok_or_else(|| {
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

/// The actions that were asked for, in order.
fn actions(steps: &[Step], taken: &Taken) -> Result<Vec<Action>, Failure> {
    let host = taken.signs.host.as_deref();
    let selector = Selector::new(&taken.stock.inventory, host, taken.is_one);
    let wrong = |error: crate::insight::impact::SelectError| Failure::usage(error.to_string());
    let mut actions = Vec::new();
    for step in steps {
        match step {
            Step::Delete(text) if text == "-" => {
                for line in standard_input()? {
                    actions.extend(selector.deletions(&line).map_err(wrong)?);
                }
            }
            Step::Delete(text) => actions.extend(selector.deletions(text).map_err(wrong)?),
            Step::Move(text) => actions.push(selector.moving(text).map_err(wrong)?),
        }
    }
    Ok(actions)
}

/// The references on standard input: one a line, `#` begins a comment.
fn standard_input() -> Result<Vec<String>, Failure> {
    let text = std::io::read_to_string(std::io::stdin()).map_err(|error| {
        Failure::usage(format!(
            "cannot read references from standard input: {error}"
        ))
    })?;
    let lines = text.lines().map(|line| {
        let (line, _) = line.split_once('#').unwrap_or((line, ""));
        line.trim().to_owned()
    });
    Ok(lines.filter(|line| !line.is_empty()).collect())
}

fn why(
    asked: &str,
    teller: &Foreteller,
    actions: &[Action],
    taken: &Taken,
    common: &Common,
) -> Result<ExitCode, Failure> {
    let host = taken.signs.host.as_deref();
    let selector = Selector::new(&taken.stock.inventory, host, taken.is_one);
    let digest = selector
        .digest(asked)
        .map_err(|error| Failure::usage(error.to_string()))?;
    let Some(why) = teller.why(&digest, actions, WAYS) else {
        let words = format!("the target has nothing with the digest {digest}");
        return Err(Failure::new(USAGE, words));
    };
    match common.format {
        Format::Json => output::json(&why)?,
        Format::Text => output::print(&text::why(teller, &why))?,
    }
    Ok(ExitCode::from(if taken.stock.gaps.is_empty() {
        0
    } else {
        PARTIAL
    }))
}

/// Tells on standard error what could not be read.
fn say_gaps(taken: &Taken) {
    for gap in &taken.stock.gaps {
        say(&format!("not known: {gap}"));
    }
}

/// Says something beside the answer.
fn say(words: &str) {
    // Standard error may be closed; then nobody is there to tell.
    let _ = writeln!(std::io::stderr(), "regscope: {}", clean(words));
}

impl From<TakeError> for Failure {
    fn from(error: TakeError) -> Self {
        match error {
            TakeError::Open(error) => error.into(),
            other => Self::new(UNREADABLE, other.to_string()),
        }
    }
}
