import type {Finding} from '../../domain/diagnosis/finding.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {knownFields, rejectedField, replaceRejected, wantedFields, withoutOldSpelling} from './parse/query-fields.ts';
import {messageFindings} from './problems/error-texts.ts';
import {gpuFinding} from './problems/gpu-finding.ts';
import {runFindings} from './problems/run-findings.ts';
import {isNoAnswer, type RunOptions, type RunResult, runOnce} from './run-once.ts';

/** Why the fields are unknown. */
export type ProbeError = {
  readonly findings: readonly Finding[];
  /** The run that hangs, if any. */
  readonly stuck: Promise<void> | null;
  /** False when nvidia-smi was late or killed. */
  readonly isAnswer: boolean;
};

/**
 * The fields this driver supports: from its own help or, if that cannot be read, by requesting all and removing the ones
 * it rejects.
 */
export async function probeFields(
  executable: string,
  options: RunOptions,
): Promise<Result<readonly string[], ProbeError>> {
  const help = await runOnce(executable, ['--help-query-gpu'], options);
  if (help.kind !== 'ended') return err(failed(help, executable, options));
  const fields = knownFields(help.stdout);
  if (fields !== null) return ok(fields);
  const startUpErrors = messageFindings(`${help.stdout}\n${help.stderr}`);
  if (startUpErrors.length > 0) return err({findings: startUpErrors, stuck: null, isAnswer: true});
  return probeByRejection(executable, options);
}

async function probeByRejection(
  executable: string,
  options: RunOptions,
): Promise<Result<readonly string[], ProbeError>> {
  let fields = withoutOldSpelling(wantedFields);
  while (fields.length > 0) {
    const query = [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits'];
    const answer = await runOnce(executable, query, options);
    if (answer.kind !== 'ended') return err(failed(answer, executable, options));
    const rejected = rejectedField(`${answer.stdout}\n${answer.stderr}`);
    if (rejected === null) return ok(fields);
    if (!fields.includes(rejected)) break;
    fields = replaceRejected(fields, rejected);
  }
  return err({findings: [noFieldsFinding(executable)], stuck: null, isAnswer: true});
}

function failed(result: RunResult, executable: string, {timeoutMs}: RunOptions): ProbeError {
  return {
    findings: runFindings(result, executable, timeoutMs),
    stuck: result.kind === 'stuck' ? result.gone : null,
    isAnswer: !isNoAnswer(result),
  };
}

function noFieldsFinding(executable: string): Finding {
  return gpuFinding('invalid-field', {
    message: `${executable} rejects every field that Gantry requests.`,
    remedy: 'Check nvidiaSmi.path (or GANTRY_NVIDIA_SMI): the program must support --query-gpu.',
  });
}
