/** Why a model could not be read from its files. Plain data: the place and what was expected are in the message. */
export type ModelProblem = {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
};

const LONGEST_QUOTE = 60;

/** A value of a file as it may stand in a message: JSON, short, nothing that a terminal would act on. */
export function quoteValue(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, LONGEST_QUOTE)) : describeValue(value);
  return text.replace(/[^\x20-\x7e]/g, '?');
}

function describeValue(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}
