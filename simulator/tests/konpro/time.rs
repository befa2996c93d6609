use std::time::Duration;

use konpro_simulator::{Config, Simulator};
use serde_json::{Value, json};
use tokio::time::{Instant, advance};

use crate::caller::{config, create, create_with, ended, get, order, post, status};

async fn estimate(simulator: &Simulator, order: &Value) -> u64 {
    let answer = post(simulator, "/v1/video-avatars", order).await.json();
    assert_eq!(answer["status"], "processing");
    answer["estimated_time"].as_u64().unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_estimate_grows_with_text_and_picture() {
    let simulator = Simulator::new(config());
    let short = order("Welcome to our platform! Let me show you around.");
    let long = order(&"Welcome to our platform! ".repeat(40));
    let mut large = long.clone();
    large["settings"] = json!({"resolution": "1080p"});

    let short = estimate(&simulator, &short).await;
    let long = estimate(&simulator, &long).await;
    let large = estimate(&simulator, &large).await;
    assert!(short < long && long < large, "{short}, {long}, {large}");
    assert!((60..=300).contains(&short) && (60..=300).contains(&large));
}

#[tokio::test(start_paused = true)]
async fn the_truth_is_within_a_quarter_of_the_estimate() {
    let simulator = Simulator::new(config());
    let mut early = 0;
    for number in 0..40 {
        let id = create(&simulator, &format!("Script number {number} of many.")).await;
        let estimate = status(&simulator, &id).await["estimated_time"]
            .as_f64()
            .unwrap();
        let begun = Instant::now();
        ended(&simulator, &id).await;
        let truth = begun.elapsed().as_secs_f64();
        assert!(
            (truth - estimate).abs() <= estimate / 4.0,
            "{truth} s for {estimate} s"
        );
        early += usize::from(truth < estimate);
    }
    assert!((5..=35).contains(&early), "{early} of 40 were early");
}

#[tokio::test(start_paused = true)]
async fn a_video_is_as_long_as_its_text_takes_to_speak() {
    let simulator = Simulator::new(config());
    for characters in [14, 140, 1400] {
        let id = create(&simulator, &"a".repeat(characters)).await;
        let duration = ended(&simulator, &id).await["duration"].as_f64().unwrap();
        let speech = characters as f64 / 14.0;
        assert!(
            (duration - speech).abs() <= 1.0,
            "{duration} s for {speech} s of speech"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn speed_shortens_rendering_and_estimate_alike() {
    let simulator = Simulator::new(Config {
        speed: 10.0,
        ..config()
    });
    let id = create_with(&simulator, &order(&"word ".repeat(60))).await;
    let estimate = status(&simulator, &id).await["estimated_time"]
        .as_u64()
        .unwrap();
    assert!((6..=15).contains(&estimate), "{estimate}");
    advance(Duration::from_secs_f64(estimate as f64 * 1.25)).await;
    assert_eq!(status(&simulator, &id).await["status"], "completed");
}

#[tokio::test(start_paused = true)]
async fn equal_seeds_give_equal_lives() {
    let life = async |seed: u64| {
        let simulator = Simulator::new(Config { seed, ..config() });
        let mut heard = Vec::new();
        for text in ["One.", "Two.", "Three. [fail]"] {
            let id = create(&simulator, text).await;
            let begun = Instant::now();
            heard.push(json!([
                ended(&simulator, &id).await,
                begun.elapsed().as_millis() as u64
            ]));
        }
        heard.push(get(&simulator, "/v1/nothing").await.json());
        heard
    };
    // Each life starts at the same epoch, so even its links are equal.
    assert_eq!(life(7).await, life(7).await);
    assert_ne!(life(7).await, life(8).await);
}
