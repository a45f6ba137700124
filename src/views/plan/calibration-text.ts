import {type OutcomeError, outcomeErrors, type PlanOutcome} from '../../domain/memory/plan/plan-outcome.ts';
import {isBelievedAlone} from '../../domain/memory/plan/plausible-overhead.ts';
import {fixedGibNumber, fixedGibText} from '../../shared/quantities/bytes.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {utcText} from '../../shared/quantities/moments.ts';
import {exactPercentText, signedPercentText} from '../../shared/quantities/ratios.ts';

const quantities = ['weights', 'pool', 'tokens', 'used'] as const;

/** Measurements of earlier starts, by kind, and the error of every past prediction; the newest first. */
export function calibrationText(outcomes: readonly PlanOutcome[]): string {
  if (outcomes.length === 0) {
    return [
      'No measurements on this node yet.',
      'After each start Gantry compares the plan with the engine log and uses the result for the next plan.',
    ].join('\n');
  }
  const byKey = Map.groupBy(outcomes, ({key}) => key);
  return [
    ...[...byKey.values()].flatMap((starts) => [...learnedLines(starts), '']),
    'Errors are planned minus measured, per GPU. used is nvidia-smi on the fullest',
    'GPU when the engine was ready.',
  ].join('\n');
}

function learnedLines(starts: readonly PlanOutcome[]): string[] {
  const [newest] = starts;
  if (newest === undefined) return [];
  const count = starts.length === 1 ? '1 start' : `${starts.length} starts`;
  const learned =
    newest.learnedOverheadBytes === null
      ? 'not usable: the log differs from the plan by more than the GPU memory'
      : `overhead ${fixedGibText(newest.learnedOverheadBytes)} per GPU${isBelievedAlone(newest) ? '' : ', implausible and not used'}`;
  return [
    `${newest.label}`,
    `  ${count}, ${learned}`,
    '',
    `  ${'start (UTC)'.padEnd(18)}${'plan'.padEnd(12)}${'weights GiB'.padStart(14)}${'pool GiB'.padStart(14)}${'tokens'.padStart(20)}`,
    ...starts.map(outcomeLine),
    ...summaryLines(starts),
  ];
}

function outcomeLine(outcome: PlanOutcome): string {
  const errors = new Map(outcomeErrors(outcome).map((error) => [error.quantity, error]));
  const cell = (quantity: OutcomeError['quantity'], format: (value: number) => string): string => {
    const error = errors.get(quantity);
    if (error === undefined) return '-';
    return `${format(error.seen)} ${percent(error)}`;
  };
  const when = utcText(outcome.atMs).slice(0, 16);
  return `  ${when.padEnd(18)}${outcome.confidence.padEnd(12)}${cell('weights', fixedGibNumber).padStart(14)}${cell('pool', fixedGibNumber).padStart(14)}${cell('tokens', countText).padStart(20)}`;
}

/** Mean of the absolute errors and the worst one, signed: opposite errors must not cancel out. */
function summaryLines(starts: readonly PlanOutcome[]): string[] {
  const all = starts.flatMap(outcomeErrors);
  return [
    '',
    `  ${'quantity'.padEnd(10)}${'mean absolute error'.padStart(20)}${'worst'.padStart(12)}`,
    ...quantities.flatMap((quantity) => {
      const ratios = all.flatMap((error) => (error.quantity === quantity && error.ratio !== null ? [error.ratio] : []));
      if (ratios.length === 0) return [];
      const mean = ratios.reduce((sum, ratio) => sum + Math.abs(ratio), 0) / ratios.length;
      const worst = ratios.reduce((far, ratio) => (Math.abs(ratio) > Math.abs(far) ? ratio : far), 0);
      return [
        `  ${quantity.padEnd(10)}${exactPercentText(mean, 2).padStart(20)}${signedPercentText(worst).padStart(12)}`,
      ];
    }),
  ];
}

function percent({ratio}: OutcomeError): string {
  return ratio === null ? '' : signedPercentText(ratio);
}
