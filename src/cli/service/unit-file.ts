/** By this a unit is known as Gantry's own, which may be replaced and removed. */
export const UNIT_MARK = '# Written by gantry service install. Change it with gantry service, not by hand.';

/** What a unit is made from. Paths are absolute. */
export type UnitInput = {
  readonly scope: 'user' | 'system';
  /** Whom a system unit runs as. */
  readonly user: string;
  readonly nodePath: string;
  readonly entryPath: string;
  readonly configPath: string | null;
  /** Variables that the supervisor must see as the installer did: its directories, the search path. */
  readonly environment: Readonly<Record<string, string>>;
};

/**
 * The unit of the supervisor. Only the supervisor is ended with it (KillMode=process): an engine serves on through a
 * stop, a restart and an upgrade, and the next supervisor takes it over.
 */
export function unitText({scope, user, nodePath, entryPath, configPath, environment}: UnitInput): string {
  const words = [
    nodePath,
    '--max-semi-space-size=2',
    entryPath,
    ...(configPath === null ? [] : ['--config', configPath]),
    'supervise',
  ];
  const variables = Object.entries(environment).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`);
  return `${[
    UNIT_MARK,
    '[Unit]',
    'Description=Gantry, the operations console: its supervisor',
    'After=network.target',
    '',
    '[Service]',
    'Type=simple',
    ...(scope === 'system' ? [`User=${user}`] : []),
    ...variables,
    `ExecStart=${words.map(quoted).join(' ')}`,
    '# Stopping this unit never takes an engine down: it is not killed, and the next supervisor finds it.',
    'KillMode=process',
    '# One that was there before holds the lock and answers: this one then ends with 1, and waits for its turn.',
    'Restart=always',
    'RestartSec=30',
    'TimeoutStopSec=20',
    '',
    '[Install]',
    `WantedBy=${scope === 'system' ? 'multi-user.target' : 'default.target'}`,
  ].join('\n')}\n`;
}

/** One word of a unit file: in quotes, with what systemd would expand taken literally (systemd.service(5)). */
function quoted(word: string): string {
  const literal = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  if (/^[\w@%+=:,./$-]+$/u.test(literal)) return literal;
  return `"${literal.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
