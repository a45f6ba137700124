import {isSecretName, isSecretValue, MASK} from '../../shared/mask-arguments.ts';
import {maskPrompts} from './mask-prompts.ts';
import {maskSecrets} from './mask-secrets.ts';

/** Shorter values may be ordinary words. */
const FEWEST_SECRET_CHARACTERS = 6;

const secretVariable = /key|token|secret|password|passwd|credential/i;

/** Removes secrets and prompts from everything that leaves the node. */
export type Redaction = {
  readonly text: (text: string) => string;
  /** The same for every string in a plain value, and for values whose name or option means a secret. */
  readonly value: (value: unknown) => unknown;
};

/** Besides the known formats, values of secret variables are removed everywhere. */
export function createRedaction(...environments: readonly Readonly<Record<string, string | undefined>>[]): Redaction {
  const secrets = environments
    .flatMap((environment) => Object.entries(environment))
    .filter(([name, value]) => secretVariable.test(name) && (value?.length ?? 0) >= FEWEST_SECRET_CHARACTERS)
    .map(([, value]) => value ?? '')
    // A secret that contains another one is replaced first.
    .sort((a, b) => b.length - a.length);
  const text = (line: string): string => {
    const known = secrets.reduce((rest, secret) => rest.replaceAll(secret, MASK), line);
    return maskPrompts(maskSecrets(known));
  };
  const value = (item: unknown): unknown => {
    if (typeof item === 'string') return text(item);
    if (Array.isArray(item)) return item.map((one, index) => (isSecretValue(item[index - 1], one) ? MASK : value(one)));
    if (typeof item !== 'object' || item === null) return item;
    return Object.fromEntries(
      Object.entries(item).map(([name, one]) => [
        text(name),
        typeof one === 'string' && isSecretName(name) ? MASK : value(one),
      ]),
    );
  };
  return {text: (lines) => lines.split('\n').map(text).join('\n'), value};
}
