import {expect} from 'vitest';
import {collectiveDetailSchemas} from '../../../../src/domain/diagnosis/details/collective-details.ts';
import {type DetailsOf, detailsOf} from '../../../../src/domain/diagnosis/details/details.ts';
import type {Finding} from '../../../../src/domain/diagnosis/finding.ts';
import {readLines} from '../../../sources/pasted-text/read-lines.ts';

/** The lines by which a rank of current PyTorch gives up. */
export function timeOut({
  rank,
  sequence,
  operation = 'ALLREDUCE',
  numbers = 'NumelIn=7168, NumelOut=7168',
  group = 'PG ID 2 PG GUID 3',
  inner = rank,
  enqueued = sequence,
  prefix = '',
}: {
  readonly rank: number;
  readonly sequence: number;
  readonly operation?: string;
  readonly numbers?: string;
  readonly group?: string;
  /** The rank within the group. */
  readonly inner?: number;
  readonly enqueued?: number;
  readonly prefix?: string;
}): readonly string[] {
  const time = '[E503 11:20:31.4412';
  return [
    `${prefix}[rank${rank}]:${time} ProcessGroupNCCL.cpp:689] [Rank ${inner}] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=${sequence}, OpType=${operation}, ${numbers}, Timeout(ms)=600000) ran for 600013 milliseconds before timing out.`,
    `${prefix}[rank${rank}]:${time} ProcessGroupNCCL.cpp:2303] [${group} Rank ${inner}]  failure detected by watchdog at work sequence id: ${sequence} PG status: last enqueued work: ${enqueued}, last completed work: ${sequence - 1}`,
  ];
}

/** The first finding in these lines, with its facts. */
export function firstFinding(lines: readonly string[]): {
  readonly finding: Finding;
  readonly facts: DetailsOf<'*.nccl'> | null;
} {
  const [finding] = readLines(lines)?.findings ?? [];
  if (finding === undefined) throw new Error('There is no finding.');
  expect(finding.severity).toBe('critical');
  const codes = Object.keys(collectiveDetailSchemas) as (keyof typeof collectiveDetailSchemas)[];
  const [facts = null] = codes.flatMap((code) => detailsOf(finding, code) ?? []);
  return {finding, facts};
}
