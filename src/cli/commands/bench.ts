import type {BenchDocument} from '../../api/bench/bench-document.ts';
import {BENCH_SCHEMA_VERSION} from '../../api/bench/bench-document.ts';
import type {ApiError} from '../../api/commands.ts';
import type {BenchWorkload} from '../../domain/bench/bench-workload.ts';
import {quietLimitMs} from '../../domain/bench/quiet-limit.ts';
import type {SentLoad} from '../../domain/bench/token-allowance.ts';
import {stateNameOf} from '../../domain/lifecycle/phases.ts';
import {countedText, countText} from '../../shared/quantities/counts.ts';
import {percentText} from '../../shared/quantities/ratios.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import type {LoadProgress} from '../../sources/bench/generate-load.ts';
import {benchText} from '../../views/bench/bench-text.ts';
import {type BenchNode, comparedBook} from '../bench/bench-node.ts';
import {readCachedTokens, withCachedTokens} from '../bench/cached-tokens.ts';
import type {FoundTool} from '../bench/find-tool.ts';
import {createInterruption, type Interruption, interruptedError} from '../bench/interruption.ts';
import {createOwnMeasure} from '../bench/measure-own.ts';
import {createToolMeasure} from '../bench/measure-with-tool.ts';
import {type BenchOptions, type PreparedBench, prepareBench} from '../bench/prepare-bench.ts';
import {type MeasurePoint, runSweep, type Swept} from '../bench/run-sweep.ts';
import {createProgressDisplay} from '../bench/show-progress.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printProblems, printProgress, printRows} from '../output.ts';
import {textStyleOf} from '../print-rows.ts';
import {ensureKnownSupervisor} from '../supervision/ensure-supervisor.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';

/** `gantry bench`: loads the engine with more and more concurrent requests, and says what it sustains against break-even. */
export async function runBench(global: GlobalOptions, options: BenchOptions): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output} = wiring.value;
  const interruption = createInterruption();
  try {
    const prepared = await prepareBench(wiring.value, options, interruption.first);
    if (!prepared.ok) return printError(output, prepared.error);
    const measured = await measure(wiring.value, prepared.value, options, interruption);
    prepared.value.lease.release();
    return measured.ok ? await report(wiring.value, measured.value) : printError(output, measured.error);
  } finally {
    interruption.release();
  }
}

/** Keeps the result and prints it; one that could not be kept is still printed. */
async function report(wiring: Wiring, bench: BenchDocument): Promise<ExitCode> {
  const {output, client, appearance} = wiring;
  const kept = await keep(wiring, bench);
  const listed = await client.getBenches();
  if (output.isJson) printJson(output, bench);
  else {
    const style = textStyleOf(process.stdout, process.env, appearance);
    printRows(output, benchText(bench, listed.ok ? listed.value.benches : [], style), style);
  }
  if (!kept.ok) printProblems(`gantry: the result is not kept: ${kept.error.message}\n  ${kept.error.remedy}\n`);
  if (bench.end === 'interrupted') return exitCodes.interrupted;
  const isWhole = bench.end === 'complete' || bench.end === 'saturated';
  return isWhole && kept.ok ? exitCodes.done : exitCodes.refused;
}

/** One supervisor may have ended during the load, and the next one is started by whoever needs it. */
async function keep(wiring: Wiring, bench: BenchDocument): Promise<Result<unknown, ApiError>> {
  const kept = await wiring.client.keepBench(bench);
  if (kept.ok || kept.error.code !== 'supervisor.unavailable') return kept;
  const present = await ensureKnownSupervisor(wiring);
  return present.ok ? await wiring.client.keepBench(bench) : present;
}

async function measure(
  wiring: Wiring,
  {node, workload, concurrencies, found, lease, tokensOf}: PreparedBench,
  options: BenchOptions,
  interruption: Interruption,
): Promise<Result<BenchDocument, ApiError>> {
  const {output, client, appearance} = wiring;
  const style = textStyleOf(process.stderr, process.env, appearance);
  const display = createProgressDisplay(output, style, process.stderr, () => performance.now());
  const atMs = Date.now();
  printProgress(output, `${startText(workload, concurrencies)} Ctrl+C ends it.`);
  const signal = interruption.first;
  const measuring =
    found === null
      ? await createOwnMeasure({target: node.target, workload, signal, onProgress: display.update})
      : ok(toolMeasure(wiring, node, found, workload, interruption, display.update));
  if (!measuring.ok) return signal.aborted ? err(interruptedError('Interrupted at its first request.')) : measuring;
  const loads: SentLoad[] = [];
  const swept = await runSweep({
    concurrencies,
    requestsPerStream: options.requests,
    firstTokenMs: targetsOf(node).firstTokenMs,
    signal,
    async measure(concurrency, requests) {
      display.begin({step: concurrencies.indexOf(concurrency) + 1, steps: concurrencies.length, concurrency, requests});
      const before = await readCachedTokens(client, signal);
      await lease.allow(tokensOf([...loads, {requests, point: null}]));
      const point = await measuring.value(concurrency, requests);
      loads.push({requests, point: point.ok && !signal.aborted ? point.value : null});
      await lease.allow(tokensOf(loads));
      if (!point.ok || signal.aborted) return point;
      return ok(withCachedTokens(point.value, before, await readCachedTokens(client, signal)));
    },
    async findObstacle() {
      const now = await client.getSnapshot();
      if (!now.ok) return null;
      return now.value.engine.state === 'ready' ? null : `The engine is ${stateNameOf(now.value.engine)}.`;
    },
  });
  display.end();
  if (swept.points.length === 0) return err(swept.error ?? interruptedError(swept.endDetail ?? ''));
  return ok(documentOf({wiring, node, found, workload, swept, atMs}));
}

function toolMeasure(
  {directories, environment, client}: Wiring,
  {target, settings}: BenchNode,
  found: FoundTool,
  workload: BenchWorkload,
  interruption: Interruption,
  onProgress: (progress: LoadProgress) => void,
): MeasurePoint {
  const {dataDir} = directories;
  const tokenizer = settings.model;
  const run = {dataDir, environment, interruption, client, onProgress};
  const limitMs = (concurrency: number): number => quietLimitMs(workload, concurrency);
  return createToolMeasure({found, target, tokenizer, workload, quietLimitMs: limitMs, ...run});
}

function startText({promptTokens, answerTokens, cachedRatio}: BenchWorkload, concurrencies: readonly number[]): string {
  const sizes = `${countText(promptTokens)} prompt and ${countedText(answerTokens, 'answer token')} each`;
  return `Loading the engine with ${concurrencies.join(', ')} concurrent requests: ${sizes}, ${percentText(cachedRatio)} of the prompt shared.`;
}

function targetsOf({snapshot: {latency}}: BenchNode): BenchDocument['targets'] {
  return {
    firstTokenMs: latency.timeToFirstToken.target?.ms ?? null,
    perTokenMs: latency.interToken.target?.ms ?? null,
  };
}

function documentOf(input: {
  readonly wiring: Wiring;
  readonly node: BenchNode;
  readonly found: FoundTool | null;
  readonly workload: BenchWorkload;
  readonly swept: Swept;
  readonly atMs: number;
}): BenchDocument {
  const {wiring, node, found, workload, swept, atMs} = input;
  const {snapshot, engine, settings} = node;
  const {points, end, endDetail} = swept;
  return {
    schemaVersion: BENCH_SCHEMA_VERSION,
    atMs,
    endedAtMs: Date.now(),
    simulated: snapshot.simulated,
    gantryVersion: wiring.version,
    tool:
      found === null
        ? {name: 'gantry', version: wiring.version, isOwn: true}
        : {name: found.tool.name, version: found.version, isOwn: false},
    runId: snapshot.engine.runId,
    engine: {name: engine.name, displayName: engine.displayName, version: snapshot.engine.version},
    model: settings.servedModelName,
    node: {gpuName: snapshot.node.gpuName, gpuCount: snapshot.node.gpuCount},
    settings,
    plan: snapshot.plan,
    workload,
    targets: targetsOf(node),
    nodeUsdPerHour: snapshot.cost.nodeUsdPerHour,
    priceBook: comparedBook(snapshot),
    points,
    end,
    endDetail,
  };
}
