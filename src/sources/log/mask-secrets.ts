import {MASK} from '../../shared/mask-arguments.ts';
import {engineSecretNames} from '../../shared/secret-names.ts';
import {isCodeValue, MOST_READ} from './code-value.ts';

/** Engines print their arguments, including keys, and hub libraries print tokens. */
const hint = /key\\?['"]?\s*[:=]|api-key|token\\?['"]?\s*[:=]|-token|Bearer|password/i;

const names = `(?:${engineSecretNames.join('|')})`;
/** A value ends with its quote, or with the line if it was cut: it never fails to match, so that nothing is read twice. */
const quoted = String.raw`(?:'(?:\\.|[^'\\])*['\\]?|"(?:\\.|[^"\\])*["\\]?)`;
/** What Python and JSON print where there is no secret; a call, `SecretStr('****')`; bytes, masked already. */
const noSecret = String.raw`(?!(?:none|null|true|false)(?![\w-])|\w+[(\[]|[bru]["'])`;

// Each character of a value can match in one way, and no two repeated spaces stand side by side: the time is linear.
/** `api_key='...'`, `"api_key": "..."`, `api_key=b'...'`. */
const named = new RegExp(String.raw`(${names}["']?\s*[=:]\s*[bru]?)(${quoted})`, 'gis');
/** `api_key=['...', '...']`: its start, and each of its items. */
const listStart = new RegExp(String.raw`${names}["']?\s*[=:]\s*\[`, 'gi');
const item = new RegExp(String.raw`([\s,]*)(${quoted})`, 'ys');
/** JSON within a string. */
const escaped = new RegExp(String.raw`(${names}\\["']\s*:\s*\\["'])[^\\"']+`, 'gi');
/** Of an environment: all up to the next space. */
const variable = new RegExp(
  String.raw`((?:${engineSecretNames.join('|').toUpperCase()})=)(?!(?:None|null)(?![\w-]))[^\s'"]+`,
  'g',
);
/** Of an address or a list of settings: up to what separates them. */
const unquoted = new RegExp(String.raw`(${names}=)${noSecret}[^\s'",;&()[\]{}]+`, 'gi');
/** `--api-key ...`, `--api-key=...`, `'--api-key', '...'`. */
const option = new RegExp(
  String.raw`(--(?:api-key|admin-api-key|hf-token|ssl-keyfile-password)(?:[= ]\s*|["']\s*,\s*(?=["'])))(?!["']?--)(${quoted}|[^\s'"]+)`,
  'gis',
);
const header = /(authorization["']?\s*[:=,]\s*b?["']?bearer\s+)[^\s'"]+/gi;
const bearer = /(\bBearer\s+)[\w.~+/=-]{8,}/g;

/** A log line without the secrets that engines are known to print: `api_key='...'` keeps its name and loses its value. */
export function maskSecrets(text: string): string {
  if (!hint.test(text)) return text;
  return maskLists(text)
    .replace(named, (_, name: string, value: string) => name + maskQuoted(value))
    .replace(option, (_, name: string, value: string) => name + maskQuoted(value))
    .replace(escaped, `$1${MASK}`)
    .replace(variable, maskUnquoted)
    .replace(unquoted, maskUnquoted)
    .replace(header, `$1${MASK}`)
    .replace(bearer, `$1${MASK}`);
}

/** Source code in a traceback stays as it is. */
function maskUnquoted(whole: string, name: string, at: number, text: string): string {
  const start = at + name.length;
  const [value = ''] = /^[^([]*/.exec(whole.slice(name.length)) ?? [];
  const end = start + value.length;
  const rest = text.slice(end, end + MOST_READ);
  return isCodeValue({name: name.slice(0, -1), value, rest, isSpaced: false}) ? whole : name + MASK;
}

function maskLists(text: string): string {
  let masked = '';
  let end = 0;
  for (const start of text.matchAll(listStart)) {
    if (start.index < end) continue;
    item.lastIndex = start.index + start[0].length;
    masked += text.slice(end, item.lastIndex);
    end = item.lastIndex;
    for (let found = item.exec(text); found !== null; found = item.exec(text)) {
      masked += (found[1] ?? '') + maskQuoted(found[2] ?? '');
      end = item.lastIndex;
    }
  }
  return masked + text.slice(end);
}

/** A quoted value keeps its quotes; one that was cut gets the missing one; an empty one is no secret. */
function maskQuoted(value: string): string {
  if (value === "''" || value === '""') return value;
  const quote = /["']/.exec(value)?.[0] ?? '';
  return `${quote}${MASK}${quote}`;
}
