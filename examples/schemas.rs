//! Writes the JSON Schema of every document for programs into `assets/schema/`; see `src/export/mod.rs`.

use std::path::Path;
use std::{fs, io};

use regscope::export::DOCUMENTS;

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/schema");
    fs::create_dir_all(&folder)?;
    for document in DOCUMENTS {
        fs::write(
            folder.join(document.name).with_extension("json"),
            document.schema(),
        )?;
    }
    Ok(())
}
