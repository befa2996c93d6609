import { Words } from './words.js';

/** Each language is loaded when it is needed. One import for each, so that bundlers find them. */
const LANGUAGES = {
  en: () => import('./messages/en.js'),
  de: () => import('./messages/de.js'),
  fr: () => import('./messages/fr.js'),
  es: () => import('./messages/es.js'),
  pt: () => import('./messages/pt.js'),
  it: () => import('./messages/it.js'),
  ja: () => import('./messages/ja.js'),
  zh: () => import('./messages/zh.js'),
  ko: () => import('./messages/ko.js'),
  hi: () => import('./messages/hi.js'),
  ar: () => import('./messages/ar.js'),
  he: () => import('./messages/he.js'),
};

/** The language that an element is in, through all shadow roots around it. */
const langOf = (node) => node && (node.lang || langOf(node.parentElement ?? node.getRootNode().host));

/**
 * What is said in the language of the page, or else of the visitor.
 *
 * @param {HTMLElement} element
 * @param {object} [own] the page's own sentences, by name
 */
export async function wordsFor(element, own) {
  const known = (tag) => LANGUAGES[tag.toLowerCase().split('-')[0]];
  const lang = [langOf(element), ...(navigator.languages ?? []), 'en'].find((tag) => tag && known(tag));
  const { default: sentences } = await known(lang)();
  return new Words(lang, element.dir, sentences, own);
}
