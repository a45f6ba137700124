/** A value that could not be read, with the reason as text. Never means zero. */
export type Absent = {readonly absent: string};

/**
 * A value that was read, or the reason why it was not. A present value is the plain value itself, so that JSON stays
 * readable: `"memoryUsedBytes": 1234` or `"memoryUsedBytes": {"absent": "not supported by this GPU"}`.
 * T must not itself be an object with an `absent` property.
 */
export type Reading<T> = T | Absent;

/** An absent reading. `reason` is a short phrase for the operator, without a period. */
export function absent(reason: string): Absent {
  return {absent: reason};
}

/** True when the reading has no value. */
export function isAbsent<R>(reading: R): reading is Extract<R, Absent> {
  return typeof reading === 'object' && reading !== null && 'absent' in reading;
}

/** True when the reading has a value. */
export function isPresent<R>(reading: R): reading is Exclude<R, Absent> {
  return !isAbsent(reading);
}

/** True for a known number above zero. */
export function isAboveZero(reading: Reading<number>): boolean {
  return isPresent(reading) && reading > 0;
}

/** The value, or null without one: for documents that know null. */
export function valueOrNull<T>(reading: Reading<T> | undefined): T | null {
  return reading === undefined || isAbsent(reading) ? null : reading;
}

/** Applies `f` to a present value; an absent one stays absent with its reason. */
export function mapReading<T, U>(reading: Reading<T>, f: (value: T) => U): Reading<U> {
  return isAbsent(reading) ? reading : f(reading);
}

/** Combines two readings; absent, with the first reason, when either is absent. */
export function combineReadings<A, B, C>(a: Reading<A>, b: Reading<B>, f: (a: A, b: B) => C): Reading<C> {
  if (isAbsent(a)) return a;
  if (isAbsent(b)) return b;
  return f(a, b);
}
