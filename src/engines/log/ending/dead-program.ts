import type {Engine} from '../../engine.ts';
import {commandThatDied} from './error-line.ts';
import {splitPrefix} from './log-prefix.ts';

/** The engine whose log it is; without `roleOfProcess` nothing is known of its programs. */
export type ProgramsOf = {readonly name: string | null} & Partial<Pick<Engine, 'roleOfProcess'>>;

/** Variables, scripts, interpreters and launchers: behind these may be any program. */
const anyProgram =
  /\$|\.(?:sh|py)\b|(?:^|[\s/])(?:python[\d.]{0,5}|bash|sh|torchrun|ray|mpirun|mpiexec|srun|accelerate|docker|podman|apptainer|singularity|enroot)\b/;

/**
 * Whose death by a signal a shell reports: that of the `engine`, of `another` program, such as an exporter that the same
 * script starts, or of one that is `unknown`. Null for a line that names no program.
 */
export function deadProgramIn(text: string, engine: ProgramsOf): 'engine' | 'another' | 'unknown' | null {
  const command = commandThatDied(splitPrefix(text));
  if (command === null) return null;
  if (engine.roleOfProcess === undefined) return 'unknown';
  if (engine.roleOfProcess(command) !== null) return 'engine';
  const isNamed = engine.name !== null && command.toLowerCase().includes(engine.name);
  return isNamed || anyProgram.test(command) ? 'unknown' : 'another';
}
