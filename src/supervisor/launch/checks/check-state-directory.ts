import {type Check, required} from '../../../domain/preflight/check.ts';
import type {JudgementWorld} from '../world/judgement-world.ts';

/** Whether run, log and journal can be written: a start that cannot would leave an engine that nobody knows of. */
export async function stateDirectoryCheck({
  directories,
  findWriteProblem,
}: Pick<JudgementWorld, 'directories' | 'findWriteProblem'>): Promise<Check> {
  const {stateDir} = directories;
  const problem = await findWriteProblem(stateDir);
  if (problem === null) return required('state directory', stateDir);
  return required('state directory', stateDir, {
    code: 'preflight.state-unwritable',
    severity: 'critical',
    message: `Nothing can be written to ${stateDir}: ${problem}.`,
    evidence: null,
    remedy: 'Free space there, or make it writable; the run, its log and the journal go there.',
    settingsChange: null,
  });
}
