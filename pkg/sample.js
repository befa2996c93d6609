/** How a voice sounds. Loaded when a visitor comes near a button that plays it. */

/** The one sound that is heard, if any, and the button that stops it. */
let heard;

/**
 * Plays a voice's sample, or stops it.
 *
 * @param {HTMLButtonElement} button whose `data-sample` is the sound's address
 * @param {import('./words.js').Words} words
 */
export function toggle(button, words) {
  const again = heard?.button === button;
  heard?.stop();
  if (again) return;
  const sound = new Audio(button.dataset.sample);
  const label = button.ariaLabel;
  const stop = () => {
    sound.pause();
    // Nothing of it is loaded any more.
    sound.removeAttribute('src');
    delete button.dataset.playing;
    button.ariaLabel = label;
    if (heard?.sound === sound) heard = undefined;
  };
  heard = { button, sound, stop };
  button.dataset.playing = '';
  button.ariaLabel = words.tell('stop_sample', button.closest('.row').querySelector('.name').textContent);
  for (const event of ['ended', 'error']) sound.addEventListener(event, stop);
  // The list may be gone, and with it what would stop the sound.
  sound.addEventListener('timeupdate', () => button.checkVisibility() || stop());
  sound.play().catch(stop);
}
