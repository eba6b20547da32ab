//! `regscope impact` as a person or a program uses it, over storages written out as registries write them.

#![expect(
    clippy::unwrap_used,
    reason = "what a test cannot do without should end it"
)]

#[path = "impact_cli/command.rs"]
mod command;
#[path = "impact_cli/damaged.rs"]
mod damaged;
#[path = "impact_cli/golden.rs"]
mod golden;
#[path = "impact_cli/questions.rs"]
mod questions;
#[path = "impact_cli/reports.rs"]
mod reports;
#[path = "impact_cli/through_files.rs"]
mod through_files;
#[path = "impact_cli/written.rs"]
mod written;

#[path = "support/binary.rs"]
mod binary;
#[path = "support/corpus.rs"]
mod corpus;
#[path = "support/independent.rs"]
mod independent;
