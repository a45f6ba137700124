import {type Check, required} from '../../../domain/preflight/check.ts';
import type {JudgementWorld} from '../world/judgement-world.ts';

/** Whether run, log and journal can be written: without them a later supervisor could not find the engine. */
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
    message: `${stateDir} is not writable: ${problem}.`,
    evidence: null,
    remedy: 'Free space there, or make it writable: it holds the runs, their logs and the journal.',
    settingsChange: null,
  });
}
