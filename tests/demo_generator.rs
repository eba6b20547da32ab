//! Makes the built-in example registry (`assets/demo.tar.gz`), and holds the committed one to what it makes and to the
//! story that it has to tell.
//!
//! To make it anew: `cargo test --test demo_generator generate_the_demo_registry -- --ignored`

#[cfg(test)]
#[macro_use]
#[path = "demo_generator/json.rs"]
mod json;
#[cfg(test)]
#[path = "demo_generator/app.rs"]
mod app;
#[cfg(test)]
#[path = "demo_generator/app_evidence.rs"]
mod app_evidence;
#[cfg(test)]
#[path = "demo_generator/archive.rs"]
mod archive;
#[cfg(test)]
#[path = "demo_generator/base.rs"]
mod base;
#[cfg(test)]
#[path = "demo_generator/chart.rs"]
mod chart;
#[cfg(test)]
#[path = "demo_generator/evidence.rs"]
mod evidence;
#[cfg(test)]
#[path = "demo_generator/image.rs"]
mod image;
#[cfg(test)]
#[path = "demo_generator/key.rs"]
mod key;
#[cfg(test)]
#[path = "demo_generator/legacy.rs"]
mod legacy;
#[cfg(test)]
#[path = "demo_generator/others.rs"]
mod others;
#[cfg(test)]
#[path = "demo_generator/packages.rs"]
mod packages;
#[cfg(test)]
#[path = "demo_generator/registry.rs"]
mod registry;
#[cfg(test)]
#[path = "demo_generator/sbom.rs"]
mod sbom;
#[cfg(test)]
#[path = "demo_generator/story/mod.rs"]
mod story;

#[cfg(test)]
mod asset {
    use std::path::{Path, PathBuf};

    use super::{app, archive, base, chart, key, legacy, others, registry::Registry};

    const ARCHIVE: &str = "demo.tar.gz";

    /// The whole example.
    fn registry() -> Registry {
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
            (ARCHIVE, archive::pack(&registry())),
            ("demo-signing-key.pem", key::private_pem().into_bytes()),
            ("demo-signing-key.pub.pem", key::public_pem().into_bytes()),
        ]
    }

    fn path(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("assets")
            .join(name)
    }

    #[test]
    #[ignore = "writes assets/; run it after a change of the generator"]
    fn generate_the_demo_registry() {
        for (name, bytes) in files() {
            std::fs::write(path(name), bytes).unwrap();
        }
    }

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
                "assets/{name} is not what the generator makes; run \
                 `cargo test --test demo_generator generate_the_demo_registry -- --ignored`"
            );
        }
    }

    #[test]
    fn the_archive_is_small() {
        let size = std::fs::metadata(path(ARCHIVE)).unwrap().len();
        assert!(size <= 400_000, "{size} bytes");
    }
}
