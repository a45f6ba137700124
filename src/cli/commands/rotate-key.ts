import type {ApiError} from '../../api/commands.ts';
import {quoteArgument} from '../../engines/launch/shell-quoting.ts';
import {engines} from '../../engines/registry.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {apiKeyPath, writeNewApiKey} from '../../supervisor/access/api-key.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printText} from '../output.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';

/**
 * `gantry config rotate-key`: writes a new API key for the next start of the engine. The running engine keeps the one
 * that it was started with. The key itself is printed only with `--show`.
 */
export async function runRotateKey(global: GlobalOptions, options: {readonly show?: boolean}): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'directories');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output, directories, environment, client} = wiring.value;
  const written = await writeKey(wiring.value);
  if (!written.ok) return printError(output, written.error);
  const running = await client.getSnapshot();
  const rotated = {
    file: apiKeyPath(directories),
    isRunning: running.ok && running.value.engine.runId !== null,
    // Whoever sets a variable means it: it comes before the file.
    overriddenBy: engines.map(({apiKeyVariable}) => apiKeyVariable).filter((name) => (environment[name] ?? '') !== ''),
    ...(options.show === true ? {key: written.value} : {}),
  };
  if (output.isJson) printJson(output, {schemaVersion: 1, ...rotated});
  else printText(output, rotatedText(rotated));
  return exitCodes.done;
}

type Rotated = {
  readonly file: string;
  readonly isRunning: boolean;
  readonly overriddenBy: readonly string[];
  readonly key?: string;
};

function rotatedText({file, isRunning, overriddenBy, key}: Rotated): string {
  return [
    `New API key: ${file} (only you can read it)${isRunning ? '.' : '; the next start of the engine uses it.'}`,
    ...(isRunning ? ['The running engine keeps its key. To use the new one: gantry restart'] : []),
    ...(key === undefined ? [] : [key]),
    `Clients send it as "Authorization: Bearer KEY". Those of OpenAI: export OPENAI_API_KEY="$(cat ${quoteArgument(file)})"`,
    ...overriddenBy.map((name) => `${name} is set in this environment and comes first: unset it to use the new key.`),
  ].join('\n');
}

async function writeKey({directories}: Wiring): Promise<Result<string, ApiError>> {
  try {
    return ok(await writeNewApiKey(directories));
  } catch (error) {
    return err({
      code: 'access.key-not-written',
      message: `${apiKeyPath(directories)} cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
      remedy: 'Free space on its disk, or make its directory writable. The old key is still in use.',
    });
  }
}
