import type {Failure} from '../log/failure-catalog.ts';

/**
 * The sockets by which an engine's processes reach each other are files of ZeroMQ in a directory for temporary files: their paths
 * have a limit in Linux (`sun_path`, 108 bytes), and the directory has to be writable. `variables` chooses it.
 */
export function socketFailures(variables: string): readonly Failure[] {
  const remedy = `Set ${variables} to a short directory on a local disk that this user may write, such as /tmp, and start again. The model and the GPUs are not the cause.`;
  return [
    {
      code: 'socket-path-too-long',
      curedBy: 'host',
      words:
        'zmq.error.ZMQError: ipc path "/scratch/a-long-directory/5f0c" is longer than 107 characters (sizeof(sockaddr_un.sun_path)).',
      pattern:
        /ipc path "([^"\n]{1,400})" is longer than (\d{1,4}) characters|File name too long \(addr='ipc:\/\/([^'\n]{1,400})'/,
      details: ([, path, limit = '107', connected]) => ({
        message: `The path of a socket between the engine's processes is longer than the ${limit} characters that Linux allows: ${directoryOf(path ?? connected)}.`,
        remedy,
      }),
    },
    {
      code: 'socket-not-created',
      curedBy: 'host',
      words:
        'zmq.error.ZMQError: No such file or directory for ipc path "/scratch/job/5f0c". (addr=\'ipc:///scratch/job/5f0c\')',
      pattern:
        /ZMQError: ([A-Z][A-Za-z -]{2,60})(?: for ipc path "[^"\n]{1,400}"\.)? \(addr='ipc:\/\/([^'\n]{1,400})'\)/,
      details: ([, reason, path]) => ({
        message: `A socket between the engine's processes cannot be created in ${directoryOf(path)}: ${reason}.`,
        remedy,
      }),
    },
    {
      code: 'no-temporary-directory',
      curedBy: 'host',
      words:
        "FileNotFoundError: [Errno 2] No usable temporary directory found in ['/tmp', '/var/tmp', '/usr/tmp', '/']",
      pattern: /No usable temporary directory found in \[([^\]\n]{1,400})\]/,
      details: ([, directories = '']) => ({
        message: `No directory for temporary files can be written (${directories.replaceAll("'", '')}): each is full, read-only or forbidden to this user.`,
        remedy: 'Free space in /tmp, or set TMPDIR to a short directory on a local disk that this user may write.',
      }),
    },
  ];
}

/** Of a socket's file, whose name means nothing. */
function directoryOf(path = ''): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}
