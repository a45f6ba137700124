import type {ModelProblem} from '../../domain/memory/model/model-problem.ts';
import {errorCode} from '../../shared/error-code.ts';
import {countText} from '../../shared/quantities/counts.ts';

/** A model file whose content does not match its format. */
export function brokenFile(path: string, what: string): ModelProblem {
  return {
    code: 'memory.broken-model-file',
    message: `${path}: ${what}.`,
    remedy: 'Download the file again and compare its size and checksum with the published ones.',
  };
}

/**
 * A truncated model file. Bytes.
 *
 * @param bound - `at least` if the file ends before its length field
 */
export function truncatedFile(
  path: string,
  expectedBytes: number,
  actualBytes: number,
  bound: 'exactly' | 'at least' = 'exactly',
): ModelProblem {
  const [expected, actual] = [expectedBytes, actualBytes].map(countText);
  return {
    code: 'memory.truncated-model-file',
    message: `${path}: has ${actual} bytes, expected ${bound === 'exactly' ? '' : 'at least '}${expected}: it is incomplete.`,
    remedy: 'Wait for the download to finish, or download the file again.',
  };
}

/** Why the operating system refused a file or directory. */
export function unreadable(path: string, error: unknown): ModelProblem {
  switch (errorCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return {
        code: 'memory.model-not-found',
        message: `${path}: no such file or directory.`,
        remedy: 'Check the path, or use a model in the Hugging Face cache.',
      };
    case 'EACCES':
    case 'EPERM':
      return {
        code: 'memory.model-not-readable',
        message: `${path}: permission denied.`,
        remedy: `Give the user that runs Gantry read access to ${path}.`,
      };
    default:
      return {
        code: 'memory.model-not-readable',
        message: `${path}: cannot be read (${errorCode(error) ?? 'unknown error'}).`,
        remedy: 'Check the disk or the mount that holds the model.',
      };
  }
}
