//! Where things lie: the repository, and the one folder outside it that this machine's builds and tools are kept in.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

/// The repository and the cache.
///
/// The cache is `KONPRO_CACHE`, else `konpro-video` in `XDG_CACHE_HOME`, else `~/.cache/konpro-video`. It outlives
/// clones, so that the second clone on a machine installs and compiles next to nothing; deleting it is always safe.
pub(crate) struct Places {
    /// The repository's root.
    pub(crate) repository: PathBuf,
    cache: PathBuf,
}

impl Places {
    /// Reads the environment. Asks cargo at run time, since a shared target folder may hold another clone's xtask.
    pub(crate) fn find() -> Result<Self> {
        let manifest =
            env::var_os("CARGO_MANIFEST_DIR").context("start this with `cargo xtask`")?;
        let mut repository = PathBuf::from(manifest);
        repository.pop();
        let cache = setting("KONPRO_CACHE")
            .map(PathBuf::from)
            .or_else(|| {
                setting("XDG_CACHE_HOME").map(|base| PathBuf::from(base).join("konpro-video"))
            })
            .or_else(|| env::home_dir().map(|home| home.join(".cache/konpro-video")))
            .context(
                "there is no home folder: set KONPRO_CACHE to a folder for tools and builds",
            )?;
        Ok(Self {
            repository,
            cache: std::path::absolute(cache)?,
        })
    }

    /// Where `cargo install --root` puts tools.
    pub(crate) fn tools(&self) -> PathBuf {
        self.cache.join("tools")
    }

    /// Where tools written in Python are.
    pub(crate) fn python(&self) -> PathBuf {
        self.cache.join("python")
    }

    /// Where `npm install --prefix` puts tools.
    pub(crate) fn npm(&self) -> PathBuf {
        self.cache.join("npm")
    }

    /// The script that looks for barriers.
    pub(crate) fn axe(&self) -> PathBuf {
        self.npm().join("node_modules/axe-core/axe.min.js")
    }

    /// The same for what the benchmarks measure beside.
    pub(crate) fn npm_of_bench(&self) -> PathBuf {
        self.cache.join("npm-bench")
    }

    /// The target folder of builds for the browser, apart from native ones because their compiler may be another.
    pub(crate) fn wasm_target(&self) -> PathBuf {
        self.cache.join("target-wasm")
    }

    /// Where trunk leaves the page.
    pub(crate) fn page(&self) -> PathBuf {
        self.repository.join("dist")
    }

    /// The target folder of native builds; one that the user has set wins.
    pub(crate) fn native_target(&self) -> PathBuf {
        setting("CARGO_TARGET_DIR").map_or_else(|| self.cache.join("target"), PathBuf::from)
    }

    /// Cargo in the repository, for a native build.
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = self.tool("cargo");
        cargo.env("CARGO_TARGET_DIR", self.native_target());
        cargo
    }

    /// A program in the repository, with the cache's tools ahead on its path.
    pub(crate) fn tool(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.repository)
            .env("PATH", self.path(None));
        // What cargo tells of xtask; build scripts that watch it would run again, and ring be compiled again, each time
        // that a build is started in the other way.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(name);
            }
        }
        command
    }

    /// `PATH` with the cache's tools ahead of the user's own, and `first` ahead of all.
    pub(crate) fn path(&self, first: Option<PathBuf>) -> OsString {
        let user = env::var_os("PATH").unwrap_or_default();
        let folders = [
            self.tools().join("bin"),
            self.npm().join("node_modules/.bin"),
        ];
        let all = first
            .into_iter()
            .chain(folders)
            .chain(env::split_paths(&user));
        // A folder with a colon in its name cannot be on any path; then the user's own path must do.
        env::join_paths(all).unwrap_or(user)
    }
}

/// An environment variable, where it is set to anything.
pub(crate) fn setting(variable: &str) -> Option<OsString> {
    env::var_os(variable).filter(|value| !value.is_empty())
}
