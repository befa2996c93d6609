use serde_json::{Value, json};

use crate::{
    catalogue::{self, Avatar, Voice},
    config::Dialect,
    links::Links,
    queries::ListQuery,
};

pub(crate) fn avatars(query: &ListQuery, dialect: Dialect, links: &Links) -> Value {
    let all = catalogue::avatars().iter();
    let wanted = all.filter(|avatar| query.wants_avatar(avatar)).collect();
    let page = Page::cut(wanted, query);
    match dialect {
        Dialect::Documentation => {
            let items = page.map(|avatar| documented_avatar(avatar, links));
            json!({"avatars": items, "pagination": page.pagination()})
        }
        Dialect::Sdk => {
            let items = page.map(|avatar| sdk_avatar(avatar, links));
            json!({"data": items, "meta": page.meta()})
        }
    }
}

pub(crate) fn voices(query: &ListQuery, dialect: Dialect, links: &Links) -> Value {
    let all = catalogue::voices().iter();
    let wanted = all.filter(|voice| query.wants_voice(voice)).collect();
    let page = Page::cut(wanted, query);
    match dialect {
        Dialect::Documentation => {
            let items = page.map(|voice| documented_voice(voice, links));
            json!({"voices": items, "pagination": page.pagination()})
        }
        Dialect::Sdk => {
            let items = page.map(|voice| sdk_voice(voice, links));
            json!({"data": items, "meta": page.meta()})
        }
    }
}

fn documented_avatar(avatar: &Avatar, links: &Links) -> Value {
    json!({
        "id": avatar.id,
        "name": avatar.name,
        "thumbnail_url": links.avatar_thumbnail(avatar),
        "video_url": links.avatar_preview(avatar),
        "created_at": avatar.created_at,
        "scope": if avatar.public { "public" } else { "private" },
    })
}

fn sdk_avatar(avatar: &Avatar, links: &Links) -> Value {
    json!({
        "id": avatar.id,
        "name": avatar.name,
        "gender": avatar.gender,
        "occupation": avatar.occupation,
        "cdn_url": links.avatar_preview(avatar),
        "preview_image": links.avatar_thumbnail(avatar),
        "is_public": avatar.public,
        "created_at": avatar.created_at,
        "updated_at": null,
    })
}

fn documented_voice(voice: &Voice, links: &Links) -> Value {
    json!({
        "id": voice.id,
        "name": voice.name,
        "language": voice.language,
        "gender": voice.gender,
        "preview_url": links.voice_preview(voice),
        "properties": {"accent": voice.accent, "age": voice.age, "style": voice.style},
    })
}

/// The SDK marks `id` and `preview_url` as optional, so here private voices have neither: `elevenlabs_voice_id` is
/// what names them.
fn sdk_voice(voice: &Voice, links: &Links) -> Value {
    let mut body = json!({
        "name": voice.name,
        "gender": voice.gender,
        "description": format!("{} {} voice, {}", voice.accent, voice.age, voice.style),
        "elevenlabs_voice_id": voice.elevenlabs_id,
        "is_public": voice.public,
        "language": voice.language,
        "created_at": voice.created_at,
    });
    if voice.public {
        body["id"] = json!(voice.id);
        body["preview_url"] = json!(links.voice_preview(voice));
    }
    body
}

struct Page<T> {
    items: Vec<T>,
    number: usize,
    size: usize,
    total: usize,
}

impl<T: Copy> Page<T> {
    fn cut(wanted: Vec<T>, query: &ListQuery) -> Self {
        let skipped = (query.page - 1).saturating_mul(query.size);
        let items = wanted.iter().skip(skipped).take(query.size);
        Self {
            items: items.copied().collect(),
            number: query.page,
            size: query.size,
            total: wanted.len(),
        }
    }

    fn map(&self, write: impl Fn(T) -> Value) -> Vec<Value> {
        self.items.iter().copied().map(write).collect()
    }

    fn pagination(&self) -> Value {
        json!({
            "page": self.number,
            "limit": self.size,
            "total": self.total,
            "total_pages": self.pages(),
        })
    }

    fn meta(&self) -> Value {
        json!({
            "page": self.number,
            "page_size": self.size,
            "total": self.total,
            "total_pages": self.pages(),
            "has_next": self.number < self.pages(),
            "has_prev": self.number > 1,
        })
    }

    fn pages(&self) -> usize {
        self.total.div_ceil(self.size)
    }
}
