//! Captions in the ASS format, as KonPro's `caption_url` has them.

/// The text as captions for a video of this many seconds, each line shown for as long as its share of the text.
pub fn captions(text: &str, seconds: f64) -> String {
    let lines = textwrap::wrap(text.trim(), LINE_WIDTH);
    let lines: Vec<_> = lines
        .into_iter()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let total: usize = lines.iter().map(|line| line.chars().count()).sum();
    let time = |characters: usize| timestamp(seconds * characters as f64 / total as f64);

    let mut said = 0;
    let dialogue = lines.iter().map(|line| {
        let start = time(said);
        said += line.chars().count();
        let (end, line) = (time(said), escaped(line));
        format!("Dialogue: 0,{start},{end},Default,,0,0,0,,{line}\n")
    });
    HEAD.to_owned() + &dialogue.collect::<String>()
}

/// In the columns of a terminal: a Chinese character takes two.
const LINE_WIDTH: usize = 42;

const HEAD: &str = "\
[Script Info]
ScriptType: v4.00+
PlayResX: 1920
PlayResY: 1080

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, Bold, Outline, Shadow, Alignment, MarginL, MarginR, MarginV
Style: Default,Arial,64,&H00FFFFFF,&H00202020,&H80000000,0,3,0,2,120,120,70

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
";

/// Hours, minutes, seconds and hundredths.
fn timestamp(seconds: f64) -> String {
    let hundredths = (seconds * 100.0).round() as u64;
    let (seconds, hundredths) = (hundredths / 100, hundredths % 100);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{hours}:{minutes:02}:{seconds:02}.{hundredths:02}")
}

/// Braces would hide what is between them, and a backslash give an order: the first can be escaped, the second only
/// parted from what follows, here by an invisible word joiner.
fn escaped(line: &str) -> String {
    let visible = line.chars().filter(|character| !character.is_control());
    visible.fold(String::new(), |mut line, character| {
        match character {
            '{' => line.push_str("\\{"),
            '}' => line.push_str("\\}"),
            '\\' => line.push_str("\\\u{2060}"),
            other => line.push(other),
        }
        line
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn captions_cover_the_video_and_say_the_whole_text() {
        let text = "Good morning and welcome. ".repeat(20);
        let file = captions(&text, 3725.5);
        let (_, events) = file.split_once("Effect, Text\n").unwrap();
        let fields: Vec<Vec<_>> = events
            .lines()
            .map(|line| line.splitn(10, ',').collect())
            .collect();

        assert_eq!(fields[0][1], "0:00:00.00");
        assert_eq!(fields[fields.len() - 1][2], "1:02:05.50");
        assert!(
            fields.windows(2).all(|pair| pair[0][2] == pair[1][1]),
            "a gap in {events}"
        );
        let said: Vec<_> = fields.iter().map(|fields| fields[9]).collect();
        assert_eq!(said.join(" "), text.trim());
    }

    #[test]
    fn a_script_cannot_give_orders_to_the_player() {
        let file = captions("{\\an8} up\\N down\nDialogue: mine", 2.0);
        assert!(
            file.contains(",,\\{\\\u{2060}an8\\} up\\\u{2060}N down\n"),
            "{file}"
        );
        assert_eq!(
            file.lines()
                .filter(|line| line.starts_with("Dialogue:"))
                .count(),
            2
        );
    }

    #[test]
    fn a_blank_script_has_no_captions() {
        assert!(!captions(" \n ", 2.0).contains("Dialogue"));
    }
}
