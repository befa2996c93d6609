#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use konpro_api::code;
use konpro_client::KonproError;
use serde_json::{Map, Value};

use super::failures::BLOCKED;
use super::*;

const LANGUAGES: [(&str, &str, &[&str]); 12] = [
    (
        "en",
        include_str!("../../pkg/messages/en.js"),
        &["one", "other"],
    ),
    (
        "de",
        include_str!("../../pkg/messages/de.js"),
        &["one", "other"],
    ),
    (
        "fr",
        include_str!("../../pkg/messages/fr.js"),
        &["one", "many", "other"],
    ),
    (
        "es",
        include_str!("../../pkg/messages/es.js"),
        &["one", "many", "other"],
    ),
    (
        "pt",
        include_str!("../../pkg/messages/pt.js"),
        &["one", "many", "other"],
    ),
    (
        "it",
        include_str!("../../pkg/messages/it.js"),
        &["one", "many", "other"],
    ),
    ("ja", include_str!("../../pkg/messages/ja.js"), &["other"]),
    ("zh", include_str!("../../pkg/messages/zh.js"), &["other"]),
    ("ko", include_str!("../../pkg/messages/ko.js"), &["other"]),
    (
        "hi",
        include_str!("../../pkg/messages/hi.js"),
        &["one", "other"],
    ),
    (
        "ar",
        include_str!("../../pkg/messages/ar.js"),
        &["zero", "one", "two", "few", "many", "other"],
    ),
    (
        "he",
        include_str!("../../pkg/messages/he.js"),
        &["one", "two", "other"],
    ),
];

const CODES: [&str; 19] = [
    KonproError::UNREACHABLE,
    BLOCKED,
    code::INVALID_REQUEST,
    code::INVALID_API_KEY,
    code::INSUFFICIENT_PERMISSIONS,
    code::RESOURCE_NOT_FOUND,
    code::VALIDATION_ERROR,
    code::RATE_LIMIT_EXCEEDED,
    code::PROCESSING_ERROR,
    code::SERVICE_UNAVAILABLE,
    code::ORIGIN_NOT_ALLOWED,
    code::SESSION_REQUIRED,
    code::QUOTA_EXCEEDED,
    code::IDEMPOTENCY_CONFLICT,
    code::PAYLOAD_TOO_LARGE,
    code::UPSTREAM_INVALID,
    code::UPSTREAM_UNAVAILABLE,
    code::UPSTREAM_TIMEOUT,
    code::CANCELLED,
];

/// The sentences of a language file, in its order.
fn read(file: &str) -> Vec<(String, Value)> {
    let object = file.trim().strip_prefix("export default ").unwrap();
    let object = object.strip_suffix(';').unwrap();
    // A map of serde_json's sorts its keys: the order is that of the lines.
    let sentences: Map<String, Value> = serde_json::from_str(object).unwrap();
    let names = object
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"'));
    let names = names.map(|line| line.split('"').next().unwrap().to_owned());
    let read: Vec<_> = names
        .map(|name| (name.clone(), sentences[&name].clone()))
        .collect();
    assert_eq!(read.len(), sentences.len());
    read
}

/// Every form of a sentence.
fn forms(sentence: &Value) -> Vec<&str> {
    match sentence {
        Value::Object(forms) => forms.values().map(|form| form.as_str().unwrap()).collect(),
        sentence => vec![sentence.as_str().unwrap()],
    }
}

fn gaps(text: &str) -> usize {
    text.matches("{}").count()
}

#[test]
fn every_language_says_the_same_sentences_in_the_same_order() {
    let english = read(LANGUAGES[0].1);
    for (language, file, categories) in LANGUAGES {
        let sentences = read(file);
        let names: Vec<&str> = sentences.iter().map(|(name, _)| name.as_str()).collect();
        // Behind those that this crate says come those of the scripts beside it.
        assert!(names.starts_with(NAMES), "{language}");
        let there = english.iter().map(|(name, _)| name.as_str());
        assert!(names.iter().copied().eq(there), "{language}");
        for ((name, here), (_, there)) in sentences.iter().zip(&english) {
            for form in forms(here) {
                assert!(!form.trim().is_empty(), "{language} {name}");
                assert_eq!(gaps(form), gaps(forms(there)[0]), "{language} {name}");
            }
            assert_eq!(here.is_object(), there.is_object(), "{language} {name}");
            if let Value::Object(forms) = here {
                let forms: BTreeSet<&str> = forms.keys().map(String::as_str).collect();
                assert_eq!(
                    forms,
                    categories.iter().copied().collect(),
                    "{language} {name}"
                );
            }
        }
    }
}

#[test]
fn every_code_has_a_sentence_of_its_own_and_an_unknown_one_has_one_too() {
    let unknown = sentence("SOMETHING_NEW");
    for code in CODES {
        assert_ne!(sentence(code), unknown, "{code}");
    }
}

#[test]
fn a_sentence_speaks_to_a_visitor_and_not_to_a_developer() {
    for (language, file, _) in LANGUAGES {
        for (name, sentence) in read(file) {
            for form in forms(&sentence) {
                for word in ["proxy", "upstream", "API", "HTTP ", "_"] {
                    assert!(!form.contains(word), "{language} {name}: {form}");
                }
            }
        }
    }
    for code in CODES.into_iter().chain(["SOMETHING_NEW"]) {
        let (happened, advice) = sentence(code);
        assert_eq!(advice as usize, happened as usize + 1, "{code}");
    }
}
