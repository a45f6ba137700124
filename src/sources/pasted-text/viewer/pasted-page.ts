import type {NumberedLine} from '../../../engines/log/log-interpreter.ts';
import type {ViewerPrefix} from './viewer-prefixes.ts';

/** Marks of several mails that answer each other. */
const quotation: ViewerPrefix = {name: 'a quotation', pattern: /^(?:> ?){1,8}/};
/** What part of the lines must be quoted. */
const NEARLY_ALL = 0.9;
/** What part of the lines stands at most above a fence that opens the text of which no other is known. */
const MOST_ABOVE = 0.2;
const fence = /^\s{0,8}(?:`{3,8}|~{3,8})[\w+.-]{0,40}\s*$/;
/** Marks of folded and fixed parts, with nothing else in their line than a title. */
const markup =
  /^\s{0,8}(?:<\/?(?:details|pre|code|p|br|blockquote)\b[^<>]{0,100}>\s*){1,4}(?:<summary>.{0,200})?$|^\s{0,8}<\/?summary>.{0,200}$/i;

/** Fewest lines of text by which it is known that empty ones were put between them, and what part of them may touch. */
const LEAST_SPACED = 4;
const MOST_TOUCHING = 0.1;

/** True where editors put an empty line between every two: no program prints its lines so. */
function isSpaced(texts: readonly string[]): boolean {
  const isEmpty = (text: string | undefined): boolean => text === undefined || text.trim() === '';
  const full = texts.filter((text) => !isEmpty(text)).length;
  const touching = texts.filter((text, index) => !isEmpty(text) && !isEmpty(texts[index + 1])).length;
  return full >= LEAST_SPACED && touching <= full * MOST_TOUCHING;
}

/** Characters as the source of a page has them. */
const entity = /&(?:lt|gt|quot|apos|nbsp|amp|#0?39|#x27|#34|#60|#62);/g;
const characters: Readonly<Partial<Record<string, string>>> = {
  '&lt;': '<',
  '&#60;': '<',
  '&gt;': '>',
  '&#62;': '>',
  '&quot;': '"',
  '&#34;': '"',
  '&nbsp;': ' ',
  '&amp;': '&',
};

/** A line of a page, and whether it is a part of the text that was quoted there. */
export type PageLine = NumberedLine & {readonly isQuoted: boolean};

/** Takes off what the page, or the mail, that a text was copied from has around its lines. */
export class PastedPage {
  #quotation: ViewerPrefix | null = null;
  /** Only between fences is the text that was quoted. */
  #hasFences = false;
  #isInside = true;
  /** An empty line was put between every two. */
  #isSpaced = false;

  /** It is the source of a page: what stands for a mark of it is written as an entity. */
  #isEscaped = false;

  /** What is in front of each line, where it is quoted. */
  get prefixes(): readonly ViewerPrefix[] {
    return this.#quotation === null ? [] : [this.#quotation];
  }

  /** Reads the first lines of a text, by which it is recognized what they have around them. */
  readFirst(lines: readonly NumberedLine[]): readonly PageLine[] {
    const full = lines.map(({text}) => text).filter((text) => text.trim() !== '');
    const said = full.filter((text) => !markup.test(text));
    this.#isEscaped = said.some((text) => text.search(entity) >= 0) && !said.some((text) => text.includes('<'));
    const quoted = full.filter((text) => text.startsWith('>')).length;
    this.#quotation = full.length > 0 && quoted >= full.length * NEARLY_ALL ? quotation : null;
    const fences = full.flatMap((text, index) => (fence.test(this.#unquoted(text)) ? [index] : []));
    // Of a copy that begins or ends within the text, and of the first lines of a long one, only the other fence is there.
    const isOpened = (fences[0] ?? full.length) < full.length * MOST_ABOVE;
    this.#hasFences = fences.length > 1 || isOpened;
    this.#isInside = !this.#hasFences || this.#beginsInside(full);
    this.#isSpaced = isSpaced(lines.map(({text}) => this.#unquoted(text)));
    return lines.flatMap((line) => this.read(line) ?? []);
  }

  /** A fence that names a language opens a part; of others, the longer parts are the quoted ones. */
  #beginsInside(lines: readonly string[]): boolean {
    const texts = lines.map((text) => this.#unquoted(text));
    const fences = texts.flatMap((text, index) => (fence.test(text) ? [index] : []));
    const named = fences.findIndex((at) => /\w\s*$/.test(texts[at] ?? ''));
    if (named >= 0) return named % 2 === 1;
    const ends = [...fences, texts.length];
    const odd = ends.map((end, index) => (index % 2 === 1 ? end - (ends[index - 1] ?? 0) - 1 : 0));
    const quoted = odd.reduce((sum, count) => sum + count, 0);
    return quoted < texts.length - fences.length - quoted;
  }

  /** A line without what is around it; null for one that is of the page alone. */
  read({text: shown, number}: NumberedLine): PageLine | null {
    const text = this.#unquoted(shown);
    if (fence.test(text)) {
      this.#isInside = !this.#isInside || !this.#hasFences;
      return null;
    }
    if (this.#isSpaced && text.trim() === '') return null;
    return markup.test(text) ? null : {text: this.#unescaped(text), number, isQuoted: this.#isInside};
  }

  #unescaped(text: string): string {
    return this.#isEscaped ? text.replace(entity, (found) => characters[found] ?? "'") : text;
  }

  #unquoted(text: string): string {
    return this.#quotation === null ? text : text.replace(this.#quotation.pattern, '');
  }
}
