import {expect, test} from 'vitest';
import {ownBases, recordedBases} from './mutation/bases.ts';
import {caseOf} from './mutation/cases.ts';
import {catalogLogs} from './mutation/catalog-logs.ts';
import {failingLogs} from './mutation/failing-logs.ts';
import {complaintAbout} from './mutation/judge-case.ts';
import {chosen, createRandom} from './mutation/mutation.ts';
import {readLines} from './read-lines.ts';

const seed = Number(process.env['GANTRY_SEED'] ?? 20_260_405);
const count = Number(process.env['GANTRY_CASES'] ?? 2_400);

test('the logs of these tests fail for what they are named after', () => {
  for (const [name, {code, lines}] of Object.entries(failingLogs)) {
    expect(readLines(lines), name).toMatchObject({kind: 'engine-log', exit: 'failed'});
    expect(readLines(lines)?.findings[0]?.code, name).toBe(code);
  }
  expect(ownBases).toHaveLength(Object.keys(failingLogs).length + catalogLogs.length);
});

test(`${count} cut, reversed, prefixed, colored, wrapped and interleaved logs keep their failure`, () => {
  console.info(`Mutations of logs: seed ${seed} (GANTRY_SEED), ${count} cases (GANTRY_CASES)`);
  const random = createRandom(seed);
  const recorded = recordedBases();
  const wrong: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const bases = recorded.length > 0 && index % 2 === 0 ? recorded : ownBases;
    const one = caseOf(chosen(bases, random), random);
    const complaint = complaintAbout(one);
    if (complaint !== null) wrong.push(`${complaint}: ${one.title}`);
  }
  expect(wrong.length, wrong.slice(0, 60).join('\n')).toBe(0);
}, 300_000);
