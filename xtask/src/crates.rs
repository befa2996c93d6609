//! How much of the wasm each crate is to blame for.

use std::collections::HashMap;
use std::fs;

use anyhow::{Context, Result};
use rustc_demangle::demangle;
use wasmparser::{KnownCustom, Name, NameSectionReader, Parser, Payload, TypeRef};

use crate::page::PROFILE;
use crate::places::Places;
use crate::process::run;
use crate::toolchain::{TARGET, Toolchain};

/// The bytes of code of each crate, heaviest first, and of what is not code.
///
/// The page's wasm has lost its names, so trunk's two last steps are repeated here with names kept.
pub(crate) fn weights(places: &Places, toolchain: Toolchain) -> Result<Vec<(String, usize)>> {
    let wasm = named_wasm(places, toolchain)?;
    let module = Module::read(&wasm)?;
    let mut crates = HashMap::<String, usize>::new();
    for (index, bytes) in (module.imported..).zip(&module.bodies) {
        let name = module.names.get(&index).copied().unwrap_or_default();
        *crates.entry(crate_of(name)).or_default() += bytes;
    }
    let code: usize = module.bodies.iter().sum();
    let rest = wasm.len() - code - module.custom;
    crates.insert("(data, tables and types)".to_owned(), rest);
    let mut crates: Vec<_> = crates.into_iter().collect();
    crates.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(crates)
}

/// What is to be known of a module. Functions are numbered, imported ones first.
#[derive(Default)]
struct Module<'a> {
    names: HashMap<u32, &'a str>,
    imported: u32,
    /// Their sizes in bytes.
    bodies: Vec<usize>,
    /// The bytes of sections that browsers do not need.
    custom: usize,
}

impl<'a> Module<'a> {
    fn read(wasm: &'a [u8]) -> Result<Self> {
        let mut module = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        module.imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionEntry(body) => module.bodies.push(body.as_bytes().len()),
                Payload::CustomSection(section) => {
                    module.custom += section.data().len();
                    if let KnownCustom::Name(names) = section.as_known() {
                        module.read_names(names)?;
                    }
                }
                _ => {}
            }
        }
        Ok(module)
    }

    fn read_names(&mut self, sections: NameSectionReader<'a>) -> Result<()> {
        for section in sections {
            if let Name::Function(functions) = section? {
                for function in functions {
                    let function = function?;
                    self.names.insert(function.index, function.name);
                }
            }
        }
        Ok(())
    }
}

fn named_wasm(places: &Places, toolchain: Toolchain) -> Result<Vec<u8>> {
    let folder = places.wasm_target().join("weight");
    let built = places.wasm_target().join(TARGET).join(PROFILE);
    let program = ["konpro-video.wasm", "konpro_video.wasm"]
        .into_iter()
        .map(|name| built.join(name))
        .find(|path| path.exists())
        .with_context(|| format!("no wasm in {}", built.display()))?;
    run(toolchain
        .tool(places, "wasm-bindgen")
        .args([
            "--target",
            "web",
            "--no-typescript",
            "--out-name",
            "named",
            "--out-dir",
        ])
        .args([&folder, &program]))?;
    let optimised = folder.join("optimised.wasm");
    run(toolchain
        .tool(places, "wasm-opt")
        .args(["-Oz", "--debuginfo", "--output"])
        .args([&optimised, &folder.join("named_bg.wasm")]))?;
    Ok(fs::read(optimised)?)
}

/// `leptos` for `<leptos::html::Div as core::fmt::Debug>::fmt`, mangled, readable or with the crate's hash.
fn crate_of(name: &str) -> String {
    let readable = demangle(name).to_string();
    let path = readable
        .trim_start_matches(['<', '&', '(', '[', '*'])
        .trim_start_matches("mut ")
        .trim_start_matches("dyn ");
    let end = path.find(|c: char| !c.is_alphanumeric() && c != '_');
    match end.map(|end| path.split_at(end)) {
        Some((first, rest)) if rest.starts_with("::") || rest.starts_with('[') => first.to_owned(),
        _ => "(no crate's)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_belongs_to_the_crate_that_its_path_starts_with() {
        assert_eq!(
            crate_of("_ZN6leptos4html3div17h0123456789abcdefE"),
            "leptos"
        );
        assert_eq!(crate_of("_RNvC7mycrate3foo"), "mycrate");
        assert_eq!(
            crate_of("<&mut serde_json::Value as core::fmt::Debug>::fmt"),
            "serde_json"
        );
        assert_eq!(
            crate_of("<web_sys[56cb17f231872b15]::Element>::remove"),
            "web_sys"
        );
        assert_eq!(crate_of("__wbindgen_malloc"), "(no crate's)");
    }
}
