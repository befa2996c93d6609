use std::collections::BTreeSet;
use std::convert::Infallible;
use std::str::FromStr;

use konpro_api::Scope;

/// Which avatars and voices visitors may list and use: `KONPRO_PROXY_SCOPE`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Allowed {
    /// What KonPro gives to everybody.
    #[default]
    Public,
    /// What the key may use, private avatars included: real people's faces.
    All,
    /// These ids alone.
    Ids(BTreeSet<String>),
}

impl Allowed {
    /// What to ask KonPro for.
    pub(crate) fn upstream_scope(&self) -> &'static str {
        match self {
            Allowed::Public => "public",
            Allowed::All | Allowed::Ids(_) => "all",
        }
    }

    /// Whether visitors may see an entry. One that says nothing came in answer to
    /// [`upstream_scope`](Self::upstream_scope).
    pub(crate) fn lists(&self, id: &str, scope: Option<Scope>) -> bool {
        match self {
            Allowed::Public => scope != Some(Scope::Private),
            Allowed::All => true,
            Allowed::Ids(ids) => ids.contains(id),
        }
    }
}

impl FromStr for Allowed {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text.trim() {
            "" | "public" => Allowed::Public,
            "all" => Allowed::All,
            ids => {
                let ids = ids.split(',').map(str::trim).filter(|id| !id.is_empty());
                Allowed::Ids(ids.map(str::to_owned).collect())
            }
        })
    }
}
