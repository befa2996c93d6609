/** Languages that are written in several scripts at once. */
const SCRIPTS = { Jpan: ['Han', 'Hira', 'Kana'], Kore: ['Hang', 'Han'], Hans: ['Han'], Hant: ['Han'] };

/** What the widget says, in one language: the sentences of `messages/`, with numbers, times and plurals as the language has them. */
export class Words {
  /**
   * @param {string} lang a language tag, such as `pt-BR`
   * @param {string} dir `ltr` or `rtl`; empty: as the language runs
   * @param {object} sentences those of the language, by name, in the order of `messages/en.js`
   * @param {object} [own] the page's own sentences, by name
   */
  constructor(lang, dir, sentences, own) {
    this.lang = lang;
    this.dir = dir || (/^(ar|he)\b/.test(lang) ? 'rtl' : 'ltr');
    this.named = { ...sentences, ...own };
    // The page may name what there is none of; the places are the language's.
    this.sentences = Object.keys(sentences).map((name) => this.named[name]);
    this.plurals = new Intl.PluralRules(lang);
    this.names = new Intl.DisplayNames(lang, { type: 'language' });
  }

  /** A sentence by its place; each `{}` is filled in turn. A number is written out, and decides the form. */
  say(place, ...values) {
    return this.#fill(this.sentences[place] ?? '', values);
  }

  #fill(sentence, values) {
    sentence = sentence[this.plurals.select(values[0])] ?? sentence.other ?? sentence;
    return sentence.replaceAll('{}', () => {
      const value = values.shift();
      return typeof value === 'number' ? this.number(value) : value;
    });
  }

  /** The same by its name. */
  tell(name, ...values) {
    return this.#fill(this.named[name], values);
  }

  /** So many seconds, as exact as anybody wants to know it: "40 seconds", "3 minutes". */
  duration(seconds) {
    const [unit, size] = seconds < 60 ? ['second', 1] : seconds < 5400 ? ['minute', 60] : ['hour', 3600];
    return this.number(Math.max(1, Math.round(seconds / size)), { style: 'unit', unit, unitDisplay: 'long' });
  }

  /** A sentence about a time, in a unit of `Intl.NumberFormat`'s. */
  time(place, time, unit) {
    return this.say(place, this.number(time, { style: 'unit', unit, unitDisplay: 'long' }));
  }

  /** A sentence that names a language whose letters a text is not written in; empty where it is. */
  mismatch(place, text, tag) {
    return this.isForeign(text, tag) ? this.say(place, this.language(tag)) : '';
  }

  /** Whether a text is written in letters that a language does not use. */
  isForeign(text, tag) {
    try {
      const { script } = new Intl.Locale(tag).maximize();
      const used = SCRIPTS[script] ?? [script];
      const own = new RegExp(used.map((name) => `\\p{Script=${name}}`).join('|'), 'u');
      const letters = text.match(/\p{L}/gu) ?? [];
      return letters.length > 3 && letters.filter((letter) => own.test(letter)).length < letters.length / 2;
    } catch {
      return false;
    }
  }

  /** Tells a widget's frame which language it is in, and how that runs. */
  mark(root) {
    Object.assign(root.querySelector('section'), { lang: this.lang, dir: this.dir });
  }

  number(number, options) {
    return new Intl.NumberFormat(this.lang, options).format(number);
  }

  /** Whether a language is the one that is spoken, in whichever country. */
  speaks(tag) {
    return tag.slice(0, 2) === this.lang.slice(0, 2);
  }

  /** A language as it is called; a tag that is none as it is. */
  language(tag) {
    try {
      return this.names.of(tag);
    } catch {
      return tag;
    }
  }
}

/** For whoever cannot call a constructor. */
export const words = (...what) => new Words(...what);
