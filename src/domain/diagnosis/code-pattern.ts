/** A code, or `*.name`: the failure of that name of any engine. */
export type CodePattern = string;

/** Namespaces of Gantry's own findings; every other one is an engine's. */
const ownNamespaces: ReadonlySet<string> = new Set(
  (
    'access api benchmark client command configuration cost demo directories engine finding gpu history host incident journal ' +
    'kubernetes layout ledger lifecycle log memory metrics plan preflight process record replay report restart server service settings source supervisor usage'
  ).split(' '),
);

/** The pattern of an engine's failure, by which it is known for every engine; null for a code of Gantry's own. */
export function engineFailure(code: string): `*.${string}` | null {
  const [namespace = '', ...rest] = code.split('.');
  return rest.length === 0 || ownNamespaces.has(namespace) ? null : `*.${rest.join('.')}`;
}

/** True for a code that the pattern means. */
export function isCode(code: string, pattern: CodePattern): boolean {
  return pattern.startsWith('*.') ? engineFailure(code) === pattern : code === pattern;
}
