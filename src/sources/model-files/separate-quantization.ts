import {access} from 'node:fs/promises';
import {join} from 'node:path';
import type {ConfigFile} from '../../domain/memory/model/config-json/model-config.ts';
import type {ModelProblem} from '../../domain/memory/model/model-problem.ts';
import {errorCode} from '../../shared/error-code.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {unreadable} from './file-problem.ts';
import {readConfigText} from './read-part.ts';

/** ModelOpt writes how it stores the weights here; `config.json` next to it may have nothing about it. */
const MODELOPT_CONFIG = 'hf_quant_config.json';

/** ModelOpt's file of a directory; null if it has none. */
export async function readSeparateQuantization(directory: string): Promise<Result<ConfigFile | null, ModelProblem>> {
  const place = join(directory, MODELOPT_CONFIG);
  try {
    await access(place);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return ok(null);
    return err(unreadable(place, error));
  }
  const text = await readConfigText(place);
  return text.ok ? ok({text: text.value, place}) : text;
}
