import {detailsSchema} from '../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {isSecretValue, MASK} from '../../shared/mask-arguments.ts';
import {canBeSecret, isSecretName} from '../../shared/secret-names.ts';
import {createKnownSecrets, type LineMask} from './known-secrets.ts';
import {maskNamedValues} from './mask-named-values.ts';
import {maskPrompts} from './mask-prompts.ts';
import {maskSecrets} from './mask-secrets.ts';
import {maskRandomText, maskSecretShapes} from './secret-shapes.ts';
import {secretsOfDocument, secretsOfEnvironment} from './secret-values.ts';

/** Removes secrets and prompts from everything that leaves the node. */
export type Redaction = {
  readonly text: (text: string) => string;
  /** The same for every string in a plain value, and for values whose name or option means a secret. */
  readonly value: (value: unknown) => unknown;
};

/** Where the values come from that are removed everywhere, besides the known formats. */
export type SecretSources = {
  readonly environments?: readonly Readonly<Record<string, string | undefined>>[];
  /** A configuration as plain values. */
  readonly documents?: readonly unknown[];
};

/** The secret values of these sources. */
export function secretsIn({environments = [], documents = []}: SecretSources): readonly string[] {
  return [...environments.flatMap(secretsOfEnvironment), ...documents.flatMap(secretsOfDocument)];
}

/** Masks the lines of one text in order: values that are known, and what looks or is named like a secret. */
export function createSecretMask(secrets: readonly string[]): () => LineMask {
  const known = createKnownSecrets(secrets);
  return () => {
    const mask = known.lineMask();
    return (line) => maskSecrets(maskNamedValues(maskSecretShapes(mask(line))));
  };
}

/** A whole text without secrets, line by line. */
export type TextMask = (text: string) => string;

/** Masks whole texts, each by itself, with a new mask of lines. */
export function createTextMask(newMask: () => LineMask): TextMask {
  return (text) => text.split('\n').map(newMask()).join('\n');
}

/** A finding made of unmasked text, without secrets: its sentences, and the same words in its details. */
export function maskFinding(finding: Finding, mask: TextMask): Finding {
  const {message, evidence, remedy, details} = finding;
  return {
    ...finding,
    message: mask(message),
    evidence: evidence === null ? null : mask(evidence),
    remedy: mask(remedy),
    ...(details === undefined ? {} : {details: detailsSchema.parse(maskValue(details, mask))}),
  };
}

/** A plain value without secrets: every string in it, and values whose name or option means a secret. */
export function maskValue(item: unknown, mask: TextMask): unknown {
  if (typeof item === 'string') return mask(item);
  if (Array.isArray(item))
    return item.map((one, index) => (isSecretValue(item[index - 1], one) ? MASK : maskValue(one, mask)));
  if (typeof item !== 'object' || item === null) return item;
  return Object.fromEntries(
    Object.entries(item).map(([name, one]) => [
      mask(name),
      typeof one === 'string' && isSecretName(name) && canBeSecret(one) ? MASK : maskValue(one, mask),
    ]),
  );
}

/** Removes the secrets of these sources, everything that looks or is named like one, and prompts. */
export function createRedaction(sources: SecretSources = {}): Redaction {
  const newMask = createSecretMask(secretsIn(sources));
  const newLineRedaction = (): LineMask => {
    const mask = newMask();
    return (line) => maskPrompts(maskRandomText(mask(line)));
  };
  const text = createTextMask(newLineRedaction);
  return {text, value: (item) => maskValue(item, text)};
}
