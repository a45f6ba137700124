/** Whole numbers below this are exact, and printed without an exponent. */
const MOST_GROUPED = 1e15;

/** `1,482`; what rounds to zero has no sign. Plans write hundreds of them: grouping by hand costs a tenth of `Intl`. */
export function countText(value: number): string {
  const magnitude = Math.round(Math.abs(value));
  if (!(magnitude < MOST_GROUPED)) return decimalText(value, 0);
  const digits = String(magnitude);
  let text = digits.slice(-3);
  for (let end = digits.length - 3; end > 0; end -= 3) text = `${digits.slice(Math.max(0, end - 3), end)},${text}`;
  return value < 0 && magnitude > 0 ? `-${text}` : text;
}

/** A noun with its count: `1 GPU`, `8 GPUs`. */
export function countedText(count: number, singular: string): string {
  return `${countText(count)} ${singular}${count === 1 ? '' : 's'}`;
}

/** The first texts, and how many there are besides: `a; b; 3 more`. */
export function limitedList(texts: readonly string[], mostNamed: number): string {
  const hidden = texts.length - mostNamed;
  return [...texts.slice(0, mostNamed), ...(hidden > 0 ? [`${countText(hidden)} more`] : [])].join('; ');
}

/** `1.4M`, `262k`, `982`. */
export function compactText(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 999.95e6) return `${decimalText(value / 1e9, 1)}G`;
  if (magnitude >= 999.5e3) return `${decimalText(value / 1e6, 1)}M`;
  if (magnitude >= 9_999.5) return `${decimalText(value / 1e3, 0)}k`;
  return countText(value);
}

/** Parameters of a model: `1.027T`, `31.7B`. */
export function parametersText(count: number): string {
  return count >= 999.5e9 ? `${decimalText(count / 1e12, 3)}T` : `${decimalText(count / 1e9, 1)}B`;
}

/** A context as engines' users write it: `128K` in whole thousands of 1,024 tokens, rounded down. */
export function contextText(tokens: number): string {
  return `${Math.floor(tokens / 1024)}K`;
}

const decimals = new Map<number, Intl.NumberFormat>();

/** With so many digits behind the point: `2.97`, `1,030.1`. */
export function decimalText(value: number, digits: number): string {
  let format = decimals.get(digits);
  if (format === undefined) {
    format = new Intl.NumberFormat('en-US', {minimumFractionDigits: digits, maximumFractionDigits: digits});
    decimals.set(digits, format);
  }
  return format.format(withoutNegativeZero(value, digits));
}

/** A value that rounds to zero has no sign. */
function withoutNegativeZero(value: number, digits: number): number {
  return Math.abs(value) < 0.5 / 10 ** digits ? 0 : value;
}
