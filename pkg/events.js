/** The proxy's news of a job: heard by one tab for all that show the job, and by a page about two jobs at a time. */

/** Browsers allow six connections to a host, which the page needs for the rest, too. Jobs beyond these are looked at instead. */
const MOST = 2;
let open = 0;

/** What an `EventSource` is to its listeners; the one tab that has the lock tells the others what it hears. */
class SharedEvents extends EventTarget {
  readyState = EventSource.CONNECTING;
  #channel;
  #source;
  /** What the last arrival needs to know: that it is open, and how the job stands. */
  #last = {};
  #closing = new AbortController();

  constructor(address) {
    super();
    const { locks } = navigator;
    if (!locks) throw new Error('No locks on plain HTTP.');
    const name = `konpro-video ${new URL(address, location)}`;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => {
      if (data.asks) this.#source && Object.values(this.#last).forEach((news) => this.#channel.postMessage(news));
      else if (!this.#source) this.#hear(data);
    };
    this.#channel.postMessage({ asks: true });
    const lead = () => this.#lead(address);
    // Where a frame may not lock, each listens for itself.
    locks.request(name, { signal: this.#closing.signal }, lead).catch(() => this.#closing.signal.aborted || lead());
  }

  /** Listens until it is closed. */
  #lead(address) {
    const source = (this.#source = listen(address));
    for (const type of ['open', 'job', 'error']) {
      source.addEventListener(type, ({ data }) => {
        const news = { type, data, state: source.readyState };
        if (type !== 'error') this.#last[type] = news;
        this.#channel.postMessage(news);
        this.#hear(news);
      });
    }
    return new Promise((resolve) => this.#closing.signal.addEventListener('abort', resolve));
  }

  #hear({ type, data, state }) {
    this.readyState = state;
    this.dispatchEvent(new MessageEvent(type, { data }));
  }

  close() {
    this.#source?.close();
    this.#channel.close();
    this.#closing.abort();
  }
}

/** An event stream, or one that is closed already, where there are enough. */
function listen(address) {
  if (open >= MOST) return closed();
  open++;
  const source = new EventSource(address);
  let counted = true;
  const leave = () => {
    open -= counted;
    counted = false;
  };
  const close = () => {
    leave();
    EventSource.prototype.close.call(source);
  };
  source.addEventListener('error', () => source.readyState === EventSource.CLOSED && leave());
  return Object.assign(source, { close });
}

function closed() {
  const source = Object.assign(new EventTarget(), { readyState: EventSource.CLOSED, close() {} });
  queueMicrotask(() => source.dispatchEvent(new Event('error')));
  return source;
}

/** @param {string} address where the news of a job are */
export function events(address) {
  try {
    return new SharedEvents(address);
  } catch {
    // Then each tab listens for itself.
    return listen(address);
  }
}
