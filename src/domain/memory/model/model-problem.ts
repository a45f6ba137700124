/** Why a model could not be read from its files. Plain data: the message has the location and the expected value. */
export type ModelProblem = {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
};

const LONGEST_QUOTE = 60;

/** A value from a file made safe for a message: JSON, short, without control sequences. */
export function quoteValue(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, LONGEST_QUOTE)) : describeValue(value);
  return text.replace(/[^\x20-\x7e]/g, '?');
}

function describeValue(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}
