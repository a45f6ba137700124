import {readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {engines} from '../../../src/engines/registry.ts';
import {readSource, repositoryRoot, sourceFiles} from '../../architecture/source-tree.ts';
import {allFindingRows} from './all-finding-rows.ts';
import {excludedCodes, findingCodes} from './finding-codes.ts';
import type {FindingRow} from './finding-row.ts';

const tested = allFindingRows.flatMap(({codes}) => codes);

test('every code that a finding of a snapshot can have is raised and ended in this table', () => {
  const known = new Set(tested);
  expect(findingCodes().filter((code) => !known.has(code))).toEqual([]);
});

test('the table has each code once, and none that does not exist', () => {
  // The same code of an engine may be a failure, a notice and an argument that is refused.
  const isOfEngine = (code: string): boolean => engines.some(({name}) => code.startsWith(`${name}.`));
  expect(tested.filter((code, index) => tested.indexOf(code) !== index && !isOfEngine(code))).toEqual([]);
  const existing = new Set(findingCodes());
  const made = /^(hooks\.(failed|dropped)-1)$/;
  expect(tested.filter((code) => !existing.has(code) && !made.test(code))).toEqual([]);
});

test('what is left out of the table by name still exists', () => {
  const source = sourceFiles().map(readSource).join('\n');
  expect([...excludedCodes].filter((code) => !source.includes(`'${code}'`))).toEqual([]);
});

const BEGIN = '<!-- table of findings: written by test/supervisor/findings/finding-table.test.ts (vitest -u) -->\n';
const END = '<!-- end of the table -->\n';

/** Findings that no snapshot has. */
const elsewhere: readonly Pick<FindingRow, 'shown' | 'raisedBy' | 'endedBy'>[] = [
  {shown: ['host.logout-kills'], raisedBy: '`gantry doctor` and `gantry service` only', endedBy: ''},
  {
    shown: [
      'log.*',
      'benchmark.*',
      'host.driver-finds-no-gpu',
      'host.fabric-not-ready',
      'host.gpu-needs-reset',
      'host.gpu-unreachable',
      'host.hung-task',
      'host.iommu-fault',
      'host.killed-for-memory',
      'host.link-error',
      'host.unit-*',
      'host.watchdog-dump',
      'host.nvswitch-error',
      'host.nvswitch-fatal',
      'host.process-blocked',
      'host.segfault',
      'host.server-without-workers',
      'host.stack-waits',
      'host.workers-defunct',
      'host.workers-orphaned',
      'host.xid-consequence',
      'host.xid-of-program',
      'source.nvidia-smi.value-unreadable',
    ],
    raisedBy: '`gantry diagnose` only',
    endedBy: '',
  },
  {
    shown: ['configuration.unused'],
    raisedBy:
      'in `gantry status`, `up`, `restart` and `doctor`: the command was run with another file or other variables than the supervisor',
    endedBy: "never in the console; edit the supervisor's file, or start a new supervisor",
  },
];

function tableText(): string {
  const lines = [...allFindingRows, ...elsewhere].map(({shown, raisedBy, endedBy}) => {
    const codes = shown.map((code) => (/[` ]/.test(code) ? code : `\`${code}\``)).join(', ');
    return `| ${codes} | ${raisedBy} | ${endedBy} |\n`;
  });
  return `| code | raised by | ended by |\n|---|---|---|\n${lines.join('')}`;
}

test('docs/findings.md has this table', async () => {
  const file = path.join(repositoryRoot, 'docs/findings.md');
  const page = readFileSync(file, 'utf8');
  const [before, rest] = page.split(BEGIN);
  const [, after] = (rest ?? '').split(END);
  expect([before, after], 'the markers of the table').not.toContain(undefined);
  await expect(`${before ?? ''}${BEGIN}${tableText()}${END}${after ?? ''}`).toMatchFileSnapshot(file);
});
