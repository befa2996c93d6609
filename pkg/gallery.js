/** A presenter who moves while a visitor looks at the picture. Loaded with the first look. */

import { make, shareSheet } from './dom.js';

/** Who only passes over a picture is not looking at it, in milliseconds. */
const LOOK = 200;

let shown;

/**
 * Plays the short film of a presenter until the visitor turns elsewhere.
 *
 * @param {HTMLElement} label whose `data-clip` is the film's address
 */
export function preview(label) {
  if (shown?.label === label) return;
  shown?.end();
  // Who wants less to move, or to be loaded, is left in peace.
  if (matchMedia('(prefers-reduced-motion: reduce)').matches || navigator.connection?.saveData) return;
  shareSheet(label.getRootNode(), RULES);
  const clip = make('video', { muted: true, loop: true, autoplay: true, playsInline: true, ariaHidden: 'true', tabIndex: -1 });
  clip.addEventListener('playing', () => clip.classList.add('moves'));
  clip.addEventListener('error', () => clip.remove());
  const leaving = new AbortController();
  const begin = setTimeout(() => {
    clip.src = label.dataset.clip;
    label.querySelector('.face').append(clip);
  }, LOOK);
  const end = () => {
    leaving.abort();
    clearTimeout(begin);
    clip.remove();
    clip.removeAttribute('src');
    if (shown?.label === label) shown = undefined;
  };
  for (const event of ['pointerleave', 'focusout']) label.addEventListener(event, end, { signal: leaving.signal });
  shown = { label, end };
}

const RULES = `
  .face > video { grid-area: 1/1; inline-size: 100%; block-size: 100%; object-fit: cover; object-position: 50% 20%; opacity: 0; transition: opacity 0.2s }
  .face > video.moves { opacity: 1 }
`;
