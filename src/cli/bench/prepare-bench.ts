import type {ApiError} from '../../api/commands.ts';
import {type BenchWorkload, chooseWorkload} from '../../domain/bench/bench-workload.ts';
import {sweepUpTo} from '../../domain/bench/sweep.ts';
import {type BenchTokens, mostTokensOf, type SentLoad} from '../../domain/bench/token-allowance.ts';
import type {Engine} from '../../engines/engine.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {printProgress} from '../output.ts';
import {ensureKnownSupervisor} from '../supervision/ensure-supervisor.ts';
import type {Wiring} from '../wiring.ts';
import {type BenchNode, benchNodeOf} from './bench-node.ts';
import {type BenchChoice, type FoundTool, findBenchTool} from './find-tool.ts';
import {askForLease, type HeldLease, holdLease} from './hold-lease.ts';
import {findLiveTraffic} from './live-traffic.ts';
import {observeRequests} from './observed-requests.ts';

/** What the command line asks for. */
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

/** What is measured, with the lease under which it is. */
export type PreparedBench = {
  readonly node: BenchNode;
  readonly workload: BenchWorkload;
  readonly concurrencies: readonly number[];
  /** Null for Gantry's own load generator. */
  readonly found: FoundTool | null;
  readonly lease: HeldLease;
  /** The most tokens that these loads can have used. */
  readonly tokensOf: (loads: readonly SentLoad[]) => BenchTokens;
};

/** What will be measured; an error if the node cannot or must not be loaded. `signal` ends the wait for a quiet node. */
export async function prepareBench(
  wiring: Wiring,
  options: BenchOptions,
  signal: AbortSignal,
): Promise<Result<PreparedBench, ApiError>> {
  const {client} = wiring;
  const present = await ensureKnownSupervisor(wiring);
  if (!present.ok) return present;
  const serving = benchNodeOf(present.value, wiring);
  if (!serving.ok) return serving;
  const possible = await askForLease(client);
  if (!possible.ok) return possible;
  const traffic =
    options.force === true
      ? null
      : await findLiveTraffic({
          ...possible.value,
          client,
          signal,
          onWait: (text) => printProgress(wiring.output, text),
        });
  if (traffic !== null) return err(traffic);
  // A supervisor that has just started knows more of the node now.
  const snapshot = await client.getSnapshot();
  if (!snapshot.ok) return snapshot;
  const node = benchNodeOf(snapshot.value, wiring);
  if (!node.ok) return node;
  const chosen = await chooseLoad(wiring, node.value, options);
  if (!chosen.ok) return chosen;
  // The simulated engine has no tool, and its tokenizer is not there.
  const found = snapshot.value.simulated ? null : await findBenchTool(node.value.engine, wiring, options.tool);
  if (found === null && options.tool !== undefined && options.tool !== 'own')
    return err(noTool(node.value.engine, options.tool));
  // Last: with it, what clients are served is no longer booked as theirs.
  const tokensOf = (loads: readonly SentLoad[]): BenchTokens =>
    mostTokensOf({
      loads,
      workload: chosen.value.workload,
      isShared: options.force === true,
      isOwnTool: found === null,
    });
  const lease = await holdLease(client, tokensOf([]), () => ensureKnownSupervisor(wiring));
  return lease.ok ? ok({...chosen.value, node: node.value, found, lease: lease.value, tokensOf}) : lease;
}

/** The requests of the load and how many of them run at the same time; an error if they do not fit into the context. */
async function chooseLoad(
  wiring: Wiring,
  {settings, engine, snapshot}: BenchNode,
  options: BenchOptions,
): Promise<Result<Pick<PreparedBench, 'workload' | 'concurrencies'>, ApiError>> {
  const {facts} = snapshot.engine;
  const contextTokens = facts['contextLengthTokens'] ?? settings.contextLengthTokens;
  const observed = await observeRequests(wiring.client, Date.now());
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

function noTool({displayName, benchTools, offlineBench}: Engine, choice: BenchChoice): ApiError {
  if (choice === 'engine' && benchTools.length === 0) {
    const offline =
      offlineBench === null ? '' : `: ${offlineBench.name} loads the model itself, next to the one that is served`;
    const byHand =
      offlineBench === null
        ? ''
        : ` Or, with the engine stopped, run ${offlineBench.name} ${offlineBench.options} by hand, and gantry bench import FILE.`;
    return {
      code: 'bench.no-tool',
      message: `${displayName} has no benchmark of a running server${offline}.`,
      remedy: `Use Gantry's own load generator: gantry bench --tool own.${byHand}`,
    };
  }
  const what = choice === 'engine' ? "The engine's own benchmark" : choice;
  return {
    code: 'bench.no-tool',
    message: `${what} is not installed on this host, or the node is simulated.`,
    remedy: "Install it, or use Gantry's own load generator: gantry bench --tool own.",
  };
}
