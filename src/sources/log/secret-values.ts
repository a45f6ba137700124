/** Parts of a name, of which one says that the value is a secret: `VLLM_API_KEY`, `hfToken`, `DB-PASSWORD`. */
const secretWord =
  /^(?:api)?(?:keys?|tokens?|secrets?|passw(?:or)?ds?|passphrases?|passwd|credentials?|auth|authorization|cookies?)$/i;

/** True for a variable, a setting, a header or a parameter that has a secret as its value. */
export function namesSecret(name: string): boolean {
  return partsOf(name).some((part) => secretWord.test(part));
}

function partsOf(name: string): readonly string[] {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').split(/[^A-Za-z0-9]+/);
}

/** The secrets among the variables of an environment. */
export function secretsOfEnvironment(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(environment).flatMap(([name, value]) => {
    if (value === undefined || value === '') return [];
    return namesSecret(name) ? [value] : secretsInUrl(value);
  });
}

/**
 * The secrets among the values of a plain document: those with the name of a secret, the values of options that take one
 * (`--api-key`, `X`), the passwords in addresses, and what identifies a webhook.
 */
export function secretsOfDocument(document: unknown): readonly string[] {
  if (typeof document === 'string') return secretsInUrl(document);
  if (Array.isArray(document)) {
    return document.flatMap((item, index) => {
      if (typeof item !== 'string') return secretsOfDocument(item);
      const before: unknown = document[index - 1];
      if (typeof before === 'string' && before.startsWith('-') && !item.startsWith('-') && namesSecret(before)) {
        return [item];
      }
      const at = item.indexOf('=');
      if (at > 0 && namesSecret(item.slice(0, at))) return [item.slice(at + 1)];
      return [...headerValue(item), ...(item.includes('://') ? secretsOfWebhook(item) : [])];
    });
  }
  if (typeof document !== 'object' || document === null) return [];
  return Object.entries(document).flatMap(([name, value]) =>
    typeof value === 'string' ? secretsOfText(name, value) : secretsOfDocument(value),
  );
}

function secretsOfText(name: string, value: string): readonly string[] {
  if (namesSecret(name)) return [value];
  return name === 'url' ? secretsOfWebhook(value) : secretsInUrl(value);
}

/** Of an argument like `Authorization: Bearer X`, as `curl -H` has it. */
function headerValue(argument: string): readonly string[] {
  const at = argument.indexOf(':');
  if (at <= 0 || !namesSecret(argument.slice(0, at))) return [];
  const value = argument.slice(at + 1).trim();
  return [value, ...value.split(/\s+/).slice(1)];
}

/** The password of an address, and the values of its secret parameters. Empty for a text that is no address. */
function secretsInUrl(text: string): readonly string[] {
  const url = text.includes('://') ? URL.parse(text) : null;
  if (url === null) return [];
  const named = [...url.searchParams].flatMap(([name, value]) => (namesSecret(name) ? [value] : []));
  return [url.password, decoded(url.password), ...named].filter((part) => part !== '');
}

/** All of a webhook's address that may be its key: everything but the host and plain words. */
function secretsOfWebhook(text: string): readonly string[] {
  const url = URL.parse(text);
  if (url === null) return [];
  const parts = url.pathname.split('/').filter((part) => !/^[a-z]*$/.test(part));
  return [...secretsInUrl(text), ...parts.flatMap((part) => [part, decoded(part)]), ...url.searchParams.values()];
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Not percent-encoded: it is what it is.
    return part;
  }
}
