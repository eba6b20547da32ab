//! What several tests share. Each test file uses its part of it.
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    clippy::unwrap_used,
    clippy::struct_excessive_bools,
    clippy::missing_panics_doc,
    reason = "every test file includes all of this and uses a part; a test that cannot go on should panic"
)]

mod behaviour;
pub mod certificates;
pub mod content;
pub mod fault;
pub mod registry;
pub mod server;

pub use content::image_json;
pub use fault::Fault;
pub use registry::{
    Access, Options, Seen, TestRegistry, TokenServer, ask, ask_as, credentials, quick_limits,
};
