// The proxy as the tests play it: what the widget asks is written down, and answered as the test says.

let asked, answers, streams;

export function begin(given) {
  asked = [];
  streams = [];
  answers = new Map(JSON.parse(given));
  localStorage.clear();
}

export function answer(call, status, body) {
  answers.set(call, [status, JSON.parse(body)]);
}

export const calls = () => asked.map(({ call }) => call);
export const aborted = () => asked.filter(({ signal }) => signal.aborted).map(({ call }) => call);
export const body = (call) => asked.findLast((ask) => ask.call === call)?.body ?? '';
export const header = (call, name) => asked.findLast((ask) => ask.call === call)?.headers[name] ?? '';

// The test runner fetches, too.
const elsewhere = globalThis.fetch;

globalThis.fetch = (address, request) => (String(address).startsWith('/v1/') ? ask(address, request) : elsewhere(address, request));

const ask = (address, { method, headers, body, signal }) =>
  new Promise((resolve, reject) => {
    const call = `${method} ${address.split('?')[0]}`;
    asked.push({ call, headers, body, signal });
    signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
    const [status, answer] = answers.get(call) ?? [404, {}];
    // A status of 0 is no answer at all; of -1, one that never comes.
    if (status === 0) reject(new TypeError('Failed to fetch'));
    else if (status > 0) resolve(new Response(JSON.stringify(answer), { status }));
  });

globalThis.EventSource = class EventSource extends EventTarget {
  static CLOSED = 2;
  readyState = 0;
  constructor(url) {
    super();
    this.url = url;
    streams.push(this);
  }
  close() {
    this.readyState = 2;
  }
};

export const listening = () => streams.filter(({ readyState }) => readyState !== 2).map(({ url }) => url);
export function push(job) {
  const open = streams.filter(({ readyState }) => readyState !== 2);
  for (const stream of open) stream.dispatchEvent(new MessageEvent('job', { data: job }));
}

/** The next turn of the event loop: everything that was due has happened by then. */
export const turn = () => new Promise((resolve) => setTimeout(resolve));
