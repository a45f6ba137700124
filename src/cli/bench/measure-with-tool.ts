import {randomInt} from 'node:crypto';
import {mkdir, mkdtemp, readdir, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import type {ApiError} from '../../api/commands.ts';
import type {ApiClient} from '../../client/api-client.ts';
import type {BenchPoint} from '../../domain/bench/bench-point.ts';
import {
  SLOWEST_ANSWER_TOKENS_PER_SECOND,
  SLOWEST_PROMPT_TOKENS_PER_SECOND,
  TOOL_START_MS,
} from '../../domain/bench/quiet-limit.ts';
import type {BenchCommand, BenchLoad} from '../../engines/bench/bench-tool.ts';
import {errorCode} from '../../shared/error-code.ts';
import {countedText, countText} from '../../shared/quantities/counts.ts';
import {roughDurationText} from '../../shared/quantities/durations.ts';
import {tokensPerSecondText} from '../../shared/quantities/rates.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import type {LoadProgress} from '../../sources/bench/generate-load.ts';
import {watchQuiet} from '../../sources/bench/quiet-watch.ts';
import {readResult} from '../../sources/bench/read-result.ts';
import {runTool, type ToolEnd} from '../../sources/bench/run-tool.ts';
import type {LoadTarget} from '../../sources/bench/stream-answer.ts';
import type {BarCount} from '../../sources/bench/tool-output.ts';
import {countFinished} from './count-finished.ts';
import type {FoundTool} from './find-tool.ts';
import type {Interruption} from './interruption.ts';
import type {MeasurePoint} from './run-sweep.ts';

/** Characters of what a tool printed last that an error shows. */
const SHOWN_CHARACTERS = 600;
const MAX_SEED = 2 ** 31;

export type ToolMeasure = {
  readonly found: FoundTool;
  readonly target: LoadTarget;
  readonly tokenizer: string;
  readonly workload: BenchLoad['workload'];
  /** Where the directories of results are made. */
  readonly dataDir: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly interruption: Interruption;
  readonly client: Pick<ApiClient, 'getSnapshot'>;
  readonly onProgress: (progress: LoadProgress) => void;
  /** For how many ms the tool may print nothing while no request ends, by the concurrent requests. */
  readonly quietLimitMs: (concurrency: number) => number;
};

/** Measures with a tool of the engine. Its result file is read, and removed with its directory: only named figures are kept. */
export function createToolMeasure(options: ToolMeasure): MeasurePoint {
  return async (concurrency, requests) => {
    const parent = path.join(options.dataDir, 'bench');
    let directory: string;
    try {
      await mkdir(parent, {recursive: true, mode: 0o700});
      directory = await mkdtemp(path.join(parent, 'run-'));
    } catch (error) {
      return err(noDirectory(parent, errorCode(error) ?? String(error)));
    }
    try {
      return await measureIn(options, directory, concurrency, requests);
    } catch (error) {
      const code = errorCode(error);
      if (code === undefined) throw error;
      return err(noDirectory(parent, code));
    } finally {
      await rm(directory, {recursive: true, force: true}).catch(() => undefined);
    }
  };
}

async function measureIn(
  options: ToolMeasure,
  directory: string,
  concurrency: number,
  requests: number,
): Promise<Result<BenchPoint, ApiError>> {
  const {found, target, tokenizer, workload, environment, interruption} = options;
  const {tool, words} = found;
  const {baseUrl, model, apiKey} = target;
  const seed = randomInt(MAX_SEED);
  const load: BenchLoad = {baseUrl, model, tokenizer, workload, concurrency, requests, seed, directory};
  const command = tool.command(load);
  const {secretFile, leftovers} = command;
  if (secretFile !== undefined) await writeFile(secretFile.path, secretFile.contents(apiKey), {mode: 0o600});
  const [program = '', ...before] = words;
  const limitMs = options.quietLimitMs(concurrency);
  const quiet = watchQuiet(limitMs);
  const progress = followProgress(options, requests, quiet.onSign);
  const ended = await runTool({
    program,
    arguments: [...before, ...command.arguments],
    environment: {...environment, ...(apiKey === null ? {} : {OPENAI_API_KEY: apiKey}), HF_HUB_OFFLINE: '1'},
    directory,
    signal: AbortSignal.any([interruption.first, quiet.signal]),
    kill: interruption.second,
    onCount: progress.onCount,
    onOutput: quiet.onSign,
  });
  quiet.stop();
  progress.stop();
  if (leftovers !== undefined) await removeLeftovers(leftovers, environment['HOME']);
  if (quiet.signal.aborted) return err(hung(load, tool.name, limitMs));
  if (ended.exitCode !== 0) return err(failed(tool.name, ended, apiKey));
  const text = await readResult(command.resultFile);
  if (!text.ok) return err(unusable(tool.name, text.error));
  const point = tool.parse(text.value, load);
  if (!point.ok) return err(unusable(tool.name, point.error));
  if (point.value.completed === 0) return err(failed(tool.name, ended, apiKey));
  return ok(point.value);
}

/**
 * By the bar of the tool; until it draws one, by what the engine has finished. That is a sign of the tool's life only as often as it
 * has requests: others' requests end too.
 */
function followProgress(
  {client, onProgress}: Pick<ToolMeasure, 'client' | 'onProgress'>,
  requests: number,
  onSign: () => void,
): {readonly onCount: (count: BarCount) => void; readonly stop: () => void} {
  let [last, signs] = [0, 0];
  const following = countFinished(client, (finished) => {
    if (finished !== last && signs < requests) {
      signs += 1;
      onSign();
    }
    last = finished;
    onProgress({completed: Math.min(finished, requests), failed: 0, total: requests, isEstimate: finished > 0});
  });
  return {
    onCount({completed, total}) {
      // Others are of a warm-up, or of prompts that are made.
      if (total !== requests || completed > total) return;
      following.stop();
      onProgress({completed, failed: 0, total});
    },
    stop: following.stop,
  };
}

/** The prompts of one load are of no use for another one. */
async function removeLeftovers(
  {directory, prefix}: NonNullable<BenchCommand['leftovers']>,
  home: string | undefined,
): Promise<void> {
  if (home === undefined) return;
  const folder = path.join(home, directory);
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((found) => found.startsWith(prefix))) {
    await rm(path.join(folder, name), {force: true}).catch(() => undefined);
  }
}

function failed(name: string, {exitCode, startError, output}: ToolEnd, apiKey: string | null): ApiError {
  const how =
    startError === null
      ? `ended with ${exitCode === null ? 'a signal' : `status ${exitCode}`}`
      : `could not be started (${startError})`;
  const masked = apiKey === null ? output : output.replaceAll(apiKey, '***');
  const last = masked.trim().split('\n').slice(-6).join(' ').slice(-SHOWN_CHARACTERS);
  const isRefused = /\b401\b|Unauthorized/.test(masked);
  return {
    code: isRefused ? 'bench.unauthorized' : 'bench.tool-failed',
    message: `${name} ${how}, or no request was answered${last === '' ? '.' : `: ${last}`}`,
    remedy: `Correct what it says, or use Gantry's own load generator: gantry bench --tool own.`,
  };
}

function hung({concurrency, workload}: BenchLoad, name: string, limitMs: number): ApiError {
  const {promptTokens, answerTokens} = workload;
  const sizes = `${countText(promptTokens)} + ${countedText(answerTokens, 'token')}`;
  const slowest = `at least ${tokensPerSecondText(SLOWEST_PROMPT_TOKENS_PER_SECOND)} for all prompts, ${tokensPerSecondText(SLOWEST_ANSWER_TOKENS_PER_SECOND)} for each answer`;
  return {
    code: 'bench.tool-hung',
    message: `${name} was ended: for ${roughDurationText(limitMs)} it printed nothing and no request ended. ${countedText(concurrency, 'concurrent request')} of ${sizes} take less on any node (${slowest}, and ${roughDurationText(TOOL_START_MS)} for the tool).`,
    remedy:
      "Check whether the engine answers (gantry status). If it does, use Gantry's own load generator: gantry bench --tool own.",
  };
}

function unusable(name: string, reason: string): ApiError {
  return {
    code: 'bench.no-result',
    message: `The result of ${name} cannot be used: ${reason}.`,
    remedy: "Use Gantry's own load generator: gantry bench --tool own.",
  };
}

function noDirectory(parent: string, code: string): ApiError {
  return {
    code: 'bench.no-directory',
    message: `No directory for the result can be made in ${parent} (${code}).`,
    remedy: "Free space there, or use Gantry's own load generator, which needs none: gantry bench --tool own.",
  };
}
