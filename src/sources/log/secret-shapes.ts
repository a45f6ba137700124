import {MASK} from '../../shared/mask-arguments.ts';

/** What a key may consist of, without what separates parts of an address or of a setting. Read once: the time is linear. */
const words = /[A-Za-z0-9_.~+-]{12,}/g;

/** How keys of well-known services begin: Hugging Face, OpenAI and others, GitHub, GitLab, AWS, Slack, NVIDIA, Google. */
const prefixes: readonly {readonly prefix: string; readonly least: number}[] = [
  {prefix: 'hf_', least: 19},
  {prefix: 'sk-', least: 19},
  {prefix: 'sk_', least: 19},
  {prefix: 'ghp_', least: 20},
  {prefix: 'gho_', least: 20},
  {prefix: 'ghu_', least: 20},
  {prefix: 'ghs_', least: 20},
  {prefix: 'ghr_', least: 20},
  {prefix: 'github_pat_', least: 30},
  {prefix: 'glpat-', least: 20},
  {prefix: 'AKIA', least: 20},
  {prefix: 'ASIA', least: 20},
  {prefix: 'xoxa-', least: 15},
  {prefix: 'xoxb-', least: 15},
  {prefix: 'xoxe-', least: 15},
  {prefix: 'xoxp-', least: 15},
  {prefix: 'xoxr-', least: 15},
  {prefix: 'xoxs-', least: 15},
  {prefix: 'xapp-', least: 15},
  {prefix: 'nvapi-', least: 20},
  {prefix: 'AIza', least: 30},
  {prefix: 'npm_', least: 30},
  {prefix: 'pypi-', least: 30},
];

/** Of a GPU, a run, a request: RFC 9562. */
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;
const LEAST_RANDOM_CHARACTERS = 32;
const LEAST_CLASSES = 3;
/** Characters that follow one of another class (upper, lower, digit): about 0.6 in random text, 0.2 in names. */
const LEAST_CHANGES = 0.35;

/** Text without keys of a well-known form, JSON web tokens, and credentials in addresses. */
export function maskSecretShapes(text: string): string {
  return maskCredentials(text.replaceAll(words, (word) => (isLong(word) ? maskWord(word) : word)));
}

/** The same without long random texts, as keys of any other service are: only for what leaves the node. */
export function maskRandomText(text: string): string {
  return text.replaceAll(words, (word) => (isRandom(word) ? MASK : word));
}

function isLong({length}: string): boolean {
  return length >= 15;
}

/** Everything from the beginning of a key to the end of the word. */
function maskWord(word: string): string {
  let first = word.length;
  for (const {prefix, least} of prefixes) {
    const at = startOfKey(word, prefix);
    if (at >= 0 && word.length - at >= least) first = Math.min(first, at);
  }
  const token = startOfWebToken(word);
  if (token >= 0) first = Math.min(first, token);
  return first === word.length ? word : word.slice(0, first) + MASK;
}

/** Where the prefix begins a part of the word: `task-0123` has no `sk-`. */
function startOfKey(word: string, prefix: string): number {
  for (let at = word.indexOf(prefix); at >= 0; at = word.indexOf(prefix, at + 1)) {
    if (at === 0 || !/[A-Za-z0-9]/.test(word[at - 1] ?? '')) return at;
  }
  return -1;
}

/** RFC 7519: three parts of base64url, the first a JSON object. A cut one has at least a part of the second. */
function startOfWebToken(word: string): number {
  const at = word.indexOf('eyJ');
  if (at < 0) return -1;
  const dot = word.indexOf('.', at);
  return dot - at >= 10 && word.length - dot > 10 ? at : -1;
}

function isRandom(word: string): boolean {
  if (word.length < LEAST_RANDOM_CHARACTERS || uuid.test(word)) return false;
  let changes = 0;
  let before = classOf(word.charCodeAt(0));
  const seen = new Set([before]);
  for (let index = 1; index < word.length; index += 1) {
    const now = classOf(word.charCodeAt(index));
    seen.add(now);
    if (now !== before) changes += 1;
    before = now;
  }
  seen.delete('other');
  return seen.size >= LEAST_CLASSES && changes / word.length >= LEAST_CHANGES;
}

function classOf(code: number): 'digit' | 'upper' | 'lower' | 'other' {
  if (code >= 48 && code <= 57) return 'digit';
  if (code >= 65 && code <= 90) return 'upper';
  return code >= 97 && code <= 122 ? 'lower' : 'other';
}

/** `https://user:password@host`: what stands before the last `@` of the authority. */
function maskCredentials(text: string): string {
  let rest = 0;
  let masked = '';
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 3)) {
    const start = at + 3;
    const end = endOfAuthority(text, start);
    const sign = text.lastIndexOf('@', end - 1);
    if (sign > start) {
      masked += `${text.slice(rest, start)}${MASK}`;
      rest = sign;
    }
  }
  return masked + text.slice(rest);
}

function endOfAuthority(text: string, start: number): number {
  let end = start;
  while (end < text.length && !/[\s/?#"'<>\\]/.test(text[end] ?? '')) end += 1;
  return end;
}
