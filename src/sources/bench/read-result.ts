import {open} from 'node:fs/promises';
import {errorCode} from '../../shared/error-code.ts';
import {mbText} from '../../shared/quantities/bytes.ts';
import {err, ok, type Result} from '../../shared/result.ts';

/** Without details of single requests, results have a few kilobytes. */
const MAX_RESULT_BYTES = 64_000_000;

/** The text of a result file; an error says why there is none. */
export async function readResult(file: string): Promise<Result<string, string>> {
  try {
    const handle = await open(file, 'r');
    try {
      const {size} = await handle.stat();
      if (size > MAX_RESULT_BYTES) return err(`it is larger than ${mbText(MAX_RESULT_BYTES)}`);
      if (size === 0) return err('it is empty');
      return ok(await handle.readFile('utf8'));
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = errorCode(error);
    return err(code === 'ENOENT' ? 'it was not written' : `it cannot be read (${code ?? String(error)})`);
  }
}
