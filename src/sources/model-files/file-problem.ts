import type {ModelProblem} from '../../domain/memory/model/model-problem.ts';

/** A model file that does not hold what its format says. */
export function brokenFile(path: string, what: string): ModelProblem {
  return {
    code: 'memory.broken-model-file',
    message: `${path}: ${what}.`,
    remedy: 'Download the file again and compare its size and checksum with the published ones.',
  };
}

/**
 * A model file that ends before it should. Bytes.
 *
 * @param bound - `at least` where the file ends before it says how long it is
 */
export function truncatedFile(
  path: string,
  expectedBytes: number,
  actualBytes: number,
  bound: 'exactly' | 'at least' = 'exactly',
): ModelProblem {
  const [expected, actual] = [expectedBytes, actualBytes].map((bytes) => bytes.toLocaleString('en-US'));
  return {
    code: 'memory.truncated-model-file',
    message: `${path}: has ${actual} bytes, expected ${bound === 'exactly' ? '' : 'at least '}${expected}: it was not written whole.`,
    remedy: 'Let the download finish, or download the file again.',
  };
}

/** Why the operating system would not give a file or directory. */
export function unreadable(path: string, error: unknown): ModelProblem {
  switch (errorCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return {
        code: 'memory.model-not-found',
        message: `${path}: there is no such file or directory.`,
        remedy: 'Check the path, or name a model of the Hugging Face cache.',
      };
    case 'EACCES':
    case 'EPERM':
      return {
        code: 'memory.model-not-readable',
        message: `${path}: this user may not read it.`,
        remedy: `Give the user that runs Gantry read access to ${path}.`,
      };
    default:
      return {
        code: 'memory.model-not-readable',
        message: `${path}: it cannot be read (${errorCode(error) ?? 'an unknown error'}).`,
        remedy: 'Check the disk or the mount that holds the model.',
      };
  }
}

/** The system's code of a failed call, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
