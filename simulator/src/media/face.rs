//! Faces: the same drawing as in the videos, in more colours.

use std::{collections::HashMap, sync::LazyLock};

use serde::Deserialize;

/// Somebody's face, hair and voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look(usize);

impl Look {
    /// How many there are.
    pub const COUNT: usize = 6;

    /// The looks in their order, over and over.
    pub fn nth(index: usize) -> Self {
        Self(index % Self::COUNT)
    }

    /// The looks of one gender, `female`, `male` or `neutral`, in their order, over and over. Another word means any.
    pub fn of(gender: &str, index: usize) -> Self {
        let all = (0..Self::COUNT).map(Self);
        let fitting: Vec<_> = all.filter(|look| look.gender() == gender).collect();
        match fitting.len() {
            0 => Self::nth(index),
            count => fitting[index % count],
        }
    }

    /// `female`, `male` or `neutral`.
    pub fn gender(self) -> &'static str {
        &FACE.looks[self.0]["gender"]
    }

    pub(super) fn index(self) -> usize {
        self.0
    }

    /// Whose speech is heard in the videos.
    pub(super) fn speaker(self) -> &'static str {
        match self.gender() {
            "male" => "male",
            _ => "female",
        }
    }
}

/// A still picture of a look, as SVG, 640 × 360. Tint 0 has the colours of the look's videos; others, up to 11, change
/// wall and clothes, so that more people can be shown than there are faces. Tints begin again after that.
pub fn thumbnail(look: Look, tint: usize) -> String {
    let tint = &FACE.tints[(look.index() + tint) % FACE.tints.len()];
    let values = FACE.looks[look.index()]
        .iter()
        .chain(tint)
        .chain(&FACE.smile);
    values.fold(DRAWING.to_owned(), |drawing, (name, value)| {
        drawing.replace(&format!("{{{name}}}"), value)
    })
}

/// The drawing, with the names of what differs in braces.
const DRAWING: &str = include_str!("../../media/face.svg");

#[derive(Deserialize)]
struct Face {
    looks: Vec<HashMap<String, String>>,
    /// The look of the same position wears it in the videos.
    tints: Vec<HashMap<String, String>>,
    smile: HashMap<String, String>,
}

#[expect(
    clippy::expect_used,
    reason = "part of the program, and read in a test"
)]
static FACE: LazyLock<Face> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../media/looks.json")).expect("the looks")
});
