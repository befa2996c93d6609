//! Makes one small style sheet of the files in `src/style/`: it is part of what every visitor loads.

use std::path::{Path, PathBuf};
use std::{env, error, fs};

use minifier::css::minify;

/// In the order in which later ones overrule earlier ones.
const FILES: [&str; 5] = ["frame", "stage", "form", "choices", "layout"];

fn main() -> Result<(), Box<dyn error::Error>> {
    println!("cargo::rerun-if-changed=src/style");
    let folder = Path::new("src/style");
    let read = FILES.map(|name| fs::read_to_string(folder.join(name).with_extension("css")));
    let styles = read.into_iter().collect::<Result<String, _>>()?;
    let target = PathBuf::from(env::var("OUT_DIR")?).join("style.css");
    fs::write(target, minify(&styles)?.to_string())?;
    Ok(())
}
