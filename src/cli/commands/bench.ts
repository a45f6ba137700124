import type {BenchDocument} from '../../api/bench/bench-document.ts';
import {BENCH_SCHEMA_VERSION} from '../../api/bench/bench-document.ts';
import type {ApiError} from '../../api/commands.ts';
import {type BenchWorkload, chooseWorkload} from '../../domain/bench/bench-workload.ts';
import {sweepUpTo} from '../../domain/bench/sweep.ts';
import {stateNameOf} from '../../domain/lifecycle/phases.ts';
import {countedText, countText} from '../../shared/quantities/counts.ts';
import {percentText} from '../../shared/quantities/ratios.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {benchText} from '../../views/bench/bench-text.ts';
import {type BenchNode, benchNodeOf, comparedBook} from '../bench/bench-node.ts';
import {readCachedTokens, withCachedTokens} from '../bench/cached-tokens.ts';
import {type BenchChoice, type FoundTool, findBenchTool} from '../bench/find-tool.ts';
import {askForLease, type HeldLease, holdLease} from '../bench/hold-lease.ts';
import {createInterruption, type Interruption} from '../bench/interruption.ts';
import {findLiveTraffic} from '../bench/live-traffic.ts';
import {createOwnMeasure} from '../bench/measure-own.ts';
import {createToolMeasure} from '../bench/measure-with-tool.ts';
import {observeRequests} from '../bench/observed-requests.ts';
import {type MeasurePoint, runSweep, type Swept} from '../bench/run-sweep.ts';
import {createProgressDisplay} from '../bench/show-progress.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printProblems, printProgress, printRows} from '../output.ts';
import {textStyleOf} from '../print-rows.ts';
import {ensureKnownSupervisor} from '../supervision/ensure-supervisor.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';

export type BenchOptions = {
  readonly concurrency?: readonly number[];
  readonly promptTokens?: number;
  readonly answerTokens?: number;
  /** 0..1 */
  readonly cached?: number;
  /** Of each stream, at each concurrency. */
  readonly requests: number;
  readonly force?: boolean;
  /** By default, the first that is on this host. */
  readonly tool?: BenchChoice;
};

/** `gantry bench`: loads the engine with more and more concurrent requests, and says what it sustains against break-even. */
export async function runBench(global: GlobalOptions, options: BenchOptions): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output} = wiring.value;
  const interruption = createInterruption();
  try {
    const prepared = await prepare(wiring.value, options);
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
  const earlier = await client.getBenches();
  const kept = await client.keepBench(bench);
  if (output.isJson) printJson(output, bench);
  else {
    const style = textStyleOf(process.stdout, process.env, appearance);
    printRows(output, benchText(bench, earlier.ok ? earlier.value.benches : [], style), style);
  }
  if (!kept.ok) printProblems(`gantry: the result is not kept: ${kept.error.message}\n  ${kept.error.remedy}\n`);
  const isWhole = bench.end === 'complete' || bench.end === 'saturated';
  return isWhole && kept.ok ? exitCodes.done : exitCodes.refused;
}

type Prepared = {
  readonly node: BenchNode;
  readonly workload: BenchWorkload;
  readonly concurrencies: readonly number[];
  /** Null for Gantry's own load generator. */
  readonly found: FoundTool | null;
  readonly lease: HeldLease;
};

/** What will be measured; an error if the node cannot or must not be loaded. */
async function prepare(wiring: Wiring, options: BenchOptions): Promise<Result<Prepared, ApiError>> {
  const snapshot = await ensureKnownSupervisor(wiring);
  if (!snapshot.ok) return snapshot;
  const node = benchNodeOf(snapshot.value, wiring);
  if (!node.ok) return node;
  const possible = await askForLease(wiring.client);
  if (!possible.ok) return possible;
  const {lastBenchUntilMs} = possible.value;
  const traffic =
    options.force === true ? null : await findLiveTraffic(snapshot.value, wiring.client, lastBenchUntilMs);
  if (traffic !== null) return err(traffic);
  const chosen = await chooseLoad(wiring, node.value, options);
  if (!chosen.ok) return chosen;
  // The simulated engine has no tool, and its tokenizer is not there.
  const found = snapshot.value.simulated ? null : await findBenchTool(node.value.engine, wiring, options.tool);
  if (found === null && options.tool !== undefined && options.tool !== 'own') return err(noTool(options.tool));
  // Last: with it, what clients are served is no longer booked as theirs.
  const lease = await holdLease(wiring.client);
  return lease.ok ? ok({...chosen.value, node: node.value, found, lease: lease.value}) : lease;
}

/** The requests of the load and how many of them run at the same time; an error if they do not fit into the context. */
async function chooseLoad(
  wiring: Wiring,
  {settings, engine, snapshot}: BenchNode,
  options: BenchOptions,
): Promise<Result<Pick<Prepared, 'workload' | 'concurrencies'>, ApiError>> {
  const {facts} = snapshot.engine;
  const contextTokens = facts['contextLengthTokens'] ?? settings.contextLengthTokens;
  const observed = await observeRequests(wiring.client);
  const workload = chooseWorkload({given: givenOf(options), observed, contextTokens});
  if (workload === null) return err(tooLong(options, contextTokens));
  const limit = engine.runningLimit(settings, facts) ?? facts['maxRunningRequests'] ?? null;
  return ok({workload, concurrencies: options.concurrency ?? sweepUpTo(limit)});
}

function givenOf({promptTokens, answerTokens, cached}: BenchOptions): Parameters<typeof chooseWorkload>[0]['given'] {
  return {
    ...(promptTokens === undefined ? {} : {promptTokens}),
    ...(answerTokens === undefined ? {} : {answerTokens}),
    ...(cached === undefined ? {} : {cachedRatio: cached}),
  };
}

async function measure(
  wiring: Wiring,
  {node, workload, concurrencies, found}: Prepared,
  options: BenchOptions,
  interruption: Interruption,
): Promise<Result<BenchDocument, ApiError>> {
  const {output, client, appearance} = wiring;
  const style = textStyleOf(process.stderr, process.env, appearance);
  const display = createProgressDisplay(output, style, process.stderr.isTTY, () => performance.now());
  const atMs = Date.now();
  printProgress(output, `${startText(workload, concurrencies)} Ctrl+C ends it.`);
  const signal = interruption.first;
  const measuring =
    found === null
      ? await createOwnMeasure({target: node.target, workload, signal, onProgress: display.update})
      : ok(toolMeasure(wiring, node, found, workload, interruption));
  if (!measuring.ok) return measuring;
  const swept = await runSweep({
    concurrencies,
    requestsPerStream: options.requests,
    firstTokenMs: targetsOf(node).firstTokenMs,
    signal,
    async measure(concurrency, requests) {
      display.begin({step: concurrencies.indexOf(concurrency) + 1, steps: concurrencies.length, concurrency});
      const before = await readCachedTokens(client);
      const point = await measuring.value(concurrency, requests);
      if (!point.ok || signal.aborted) return point;
      return ok(withCachedTokens(point.value, before, await readCachedTokens(client)));
    },
    async findObstacle() {
      const now = await client.getSnapshot();
      if (!now.ok) return null;
      return now.value.engine.state === 'ready' ? null : `The engine is ${stateNameOf(now.value.engine)}.`;
    },
  });
  display.end();
  if (swept.points.length === 0) return err(swept.error ?? nothingMeasured(swept));
  return ok(documentOf({wiring, node, found, workload, swept, atMs}));
}

function toolMeasure(
  {directories, environment}: Wiring,
  {target, settings}: BenchNode,
  found: FoundTool,
  workload: BenchWorkload,
  interruption: Interruption,
): MeasurePoint {
  const {dataDir} = directories;
  return createToolMeasure({found, target, tokenizer: settings.model, workload, dataDir, environment, interruption});
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

function noTool(choice: BenchChoice): ApiError {
  const what = choice === 'engine' ? "The engine's own benchmark" : choice;
  return {
    code: 'bench.no-tool',
    message: `${what} is not installed on this host, or the node is simulated.`,
    remedy: "Install it, or use Gantry's own load generator: gantry bench --tool own.",
  };
}

function nothingMeasured({endDetail}: Swept): ApiError {
  return {
    code: 'bench.interrupted',
    message: `The benchmark measured nothing. ${endDetail ?? ''}`.trimEnd(),
    remedy: 'Run gantry bench again; --concurrency and --requests make it shorter.',
  };
}

function tooLong({promptTokens, answerTokens}: BenchOptions, contextTokens: number): ApiError {
  const asked = [promptTokens, answerTokens]
    .filter((tokens) => tokens !== undefined)
    .reduce((sum, tokens) => sum + tokens, 0);
  return {
    code: 'usage.bench-too-long',
    message: `Requests of ${countedText(asked, 'token')} do not fit into the context of ${countedText(contextTokens, 'token')}.`,
    remedy: 'Give a smaller --prompt-tokens or --answer-tokens.',
  };
}
