/** Names of secrets that engines and their hub print, as they write them: `api_key`, `--api-key`, `HF_TOKEN`. */
export const engineSecretNames = ['api_key', 'apikey', 'hf_token', 'auth_token', 'access_token', 'password'] as const;

/** Parts that say by themselves that the value is a secret, wherever they stand: `PASSWD_X`. */
const strong = /^(?:secrets?|passwords?|passwd|passphrases?|credentials?)$/;
/** Last parts that say so with what stands before them: `VLLM_API_KEY`, `hfToken`, `X-Auth-Token`. */
const weak = /^(?:(?:api)?key|token|auth|authorization|cookie)$/;
/** Last parts that say so only after one of the parts in `keyring`: `max_tokens` is a number. */
const several = /^(?:api)?keys$/;
const keyring = /^(?:api|access|secret|private)$/;
/** Keys and tokens of vocabularies, caches, dictionaries and databases. */
const ordinary = new Set(
  (
    'eos bos pad unk sep cls mask stop special next first last new extra image images video audio vision think tool ' +
    'cached cache block hash prefix sort group primary foreign partition kv routing per prompt input output generated ' +
    'missing unexpected unknown invalid duplicate wrong bad no dict state config map lookup any each every max min num'
  ).split(' '),
);
/** What a value is instead: a place, or how much there is of something. */
const otherwise = /^(?:file|path|dir|directory|folder|sock|socket|home|store|count|size|limit|length|type|name|url)$/;
/** Options that vLLM and SGLang also accept cut short: `--api-k`. */
const shortened = /^--(?:api-k|admin-api-k|hf-t|ssl-keyfile-p)/i;

/**
 * True for the name of a variable, an option, a header, a setting or a field that has a secret as its value. `key` alone is
 * the name of a dictionary's key.
 */
export function isSecretName(name: string): boolean {
  if (shortened.test(name)) return true;
  const parts = partsOf(name);
  const last = parts.at(-1) ?? '';
  if (otherwise.test(last)) return false;
  if (parts.some((part) => strong.test(part))) return true;
  const before = parts.at(-2) ?? '';
  if (several.test(last)) return last === 'apikeys' || keyring.test(before);
  return weak.test(last) && !ordinary.has(before) && (before !== '' || last !== 'key');
}

/** The same for a parameter of an address, where a key alone is a secret too. */
export function isSecretParameter(name: string): boolean {
  return isSecretName(name) || name.toLowerCase() === 'key';
}

/** True for the value of a secret name that can be one: not empty, and no number such as a count of tokens. */
export function canBeSecret(value: string): boolean {
  return value !== '' && !/^[\d.,_]{0,7}$/.test(value) && !/^(?:none|null|true|false|undefined)$/i.test(value);
}

function partsOf(name: string): readonly string[] {
  const parts = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  return parts.split(/[^a-z0-9]+/).filter((part) => part !== '');
}
