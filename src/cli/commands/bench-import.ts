import {stat} from 'node:fs/promises';
import path from 'node:path';
import type {BenchFigures} from '../../api/bench/bench-document.ts';
import type {ApiError} from '../../api/commands.ts';
import type {OfflineBench, OfflineLoads} from '../../engines/bench/offline-bench.ts';
import {engines} from '../../engines/registry.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {readResult} from '../../sources/bench/read-result.ts';
import {offlineBenchText} from '../../views/bench/bench-text.ts';
import {comparedBook} from '../bench/bench-node.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printRows} from '../output.ts';
import {textStyleOf} from '../print-rows.ts';
import {ensureKnownSupervisor} from '../supervision/ensure-supervisor.ts';
import {type GlobalOptions, outputOf, wire} from '../wiring.ts';

/** `gantry bench import FILE`: what a benchmark without a server measured, against break-even of this node. It is not kept. */
export async function runBenchImport(global: GlobalOptions, file: string): Promise<ExitCode> {
  const read = await readLoads(file);
  if (!read.ok) return printError(outputOf(global), read.error);
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output, appearance} = wiring.value;
  const snapshot = await ensureKnownSupervisor(wiring.value);
  if (!snapshot.ok) return printError(output, snapshot.error);
  const {tool, atMs, loads} = read.value;
  const benches = loads.map(
    ({points, promptTokens, answerTokens, sharedRatio}): BenchFigures => ({
      workload: {promptTokens, answerTokens, cachedRatio: sharedRatio, sizesFrom: 'given', cachedFrom: 'given'},
      // Targets are of requests, and none was sent.
      targets: {firstTokenMs: null, perTokenMs: null},
      nodeUsdPerHour: snapshot.value.cost.nodeUsdPerHour,
      priceBook: comparedBook(snapshot.value),
      points: [...points],
      endDetail: null,
    }),
  );
  if (output.isJson) printJson(output, {tool: tool.name, isWithoutServer: true, atMs, benches});
  else {
    const style = textStyleOf(process.stdout, process.env, appearance);
    const from = {tool: tool.name, file: path.basename(file), atMs};
    const rows = benches.flatMap((bench, index) => [
      ...(index === 0 ? [] : [[], []]),
      ...offlineBenchText(bench, from, style),
    ]);
    printRows(output, rows, style);
  }
  return exitCodes.done;
}

type Imported = {readonly tool: OfflineBench; readonly atMs: number; readonly loads: readonly OfflineLoads[]};

async function readLoads(file: string): Promise<Result<Imported, ApiError>> {
  const tools = engines.flatMap(({offlineBench}) => (offlineBench === null ? [] : [offlineBench]));
  const text = await readResult(file);
  if (!text.ok) return err(notRead(file, text.error, tools));
  const {mtimeMs} = await stat(file);
  let reason = '';
  for (const tool of tools) {
    const loads = tool.parse(text.value);
    if (loads.ok) return ok({tool, atMs: mtimeMs, loads: loads.value});
    reason = loads.error;
  }
  return err(notRead(file, reason, tools));
}

function notRead(file: string, reason: string, tools: readonly OfflineBench[]): ApiError {
  const commands = tools.map(({name, options}) => `${name} ${options}`).join(' or ');
  return {
    code: 'usage.no-bench-result',
    message: `${file} is not read as the result of a benchmark: ${reason}.`,
    remedy: `Give the output of ${commands}, which loads the model itself: run it while no engine runs.`,
  };
}
