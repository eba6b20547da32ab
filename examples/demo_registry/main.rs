//! Makes the built-in example registry (`assets/demo.tar.gz`) and the key that signs in it:
//!
//! `cargo run --example demo_registry`
//!
//! Its tests hold the committed files to what it makes, and to the story that they have to tell.

#![expect(
    clippy::unwrap_used,
    reason = "what the example is made of stands in this program: where it does not fit together, making it ends"
)]

use std::path::{Path, PathBuf};

#[macro_use]
mod json;
mod app;
mod app_evidence;
mod archive;
mod base;
mod chart;
mod evidence;
mod image;
mod key;
mod legacy;
mod others;
mod packages;
mod registry;
mod sbom;
#[cfg(test)]
mod story;

use registry::Registry;

const ARCHIVE: &str = "demo.tar.gz";

fn main() -> std::io::Result<()> {
    for (name, bytes) in files() {
        std::fs::write(path(name), bytes)?;
    }
    Ok(())
}

/// The whole example.
fn example() -> Registry {
    let mut registry = Registry::default();
    let bases = base::build(&mut registry);
    app::build(&mut registry, &bases);
    chart::build(&mut registry);
    legacy::build(&mut registry);
    others::build(&mut registry);
    registry
}

/// Every file that is made, by its name in `assets/`.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        (ARCHIVE, archive::pack(&example())),
        ("demo-signing-key.pem", key::private_pem().into_bytes()),
        ("demo-signing-key.pub.pem", key::public_pem().into_bytes()),
    ]
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("assets")
        .join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_makes_the_same_bytes_every_time() {
        assert!(files() == files());
    }

    #[test]
    fn the_committed_files_are_what_the_generator_makes() {
        for (name, made) in files() {
            let committed = std::fs::read(path(name)).unwrap();
            // Compared unpacked: another version of the compressor may pack the same content differently.
            let is_same = if name == ARCHIVE {
                archive::unpack(&committed) == archive::unpack(&made)
            } else {
                committed == made
            };
            assert!(
                is_same,
                "assets/{name} is not what the generator makes; run `cargo run --example demo_registry`"
            );
        }
    }

    #[test]
    fn the_archive_is_small() {
        let size = std::fs::metadata(path(ARCHIVE)).unwrap().len();
        assert!(size <= 400_000, "{size} bytes");
    }
}
