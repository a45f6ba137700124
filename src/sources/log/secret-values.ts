import {isSecretValue} from '../../shared/mask-arguments.ts';
import {canBeSecret, isSecretName, isSecretParameter} from '../../shared/secret-names.ts';

/** The secrets among the variables of an environment. */
export function secretsOfEnvironment(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(environment).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return isSecretName(name) ? secretOf(value) : secretsInUrl(value);
  });
}

/**
 * The secrets among the values of a plain document: those with the name of a secret, the values of options that take one
 * (`--api-key`, `X`), the passwords in addresses, and what identifies the webhooks among `hooks`.
 */
export function secretsOfDocument(document: unknown): readonly string[] {
  if (typeof document === 'string') return secretsInUrl(document);
  if (Array.isArray(document)) return document.flatMap((item, index) => secretsOfItem(item, document[index - 1]));
  if (typeof document !== 'object' || document === null) return [];
  return Object.entries(document).flatMap(([name, value]) => {
    if (name === 'hooks') return [...secretsOfDocument(value), ...urlsIn(value).flatMap(secretsOfWebhook)];
    return typeof value === 'string' && isSecretName(name) ? secretOf(value) : secretsOfDocument(value);
  });
}

function secretsOfItem(item: unknown, before: unknown): readonly string[] {
  if (typeof item !== 'string') return secretsOfDocument(item);
  if (isSecretValue(before, item)) return secretOf(item);
  const at = item.indexOf('=');
  if (at > 0 && isSecretName(item.slice(0, at))) return secretOf(item.slice(at + 1));
  return [...headerValue(item), ...secretsInUrl(item)];
}

function secretOf(value: string): readonly string[] {
  const isFile = /^(?:~|\.{1,2})?\/.*\.[a-z]{2,5}$/.test(value);
  return canBeSecret(value) && !isFile ? [value] : [];
}

/** All addresses among the strings of a value. */
function urlsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.includes('://') ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(urlsIn) : [];
}

/** Of an argument like `Authorization: Bearer X`, as `curl -H` has it. */
function headerValue(argument: string): readonly string[] {
  const at = argument.indexOf(':');
  if (at <= 0 || !isSecretName(argument.slice(0, at))) return [];
  const value = argument.slice(at + 1).trim();
  return [value, ...value.split(/\s+/).slice(1)].filter(canBeSecret);
}

/** The password of an address, and the values of its secret parameters. Empty for a text that is no address. */
function secretsInUrl(text: string): readonly string[] {
  const url = text.includes('://') ? URL.parse(text) : null;
  if (url === null) return [];
  const named = [...url.searchParams].flatMap(([name, value]) =>
    isSecretParameter(name) && canBeSecret(value) ? [value] : [],
  );
  return [url.password, decoded(url.password), ...named].filter((part) => part !== '');
}

/** All of a webhook's address that may be its key: everything but the host and plain words. */
function secretsOfWebhook(text: string): readonly string[] {
  const url = URL.parse(text);
  if (url === null) return [];
  const parts = url.pathname.split('/').filter((part) => !/^[a-z]*$/.test(part));
  return [
    ...secretsInUrl(text),
    ...parts.flatMap((part) => [part, decoded(part)]),
    ...url.searchParams.values(),
  ].filter(canBeSecret);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Not percent-encoded: it is what it is.
    return part;
  }
}
