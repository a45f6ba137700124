import {withDetails} from '../diagnosis/details/details.ts';
import {type Check, forceable} from './check.ts';
import {MAX_SOCKET_PATH_BYTES} from './socket-path.ts';

/** The sockets by which the processes of an engine reach each other. */
export type SocketFiles = {
  /** Variables that choose their directory: the first one that is set does; without any it is /tmp. */
  readonly variables: readonly [first: string, ...others: string[]];
  /** Bytes of a file's name. */
  readonly nameBytes: number;
};

/**
 * Whether the paths of these sockets are short enough for the system: otherwise an engine ends minutes after its start, with
 * an error that names neither the variable nor the limit of the directory.
 */
export function socketCheck(
  {variables, nameBytes}: SocketFiles,
  environment: Readonly<Record<string, string | undefined>>,
): Check {
  const name = 'sockets between processes';
  const chosen = variables.find((variable) => (environment[variable] ?? '') !== '');
  const directory = chosen === undefined ? '/tmp' : (environment[chosen] ?? '');
  const pathBytes = new TextEncoder().encode(directory).length + 1 + nameBytes;
  const detail = `in ${directory}${chosen === undefined ? '' : ` (${chosen})`}`;
  if (chosen === undefined || pathBytes <= MAX_SOCKET_PATH_BYTES) return forceable(name, detail);
  const [setting] = variables;
  return forceable(name, detail, {
    ...withDetails('preflight.socket-path-too-long', {
      variable: chosen,
      directory,
      pathBytes,
      mostBytes: MAX_SOCKET_PATH_BYTES,
    }),
    severity: 'critical',
    message: `The engine's processes would exchange data through sockets in ${directory} (${chosen}), whose paths have ${pathBytes} bytes; the system allows ${MAX_SOCKET_PATH_BYTES}.`,
    evidence: null,
    remedy: `Set ${setting} to a short directory on a local disk that you can write, such as /tmp, and run gantry supervisor restart.`,
    settingsChange: null,
  });
}
