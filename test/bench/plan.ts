import {planMemory} from '../../src/domain/memory/plan/plan-memory.ts';
import {planInput, usualSettings} from '../domain/memory/plan-samples.ts';
import {validationTable} from '../domain/memory/published/validation-table.ts';
import {planOf} from '../support/plan-of.ts';

const RUNS = 200;

/** Prints the plan compared with every published log, and how long a plan takes. */
export function benchPlan(): void {
  process.stdout.write(`${validationTable()}\n\n`);
  const input = planInput('NVIDIA H200');
  report('one plan that fits, model known, median of 200', () => planMemory(input));
  const short = planInput('NVIDIA H100 80GB HBM3');
  report('one plan that does not fit, with its cures', () => planMemory(short));
  report('one plan with the model resolved from its name', () => planOf(usualSettings, '8xH200'));
}

function report(name: string, plan: () => unknown): void {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const startedMs = performance.now();
    plan();
    times.push(performance.now() - startedMs);
  }
  const sorted = times.toSorted((a, b) => a - b);
  const median = sorted[RUNS / 2] ?? Number.NaN;
  process.stdout.write(`${name.padEnd(52)} ${median.toFixed(2)} ms, first ${(times[0] ?? Number.NaN).toFixed(1)} ms\n`);
}
