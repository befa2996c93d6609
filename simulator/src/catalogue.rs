//! The cast: who can be seen and heard. Ids begin where the documentation's examples do.

use std::sync::LazyLock;

use crate::{clock::rfc3339, media::Look};

/// Somebody who can appear in a video.
#[derive(Debug)]
pub(crate) struct Avatar {
    pub(crate) id: String,
    pub(crate) name: &'static str,
    pub(crate) gender: &'static str,
    pub(crate) occupation: &'static str,
    pub(crate) public: bool,
    pub(crate) created_at: String,
    pub(crate) look: Look,
    /// Tells people of one look apart.
    pub(crate) tint: usize,
}

/// Somebody who can be heard in a video.
#[derive(Debug)]
pub(crate) struct Voice {
    pub(crate) id: String,
    /// The SDK's other name for the voice; a create may use either.
    pub(crate) elevenlabs_id: String,
    pub(crate) name: &'static str,
    pub(crate) language: &'static str,
    pub(crate) gender: &'static str,
    pub(crate) accent: &'static str,
    pub(crate) age: &'static str,
    pub(crate) style: &'static str,
    pub(crate) public: bool,
    pub(crate) created_at: String,
    /// Which of the recorded previews of its language it has.
    pub(crate) variant: usize,
}

pub(crate) fn avatars() -> &'static [Avatar] {
    static AVATARS: LazyLock<Vec<Avatar>> = LazyLock::new(|| {
        let public = PUBLIC_AVATARS.iter().map(|row| (row, true));
        let private = PRIVATE_AVATARS.iter().map(|row| (row, false));
        let mut avatars: Vec<Avatar> = Vec::new();
        for (index, (&(name, gender, occupation), public)) in public.chain(private).enumerate() {
            let before =
                |like: &dyn Fn(&Avatar) -> bool| avatars.iter().filter(|one| like(one)).count();
            let look = Look::of(gender, before(&|one| one.gender == gender));
            let tint = before(&|one| one.look == look);
            avatars.push(Avatar {
                id: format!("avatar-{}", 3655 + index),
                name,
                gender,
                occupation,
                public,
                created_at: added_on(index),
                look,
                tint,
            });
        }
        avatars
    });
    &AVATARS
}

pub(crate) fn voices() -> &'static [Voice] {
    static VOICES: LazyLock<Vec<Voice>> = LazyLock::new(|| {
        let rows = SPEAKERS.iter().flat_map(|(language, accent, names)| {
            let names = names.iter().enumerate();
            names.map(move |(place, name)| (*language, *accent, place, *name))
        });
        rows.enumerate()
            .map(|(index, (language, accent, place, name))| Voice {
                id: format!("voice-{}", 101 + index),
                elevenlabs_id: format!("el{:018x}", 0x5f3c_9b1d_u64 * (index as u64 + 1)),
                name,
                language,
                gender: GENDERS[place],
                accent,
                age: AGES[index % AGES.len()],
                style: STYLES[index % STYLES.len()],
                public: place < PUBLIC_VOICES_A_LANGUAGE,
                created_at: added_on(index),
                variant: place,
            })
            .collect()
    });
    &VOICES
}

pub(crate) fn avatar(id: &str) -> Option<&'static Avatar> {
    avatars().iter().find(|avatar| avatar.id == id)
}

pub(crate) fn voice(id: &str) -> Option<&'static Voice> {
    voices()
        .iter()
        .find(|voice| voice.id == id || voice.elevenlabs_id == id)
}

/// One a day, from 6 January 2025, 09:00 UTC.
fn added_on(index: usize) -> String {
    rfc3339(1_736_154_000 + 86_400 * index as u64)
}

const PUBLIC_AVATARS: [(&str, &str, &str); 44] = [
    ("Amara Okafor", "female", "News presenter"),
    ("Daniel Hughes", "male", "Teacher"),
    ("Mei Tanaka", "female", "Product designer"),
    ("Lukas Brandt", "male", "Engineer"),
    ("Sofía Herrera", "female", "Doctor"),
    ("Ravi Menon", "male", "Consultant"),
    ("Chloé Laurent", "female", "Chef"),
    ("Robin Vale", "neutral", "Storyteller"),
    ("Omar Haddad", "male", "Architect"),
    ("Ingrid Solberg", "female", "Scientist"),
    ("Marcus Bell", "male", "Fitness coach"),
    ("Priya Raman", "female", "Financial adviser"),
    ("Tomasz Zieliński", "male", "Mechanic"),
    ("Hana Park", "female", "Flight attendant"),
    ("Ezra Cohen", "male", "Librarian"),
    ("Nia Williams", "female", "Estate agent"),
    ("Kai Nakamura", "neutral", "Game host"),
    ("Giulia Romano", "female", "Fashion stylist"),
    ("Samuel Adeyemi", "male", "Lawyer"),
    ("Freja Lindqvist", "female", "Yoga teacher"),
    ("Diego Fuentes", "male", "Football coach"),
    ("Aisha Rahman", "female", "Pharmacist"),
    ("Noah Fischer", "male", "Software developer"),
    ("Leila Farouk", "female", "Journalist"),
    ("Viktor Petrov", "male", "Professor"),
    ("Grace Mbeki", "female", "Nurse"),
    ("Alex Morgan", "neutral", "Customer support"),
    ("Hugo Martins", "male", "Photographer"),
    ("Yara Costa", "female", "Marine biologist"),
    ("Ben Carter", "male", "Electrician"),
    ("Zoe Papadakis", "female", "Travel guide"),
    ("Arjun Kapoor", "male", "Entrepreneur"),
    ("Elena Popescu", "female", "Translator"),
    ("Liam O'Connor", "male", "Farmer"),
    ("Mira Novak", "female", "Data analyst"),
    ("Jun Li", "male", "Museum guide"),
    ("Sasha Ivanova", "neutral", "Musician"),
    ("Tess de Vries", "female", "Cyclist"),
    ("Malik Johnson", "male", "Recruiter"),
    ("Clara Weiss", "female", "Pilot"),
    ("Pedro Almeida", "male", "Barista"),
    ("Nour Saleh", "female", "Interior designer"),
    ("Erik Johansson", "male", "Firefighter"),
    ("Ruth Abebe", "female", "Headteacher"),
];

const PRIVATE_AVATARS: [(&str, &str, &str); 6] = [
    ("Martha Quinn", "female", "Managing director"),
    ("Jonas Keller", "male", "Head of sales"),
    ("Sunita Rao", "female", "Head of training"),
    ("Paul Ferrand", "male", "Site manager"),
    ("Dana Whitlock", "neutral", "Company mascot"),
    ("Irene Castillo", "female", "Head of people"),
];

const AGES: [&str; 4] = ["young", "middle-aged", "adult", "senior"];

const STYLES: [&str; 7] = [
    "conversational",
    "narration",
    "news",
    "cheerful",
    "calm",
    "authoritative",
    "warm",
];

/// The seventh voice of each language is a private one.
const PUBLIC_VOICES_A_LANGUAGE: usize = 6;

/// Of the seven in each language, as their previews were recorded.
const GENDERS: [&str; PUBLIC_VOICES_A_LANGUAGE + 1] = [
    "female", "male", "neutral", "female", "male", "female", "male",
];

type Speakers = (&'static str, &'static str, [&'static str; GENDERS.len()]);

#[rustfmt::skip]
const SPEAKERS: [Speakers; 10] = [
    ("en-US", "American", ["Emily", "Jackson", "Harper", "Madison", "Tyler", "Audrey", "Warren"]),
    ("en-GB", "British", ["Imogen", "Alistair", "Rowan", "Beatrice", "Callum", "Florence", "Edmund"]),
    ("de-DE", "Standard German", ["Annika", "Matthias", "Kim", "Johanna", "Sebastian", "Lotte", "Friedrich"]),
    ("fr-FR", "Parisian", ["Amélie", "Bastien", "Camille", "Élodie", "Julien", "Margaux", "Gérard"]),
    ("es-ES", "Castilian", ["Lucía", "Álvaro", "Cruz", "Carmen", "Javier", "Inés", "Ramón"]),
    ("it-IT", "Tuscan", ["Chiara", "Lorenzo", "Celeste", "Francesca", "Matteo", "Ginevra", "Silvio"]),
    ("pt-BR", "Brazilian", ["Beatriz", "Thiago", "Ariel", "Larissa", "Rafael", "Helena", "Otávio"]),
    ("nl-NL", "Randstad", ["Femke", "Bram", "Sam", "Lieke", "Daan", "Sanne", "Willem"]),
    ("pl-PL", "Standard Polish", ["Zofia", "Jakub", "Nikola", "Agnieszka", "Paweł", "Kinga", "Stanisław"]),
    ("ar-EG", "Egyptian", ["Yasmin", "Karim", "Nur", "Salma", "Tarek", "Mona", "Hassan"]),
];
