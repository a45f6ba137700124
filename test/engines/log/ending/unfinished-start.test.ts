import {describe, expect, test} from 'vitest';
import {unfinishedStart} from '../../../../src/engines/log/ending/unfinished-start.ts';

type Start = Parameters<typeof unfinishedStart>[0];

function findingOf(lines: readonly string[], start: Partial<Start> = {}) {
  const lastLines = lines.map((text, index) => ({text, number: index + 1}));
  return unfinishedStart({displayName: 'The program', phase: 'resolve', lastLines, silent: null, ...start});
}

describe('a log that ends while an engine starts', () => {
  test.each([
    'world_size=8 rank=0 local_rank=0 distributed_init_method=tcp://10.0.0.1:41235 backend=nccl',
    '[2026-11-12 04:00:50 TP0] Init torch distributed begin.',
    'INFO 11-12 04:00:20 [pynccl.py:111] vLLM is using nccl==2.27.5',
    'node7:4121:4190 [0] NCCL INFO Bootstrap : Using eth0:10.0.0.7<0>',
    'INFO 11-12 04:00:20 [utils.py:300] Waiting for 1 local, 7 remote core engine proc(s) to start.',
  ])('in the set-up of NCCL says so, and how to get the reason: %s', (line) => {
    const finding = findingOf([line, 'a line of another kind']);
    expect(finding.code).toBe('log.ends-in-rank-setup');
    expect(finding.message).toContain('processes of the program set up their communication (NCCL)');
    expect(finding.remedy).toMatch(/NCCL_DEBUG=INFO.*NCCL_SOCKET_IFNAME/);
    expect(finding.evidence).toBe(`line 1: ${line}`);
  });

  test.each([
    [
      [
        'world_size=1 rank=0 local_rank=0 distributed_init_method=tcp://127.0.0.1:41235 backend=nccl',
        'using nccl==2.27',
      ],
    ],
    [['Init torch distributed begin.', 'Init torch distributed ends. mem usage=1.40 GB']],
    [['comm 0x55 rank 0 nRanks 8 - Init COMPLETE', 'NCCL INFO Connected all rings']],
    [['reading the configuration']],
  ])('elsewhere does not: %j', (lines) => {
    expect(findingOf(lines).code).toBe('log.ends-while-starting');
  });

  test('after the ranks have met is not one of the set-up', () => {
    expect(findingOf(['Init torch distributed begin.'], {phase: 'load-weights'}).message).toBe(
      'The log ends while loading weights, without an error.',
    );
    expect(findingOf(['Init torch distributed begin.'], {phase: null}).code).toBe('log.ends-in-rank-setup');
  });

  test('says for how long a worker did not answer, as the log has it', () => {
    const line = {number: 1, text: 'No available shared memory broadcast block found in 60 seconds.'};
    expect(findingOf([], {phase: 'compile', silent: {line, seconds: 60}}).message).toMatch(
      /a worker did not answer for 60 seconds\.$/,
    );
  });

  test('with an open API says what the engine still does, where it does something', () => {
    const open = findingOf(['Uvicorn running on http://0.0.0.0:30000'], {phase: 'serve', lastStep: 'it warms up'});
    expect(open).toMatchObject({severity: 'info', message: expect.stringContaining('not ready yet: it warms up.')});
    expect(findingOf([], {phase: 'serve'}).severity).toBe('warning');
  });
});
