use std::ops::Range;

use super::abbreviations::is_abbreviation;
use crate::script::WIDE;

/// Puts pieces together that do not end where a sentence does.
pub(super) fn sentences(pieces: &[&str]) -> Vec<String> {
    let text = pieces.concat();
    let quotations = quotations(&text);
    let mut sentences = Vec::new();
    let (mut from, mut to) = (0, 0);
    for piece in pieces {
        to += piece.len();
        let (before, after) = text.split_at(to);
        let inside = quotations.iter().any(|quotation| quotation.contains(&to));
        if after.is_empty() || (!inside && ends(before, after)) {
            sentences.push(text[from..to].to_owned());
            from = to;
        }
    }
    sentences
}

/// Whether a sentence ends between these two.
fn ends(before: &str, after: &str) -> bool {
    let said = before.trim_end();
    let blank = &before[said.len()..];
    // A paragraph ends however it ends, a line that was wrapped does not.
    if blank.matches('\n').count() > 1 {
        return true;
    }
    let quoted = said;
    let said = said.trim_end_matches(is_closing);
    let goes_on = after.trim_start_matches(|it: char| !it.is_alphanumeric());
    if goes_on.starts_with(char::is_lowercase) {
        return false;
    }
    match said.chars().next_back() {
        // After a quotation it goes on with who said it: 「行け。」と言った。
        Some('。' | '！' | '？' | '｡' | '．') => said == quoted || blank.contains('\n'),
        // Within an address or a number no blank follows.
        Some('.') => !blank.is_empty() && !is_abbreviation(last_word(said)),
        Some('!' | '?' | '…' | '؟' | '۔' | '।' | '॥') => !blank.is_empty(),
        _ => false,
    }
}

fn last_word(said: &str) -> &str {
    let word = said.rsplit(char::is_whitespace).next().unwrap_or_default();
    word.trim_start_matches(|it: char| !it.is_alphanumeric())
}

fn is_closing(it: char) -> bool {
    matches!(
        it,
        '"' | '\''
            | ')'
            | ']'
            | '”'
            | '“'
            | '’'
            | '»'
            | '«'
            | '›'
            | '‹'
            | '」'
            | '』'
            | '》'
            | '）'
            | '】'
    )
}

/// Where a cut would be inside a quotation or a bracket. What is never closed, in its paragraph, is none.
fn quotations(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Vec<(usize, &[char])> = Vec::new();
    let mut before = '\n';
    let mut letters = text.char_indices().peekable();
    while let Some((place, letter)) = letters.next() {
        let after = letters.peek().map_or('\n', |(_, after)| *after);
        if letter == '\n' && after == '\n' {
            open.clear();
        }
        let closes = |closing: &[char]| {
            closing.contains(&letter)
                // An apostrophe is not the end of a quotation, and neither are inches.
                && !(letter == '’' && after.is_alphabetic())
                && !(letter == '"' && starts_word(before))
        };
        match open.iter().rposition(|(_, closing)| closes(closing)) {
            Some(depth) => {
                let (from, _) = open[depth];
                open.truncate(depth);
                found.push(from + 1..place + 1);
            }
            None if letter != '"' || starts_word(before) => {
                if let Some(closing) = closing(letter) {
                    open.push((place, closing));
                }
            }
            None => {}
        }
        before = letter;
    }
    found
}

/// Whether a straight quotation mark after this one opens.
fn starts_word(before: char) -> bool {
    before.is_whitespace() || before >= WIDE || matches!(before, '(' | '[' | '—' | '–' | '-' | ':')
}

/// What ends a quotation or bracket that begins so.
fn closing(letter: char) -> Option<&'static [char]> {
    Some(match letter {
        '"' => &['"'],
        '“' => &['”'],
        // The same mark ends in German what it begins in English.
        '„' => &['“', '”'],
        '‘' => &['’'],
        '‚' => &['‘', '’'],
        '«' => &['»'],
        '»' => &['«'],
        '‹' => &['›'],
        '「' => &['」'],
        '『' => &['』'],
        '《' => &['》'],
        '【' => &['】'],
        '(' => &[')'],
        '（' => &['）'],
        '[' => &[']'],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As eager as any platform: it breaks after every mark, and where a blank follows.
    fn eager(text: &str) -> Vec<&str> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((place, mark)) = rest
            .char_indices()
            .find(|(_, it)| ".!?。！？؟।\n".contains(*it))
        {
            let mut end = place + mark.len_utf8();
            end += rest[end..].len() - rest[end..].trim_start_matches(is_closing).len();
            end += rest[end..].len() - rest[end..].trim_start().len();
            let (piece, further) = rest.split_at(end);
            pieces.push(piece);
            rest = further;
        }
        pieces.push(rest);
        pieces
    }

    fn cut(text: &str) -> Vec<String> {
        let sentences = sentences(&eager(text));
        assert_eq!(sentences.concat(), text);
        sentences
            .iter()
            .map(|it| it.trim().to_owned())
            .filter(|it| !it.is_empty())
            .collect()
    }

    #[test]
    fn a_sentence_ends_where_its_writer_ends_it() {
        assert_eq!(
            cut("Good morning! How are you? I am well."),
            ["Good morning!", "How are you?", "I am well."]
        );
        assert_eq!(
            cut("当ホテルへようこそ。朝食は七時からです。"),
            ["当ホテルへようこそ。", "朝食は七時からです。"]
        );
        assert_eq!(
            cut("هل أنت بخير؟ نعم، شكرا."),
            ["هل أنت بخير؟", "نعم، شكرا."]
        );
        assert_eq!(cut("आप कैसे हैं। मैं ठीक हूँ।"), ["आप कैसे हैं।", "मैं ठीक हूँ।"]);
        assert_eq!(
            cut("Founded in 1998. Still here."),
            ["Founded in 1998.", "Still here."]
        );
    }

    #[test]
    fn an_abbreviation_an_initial_and_an_ordinal_go_on() {
        for whole in [
            "Ask Dr. Smith about it.",
            "Mr. and Mrs. Jones, No. 5, live on St. James Ave. North.",
            "J. R. R. Tolkien wrote it.",
            "Fruit, e.g. Apples, and so on.",
            "Am 3. Mai kommt Prof. Dr. Weber um ca. 10 Uhr, z. B. Mit dem Zug.",
            "Mme. Dupont et Mgr. Martin arrivent.",
            "La Sra. García y el Dr. López esperan.",
            "Il Sig. Rossi e il Dott. Bianchi aspettano.",
            "डॉ. शर्मा यहाँ हैं।",
        ] {
            assert_eq!(cut(whole), [whole]);
        }
    }

    #[test]
    fn numbers_and_addresses_stay_whole() {
        for whole in [
            "It is 3.5 metres, or 1.000.000 of them, long.",
            "See https://example.com/a.b?q=1!x#top or mail ann.bo@example.org for more.",
            "Wait... and then go.",
        ] {
            assert_eq!(cut(whole), [whole]);
        }
    }

    #[test]
    fn a_quotation_stays_whole() {
        for (text, count) in [
            ("She said: \"Go. Now. Run!\" Then she left.", 2),
            ("She said: “Go. Now. Run!” Then she left.", 2),
            ("Sie sagte: „Geh. Jetzt. Lauf!“ Dann ging sie.", 2),
            ("Sie sagte: »Geh. Jetzt.« Dann ging sie.", 2),
            // No platform sees an end after a mark with a blank before it.
            ("Elle dit : « Va. Maintenant. » Puis elle partit. Voilà.", 2),
            ("彼女は「行け。今だ。」と言った。そして去った。", 2),
            ("A bracket (Go. Now.) is one. And here another.", 2),
            ("‘It’s here. Go.’ Then she left.", 2),
            // A mark that is never closed holds nothing back.
            ("It is 5\" long. It is a \"screw. Really. Yes.", 4),
        ] {
            assert_eq!(cut(text).len(), count, "{:?}", cut(text));
        }
    }

    #[test]
    fn a_paragraph_ends_without_a_full_stop_and_a_wrapped_line_does_not() {
        assert_eq!(cut("Day one\n\nWe arrive."), ["Day one", "We arrive."]);
        assert_eq!(
            cut("We arrive at the\nHotel Sonne."),
            ["We arrive at the\nHotel Sonne."]
        );
    }
}
