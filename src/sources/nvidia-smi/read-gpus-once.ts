import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {GpuInventory, GpuProcessSample, GpuSample} from '../../samples/gpu.ts';
import {isPresent} from '../../samples/reading.ts';
import {type ParsedOutput, parseOutput} from './parse/parse-output.ts';
import {gpuFinding, sortedFindings} from './problems/gpu-finding.ts';
import {exitFinding, runFindings} from './problems/run-findings.ts';
import {isNoAnswer, type RunResult, runOnce} from './run-once.ts';

export type GpuReading = {
  /** Null when no GPU could be read. */
  readonly inventory: GpuInventory | null;
  /** Problems, worst first. */
  readonly findings: readonly Finding[];
  /** Set when a run hangs in the driver and was abandoned; resolves when it exits. */
  readonly stuck: Promise<void> | null;
  /** False when a run was late, killed or cut: GPUs that are not in the inventory may be there. */
  readonly isWhole: boolean;
};

export type ReadGpusOptions = {
  readonly executable: string;
  /** Limit per run; all runs together take at most three times as long. */
  readonly timeoutMs: number;
  readonly clock: {readonly nowMs: () => number; readonly monotonicMs: () => number};
  readonly signal?: AbortSignal;
};

const nothing: GpuReading = {inventory: null, findings: [], stuck: null, isWhole: true};

/**
 * Reads the GPUs once, with everything that `-q -x` reports. If an older driver refuses the whole query because one GPU
 * is lost, the healthy ones are queried one by one.
 */
export async function readGpusOnce(options: ReadGpusOptions): Promise<GpuReading> {
  const whole = await ask(options, ['-q', '-x']);
  if (whole.output === null) return whole.failed;
  const {output} = whole;
  const {isWhole} = whole;
  if (output.gpus.length > 0 || output.lost.length === 0)
    return {...readingOf(options, output, output.gpus, whole.findings), isWhole};
  const healthy = await readOneByOne(options);
  const reading = readingOf(options, healthy?.details ?? output, healthy?.gpus ?? [], [
    ...whole.findings,
    ...(healthy === null ? [] : [oneByOneFinding(healthy.gpus.length), ...healthy.findings]),
  ]);
  return {...reading, isWhole: isWhole && (healthy?.isWhole ?? true)};
}

/** Uuids and indexes of the GPUs that `-L` still lists when one of them cannot be opened. */
export async function listHealthyCards(
  options: Omit<ReadGpusOptions, 'clock'>,
): Promise<readonly {readonly index: number; readonly uuid: string}[]> {
  const result = await runOnce(options.executable, ['-L'], {timeoutMs: options.timeoutMs, signal: options.signal});
  if (result.kind !== 'ended') return [];
  return parseOutput(result.stdout).gpus.flatMap(({index, uuid}) => (isPresent(uuid) ? [{index, uuid}] : []));
}

type Answer =
  | {readonly output: ParsedOutput; readonly findings: readonly Finding[]; readonly isWhole: boolean}
  | {readonly output: null; readonly failed: GpuReading};

async function ask({executable, timeoutMs, signal}: ReadGpusOptions, args: readonly string[]): Promise<Answer> {
  const result = await runOnce(executable, args, {timeoutMs, signal});
  const findings = runFindings(result, executable, timeoutMs);
  if (result.kind !== 'ended' && result.kind !== 'timed-out') {
    const stuck = result.kind === 'stuck' ? result.gone : null;
    return {output: null, failed: {...nothing, findings, stuck, isWhole: !isNoAnswer(result)}};
  }
  const isSilent = result.stdout.trim() === '' && result.stderr.trim() === '';
  if (isSilent && findings.length > 0) {
    return {output: null, failed: {...nothing, findings, isWhole: !isNoAnswer(result)}};
  }
  const output = parseOutput(result.stdout, result.stderr);
  const isCut = output.findings.some(({code}) => code.endsWith('.output-cut'));
  return {
    output,
    findings: [...findings, ...output.findings, ...unnamedExit(result, output)],
    isWhole: !isCut && !isNoAnswer(result),
  };
}

/** An exit code that the output does not explain. */
function unnamedExit(result: RunResult, output: ParsedOutput): readonly Finding[] {
  if (result.kind !== 'ended' || result.exitCode === 0) return [];
  const isExplained = output.findings.some(
    ({severity, code}) => severity === 'critical' && !code.endsWith('unexpected-output'),
  );
  return isExplained ? [] : [exitFinding(result.exitCode)];
}

type OneByOne = {
  readonly gpus: readonly GpuSample[];
  readonly details: ParsedOutput;
  readonly findings: readonly Finding[];
  /** False when a GPU that is listed did not answer in time. */
  readonly isWhole: boolean;
};

/** Queries each GPU that `-L` still lists separately; null when none answers. */
async function readOneByOne(options: ReadGpusOptions): Promise<OneByOne | null> {
  const deadlineMs = options.clock.monotonicMs() + 2 * options.timeoutMs;
  const gpus: GpuSample[] = [];
  const findings: Finding[] = [];
  const processes: GpuProcessSample[] = [];
  let details: ParsedOutput | null = null;
  let isWhole = true;
  for (const {index, uuid} of await listHealthyCards(options)) {
    const leftMs = Math.min(options.timeoutMs, deadlineMs - options.clock.monotonicMs());
    if (leftMs <= 0) {
      isWhole = false;
      break;
    }
    const answer = await ask({...options, timeoutMs: leftMs}, ['-q', '-x', '-i', uuid]);
    const gpu = answer.output?.gpus.find((found) => found.uuid === uuid);
    isWhole &&= answer.output === null ? answer.failed.isWhole : answer.isWhole;
    if (answer.output === null || gpu === undefined) continue;
    gpus.push({...gpu, index});
    findings.push(...answer.findings.filter(({code}) => !code.endsWith('gpu-missing')));
    processes.push(...answer.output.processes);
    details = {...answer.output, processes};
  }
  return details === null ? null : {gpus, details, findings, isWhole};
}

function readingOf(
  {clock}: ReadGpusOptions,
  {driverVersion, cudaVersion, processes}: ParsedOutput,
  gpus: readonly GpuSample[],
  findings: readonly Finding[],
): Omit<GpuReading, 'isWhole'> {
  const said = {findings: sortedFindings(findings), stuck: null};
  if (gpus.length === 0) return {inventory: null, ...said};
  const stamp = {sampledAtMs: clock.nowMs(), monotonicMs: clock.monotonicMs()};
  return {inventory: {stamp, driverVersion, cudaVersion, gpus, processes}, ...said};
}

/** With older drivers one lost GPU hides all others. */
export function oneByOneFinding(count: number): Finding {
  return gpuFinding('one-by-one', {
    message: `With this driver a lost GPU blocks the query for all; the ${count} healthy ones are queried one by one.`,
    remedy: 'No action is needed for this. Drivers from 580 on continue without the lost GPU.',
    severity: 'info',
  });
}
