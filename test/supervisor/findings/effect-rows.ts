import {createOwnFindings} from '../../../src/supervisor/snapshot/own-findings.ts';
import type {FindingBench} from './finding-bench.ts';
import {type FindingRow, timePasses} from './finding-row.ts';

const ownOf = (bench: FindingBench) => createOwnFindings((observation) => bench.observe(observation));
const add = (bench: FindingBench, code: string): void =>
  ownOf(bench).add({code, message: `${code} happened.`, remedy: 'Look.'});
const resolve = (bench: FindingBench, code: string): void => ownOf(bench).resolve(code);

/** About what the supervisor does with the engine. */
export const effectRows: readonly FindingRow[] = [
  {
    shown: ['supervisor.effect-failed'],
    codes: ['supervisor.effect-failed'],
    raisedBy:
      'an unexpected exception while the supervisor acts on the engine; of a check or a launch it is the reason why the start failed',
    endedBy: 'the same act without an exception; of a start, the next start or a stop',
    raise: add,
    keeps: {'time passing': timePasses, serving: (bench) => bench.serve()},
    ends: {'being resolved': resolve},
  },
  {
    shown: ['engine.environment-differs'],
    codes: ['engine.environment-differs'],
    raisedBy:
      "a start by a supervisor with other variables than those with which the operator requested it, or than those of the run before the operator's request; the adoption of a run by such a supervisor",
    endedBy: 'the end of the run; a supervisor with the same variables',
    raise: add,
    keeps: {'time passing': timePasses},
    ends: {'being resolved': resolve},
  },
];
