/**
 * True when a version as an engine prints it (`0.25.1`, `v0.20.2rc1.dev249+gabc`) is this release or a later one. A
 * pre-release counts as its release; false for a text without a version.
 */
export function isVersionAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const match = /^v?(\d+)\.(\d+)/.exec(version.trim());
  if (match === null) return false;
  const [foundMajor, foundMinor] = [Number(match[1]), Number(match[2])];
  return foundMajor === major ? foundMinor >= minor : foundMajor > major;
}
