//! JSON Schemas of the documents, as `assets/schema/` has them.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

/// A document's name and the schema that is made from its type.
#[derive(Clone, Copy, Debug)]
pub struct Documented {
    /// The command that prints it, and the name of its schema's file.
    pub name: &'static str,
    make: fn() -> Schema,
}

impl Documented {
    /// A document whose type is `T`.
    pub(super) const fn of<T: JsonSchema>(name: &'static str) -> Self {
        Self {
            name,
            make: schema_of::<T>,
        }
    }

    /// Its JSON Schema (draft 2020-12), indented, with a line feed at its end. A field that is always written is
    /// `required`, also where it may be null.
    pub fn schema(&self) -> String {
        let mut schema = (self.make)();
        let title = format!("regscope {} --format json", self.name);
        schema.insert("title".to_owned(), Value::String(title));
        format!("{:#}\n", schema.as_value())
    }
}

fn schema_of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>()
}
