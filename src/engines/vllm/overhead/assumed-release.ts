/** The newest release that Gantry knows; assumed where no version is known. */
export const NEWEST_RELEASE = '0.32.0';

/** Null for a version that names no release, such as that of a build without tags (`0.1.dev9+g1a2b3c4`). */
export function releaseOf(version: string | null): string | null {
  const text = version?.trim() ?? '';
  return /^v?\d+\.\d+/.test(text) && !/^v?0\.[01]\.dev/.test(text) ? text : null;
}
