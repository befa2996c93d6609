/**
 * What a finished video has besides its picture: captions, a link to hand on, and a way on when its link has ended.
 * Loaded when there is one.
 */

/** As much as two lines of captions hold. */
const LONGEST_CUE = 80;
/** A link that breaks again so soon is not the link's fault, in milliseconds. */
const HEALED = 10_000;

/**
 * @param {ShadowRoot} root of an element that shows a finished video
 * @param {import('./words.js').Words} words
 */
export function accompany(root, words) {
  const video = root.querySelector('video');
  if (!video || video.textTracks.length) return;
  const script = root.querySelector('[part~=quote]')?.textContent ?? '';
  caption(video, script, words);
  heal(video);
  const actions = root.querySelector('.actions');
  // What only redirects to a link of KonPro's does not end; KonPro's own links do.
  if (actions && new URL(video.src).pathname.endsWith('/video')) actions.append(share(video.src, words));
}

/** Captions without an address: a policy could refuse one. Timed as if every letter took as long. */
function caption(video, script, words) {
  const track = video.addTextTrack('captions', words.tell('captions'));
  track.mode = 'hidden';
  const cues = cut(script, words.lang);
  const whole = cues.reduce((sum, cue) => sum + weight(cue), 0);
  const fill = () => {
    if (track.cues?.length || !Number.isFinite(video.duration)) return;
    let spoken = 0;
    for (const cue of cues) {
      const from = (spoken / whole) * video.duration;
      spoken += weight(cue);
      track.addCue(new VTTCue(from, (spoken / whole) * video.duration, cue));
    }
  };
  video.addEventListener('durationchange', fill);
  fill();
}

/** Sentences; long ones in pieces that two lines hold, between words. */
export function cut(script, lang) {
  const cues = [];
  for (const { segment: sentence } of new Intl.Segmenter(lang, { granularity: 'sentence' }).segment(script)) {
    let cue = '';
    for (const { segment: word } of new Intl.Segmenter(lang, { granularity: 'word' }).segment(sentence)) {
      if (cue && (cue + word).trimEnd().length > LONGEST_CUE) {
        cues.push(cue);
        cue = '';
      }
      cue += word;
    }
    cues.push(cue);
  }
  return cues.map((cue) => cue.trim()).filter(Boolean);
}

/** Chinese, Japanese and Korean characters are about three letters each. */
export const weight = (text) => [...text].reduce((sum, letter) => sum + (letter < '\u2e80' ? 1 : 3), 0);

/** A link that ends while the video plays is asked for anew, and play goes on at the same second. */
export function heal(video) {
  let healed = -HEALED;
  let seen = [0, false];
  video.addEventListener('timeupdate', () => {
    if (!video.error) seen = [video.currentTime, !video.paused];
  });
  video.addEventListener('error', () => {
    if (performance.now() - healed < HEALED) return;
    healed = performance.now();
    // Loading anew begins at nought, and says so.
    const [at, playing] = seen;
    const goOn = () => {
      video.currentTime = at;
      // A browser that wants to be asked again shows its own button.
      if (playing) video.play().catch(() => {});
    };
    video.addEventListener('loadedmetadata', goOn, { once: true });
    video.load();
  });
}

function share(url, words) {
  const button = document.createElement('button');
  button.type = 'button';
  button.part = 'share button';
  button.ariaLive = 'polite';
  button.append(words.tell('share'));
  button.addEventListener('click', async () => {
    try {
      if (navigator.share && matchMedia('(pointer: coarse)').matches) return await navigator.share({ url });
      await navigator.clipboard.writeText(url);
      button.textContent = words.tell('shared');
    } catch {
      // Called off, or the page may not: the visitor can still take it by hand.
      button.textContent = url;
    }
  });
  return button;
}
