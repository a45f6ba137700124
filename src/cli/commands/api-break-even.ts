import type {ApiError} from '../../api/commands.ts';
import {toLaunchSettings} from '../../config/configuration.ts';
import {exactMix} from '../../domain/cost/break-even.ts';
import {type BreakEvenAssumptions, breakEvenAnswer, type NodeFit} from '../../domain/cost/break-even-answer.ts';
import {type CandidateNode, candidateNode} from '../../domain/cost/candidate-nodes.ts';
import {HOURS_PER_MONTH} from '../../domain/cost/exact-money.ts';
import type {ApiPrice, PublishedPrices} from '../../domain/cost/published-prices.ts';
import {publishedThroughputs} from '../../domain/cost/published-throughput.ts';
import {one, type Rational, rational, zero} from '../../domain/cost/rational.ts';
import {type PlannedNode, parseNodeSpec} from '../../domain/memory/node-spec.ts';
import {smallestNodes} from '../../domain/memory/plan/cures/smallest-node.ts';
import {nearestName} from '../../domain/settings/nearest-name.ts';
import {planInputOf, planSettings} from '../../engines/planning/plan-settings.ts';
import {isPresent} from '../../samples/reading.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {MS_PER_DAY} from '../../shared/units.ts';
import {breakEvenRows} from '../../views/text/break-even-text.ts';
import {type LedgerTraffic, trafficOf} from '../cost/ledger-traffic.ts';
import {GUIDE_NODE, type PriceOptions, priceOfNode} from '../cost/node-price.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import type {MomentOption} from '../option-values.ts';
import {printError, printJson, printProgress, printRows} from '../output.ts';
import {findCost} from '../past/find-cost.ts';
import {noHistory} from '../past/history-path.ts';
import {textStyleOf} from '../print-rows.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';

const DEFAULT_TOKENS = rational(5_000_000_000);
const DEFAULT_SINCE_MS = 30 * MS_PER_DAY;
export type BreakEvenOptions = PriceOptions & {
  readonly gpus?: string;
  readonly hours?: Rational;
  readonly input?: Rational;
  readonly mix?: Rational;
  readonly cached?: Rational;
  readonly api?: string;
  readonly utilization?: Rational;
  readonly tokens?: Rational;
  readonly fromLedger?: boolean;
  readonly since?: MomentOption;
};

/**
 * `gantry break-even`: from which traffic on a node costs less than a metered API, with every assumption settable; without
 * options the published guide's calculation.
 */
export async function runBreakEven(global: GlobalOptions, options: BreakEvenOptions): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output, environment, appearance, configurationError, loaded} = wiring.value;
  for (const trouble of [configurationError, loaded.ownPrices.trouble]) {
    if (trouble !== null) printProgress(output, `warning: ${trouble.message} ${trouble.remedy}`);
  }
  const nowMs = Date.now();
  const {fromLedger = false, since = (now) => now - DEFAULT_SINCE_MS} = options;
  if (!fromLedger && options.since !== undefined) return printError(output, sinceWithoutLedger);
  const ledger = fromLedger ? await readLedger(since(nowMs), wiring.value, nowMs) : ok(null);
  if (!ledger.ok) return printError(output, ledger.error);
  const assumed = assumptionsOf(options, wiring.value, ledger.value);
  if (!assumed.ok) return printError(output, assumed.error);
  const {assumptions, node} = assumed.value;
  const {published} = loaded.prices();
  const answer = breakEvenAnswer(assumptions, {
    plan: fitOf(node, wiring.value),
    candidates: candidatesFor(node, published, wiring.value, nowMs),
    nowMs,
  });
  if (answer === null) return printError(output, freeApi(assumptions.api));
  if (output.isJson) {
    printJson(output, answer);
  } else {
    const style = textStyleOf(process.stdout, environment, appearance);
    printRows(output, breakEvenRows(answer, style), style);
  }
  return exitCodes.done;
}

/** The traffic of this node, and its GPUs where a supervisor shows them. */
type OwnNode = LedgerTraffic & {readonly gpus: string | null};

async function readLedger(sinceMs: number, wiring: Wiring, nowMs: number): Promise<Result<OwnNode, ApiError>> {
  const found = await findCost(wiring, {sinceMs: Math.max(0, sinceMs), untilMs: nowMs, by: 'hour'}, nowMs);
  if (!found.ok) return found;
  if (found.value === null) return err(noHistory('Give the traffic: --mix 20:1 --cached 90% --tokens 5B.'));
  const traffic = trafficOf(found.value);
  if (!traffic.ok) return traffic;
  if (found.value.simulated) printProgress(wiring.output, 'SIMULATED: traffic of the simulated node.');
  const present = await wiring.client.getSnapshot();
  const names = present.ok ? present.value.gpus.flatMap(({name}) => (isPresent(name) ? [name] : [])) : [];
  const [name] = names;
  const gpus = name === undefined ? null : `${names.length}x${name}`;
  return ok({...traffic.value, gpus: gpus !== null && parseNodeSpec(gpus).ok ? gpus : null});
}

function assumptionsOf(
  options: BreakEvenOptions,
  {loaded}: Wiring,
  ledger: OwnNode | null,
): Result<{readonly assumptions: BreakEvenAssumptions; readonly node: PlannedNode}, ApiError> {
  const spec = options.gpus ?? (ledger === null ? GUIDE_NODE : ledger.gpus);
  if (spec === null) return err(unknownGpus);
  const node = parseNodeSpec(spec);
  if (!node.ok) return err({...node.error, code: 'usage.gpus', message: `--gpus: ${node.error.message}.`});
  const {published, compared} = loaded.prices();
  const api = options.api === undefined ? ok(compared[0]) : apiNamed(options.api, [...published.apis, ...compared]);
  if (!api.ok) return api;
  const hours = options.hours ?? rational(HOURS_PER_MONTH);
  const price = priceOfNode(options, {spec, node: node.value, hours, published, ledger});
  if (!price.ok) return price;
  const cachedOfInput = ledger?.cachedOfInput ?? options.cached ?? zero;
  const assumptions = {
    node: spec,
    gpuName: node.value.card.name,
    gpuCount: node.value.gpuCount,
    ...price.value,
    hours,
    ...utilizationOf(options, ledger),
    mix: ledger?.mix ?? exactMix(options.mix ?? options.input ?? rational(1, 2), cachedOfInput),
    cachedOfInput,
    trafficOrigin: ledger?.origin ?? null,
    api: api.value,
    busy: options.tokens === undefined ? (ledger?.busy ?? null) : null,
    tokensPerMonth: options.tokens ?? ledger?.tokensPerMonth ?? DEFAULT_TOKENS,
  };
  return ok({assumptions, node: node.value});
}

/** As given, else as the ledger has it; what neither tells is assumed, and said to be. */
function utilizationOf(
  {utilization}: BreakEvenOptions,
  ledger: OwnNode | null,
): Pick<BreakEvenAssumptions, 'utilization' | 'utilizationOrigin'> {
  if (utilization !== undefined) return {utilization, utilizationOrigin: 'as given'};
  const known = ledger?.utilization ?? null;
  return known === null
    ? {utilization: one, utilizationOrigin: 'assumed'}
    : {utilization: known.share, utilizationOrigin: known.origin};
}

function apiNamed(name: string, apis: readonly ApiPrice[]): Result<ApiPrice, ApiError> {
  const api = apis.find((entry) => entry.name === name);
  if (api !== undefined) return ok(api);
  const names = [...new Set(apis.map((entry) => entry.name))];
  const nearest = nearestName(name, names);
  return err({
    code: 'usage.api',
    message: `--api: no price book has an API "${name}".`,
    remedy:
      nearest === undefined ? `Use one of ${names.join(', ')}, or add it to prices.yaml.` : `Did you mean ${nearest}?`,
  });
}

/** The plan of the configured settings, spread over all GPUs of the node. */
function planBasisOf(node: PlannedNode, {configuration}: Wiring) {
  const settings = {
    ...toLaunchSettings(configuration),
    tensorParallelSize: node.gpuCount,
    pipelineParallelSize: 1,
    dataParallelSize: 1,
    decodeContextParallelSize: 1,
  };
  return [settings, {node, onDisk: null, engineVersion: null, learned: null}] as const;
}

function fitOf(node: PlannedNode, wiring: Wiring): NodeFit {
  const plan = planSettings(...planBasisOf(node, wiring));
  if (!plan.ok) return {isHeld: false, reason: `${plan.error.message}.`, smallestNodes: null};
  const {verdict, reason, findings} = plan.value;
  const smallest = findings.find(({code}) => code === 'memory.smallest-node');
  return {isHeld: verdict !== 'does-not-fit', reason, smallestNodes: smallest?.remedy ?? null};
}

/** Nodes that hold the model: the smallest ones, and those whose throughput was published. */
function candidatesFor(
  node: PlannedNode,
  prices: PublishedPrices,
  wiring: Wiring,
  nowMs: number,
): readonly CandidateNode[] {
  const input = planInputOf(...planBasisOf(node, wiring));
  const smallest = input.ok ? smallestNodes(input.value) : [];
  const measuredSpecs = new Set(publishedThroughputs.map(({card, gpuCount}) => `${gpuCount}x${card}`));
  const measured = [...measuredSpecs].flatMap((text) => {
    const spec = parseNodeSpec(text);
    if (!spec.ok || !fitOf(spec.value, wiring).isHeld) return [];
    return [{gpuName: spec.value.card.name, gpuCount: spec.value.gpuCount}];
  });
  const nodes = new Map([...smallest, ...measured].map((one) => [`${one.gpuCount} ${one.gpuName}`, one]));
  return [...nodes.values()].map((one) => candidateNode(one, prices, nowMs));
}

const sinceWithoutLedger: ApiError = {
  code: 'usage.since',
  message: '--since says from when the ledger is read, and without --from-ledger it is not.',
  remedy: "Add --from-ledger for the traffic of this node's clients, or leave out --since.",
};

const unknownGpus: ApiError = {
  code: 'usage.gpus',
  message: 'Which GPUs this node has is unknown: no supervisor shows them, or they are not in the catalog.',
  remedy: 'Give them with --gpus, for example --gpus 8xH200, or start a supervisor with gantry.',
};

function freeApi({name}: ApiPrice): ApiError {
  return {
    code: 'usage.api',
    message: `${name} charges nothing for this mix: no node breaks even with it.`,
    remedy: 'Use another --api, or correct its prices.',
  };
}
