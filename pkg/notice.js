/** A word when the video is ready, for a visitor who has gone to do something else meanwhile. Loaded while one is made. */

import { shareSheet } from './dom.js';

/** With one more button there is more to see than the picture has room for: then it grows. */
const RULES = `
  [data-phase="working"] .stage { aspect-ratio: auto }
  [data-phase="working"] .stage::before { grid-area: 1/1; align-self: start; min-inline-size: 0; aspect-ratio: 16/9; content: "" }
  [data-phase="working"] .stage > img { position: absolute; inset: 0 }
`;

/**
 * Offers it, where it can be had and was not decided on before.
 *
 * @param {ShadowRoot} root of an element that waits for a video
 * @param {import('./words.js').Words} words
 */
export function offer(root, words) {
  shareSheet(root, RULES);
  const waiting = root.querySelector('[part~=waiting]');
  if (globalThis.Notification?.permission !== 'default' || !waiting || waiting.querySelector('[part~=notify]')) return;
  const button = document.createElement('button');
  button.type = 'button';
  button.part = 'notify button';
  button.append(words.tell('notify'));
  button.addEventListener('click', async () => {
    // Whatever the visitor says, it is not asked for again.
    await Notification.requestPermission();
    waiting.focus();
    button.remove();
  });
  waiting.append(button);
}

/** Tells of a finished video, unless the visitor is looking at it. */
export function tell(root, words) {
  if (globalThis.Notification?.permission !== 'granted' || !document.hidden) return;
  try {
    const script = root.querySelector('[part~=quote]')?.textContent ?? '';
    const notice = new Notification(words.tell('ready'), { body: script.slice(0, 120), lang: words.lang, dir: words.dir });
    notice.addEventListener('click', () => {
      window.focus();
      root.host.scrollIntoView();
      notice.close();
    });
  } catch {
    // On phones only a service worker may: then the page says it when it is looked at.
  }
}
