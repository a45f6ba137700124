import {maskPrompts} from './mask-prompts.ts';
import {maskSecrets} from './mask-secrets.ts';

const MASK = '****';
/** Shorter values are words that stand in any text. */
const FEWEST_SECRET_CHARACTERS = 6;

const secretVariable = /key|token|secret|password|passwd|credential/i;
/** `--api-key`, `--hf-token`, `admin_password`; not `--max-total-tokens`. */
const secretOption = /(?:key|token|secret|password|passphrase)$/i;

/** Takes secrets and prompts out of whatever leaves the node. */
export type Redaction = {
  readonly text: (text: string) => string;
  /** The same of every text in a plain value, and of values whose name or option says that they are secret. */
  readonly value: (value: unknown) => unknown;
};

/** Beside what engines are known to print, the values of secret variables are taken out wherever they stand. */
export function createRedaction(...environments: readonly Readonly<Record<string, string | undefined>>[]): Redaction {
  const secrets = environments
    .flatMap((environment) => Object.entries(environment))
    .filter(([name, value]) => secretVariable.test(name) && (value?.length ?? 0) >= FEWEST_SECRET_CHARACTERS)
    .map(([, value]) => value ?? '')
    // A secret that holds another one goes first.
    .sort((a, b) => b.length - a.length);
  const text = (line: string): string => {
    const known = secrets.reduce((rest, secret) => rest.replaceAll(secret, MASK), line);
    return maskPrompts(maskSecrets(known));
  };
  const value = (item: unknown): unknown => {
    if (typeof item === 'string') return text(item);
    if (Array.isArray(item)) return item.map((one, index) => (isOptionValue(item[index - 1], one) ? MASK : value(one)));
    if (typeof item !== 'object' || item === null) return item;
    return Object.fromEntries(
      Object.entries(item).map(([name, one]) => [
        text(name),
        typeof one === 'string' && secretOption.test(name) ? MASK : value(one),
      ]),
    );
  };
  return {text: (lines) => lines.split('\n').map(text).join('\n'), value};
}

function isOptionValue(option: unknown, value: unknown): boolean {
  return (
    typeof option === 'string' &&
    typeof value === 'string' &&
    option.startsWith('-') &&
    !value.startsWith('-') &&
    secretOption.test(option)
  );
}
