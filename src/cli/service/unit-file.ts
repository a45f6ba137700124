/** Marks a unit as Gantry's own, which may be replaced and removed. */
export const UNIT_MARK = '# Written by gantry service install. Do not edit; use gantry service.';

/** Inputs of a unit. Paths are absolute. */
export type UnitInput = {
  readonly scope: 'user' | 'system';
  /** User of a system unit. */
  readonly user: string;
  readonly nodePath: string;
  readonly entryPath: string;
  readonly configPath: string | null;
  /** Of Node. */
  readonly flags: readonly string[];
  /** Variables that the supervisor needs from the installer's environment: its directories, PATH. */
  readonly environment: Readonly<Record<string, string>>;
};

/**
 * The unit of the supervisor. Only the supervisor ends with it (KillMode=process): an engine keeps serving during
 * a stop, a restart and an upgrade, and the next supervisor adopts it.
 */
export function unitText({scope, user, nodePath, flags, entryPath, configPath, environment}: UnitInput): string {
  const program = [nodePath, ...flags, entryPath];
  const argv = [...program, ...(configPath === null ? [] : ['--config', configPath]), 'supervise', '--stay'];
  const variables = Object.entries(environment).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`);
  return `${[
    UNIT_MARK,
    '[Unit]',
    'Description=Gantry supervisor',
    'After=network.target',
    '',
    '[Service]',
    'Type=simple',
    ...(scope === 'system' ? [`User=${user}`] : []),
    ...variables,
    `ExecStart=${argv.map(quoted).join(' ')}`,
    '# Stopping this unit never stops an engine: the next supervisor finds it.',
    'KillMode=process',
    '# If another supervisor holds the lock, this one exits with 1 and is restarted later.',
    'Restart=always',
    'RestartSec=30',
    'TimeoutStopSec=20',
    '',
    '[Install]',
    `WantedBy=${scope === 'system' ? 'multi-user.target' : 'default.target'}`,
  ].join('\n')}\n`;
}

/** One argument in a unit file, quoted so that systemd expands nothing (systemd.service(5)). */
function quoted(word: string): string {
  const literal = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  if (/^[\w@%+=:,./$-]+$/u.test(literal)) return literal;
  return `"${literal.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
