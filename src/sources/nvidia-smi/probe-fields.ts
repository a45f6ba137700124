import type {Finding} from '../../domain/diagnosis/finding.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {findingOfText} from './findings.ts';
import {knownFields, rejectedField, wantedFields, withoutOldSpelling} from './query-fields.ts';
import {troubleOf} from './read-gpus-once.ts';
import {runOnce} from './run-once.ts';

/**
 * The fields this driver can be asked for: from its own help, or, where that cannot be read, by asking for all and
 * leaving out what it rejects.
 */
export async function probeFields(executable: string, timeoutMs: number): Promise<Result<readonly string[], Finding>> {
  const help = await runOnce(executable, ['--help-query-gpu'], timeoutMs);
  if (help.kind !== 'ended') return err(firstTrouble(troubleOf(help, executable, timeoutMs)));
  const fields = knownFields(help.stdout);
  if (fields !== null) return ok(fields);
  const startUpError = findingOfText(help.stdout);
  if (startUpError !== null) return err(startUpError);
  return probeByRejection(executable, timeoutMs);
}

async function probeByRejection(executable: string, timeoutMs: number): Promise<Result<readonly string[], Finding>> {
  let fields = withoutOldSpelling(wantedFields);
  for (let attempt = 0; attempt < wantedFields.length; attempt += 1) {
    const answer = await runOnce(
      executable,
      [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits'],
      timeoutMs,
    );
    if (answer.kind !== 'ended') return err(firstTrouble(troubleOf(answer, executable, timeoutMs)));
    const rejected = rejectedField(answer.stdout);
    if (rejected === null) return ok(fields);
    fields = replaceRejected(fields, rejected);
  }
  return ok(fields);
}

function replaceRejected(fields: readonly string[], rejected: string): readonly string[] {
  if (rejected === 'clocks_event_reasons.active') {
    return fields.map((field) => (field === rejected ? 'clocks_throttle_reasons.active' : field));
  }
  return fields.filter((field) => field !== rejected);
}

function firstTrouble(findings: readonly Finding[]): Finding {
  const [first] = findings;
  if (first === undefined) throw new Error('a run that did not end has no finding');
  return first;
}
