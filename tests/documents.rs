//! Documents for programs: their schemas are committed, and one golden document of each is what the program prints.
//!
//! `src/export/mod.rs` tells how one is added.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where its ground is not as it thinks"
)]

use std::fs;
use std::path::{Path, PathBuf};

use regscope::export::DOCUMENTS;
use serde_json::Value;

/// A document, and the command that prints its golden one. Its exit code does not matter here.
const GOLDEN: &[(&str, &[&str])] = &[
    ("tree", &["tree", "demo", "--tags", "0.9.4"]),
    ("inspect", &["inspect", "demo", "--tags", "1.4.1"]),
    (
        "impact",
        &[
            "impact",
            "demo",
            "--policy",
            "zot",
            "--delete",
            "team/app:1.3.*",
        ],
    ),
    (
        "impact-why",
        &["impact", "demo", "--policy", "zot", "--why", WHY],
    ),
    (
        "impact-commands",
        &[
            "impact",
            "demo",
            "--policy",
            "zot",
            "--delete",
            "team/app:1.3.*",
            "--commands",
            "regctl",
        ],
    ),
    ("policies", &["policies"]),
    ("sbom", &["sbom", "demo", "--tags", "0.9.4"]),
    (
        "search",
        &["search", "demo", "--tags", "0.9.4", "--package", "*ssl*"],
    ),
    (
        "diff",
        &["diff", "--in", "demo", "team/app:1.3.2", "team/app:1.4.1"],
    ),
    (
        "updates",
        &["updates", "demo", "--tags", "1.*", "--range", "^1.3"],
    ),
    ("stale", &["stale", "demo", "--tags", "1.4*"]),
    ("verify", &["verify", "demo", "--tags", "0.9.4"]),
];

/// The empty config, which many artifacts share.
const WHY: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn printed(arguments: &[&str]) -> Value {
    let output = assert_cmd::Command::cargo_bin("regscope")
        .unwrap()
        .args(arguments)
        .args(["--format", "json", "--no-cache"])
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        let said = String::from_utf8_lossy(&output.stderr);
        panic!("{arguments:?}: {error}: {said}")
    })
}

fn schema(name: &str) -> Value {
    let text = fs::read_to_string(at("assets/schema").join(name).with_extension("json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn committed_schemas_are_those_of_the_types() {
    for document in DOCUMENTS {
        let path = at("assets/schema")
            .join(document.name)
            .with_extension("json");
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == document.schema(),
            "{} is old: cargo run --example schemas",
            path.display()
        );
    }
    let files = fs::read_dir(at("assets/schema")).unwrap().count();
    assert_eq!(
        files,
        DOCUMENTS.len(),
        "a schema of no document is left over"
    );
}

#[test]
fn the_program_prints_the_golden_documents() {
    for (name, arguments) in GOLDEN {
        let path = at("tests/documents").join(name).with_extension("json");
        let document = printed(arguments);
        if std::env::var_os("REGSCOPE_BLESS").is_some() {
            fs::write(&path, format!("{document:#}\n")).unwrap();
        }
        let golden: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert!(
            document == golden,
            "{} is not what is printed",
            path.display()
        );
    }
}

#[test]
fn every_document_has_a_golden_one_that_satisfies_its_schema() {
    for document in DOCUMENTS {
        assert!(
            GOLDEN.iter().any(|(name, _)| *name == document.name),
            "no golden document of `{}`",
            document.name
        );
        let path = at("tests/documents")
            .join(document.name)
            .with_extension("json");
        let golden: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let schema = schema(document.name);
        let mut wrong = Vec::new();
        check(&schema, &schema, &golden, document.name, &mut wrong);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[test]
fn a_document_that_does_not_satisfy_a_schema_is_found() {
    let schema = schema("impact-why");
    let golden = fs::read_to_string(at("tests/documents/impact-why.json")).unwrap();
    let golden: Value = serde_json::from_str(&golden).unwrap();
    let spoils: [fn(&mut Value); 4] = [
        |document| document["kept"] = "yes".into(),
        |document| document["references"]["tag"] = (-1).into(),
        |document| document["by"][0]["path"] = serde_json::json!([1]),
        |document| {
            document.as_object_mut().unwrap().remove("policy");
        },
    ];
    for spoil in spoils {
        let mut spoiled = golden.clone();
        spoil(&mut spoiled);
        let mut wrong = Vec::new();
        check(&schema, &schema, &spoiled, "why", &mut wrong);
        assert_eq!(wrong.len(), 1, "{wrong:?}");
    }
}

/// Whether `value` satisfies `schema`, as far as the keywords go that our schemas use; another keyword is told too, so
/// that nothing is passed over. A property that no schema names is wrong here: it would not be documented.
fn check(root: &Value, schema: &Value, value: &Value, place: &str, wrong: &mut Vec<String>) {
    let Value::Object(keywords) = schema else {
        if schema == &Value::Bool(false) {
            wrong.push(format!("{place}: nothing may be here"));
        }
        return;
    };
    for (keyword, of) in keywords {
        match keyword.as_str() {
            "$ref" => {
                let pointer = of.as_str().unwrap().strip_prefix('#').unwrap();
                check(root, root.pointer(pointer).unwrap(), value, place, wrong);
            }
            "type" => {
                let kinds = of.as_array().cloned().unwrap_or_else(|| vec![of.clone()]);
                if !kinds.iter().any(|kind| is_a(value, kind.as_str().unwrap())) {
                    wrong.push(format!("{place}: {value} is no {of}"));
                }
            }
            "const" if of != value => wrong.push(format!("{place}: {value} is not {of}")),
            "enum" if !of.as_array().unwrap().contains(value) => {
                wrong.push(format!("{place}: {value} is none of {of}"));
            }
            "$schema" | "title" | "description" | "$defs" | "format" | "const" | "enum" => {}
            "minimum" => {
                if value
                    .as_f64()
                    .is_some_and(|number| number < of.as_f64().unwrap())
                {
                    wrong.push(format!("{place}: {value} is less than {of}"));
                }
            }
            "maximum" => {
                if value
                    .as_f64()
                    .is_some_and(|number| number > of.as_f64().unwrap())
                {
                    wrong.push(format!("{place}: {value} is more than {of}"));
                }
            }
            "anyOf" | "oneOf" => {
                let fits = |one: &Value| {
                    let mut wrong = Vec::new();
                    check(root, one, value, place, &mut wrong);
                    wrong.is_empty()
                };
                if !of.as_array().unwrap().iter().any(fits) {
                    wrong.push(format!("{place}: {value} fits none of {of}"));
                }
            }
            "items" => {
                for (number, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, of, item, &format!("{place}[{number}]"), wrong);
                }
            }
            "required" | "properties" | "additionalProperties" => {
                check_fields(root, keywords, keyword, value, place, wrong);
            }
            other => wrong.push(format!("{place}: the keyword `{other}` is not known here")),
        }
    }
}

/// What of a schema speaks of the fields of an object.
fn check_fields(
    root: &Value,
    keywords: &serde_json::Map<String, Value>,
    keyword: &str,
    value: &Value,
    place: &str,
    wrong: &mut Vec<String>,
) {
    let Value::Object(fields) = value else { return };
    let of = &keywords[keyword];
    if keyword == "required" {
        for name in of.as_array().unwrap() {
            if !fields.contains_key(name.as_str().unwrap()) {
                wrong.push(format!("{place}: {name} is missing"));
            }
        }
        return;
    }
    if keyword == "additionalProperties" && keywords.contains_key("properties") {
        return;
    }
    for (name, field) in fields {
        let of = if keyword == "properties" {
            of.get(name)
        } else {
            Some(of)
        };
        match of {
            Some(of) => check(root, of, field, &format!("{place}.{name}"), wrong),
            None => wrong.push(format!("{place}.{name} is in no schema")),
        }
    }
}

fn is_a(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type of JSON: {other}"),
    }
}
