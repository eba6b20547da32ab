//! How answers are saved: documents as their exact text or, where they are none, as base64. What is read back by digest
//! is checked by it.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Digest, ImageConfig, Manifest};

/// Bytes as text where they are text.
#[derive(Serialize, Deserialize)]
enum Saved<'a> {
    #[serde(rename = "text")]
    Text(Cow<'a, str>),
    #[serde(rename = "base64")]
    Base64(Cow<'a, str>),
}

impl<'a> Saved<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        use base64::Engine as _;
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.into()),
            Err(_) => Self::Base64(
                base64::engine::general_purpose::STANDARD
                    .encode(bytes)
                    .into(),
            ),
        }
    }

    fn bytes<E: serde::de::Error>(self) -> Result<Arc<[u8]>, E> {
        use base64::Engine as _;
        match self {
            Self::Text(text) => Ok(text.as_bytes().into()),
            Self::Base64(text) => base64::engine::general_purpose::STANDARD
                .decode(&*text)
                .map(Into::into)
                .map_err(E::custom),
        }
    }
}

pub(super) mod bytes {
    use super::{Arc, Deserialize, Deserializer, Saved, Serialize, Serializer};

    pub(in crate::oci) fn serialize<S: Serializer>(
        bytes: &[u8],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        Saved::of(bytes).serialize(serializer)
    }

    pub(in crate::oci) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<[u8]>, D::Error> {
        Saved::deserialize(deserializer)?.bytes()
    }
}

pub(super) mod optional_bytes {
    use super::{Arc, Deserialize, Deserializer, Saved, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde gives a reference to the field")]
    pub(in crate::oci) fn serialize<S: Serializer>(
        bytes: &Option<Arc<[u8]>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        bytes.as_deref().map(Saved::of).serialize(serializer)
    }

    pub(in crate::oci) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Arc<[u8]>>, D::Error> {
        Option::<Saved>::deserialize(deserializer)?
            .map(Saved::bytes)
            .transpose()
    }
}

/// A manifest: its digest, its media type (which the document may not state), its text.
#[derive(Serialize, Deserialize)]
struct SavedManifest<'a> {
    digest: Digest,
    media_type: Cow<'a, str>,
    content: Saved<'a>,
    /// The digest of a signed schema 1 manifest is not that of its bytes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    signed: bool,
}

pub(super) mod manifest {
    use super::{
        Arc, Deserialize, Deserializer, Manifest, Saved, SavedManifest, Serialize, Serializer,
    };
    use serde::de::Error as _;

    pub(in crate::oci) fn serialize<S: Serializer>(
        manifest: &Arc<Manifest>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        SavedManifest {
            digest: manifest.digest,
            media_type: manifest.media_type.as_str().into(),
            content: Saved::of(&manifest.bytes),
            signed: manifest
                .schema1
                .as_ref()
                .is_some_and(|schema1| schema1.is_signed),
        }
        .serialize(serializer)
    }

    pub(in crate::oci) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<Manifest>, D::Error> {
        let saved = SavedManifest::deserialize(deserializer)?;
        let bytes = saved.content.bytes()?;
        if !saved.signed && !saved.digest.matches(&bytes) {
            return Err(D::Error::custom(format!(
                "the saved manifest {} is damaged",
                saved.digest
            )));
        }
        Manifest::parse(saved.digest, bytes, &saved.media_type)
            .map(Arc::new)
            .map_err(D::Error::custom)
    }
}

pub(super) mod config {
    use super::{Arc, Deserialize, Deserializer, ImageConfig, Saved, Serialize, Serializer};
    use serde::de::Error as _;

    pub(in crate::oci) fn serialize<S: Serializer>(
        config: &Arc<ImageConfig>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        Saved::of(&config.bytes).serialize(serializer)
    }

    pub(in crate::oci) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<ImageConfig>, D::Error> {
        let bytes = Saved::deserialize(deserializer)?.bytes()?;
        ImageConfig::parse(bytes)
            .map(Arc::new)
            .map_err(D::Error::custom)
    }
}
