/** Every state in which a visitor may meet the widget. */

import { createClient } from '../client.js';
import { before, gone, silence, standIn } from './stand-in.js';

const SCRIPT = 'Good morning, Ms Berger. Your room looks out over the lake, and breakfast waits for you from seven.';
const LONG = [
  'Welcome to Fjellheim. We are glad that you are here, and would like to show you around before you unpack.',
  'Behind the house begins the path to the waterfall. It takes an hour there and back, and good shoes are enough. In the evening the light falls through the spray.',
  'Breakfast is served from seven to ten in the old kitchen. The bread is baked in the house, the butter comes from the farm on the other side of the lake.',
  'There is a boat at the landing stage, which is yours for as long as you stay. The life jackets hang in the shed, in all sizes, and the water is colder than it looks.',
  'If you would like to see the stars, tell us: we turn off the lights in the garden from ten on, and there are blankets and something hot to drink on the terrace.',
  'On the shelf in the hall are the games and the books. Take what you like, and leave one of your own for whoever comes next. The fire is lit at six.',
  'On Fridays we cook together: bread soup, trout from the lake, and pancakes with cloudberries. Tell us the evening before how many of you come.',
  'We wish you a wonderful stay, and are there for you day and night.',
].join(' ');

const job = (status, more) => ({ job_id: 'stand-in', status, created_at: '2026-06-01T12:00:00Z', ...more });
const COMPLETED = job('completed', { duration: 7, video_url: `${location.origin}/stand-in.mp4` });
const made = (answer) => ({ 'POST /v1/video-avatars': { status: 201, body: answer }, 'GET /v1/video-avatars/stand-in': answer });
const refusal = (status, code) => ({ status, body: { error: { code, message: code }, request_id: 'stand-in' } });

/** Resolves as soon as something is there. */
export const until = (find) =>
  new Promise((resolve) => {
    const look = () => {
      const found = find();
      if (found) resolve(found);
      else requestAnimationFrame(look);
    };
    look();
  });

const part = (element, name) => until(() => element.shadowRoot?.querySelector(`[part~=${name}]`));
/** The form, and all that it loads. */
const form = async (element) => {
  await until(() => element.shadowRoot?.querySelectorAll('[part~=avatar], [part~=voice]').length > 1);
  await until(() => ['avatar', 'voice'].every((name) => element.shadowRoot.querySelector(`[name=${name}]:checked`)));
};
const write = async (element, text) => {
  await form(element);
  const script = await part(element, 'script');
  script.value = text;
  script.dispatchEvent(new Event('input', { bubbles: true }));
};
const send = async (element, text = SCRIPT) => {
  await write(element, text);
  (await part(element, 'generate')).click();
};
const heard = (element, event) => new Promise((resolve) => element.addEventListener(`konpro-${event}`, resolve, { once: true }));
const wait = async (element, event) => {
  const told = heard(element, event);
  await send(element);
  await told;
};
/** Sent so many seconds ago. */
const since = async (element, seconds) => {
  await before(seconds, () => wait(element, 'created'));
  const progress = await part(element, 'progress');
  const { value } = progress;
  // The widget looks at the clock once a second.
  await until(() => progress.value !== value);
};
const refused = async (element) => {
  await send(element);
  await part(element, 'message');
};
const open = async (element, name) => {
  const details = await part(element, name);
  details.open = true;
  return details;
};

const slotted = (name, slot, text) => Object.assign(document.createElement(name), { slot, textContent: text });

/** Two real videos, made once for all states that show some. */
const TEXTS = [SCRIPT, 'There is a boat at the landing stage, which is yours for as long as you stay.'];
const videos = (async () => {
  const client = createClient();
  const [avatars, voices] = await Promise.all([client.avatars(), client.voices()]);
  const request = { avatar_id: avatars.avatars[0].id, voice_id: voices.voices[0].id };
  return Promise.all(TEXTS.map((text) => client.generate({ ...request, text })));
})();

const film = async (element, places) => {
  const jobs = await videos;
  const job_id = places.map((place) => jobs[place].job_id).join(' ');
  const texts = places.map((place) => TEXTS[place]);
  // The widget knows what was said from its list of videos.
  const entry = { job_id, status: 'completed', text: texts.join(' '), texts, at: Date.now() };
  if (element.endpoint) localStorage.setItem(`konpro-video ${element.endpoint} history`, JSON.stringify([entry]));
  element.jobId = job_id;
  await until(() => element.shadowRoot?.querySelector('video')?.readyState > 0);
};

/**
 * @type {{[name: string]: {says: string, attributes?: object, inside?: Node[], act?: (element: HTMLElement) => Promise<void>}}} `says` what it is; `act` brings the
 * widget there
 */
export const STATES = {
  composing: { says: 'Nothing is written yet', act: form },
  written: { says: 'A script, and what it will be', act: (it) => write(it, SCRIPT) },
  plan: { says: 'A long script', act: async (it) => (await write(it, LONG), await part(it, 'plan')) },
  over: { says: 'A script that is too long', attributes: { endpoint: standIn('over', { 'GET /v1/limits': { max_text: 60 } }) }, act: (it) => write(it, SCRIPT) },
  blank: { says: 'Sent without a script', act: async (it) => (await send(it, ''), await part(it, 'message')) },
  language: {
    says: 'A script in another language than the voice',
    act: (it) => write(it, 'Доброе утро! Ваш номер выходит на озеро.'),
  },
  kinds: {
    says: 'Presenters of one’s own',
    attributes: {
      endpoint: standIn('kinds', {
        'GET /v1/avatars': {
          avatars: ['Ada', 'Ben', 'Cleo', 'Our director'].map((name, place) => ({ id: name, name, scope: place > 2 ? 'private' : 'public' })),
          pagination: { page: 1, limit: 20, total: 4, total_pages: 1 },
        },
      }),
    },
    act: form,
  },
  settings: {
    says: 'Settings, with a picture of one’s own behind the presenter',
    act: async (it) => {
      await form(it);
      await open(it, 'settings');
      const background = await part(it, 'background');
      background.value = 'https://';
      background.dispatchEvent(new Event('change'));
      it.shadowRoot.activeElement?.blur();
    },
  },
  slots: {
    says: 'With the page’s own words above and below',
    inside: [slotted('h2', 'header', 'A greeting for your guest'), slotted('p', 'footer', 'We send it with the booking.')],
    act: form,
  },
  loading: { says: 'Lists on their way', attributes: { endpoint: standIn('loading', { 'GET /v1/': silence }) }, act: (it) => part(it, 'avatars') },
  lists: {
    says: 'Lists that did not come',
    attributes: { endpoint: standIn('lists', { 'GET /v1/avatars': refusal(503, 'UPSTREAM_UNAVAILABLE'), 'GET /v1/voices': refusal(503, 'UPSTREAM_UNAVAILABLE') }) },
    act: (it) => until(() => it.shadowRoot?.querySelectorAll('[part~=more]').length === 2),
  },
  queued: {
    says: 'Third in the queue',
    attributes: { endpoint: standIn('queued', made(job('pending', { queue_position: 3, estimated_time: 400 }))) },
    act: (it) => wait(it, 'created'),
  },
  making: {
    says: 'Being made',
    attributes: { endpoint: standIn('making', made(job('processing', { estimated_time: 120 }))) },
    act: (it) => since(it, 48),
  },
  late: {
    says: 'Later than was foretold',
    attributes: { endpoint: standIn('late', made(job('processing', { estimated_time: 60 }))) },
    act: (it) => since(it, 200),
  },
  lost: {
    says: 'The connection is lost while it waits',
    attributes: { endpoint: standIn('lost', { 'POST /v1/video-avatars': gone }) },
    act: async (it) => (await send(it), await part(it, 'waiting')),
  },
  ready: { says: 'Ready', attributes: { history: 'off', text: SCRIPT }, act: async (it) => (await film(it, [0]), await part(it, 'share')) },
  parts: {
    says: 'Ready, in parts',
    attributes: { endpoint: location.origin, controls: 'script' },
    act: async (it) => (await film(it, [0, 1, 0]), await part(it, 'seek')),
  },
  unplayable: {
    says: 'A video that cannot be played',
    attributes: { endpoint: standIn('unplayable', made(COMPLETED)) },
    act: async (it) => (await send(it), await until(() => it.shadowRoot.querySelector('.broken:not([hidden])'))),
  },
  quota: { says: 'As many videos as are allowed', attributes: { endpoint: standIn('quota', { 'POST /v1/video-avatars': refusal(429, 'QUOTA_EXCEEDED') }) }, act: refused },
  failed: {
    says: 'It could not be made',
    attributes: { endpoint: standIn('failed', made(job('failed', { error: { code: 'RENDER_FAILED', message: 'stand-in' } }))) },
    act: refused,
  },
  blocked: {
    says: 'The page’s policy keeps it from its proxy',
    attributes: { endpoint: 'https://proxy.example.com' },
    act: async (it) => {
      await part(it, 'script');
      await part(it, 'message');
    },
  },
  history: {
    says: 'What was made before',
    attributes: { endpoint: standIn('history', made(COMPLETED)) },
    act: async (it) => {
      await send(it);
      (await part(it, 'another')).click();
      await form(it);
      await open(it, 'history');
    },
  },
};
