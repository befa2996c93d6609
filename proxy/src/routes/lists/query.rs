use konpro_api::{Pagination, Scope};
use url::form_urlencoded;

use crate::failure::Failure;

const LARGEST_PAGE: u32 = 100;
const USUAL_PAGE: u32 = 20;

/// KonPro's query parameters. Others are dropped.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Query {
    page: u32,
    limit: u32,
    scope: Option<Scope>,
    language: Option<String>,
    gender: Option<String>,
}

impl Query {
    pub(super) fn parse(query: &str) -> Result<Self, Failure> {
        let mut parsed = Self {
            page: 1,
            limit: USUAL_PAGE,
            scope: None,
            language: None,
            gender: None,
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "page" => parsed.page = whole("page", &value)?,
                "limit" | "page_size" => parsed.limit = whole(&name, &value)?.min(LARGEST_PAGE),
                "scope" => parsed.scope = scope(&value)?,
                "language" => {
                    parsed.language = Some(value.into_owned()).filter(|it| !it.is_empty())
                }
                "gender" => parsed.gender = Some(value.into_owned()).filter(|it| !it.is_empty()),
                _ => {}
            }
        }
        Ok(parsed)
    }

    /// An entry that says nothing is as public as the list that it came in.
    pub(super) fn admits_scope(&self, scope: Option<Scope>) -> bool {
        self.scope
            .is_none_or(|wanted| wanted == scope.unwrap_or(Scope::Public))
    }

    /// `en` admits `en-US`.
    pub(super) fn admits_language(&self, language: Option<&str>) -> bool {
        self.language.as_ref().is_none_or(|wanted| {
            language.is_some_and(|language| {
                let (wanted, language) = (wanted.to_lowercase(), language.to_lowercase());
                language
                    .strip_prefix(&wanted)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            })
        })
    }

    pub(super) fn admits_gender(&self, gender: Option<&str>) -> bool {
        self.gender
            .as_ref()
            .is_none_or(|wanted| gender.is_some_and(|gender| gender.eq_ignore_ascii_case(wanted)))
    }

    pub(super) fn cut<'a, T: Clone + 'a>(
        &self,
        fits: impl Iterator<Item = &'a T>,
    ) -> (Vec<T>, Pagination) {
        let fits: Vec<&T> = fits.collect();
        let total = u32::try_from(fits.len()).unwrap_or(u32::MAX);
        let skip = (self.page as usize - 1).saturating_mul(self.limit as usize);
        let cut = fits
            .into_iter()
            .skip(skip)
            .take(self.limit as usize)
            .cloned()
            .collect();
        let total_pages = total.div_ceil(self.limit);
        (
            cut,
            Pagination {
                page: self.page,
                limit: self.limit,
                total,
                total_pages,
            },
        )
    }
}

fn whole(field: &str, value: &str) -> Result<u32, Failure> {
    match value.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(Failure::validation(field, "must be a whole number from 1")),
    }
}

fn scope(value: &str) -> Result<Option<Scope>, Failure> {
    match value {
        "" | "all" => Ok(None),
        "public" => Ok(Some(Scope::Public)),
        "private" => Ok(Some(Scope::Private)),
        _ => Err(Failure::validation(
            "scope",
            "must be all, public or private",
        )),
    }
}
