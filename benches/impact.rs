//! A million objects and five million descriptors: what one change of a selection costs, and the memory that it takes.
//!
//! `cargo bench --bench impact [-- PART_OF_A_POLICY'S_NAME]`. Two registries: one with a thousand repositories that share base layers, and one
//! whose single repository holds everything, which is the worst case for a collector that works repository by repository.
//! The target is 100 ms under `distribution-3-delete-untagged` and 200 ms under `zot`.

#![expect(clippy::print_stdout, reason = "a benchmark reports")]

use std::sync::Arc;
use std::time::Instant;

use regscope::insight::impact::{
    Action, Inventory, InventoryBuilder, InventoryError, ManifestContent, ObjectId, ObjectKind,
    Rows, Simulator, StoredAs, View, preset,
};
use regscope::oci::Digest;

const IMAGES: usize = 240_000;
const LAYERS: usize = 20;
const OWN_LAYERS: usize = 2;
const ROUNDS: usize = 15;
const POLICIES: [&str; 5] = [
    "distribution-2.8",
    "distribution-3-delete-untagged",
    "zot",
    "olareg",
    "ideal",
];

fn main() -> Result<(), InventoryError> {
    for repositories in [1_000, 1] {
        let start = Instant::now();
        let inventory = Arc::new(registry(repositories)?);
        println!(
            "{repositories} repositories: {} objects, {} descriptors, {:.0} MB, built in {:.1} s",
            inventory.object_count(),
            inventory.edge_count(),
            megabytes(inventory.memory()),
            start.elapsed().as_secs_f64(),
        );
        for name in POLICIES.into_iter().filter(|name| is_asked_for(name)) {
            measure(&inventory, name);
        }
        println!("  resident memory at its highest: {:.0} MB", peak_memory());
    }
    Ok(())
}

/// Whether no argument but cargo's own is given, or one is part of `name`.
fn is_asked_for(name: &str) -> bool {
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .peekable();
    arguments.peek().is_none() || arguments.any(|part| name.contains(&part))
}

fn measure(inventory: &Arc<Inventory>, name: &str) {
    let Some(policy) = preset(name) else { return };
    let start = Instant::now();
    let simulator = Simulator::new(Arc::clone(inventory), policy);
    let prepared = start.elapsed();
    let mut times = Vec::with_capacity(ROUNDS);
    let mut freed = 0;
    for round in 0..ROUNDS {
        let actions: Vec<Action> = (0..5)
            .map(|tag| delete(inventory, round * 5 + tag))
            .collect();
        let start = Instant::now();
        let answer = simulator.simulate(&actions, &[]);
        times.push(start.elapsed());
        freed = answer.objects_freed.len();
    }
    times.sort();
    println!(
        "  {name}: prepared in {:.0} ms; one change {:.1} ms (median; best {:.1}, worst {:.1}); {freed} objects freed",
        prepared.as_secs_f64() * 1e3,
        times[ROUNDS / 2].as_secs_f64() * 1e3,
        times[0].as_secs_f64() * 1e3,
        times[ROUNDS - 1].as_secs_f64() * 1e3,
    );
}

fn delete(inventory: &Inventory, number: usize) -> Action {
    let first = inventory.repositories().next().map_or("", |(_, name)| name);
    Action::DeleteTag {
        repository: first.to_owned(),
        tag: format!("v{number}"),
    }
}

/// Images in pairs under an index with a tag; one in fifty has no tag, one in ten has a signature attached.
fn registry(repositories: usize) -> Result<Inventory, InventoryError> {
    let mut builder = InventoryBuilder::new(View::storage(Rows::Known));
    let shared: Vec<ObjectId> = (0..20_000)
        .map(|number| builder.object(digest("shared", number), 30_000_000))
        .collect();
    let names: Vec<_> = (0..repositories)
        .map(|number| builder.repository(&format!("team{}/app{number}", number % 37)))
        .collect();
    let mut pair = Vec::new();
    for number in 0..IMAGES {
        // Repository by repository, as a reader of storage meets them.
        let at = names[number * repositories / IMAGES];
        let config = builder.object(digest("config", number), 4_000);
        let mut layers: Vec<ObjectId> = (0..LAYERS - OWN_LAYERS)
            .map(|layer| shared[(number / 8 * 7 + layer * 31) % shared.len()])
            .collect();
        layers.extend(
            (0..OWN_LAYERS)
                .map(|own| builder.object(digest("own", number * OWN_LAYERS + own), 1_000_000)),
        );
        let image = builder.object(digest("image", number), 2_000);
        for blob in layers.iter().chain([&config]) {
            builder.hold(at, *blob, StoredAs::Blob);
        }
        let content = ManifestContent {
            kind: ObjectKind::Image,
            config: Some(config),
            layers,
            ..ManifestContent::default()
        };
        builder.manifest(image, &content);
        builder.hold(at, image, StoredAs::Manifest);
        builder.row(at, image, None);
        pair.push(image);
        if pair.len() == 2 {
            let index = builder.object(digest("index", number), 900);
            let children = std::mem::take(&mut pair);
            builder.manifest(
                index,
                &ManifestContent {
                    kind: ObjectKind::Index,
                    children,
                    ..ManifestContent::default()
                },
            );
            builder.hold(at, index, StoredAs::Manifest);
            let tag = format!("v{}", number / 2 % (IMAGES / 2 / repositories));
            builder.row(at, index, (number / 2 % 50 != 49).then_some(tag.as_str()));
            if number / 2 % 10 == 0 {
                let signature = builder.object(digest("signature", number), 700);
                let subject = Some(index);
                let layers = vec![shared[0]];
                builder.manifest(
                    signature,
                    &ManifestContent {
                        kind: ObjectKind::Artifact,
                        subject,
                        layers,
                        ..ManifestContent::default()
                    },
                );
                builder.hold(at, signature, StoredAs::Manifest);
                builder.row(at, signature, None);
            }
        }
    }
    builder.build()
}

fn digest(what: &str, number: usize) -> Digest {
    Digest::of(format!("{what} {number}").as_bytes())
}

#[expect(clippy::cast_precision_loss, reason = "a report in whole megabytes")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

/// The most that this process ever had in memory, in megabytes; 0 where the system does not tell.
fn peak_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kilobytes = line
        .and_then(|line| line.split_whitespace().nth(1))
        .and_then(|text| text.parse::<usize>().ok());
    megabytes(kilobytes.unwrap_or(0) * 1024)
}
