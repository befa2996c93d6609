//! `cargo xtask weight`: what a visitor downloads, by part and, for the wasm, by crate.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::places::Places;
use crate::setup::{Wanted, setup};
use crate::{crates, page};

/// What the widget may weigh with brotli: every visitor pays for every byte.
const LIMIT: usize = 70_000;
/// What is there before the widget is used may weigh so much: every visitor of every page pays for that.
const SHELL_LIMIT: usize = 1_500;
const SHELL: [&str; 2] = ["core", "konpro-video"];
/// Small scripts that every open widget loads beside the wasm, as it does its words.
const OPENED: [&str; 2] = ["error", "widget"];
/// The wasm of the client alone: loaded for long scripts.
const HEADLESS: &str = "konpro-headless";
/// Scripts that know how languages are spoken.
const WORDS: [&str; 2] = ["languages", "words"];

/// Builds the page and prints its weight. Whether the widget stays within its limit.
pub(crate) fn print(places: &Places) -> Result<bool> {
    let toolchain = setup(places, Wanted::Page)?;
    page::build(places, toolchain)?;
    println!();
    let light_enough = within_limit(places);
    println!("\nThe wasm by crate, before compression:");
    for (name, bytes) in crates::weights(places, toolchain)? {
        println!("{bytes:>9}  {name}");
    }
    light_enough.map(|()| true)
}

/// Prints what the built page loads, and is an error when the widget is too heavy.
pub(crate) fn within_limit(places: &Places) -> Result<()> {
    let page = places.page();
    let mut parts = parts(&page, &page)?;
    parts.sort_by_key(|part| (part.kind, part.name.clone()));
    println!("{:>9} {:>9} {:>9}  bytes of", "raw", "gzip", "brotli");
    parts.iter().for_each(|part| {
        part.weight
            .print(&format!("{}  ({})", part.name, part.kind.name()))
    });
    Weight::sum(&parts).print("the page");
    let widget = Weight::sum(parts.iter().filter(|part| part.kind.of_the_widget()));
    widget.print(&format!(
        "the widget: shell, what comes with the wasm, glue and wasm; at most {LIMIT} with brotli"
    ));
    let shell = Weight::sum(parts.iter().filter(|part| part.kind == Kind::Shell));
    shell.print(&format!(
        "before the widget is used: at most {SHELL_LIMIT} with brotli"
    ));
    if !parts.iter().any(|part| part.kind == Kind::Wasm) {
        bail!(
            "there is no wasm in {}: build the page first",
            page.display()
        );
    }
    for (what, weight, limit) in [
        ("the widget", widget.brotli, LIMIT),
        ("the shell", shell.brotli, SHELL_LIMIT),
    ] {
        if weight > limit {
            let excess = weight - limit;
            bail!("{what} weighs {weight} bytes with brotli, {excess} too many");
        }
    }
    Ok(())
}

struct Part {
    name: String,
    kind: Kind,
    weight: Weight,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Html,
    Css,
    Other,
    Rare,
    Language,
    Words,
    Shell,
    Opened,
    Glue,
    Wasm,
}

impl Kind {
    fn of(file: &Path) -> Self {
        let name = file.file_stem().and_then(|name| name.to_str());
        let name = name.unwrap_or_default();
        let inside = |folder| file.parent().is_some_and(|it| it.ends_with(folder));
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("html") => Self::Html,
            Some("css") => Self::Css,
            Some("wasm" | "js") if name.starts_with(HEADLESS) => Self::Rare,
            Some("wasm") => Self::Wasm,
            Some("js") if inside("wasm") => Self::Glue,
            Some("js") if inside("messages") => Self::Language,
            Some("js") if WORDS.contains(&name) => Self::Words,
            Some("js") if SHELL.contains(&name) => Self::Shell,
            Some("js") if OPENED.contains(&name) => Self::Opened,
            Some("js") => Self::Rare,
            _ => Self::Other,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Html => "HTML",
            Self::Css => "CSS",
            Self::Other => "other",
            Self::Rare => "loaded when it is needed",
            Self::Language => "one of the languages, loaded when it is needed",
            Self::Words => "what languages have in common",
            Self::Shell => "the element's shell",
            Self::Opened => "what comes with the wasm",
            Self::Glue => "wasm-bindgen's glue",
            Self::Wasm => "wasm",
        }
    }

    fn of_the_widget(self) -> bool {
        matches!(self, Self::Shell | Self::Opened | Self::Glue | Self::Wasm)
    }
}

#[derive(Clone, Copy, Default)]
struct Weight {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

impl Weight {
    fn of(content: &[u8]) -> Result<Self> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(content)?;
        let mut brotli = Vec::new();
        brotli::BrotliCompress(&mut &content[..], &mut brotli, &Default::default())?;
        Ok(Self {
            raw: content.len(),
            gzip: gzip.finish()?.len(),
            brotli: brotli.len(),
        })
    }

    fn sum<'a>(parts: impl IntoIterator<Item = &'a Part>) -> Self {
        parts.into_iter().fold(Self::default(), |sum, part| Self {
            raw: sum.raw + part.weight.raw,
            gzip: sum.gzip + part.weight.gzip,
            brotli: sum.brotli + part.weight.brotli,
        })
    }

    fn print(&self, what: &str) {
        println!(
            "{:>9} {:>9} {:>9}  {what}",
            self.raw, self.gzip, self.brotli
        );
    }
}

/// Every file of a folder of the page, however deep.
fn parts(page: &Path, folder: &Path) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let entries =
        fs::read_dir(folder).with_context(|| format!("no page in {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            parts.extend(self::parts(page, &path)?);
            continue;
        }
        let content = fs::read(&path)?;
        parts.push(Part {
            name: path.strip_prefix(page)?.display().to_string(),
            kind: Kind::of(&path),
            weight: Weight::of(&content)?,
        });
    }
    Ok(parts)
}
