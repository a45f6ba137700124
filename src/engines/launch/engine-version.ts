/**
 * True when a version as an engine prints it (`0.25.1`, `v0.20.2rc1.dev249+gabc`) is this release or a later one. A
 * pre-release counts as its release; false for a text without a version.
 */
export function isVersionAtLeast(
  version: string,
  [major, minor, patch = 0]: readonly [major: number, minor: number, patch?: number],
): boolean {
  const found = numbersOf(version);
  if (found === null) return false;
  for (const [index, wanted] of [major, minor, patch].entries()) {
    const part = found[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

/** The version, if it names a release; null for a text without one, and for a build without tags (`0.1.dev9+g1a2b3c4`). */
export function releaseOf(version: string | null): string | null {
  const text = version?.trim() ?? '';
  return /^v?\d+\.\d+/.test(text) && !/^v?0\.[01]\.dev/.test(text) ? text : null;
}

/** The last text and its numbers: a plan asks about one version hundreds of times. */
let last: {readonly text: string; readonly numbers: readonly number[] | null} = {text: '', numbers: null};

function numbersOf(text: string): readonly number[] | null {
  if (text === last.text) return last.numbers;
  const match = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(text.trim());
  const numbers = match === null ? null : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  last = {text, numbers};
  return numbers;
}

/**
 * One name for one version: a release without the label of its build (`0.32.0+cpu` in a package is `0.32.0` in the
 * log) and without a leading `v`. A development version keeps its commit.
 */
export function versionName(version: string): string {
  const text = version.trim();
  return /^v?(\d+(?:\.\d+)+(?:(?:rc|\.post)\d+)?)(?:\+[\w.]+)?$/.exec(text)?.[1] ?? text;
}
