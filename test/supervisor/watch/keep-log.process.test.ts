import {appendFile, mkdir, stat, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import type {LogLine} from '../../../src/samples/log-line.ts';
import {keepLog} from '../../../src/supervisor/watch/keep-log.ts';
import {eventually} from '../../harness/eventually.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

let directory: string;
let logPath: string;
beforeEach(() => {
  directory = temporaryDirectory('keep');
  logPath = path.join(directory, 'engine.log');
});

function keep(controller: AbortController) {
  const lines: LogLine[] = [];
  const findings: (Finding | null)[] = [];
  const log = keepLog(
    {path: logPath, limits: () => ({maxBytes: 2_000, keepFiles: 1}), signal: controller.signal},
    {
      take: (more) => lines.push(...more),
      observe: (observation) => {
        if (observation.type === 'log-trouble' || observation.type === 'log-notice') findings.push(observation.finding);
      },
    },
  );
  return {log, lines, findings};
}

test('a log is rotated once it was read, and the next supervisor still reads the start of the engine', async () => {
  const first = new AbortController();
  await writeFile(logPath, `the start\n${'x'.repeat(40)}\n`.repeat(60));
  const {lines} = keep(first);
  await eventually(async () => expect((await stat(logPath)).size).toBe(0), 'the log to be moved aside');
  expect(lines).toHaveLength(120);
  await appendFile(logPath, 'later\n');
  await eventually(() => expect(lines.at(-1)?.text).toBe('later'), 'the later line');
  first.abort();
  const second = new AbortController();
  const again = keep(second);
  await again.log.catchUp();
  expect(again.lines.map(({text}) => text).slice(0, 1)).toEqual(['the start']);
  expect(again.lines.at(-1)).toMatchObject({text: 'later', number: 121});
  expect(again.findings.filter((finding) => finding !== null)).toEqual([]);
  second.abort();
});

test('a beginning that cannot be read is reported, and the log is still read', async () => {
  const controller = new AbortController();
  await writeFile(logPath, 'here\n');
  await mkdir(`${logPath}.start`);
  const {log, lines, findings} = keep(controller);
  await log.catchUp();
  expect(lines.map(({text}) => text)).toEqual(['here']);
  expect(findings.map((finding) => finding?.code)).toContain('source.log.start-unread');
  controller.abort();
});
