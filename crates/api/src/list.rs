use serde::{Deserialize, Deserializer, Serialize};

use crate::lenient;

/// Who an avatar or a voice is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Everybody who has a key.
    Public,
    /// The account that made it.
    Private,
}

/// A face that can speak.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Avatar {
    /// Such as `avatar-3655`.
    pub id: String,
    /// What a visitor reads; the id where KonPro gives no name.
    pub name: String,
    /// A still picture. Absent when KonPro has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail_url: Option<String>,
    /// A short preview clip. Absent when KonPro has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video_url: Option<String>,
    /// When it was made, in KonPro's own words. Often absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// Who it is for. Absent when KonPro does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
}

/// A voice that can be heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Voice {
    /// Such as `voice-123`.
    pub id: String,
    /// What a visitor reads; the id where KonPro gives no name.
    pub name: String,
    /// A language tag, such as `en-US`. Absent in the SDK's form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// `male`, `female` or `neutral`. Absent when KonPro does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    /// A short sound clip. Absent when KonPro has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview_url: Option<String>,
    /// How it sounds. Absent in the SDK's form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<VoiceProperties>,
    /// Who it is for. Absent in the documentation's form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
}

/// How a voice sounds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoiceProperties {
    /// Such as `american`.
    #[serde(
        default,
        deserialize_with = "lenient::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub accent: Option<String>,
    /// Such as `young`.
    #[serde(
        default,
        deserialize_with = "lenient::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub age: Option<String>,
    /// Such as `friendly`.
    #[serde(
        default,
        deserialize_with = "lenient::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub style: Option<String>,
}

/// Where a page of a list stands in the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pagination {
    /// Which page, from 1.
    pub page: u32,
    /// How many entries a page has at most.
    pub limit: u32,
    /// How many entries there are in all.
    pub total: u32,
    /// How many pages there are in all.
    pub total_pages: u32,
}

/// A page of avatars.
///
/// ```
/// let sdk: konpro_api::Avatars = serde_json::from_str(r#"{
///     "data": [{"id": "avatar-1", "name": "Ada", "preview_image": "https://cdn.example/ada.jpg", "is_public": true}],
///     "meta": {"page": 1, "page_size": 20, "total": 1, "total_pages": 1, "has_next": false}
/// }"#)?;
/// assert_eq!(sdk.avatars[0].thumbnail_url.as_deref(), Some("https://cdn.example/ada.jpg"));
/// assert_eq!(sdk.pagination.limit, 20);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Avatars {
    /// The entries of this page.
    pub avatars: Vec<Avatar>,
    /// Where this page stands. All zeros when the sender does not say.
    pub pagination: Pagination,
}

/// A page of voices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Voices {
    /// The entries of this page.
    pub voices: Vec<Voice>,
    /// Where this page stands. All zeros when the sender does not say.
    pub pagination: Pagination,
}

/// Every name that a field of an avatar or a voice has in either form.
#[derive(Deserialize)]
struct EntryFields {
    #[serde(default, deserialize_with = "lenient::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    elevenlabs_voice_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    thumbnail_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    preview_image: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    cdn_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    video_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    preview_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    created_at: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    language: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    gender: Option<String>,
    #[serde(default, deserialize_with = "lenient::object")]
    properties: Option<VoiceProperties>,
    #[serde(default, deserialize_with = "lenient::text")]
    scope: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_public: Option<bool>,
}

#[derive(Deserialize)]
struct PageFields {
    // Not aliases of one field: a body that holds two of them would be an error then.
    #[serde(default, deserialize_with = "lenient::objects")]
    avatars: Option<Vec<EntryFields>>,
    #[serde(default, deserialize_with = "lenient::objects")]
    voices: Option<Vec<EntryFields>>,
    #[serde(default, deserialize_with = "lenient::objects")]
    data: Option<Vec<EntryFields>>,
    #[serde(default, deserialize_with = "lenient::object")]
    pagination: Option<PaginationFields>,
    #[serde(default, deserialize_with = "lenient::object")]
    meta: Option<PaginationFields>,
}

#[derive(Default, Deserialize)]
struct PaginationFields {
    #[serde(default, deserialize_with = "lenient::whole")]
    page: Option<u32>,
    #[serde(default, deserialize_with = "lenient::whole")]
    limit: Option<u32>,
    #[serde(default, deserialize_with = "lenient::whole")]
    page_size: Option<u32>,
    #[serde(default, deserialize_with = "lenient::whole")]
    total: Option<u32>,
    #[serde(default, deserialize_with = "lenient::whole")]
    total_pages: Option<u32>,
}

impl<'de> Deserialize<'de> for Avatars {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let (entries, pagination) = page(source)?;
        let avatars = entries
            .into_iter()
            .filter_map(EntryFields::into_avatar)
            .collect();
        Ok(Avatars {
            avatars,
            pagination,
        })
    }
}

impl<'de> Deserialize<'de> for Voices {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let (entries, pagination) = page(source)?;
        let voices = entries
            .into_iter()
            .filter_map(EntryFields::into_voice)
            .collect();
        Ok(Voices { voices, pagination })
    }
}

/// A body without any list is an error: an empty catalogue and a wrong address must not look alike.
fn page<'de, D: Deserializer<'de>>(source: D) -> Result<(Vec<EntryFields>, Pagination), D::Error> {
    let page = PageFields::deserialize(source)?;
    let entries = page
        .avatars
        .or(page.voices)
        .or(page.data)
        .ok_or_else(|| serde::de::Error::missing_field("data"))?;
    let fields = page.pagination.or(page.meta).unwrap_or_default();
    let pagination = Pagination {
        page: fields.page.unwrap_or_default(),
        limit: fields.limit.or(fields.page_size).unwrap_or_default(),
        total: fields.total.unwrap_or_default(),
        total_pages: fields.total_pages.unwrap_or_default(),
    };
    Ok((entries, pagination))
}

impl EntryFields {
    fn scope(&self) -> Option<Scope> {
        let by_word = match self.scope.as_deref() {
            Some("public") => Some(Scope::Public),
            Some("private") => Some(Scope::Private),
            _ => None,
        };
        let by_flag = |public| {
            if public {
                Scope::Public
            } else {
                Scope::Private
            }
        };
        by_word.or(self.is_public.map(by_flag))
    }

    fn into_avatar(self) -> Option<Avatar> {
        let scope = self.scope();
        let id = self.id?;
        // The SDK does not say whether `cdn_url` is the picture or the clip; its ending does.
        let (clip, picture) = match self.cdn_url {
            Some(url) if is_clip(&url) => (Some(url), None),
            other => (None, other),
        };
        Some(Avatar {
            name: self.name.unwrap_or_else(|| id.clone()),
            id,
            thumbnail_url: self.thumbnail_url.or(self.preview_image).or(picture),
            video_url: self.video_url.or(clip),
            created_at: self.created_at,
            scope,
        })
    }

    fn into_voice(self) -> Option<Voice> {
        let scope = self.scope();
        let id = self.id.or(self.elevenlabs_voice_id)?;
        Some(Voice {
            name: self.name.unwrap_or_else(|| id.clone()),
            id,
            language: self.language,
            gender: self.gender,
            preview_url: self.preview_url,
            properties: self.properties,
            scope,
        })
    }
}

fn is_clip(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    [".mp4", ".webm", ".mov", ".m4v"]
        .iter()
        .any(|ending| path.ends_with(ending))
}
