#!/usr/bin/env python3
"""Makes the simulator's media: run it in any folder, it writes `clips/` and `voices/` beside itself.

Needs Python 3.9, and on the PATH: ffmpeg (with libx264, libvpx, libopus, libmp3lame), espeak-ng, rsvg-convert.
On Debian: apt-get install ffmpeg espeak-ng librsvg2-bin. Takes some minutes. The face is `face.svg`, its looks are in
`looks.json`; the simulator draws thumbnails from the same two files, so run this again after a change to either.

clips/LOOK-HEIGHT-CODEC.mp4   one loop of a speaking face (H.264 or VP9), a key frame first, no B-frames
clips/LOOK-HEIGHT-alpha.mp4   the same frames, showing only how opaque they are where the room is taken away (VP9, luma 0 to 255)
clips/GENDER-CODEC.mp4        one loop of speech without words (AAC or Opus), silent at the end of each phrase
voices/LANGUAGE-VARIANT.mp3   a sentence in that language

A loop is three phrases of 1.28 s, each being whole numbers of video frames (32), AAC frames (60) and Opus frames (64):
the simulator may stop after any phrase.
"""

import array
import json
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile
import wave
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
SIZES = [(1920, 1080), (1280, 720), (854, 480), (640, 360)]
FPS = 25
PHRASE = 1.28
LOOP_FRAMES = round(3 * PHRASE * FPS)
AUDIO_RATE = 48_000

# Words of no language, so that one loop does for every script.
PHRASES = ["Malora seneti, dovila", "Eso rami tolenda, sare", "Vani lomera, sido tela"]
TILTS = [1.2, -1.0, 0.2]  # degrees, one for each phrase
SPEAKERS = {"female": ("it+f2", 52), "male": ("it+m3", 42)}

SENTENCES = {
    "en-US": ("en-us", "Hello! This is how I sound."),
    "en-GB": ("en-gb", "Hello! This is how I sound."),
    "de-DE": ("de", "Hallo! So klinge ich."),
    "fr-FR": ("fr-fr", "Bonjour ! Voici ma voix."),
    "es-ES": ("es", "¡Hola! Así suena mi voz."),
    "pt-BR": ("pt-br", "Olá! Esta é a minha voz."),
    "it-IT": ("it", "Ciao! Questa è la mia voce."),
    "nl-NL": ("nl", "Hallo! Zo klink ik."),
    "pl-PL": ("pl", "Cześć! Tak brzmi mój głos."),
    "ar-EG": ("ar", "مرحبا! هذا هو صوتي."),
}
# Female, male, neutral, female, male, female, male: the order that `voice_preview` documents. (variant, pitch, words a minute)
VARIANTS = [("f2", 55, 165), ("m3", 40, 165), ("f5", 15, 160), ("f4", 75, 180), ("m7", 20, 150), ("f3", 40, 150), ("m2", 60, 180)]


def main():
    template = (HERE / "face.svg").read_text()
    looks = json.loads((HERE / "looks.json").read_text())
    for folder in ("clips", "voices"):
        shutil.rmtree(HERE / folder, ignore_errors=True)
        (HERE / folder).mkdir()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        make_voices(work)
        mouths = {gender: make_speech(gender, work) for gender in SPEAKERS}
        for index, look in enumerate(looks["looks"]):
            tint = looks["tints"][index % len(looks["tints"])]
            mouth = mouths.get(look["gender"], mouths["female"])
            draw(template, {**look, **tint}, mouth, work)
            encode(index, work)
            draw(template.replace('id="room"', 'display="none"'), {**look, **tint}, mouth, work)
            encode_alpha(index, work)
            print(look["name"], "done", file=sys.stderr)


def make_voices(work):
    wav = work / "voice.wav"
    for language, (espeak, sentence) in SENTENCES.items():
        for number, (variant, pitch, speed) in enumerate(VARIANTS):
            speak(f"{espeak}+{variant}", pitch, speed, sentence, wav)
            ffmpeg("-i", wav, "-af", f"{TRIMMED},aresample=16000", "-ac", 1, "-c:a", "libmp3lame", "-b:a", "16k",
                   "-write_xing", 0, "-id3v2_version", 0, HERE / "voices" / f"{language}-{number}.mp3")


def make_speech(gender, work):
    """Writes the audio clips of a gender; returns how far the mouth is open (0 to 1) in each frame."""
    voice, pitch = SPEAKERS[gender]
    parts = []
    for number, phrase in enumerate(PHRASES):
        raw, trimmed, part = (work / f"{kind}{number}.wav" for kind in ("raw", "trimmed", "part"))
        speak(voice, pitch, 160, phrase, raw)
        ffmpeg("-i", raw, "-af", TRIMMED, "-ar", AUDIO_RATE, trimmed)
        spoken = PHRASE - 0.14
        with wave.open(str(trimmed)) as file:
            tempo = file.getnframes() / AUDIO_RATE / spoken
        ffmpeg("-i", trimmed, "-af", f"atempo={tempo},afade=in:d=0.01,afade=out:st={spoken - 0.03}:d=0.03,apad",
               "-t", PHRASE, "-ar", AUDIO_RATE, "-ac", 1, part)
        parts += ["-i", part]
    loop = work / f"{gender}.wav"
    ffmpeg(*parts, "-filter_complex", f"concat=n={len(PHRASES)}:v=0:a=1,volume=-2dB", loop)
    # Without `-frames`, the AAC encoder adds a frame for its delay, and the next loop would come late.
    ffmpeg("-i", loop, "-c:a", "aac", "-b:a", "48k", "-frames:a", LOOP_FRAMES * 15 // 8, "-use_editlist", 0, HERE / "clips" / f"{gender}-aac.mp4")
    ffmpeg("-i", loop, "-c:a", "libopus", "-b:a", "28k", "-vbr", "on", "-application", "voip", "-frame_duration", 20,
           "-frames:a", LOOP_FRAMES * 2, "-use_editlist", 0, HERE / "clips" / f"{gender}-opus.mp4")
    return openness(loop)


def openness(path):
    with wave.open(str(path)) as file:
        samples = array.array("h", file.readframes(file.getnframes()))
    step = AUDIO_RATE // FPS
    loud = [math.sqrt(sum(s * s for s in samples[i * step:(i + 1) * step]) / step) for i in range(LOOP_FRAMES)]
    top = sorted(loud)[-LOOP_FRAMES // 10]
    level = [min(1, value / top) ** 0.7 for value in loud]
    return [0.25 * level[i - 1] + 0.75 * level[i] for i in range(LOOP_FRAMES)]


def draw(template, colours, mouth, work):
    def frame(number):
        svg = template
        for name, value in {**colours, **pose(number, mouth[number])}.items():
            svg = svg.replace("{" + name + "}", str(value))
        file = work / f"{number:03}.png"
        subprocess.run(["rsvg-convert", "-w", "1920", "-h", "1080", "-o", file], input=svg.encode(), check=True)

    with ThreadPoolExecutor() as pool:
        list(pool.map(frame, range(LOOP_FRAMES)))


def pose(number, opened):
    blink = {60: 0.5, 61: 0.04, 62: 0.04, 63: 0.35, 64: 0.8}.get(number, 1)
    jaw = 16 + 104 * opened
    return {
        "x": 0, "y": 0, "turn": round(tilt(number), 2),
        "mouth": round(52 - 10 * opened * (0.5 + 0.5 * math.sin(number)), 1),
        "lip": round(16 - 10 * opened, 1), "jaw": round(jaw, 1), "tongue": round(jaw / 2 + 16, 1),
        "teeth": round(4 + 4 * opened, 1), "bite": round(20 + 4 * opened, 1),
        "eye": blink, "lid": round(-52 * blink + 14 * (1 - blink), 1), "brow": round(-7 * opened, 1),
    }


def tilt(number):
    """The head turns at the end of a phrase and is still within it, as people do; a still head is cheap to encode."""
    ends, turn = LOOP_FRAMES / len(TILTS), 14
    for index, after in enumerate(TILTS):
        before = TILTS[index - 1]
        since = (number - index * ends + turn / 2) % LOOP_FRAMES
        if since < ends:
            way = min(1, since / turn)
            return before + (after - before) * way * way * (3 - 2 * way)


def encode(index, work):
    bt709 = ["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"]
    for width, height in SIZES:
        # Small pictures are enlarged on most screens, and cost little.
        finer = 3 if height <= 480 else 0
        codecs = {
            "h264": ["libx264", "-preset", "veryslow", "-tune", "animation", "-crf", 31 - finer, "-x264-params", "ipratio=2", "-bf", 0, "-sc_threshold", 0],
            "vp9": [*VP9, "-crf", 44 - finer],
        }
        for name, codec in codecs.items():
            ffmpeg("-framerate", FPS, "-i", work / "%03d.png", "-vf", f"scale={width}:{height}:flags=lanczos:out_color_matrix=bt709,format=yuv420p",
                   "-g", LOOP_FRAMES, "-c:v", *codec, *bt709, "-use_editlist", 0, HERE / "clips" / f"{index}-{height}-{name}.mp4")


def encode_alpha(index, work):
    """Frames as `encode` makes them, so that each can lie beside its picture in a webm file."""
    for width, height in SIZES:
        # One pixel less than there is of somebody: the picture's own edge has the wall's colour in it. The stretch at the
        # end makes nearly nothing nothing, and nearly all all.
        ffmpeg("-framerate", FPS, "-i", work / "%03d.png", "-vf",
               f"alphaextract,scale={width}:{height}:flags=lanczos:out_range=pc,erosion,format=yuv420p,lutyuv=y='(val-16)*255/223'",
               "-g", LOOP_FRAMES, "-c:v", *VP9, "-crf", 55, "-use_editlist", 0, HERE / "clips" / f"{index}-{height}-alpha.mp4")


VP9 = ["libvpx-vp9", "-b:v", 0, "-deadline", "good", "-cpu-used", 1, "-auto-alt-ref", 0, "-lag-in-frames", 0, "-row-mt", 1]
TRIMMED = "silenceremove=start_periods=1:start_threshold=-45dB,areverse,silenceremove=start_periods=1:start_threshold=-45dB,areverse"


def speak(voice, pitch, speed, text, file):
    subprocess.run(["espeak-ng", "-v", voice, "-p", str(pitch), "-s", str(speed), "-w", file, text], check=True)


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-bitexact", *map(str, arguments)], check=True)


if __name__ == "__main__":
    main()
