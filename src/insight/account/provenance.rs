//! How an image was built, as its builder says: by whom, from what, when, with what.

use jiff::Timestamp;

use crate::evidence::provenance::{Material, Provenance};
use crate::insight::image::{Image, ReadDocument};
use crate::oci::{Digest, RemoteText};
use crate::words::counted;

use super::{Account, Told, carrier, subject};

impl Account {
    pub(super) fn provenances(&mut self, image: &Image, told: Told) {
        for read in &image.documents {
            if let Some(said) = read.reading.provenance() {
                self.provenance(image, read, said, told);
            }
        }
    }

    fn provenance(&mut self, image: &Image, read: &ReadDocument, said: &Provenance, told: Told) {
        let of = subject(image, read);
        self.heading(&format!("how {of} was built, as its builder says"));
        for (name, value) in [
            ("builder", &said.builder),
            ("source", &said.source),
            ("ref", &said.reference),
            ("revision", &said.revision),
            ("entry point", &said.entry_point),
            ("build type", &said.build_type),
            ("invocation", &said.invocation),
            ("started", &said.started),
            ("finished", &said.finished),
        ] {
            if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
                self.line(name, &value.to_string());
            }
        }
        if let Some(took) = took(said) {
            self.line("took", &took);
        }
        if let Some(reproducible) = said.reproducible {
            self.line("reproducible", if reproducible { "yes" } else { "no" });
        }
        self.materials(said, told);
        if told == Told::Whole {
            let words = format!("{} in {}", said.predicate_type, carrier(read));
            self.line("stated", words.trim_start());
            if let Some(parameters) = &said.parameters {
                self.line("parameters", parameters);
            }
        }
    }

    fn materials(&mut self, said: &Provenance, told: Told) {
        let images = said.materials.iter().filter(|one| one.is_image());
        for (number, material) in images.enumerate() {
            let name = if number == 0 { "from images" } else { "" };
            self.line(name, &material_name(material));
        }
        let others: Vec<&Material> = said
            .materials
            .iter()
            .filter(|one| !one.is_image())
            .collect();
        if told == Told::InShort {
            if !others.is_empty() {
                let words = counted(others.len(), "other material", "other materials");
                self.line("and", &words);
            }
            return;
        }
        for (number, material) in others.into_iter().enumerate() {
            let name = if number == 0 { "from" } else { "" };
            self.line(name, &material_name(material));
        }
    }
}

fn material_name(material: &Material) -> String {
    let uri = material.uri.as_ref().or(material.name.as_ref());
    let name = uri.map_or("?".to_owned(), ToString::to_string);
    match digest_of(material) {
        Some(digest) if !name.contains(&digest.encoded()) => format!("{name}  {digest}"),
        _ => name,
    }
}

/// The digest of something that went into a build.
fn digest_of(material: &Material) -> Option<Digest> {
    let mut digests = material.digest.iter();
    digests.find_map(|(algorithm, hex)| {
        let text = format!("{}:{}", algorithm.as_str(), hex.as_str());
        text.to_ascii_lowercase().parse().ok()
    })
}

/// How long a build took, where both times are dates.
fn took(said: &Provenance) -> Option<String> {
    let moment = |text: &Option<RemoteText>| text.as_ref()?.as_str().parse::<Timestamp>().ok();
    let (started, finished) = (moment(&said.started)?, moment(&said.finished)?);
    let seconds = finished.as_second().checked_sub(started.as_second())?;
    match seconds {
        ..0 => None,
        0..120 => Some(format!("{seconds} s")),
        120..7_200 => Some(format!("{} min", seconds / 60)),
        _ => Some(format!("{} h", seconds / 3_600)),
    }
}
