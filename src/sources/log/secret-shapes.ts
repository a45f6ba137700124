import {MASK} from '../../shared/mask-arguments.ts';

/** What a key may consist of, without what separates parts of an address or of a setting. Read once: the time is linear. */
const words = /[A-Za-z0-9_.~+-]{15,}/g;

/** What follows the beginning of a key. */
const letters = /[A-Za-z0-9]*/y;
const capitals = /[A-Z0-9]*/y;
const webSafe = /[A-Za-z0-9_-]*/y;

/**
 * How keys of well-known services begin, what follows, and at least how much of it: Hugging Face, OpenAI and others,
 * GitHub, GitLab, AWS, Slack, NVIDIA, Google, npm, PyPI.
 */
const prefixes: readonly {readonly prefix: string; readonly body: RegExp; readonly least: number}[] = [
  {prefix: 'hf_', body: letters, least: 16},
  {prefix: 'sk-', body: webSafe, least: 16},
  {prefix: 'sk_live_', body: letters, least: 16},
  {prefix: 'sk_test_', body: letters, least: 16},
  {prefix: 'ghp_', body: letters, least: 16},
  {prefix: 'gho_', body: letters, least: 16},
  {prefix: 'ghu_', body: letters, least: 16},
  {prefix: 'ghs_', body: letters, least: 16},
  {prefix: 'ghr_', body: letters, least: 16},
  {prefix: 'github_pat_', body: webSafe, least: 19},
  {prefix: 'glpat-', body: webSafe, least: 14},
  {prefix: 'AKIA', body: capitals, least: 16},
  {prefix: 'ASIA', body: capitals, least: 16},
  {prefix: 'xoxa-', body: webSafe, least: 10},
  {prefix: 'xoxb-', body: webSafe, least: 10},
  {prefix: 'xoxe-', body: webSafe, least: 10},
  {prefix: 'xoxp-', body: webSafe, least: 10},
  {prefix: 'xoxr-', body: webSafe, least: 10},
  {prefix: 'xoxs-', body: webSafe, least: 10},
  {prefix: 'xapp-', body: webSafe, least: 10},
  {prefix: 'nvapi-', body: webSafe, least: 14},
  {prefix: 'AIza', body: webSafe, least: 26},
  {prefix: 'npm_', body: letters, least: 26},
  {prefix: 'pypi-', body: webSafe, least: 25},
];
/** Names of files and functions have neither: `hf_quant_config`, `sk_msg_redirect`. */
const unlikeWords = /[A-Z0-9]/;

/** Of a GPU, a run, a request: RFC 9562. */
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;
const LEAST_RANDOM_CHARACTERS = 32;
/** Names have many short parts: `Qwen3-Coder-480B-A35B-Instruct-FP8`. */
const LEAST_CHARACTERS_PER_PART = 10;
const LEAST_CLASSES = 3;
/** Letters and digits that follow one of another class (upper, lower, digit): about 0.6 in random text, 0.2 in names. */
const LEAST_CHANGES = 0.35;

/** Text without keys of a well-known form, JSON web tokens, and credentials in addresses. */
export function maskSecretShapes(text: string): string {
  return maskCredentials(text.replaceAll(words, maskWord));
}

/** The same without long random texts, as keys of any other service are: only for what leaves the node. */
export function maskRandomText(text: string): string {
  return text.replaceAll(words, (word) => (isRandom(word) ? MASK : word));
}

/** Everything from the beginning of a key to the end of the word. */
function maskWord(word: string): string {
  let first = word.length;
  for (const known of prefixes) {
    const at = startOfKey(word, known);
    if (at >= 0) first = Math.min(first, at);
  }
  const token = startOfWebToken(word);
  if (token >= 0) first = Math.min(first, token);
  return first === word.length ? word : word.slice(0, first) + MASK;
}

/** Where the prefix begins a part of the word, and a key follows: `task-0123` has no `sk-`, `hf_quant_config` no key. */
function startOfKey(word: string, {prefix, body, least}: (typeof prefixes)[number]): number {
  let read = 0;
  for (let at = word.indexOf(prefix); at >= 0; at = word.indexOf(prefix, Math.max(at + 1, read))) {
    if (at > 0 && /[A-Za-z0-9]/.test(word[at - 1] ?? '')) continue;
    body.lastIndex = at + prefix.length;
    const [key = ''] = body.exec(word) ?? [];
    if (key.length >= least && unlikeWords.test(key)) return at;
    // A body that is too short or a name is not read again.
    read = at + prefix.length + Math.max(0, key.length - prefix.length);
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
  const parts = word.split(/[^A-Za-z0-9]+/);
  const characters = parts.reduce((sum, {length}) => sum + length, 0);
  if (characters / parts.length < LEAST_CHARACTERS_PER_PART) return false;
  const seen = new Set<CharacterClass>();
  let changes = 0;
  for (const part of parts) changes += countChanges(part, seen);
  return seen.size >= LEAST_CLASSES && changes / characters >= LEAST_CHANGES;
}

/** How often the class changes within a part; adds the classes to `seen`. */
function countChanges(part: string, seen: Set<CharacterClass>): number {
  let changes = 0;
  let before: CharacterClass | null = null;
  for (let index = 0; index < part.length; index += 1) {
    const now = classOf(part.charCodeAt(index));
    seen.add(now);
    if (before !== null && now !== before) changes += 1;
    before = now;
  }
  return changes;
}

type CharacterClass = 'digit' | 'upper' | 'lower';

/** Of a letter or a digit. */
function classOf(code: number): CharacterClass {
  if (code >= 48 && code <= 57) return 'digit';
  return code >= 65 && code <= 90 ? 'upper' : 'lower';
}

/** `https://user:password@host`: what stands before the last `@` of the authority. */
function maskCredentials(text: string): string {
  let rest = 0;
  let masked = '';
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 3)) {
    const start = at + 3;
    const end = endOfAuthority(text, start);
    // Only the authority is searched: text that repeats `://` is read once.
    const sign = text.slice(start, end).lastIndexOf('@');
    if (sign > 0) {
      masked += `${text.slice(rest, start)}${MASK}`;
      rest = start + sign;
    }
  }
  return masked + text.slice(rest);
}

function endOfAuthority(text: string, start: number): number {
  let end = start;
  while (end < text.length && !/[\s/?#"'<>\\]/.test(text[end] ?? '')) end += 1;
  return end;
}
