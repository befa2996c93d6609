use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::lenient::{Fields, Value};

/// Who an avatar or a voice is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Hash)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Scope {
    /// Everybody who has a key.
    Public,
    /// The account that made it.
    Private,
}

/// A face that can speak.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VoiceProperties {
    /// Such as `american`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
    /// Such as `young`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<String>,
    /// Such as `friendly`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub style: Option<String>,
}

/// Where a page of a list stands in the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Avatars {
    /// The entries of this page.
    pub avatars: Vec<Avatar>,
    /// Where this page stands. All zeros when the sender does not say.
    pub pagination: Pagination,
}

/// A page of voices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Voices {
    /// The entries of this page.
    pub voices: Vec<Voice>,
    /// Where this page stands. All zeros when the sender does not say.
    pub pagination: Pagination,
}

impl<'de> Deserialize<'de> for Avatars {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let (avatars, pagination) = page(Fields::read(source)?).ok_or_else(no_list)?;
        Ok(Avatars {
            avatars: avatars.into_iter().filter_map(avatar).collect(),
            pagination,
        })
    }
}

impl<'de> Deserialize<'de> for Voices {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let (voices, pagination) = page(Fields::read(source)?).ok_or_else(no_list)?;
        Ok(Voices {
            voices: voices.into_iter().filter_map(voice).collect(),
            pagination,
        })
    }
}

impl<'de> Deserialize<'de> for Avatar {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        avatar(Fields::read(source)?).ok_or_else(|| D::Error::missing_field("id"))
    }
}

impl<'de> Deserialize<'de> for Voice {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        voice(Fields::read(source)?).ok_or_else(|| D::Error::missing_field("id"))
    }
}

/// A body without any list is an error: an empty catalogue and a wrong address must not look alike.
fn no_list<E: serde::de::Error>() -> E {
    E::missing_field("data")
}

/// The list's objects, and where they stand.
fn page(mut page: Fields) -> Option<(Vec<Fields>, Pagination)> {
    let mut list = None;
    for name in ["avatars", "voices", "data"] {
        list = list.or(page.list(name));
    }
    let entries = list?.into_iter().filter_map(Value::object).collect();
    let fields = page.object("pagination").or(page.object("meta"));
    let mut fields = fields.unwrap_or_default();
    let limit = fields.whole("limit").or(fields.whole("page_size"));
    let pagination = Pagination {
        page: fields.whole("page").unwrap_or_default(),
        limit: limit.unwrap_or_default(),
        total: fields.whole("total").unwrap_or_default(),
        total_pages: fields.whole("total_pages").unwrap_or_default(),
    };
    Some((entries, pagination))
}

fn avatar(mut fields: Fields) -> Option<Avatar> {
    let id = fields.text("id")?;
    // The SDK does not say whether `cdn_url` is the picture or the clip; its ending does.
    let (clip, picture) = match fields.text("cdn_url") {
        Some(url) if is_clip(&url) => (Some(url), None),
        other => (None, other),
    };
    let thumbnail = fields.text("thumbnail_url");
    Some(Avatar {
        name: fields.text("name").unwrap_or_else(|| id.clone()),
        id,
        thumbnail_url: thumbnail.or(fields.text("preview_image")).or(picture),
        video_url: fields.text("video_url").or(clip),
        created_at: fields.text("created_at"),
        scope: scope(&mut fields),
    })
}

fn voice(mut fields: Fields) -> Option<Voice> {
    let id = fields.text("id").or(fields.text("elevenlabs_voice_id"))?;
    Some(Voice {
        name: fields.text("name").unwrap_or_else(|| id.clone()),
        id,
        language: fields.text("language"),
        gender: fields.text("gender"),
        preview_url: fields.text("preview_url"),
        properties: fields
            .object("properties")
            .map(|mut properties| VoiceProperties {
                accent: properties.text("accent"),
                age: properties.text("age"),
                style: properties.text("style"),
            }),
        scope: scope(&mut fields),
    })
}

fn scope(fields: &mut Fields) -> Option<Scope> {
    let by_word = match fields.text("scope").as_deref() {
        Some("public") => Some(Scope::Public),
        Some("private") => Some(Scope::Private),
        _ => None,
    };
    by_word.or(fields.flag("is_public").map(|public| {
        if public {
            Scope::Public
        } else {
            Scope::Private
        }
    }))
}

fn is_clip(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    [".mp4", ".webm", ".mov", ".m4v"]
        .iter()
        .any(|ending| path.ends_with(ending))
}
