import {expect, test} from 'vitest';
import {ownBases, recordedBases} from './mutation/bases.ts';
import {caseOf, combinedCaseOf} from './mutation/cases.ts';
import {catalogLogs} from './mutation/catalog-logs.ts';
import {failingLogs} from './mutation/failing-logs.ts';
import {complaintAbout} from './mutation/judge-case.ts';
import {createRandom, seedOf} from './mutation/mutation.ts';
import {complaintAboutTwo} from './mutation/two-logs.ts';
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

test(`at least ${count} cut, reversed, prefixed, colored, wrapped and interleaved logs keep their failure`, () => {
  console.info(`Mutations of logs: seed ${seed} (GANTRY_SEED), ${count} cases (GANTRY_CASES)`);
  const recorded = recordedBases();
  const wrong = [recorded, ownBases].flatMap((bases) => {
    const each = Math.ceil(count / 2 / Math.max(1, bases.length));
    return bases.flatMap((base) => {
      const random = createRandom(seedOf(base.name, seed));
      const ofCombinations = createRandom(seedOf(`${base.name} twice`, seed));
      const cases = [
        ...Array.from({length: each}, () => caseOf(base, random)),
        ...Array.from({length: Math.ceil(each / 3)}, () => combinedCaseOf(base, ofCombinations)),
      ];
      return cases.flatMap((one) => {
        const complaint = complaintAbout(one);
        return complaint === null ? [] : [`${complaint}: ${one.title}`];
      });
    });
  });
  expect(wrong.length, wrong.slice(0, 60).join('\n')).toBe(0);
}, 300_000);

test(`a failing log and a healthy one in one text keep the failure, in at least ${count} texts`, () => {
  console.info(`Two logs in one text: seed ${seed} (GANTRY_SEED), ${count} cases (GANTRY_CASES)`);
  const logs = ownBases.filter(({found}) => found.kind === 'engine-log');
  const each = Math.ceil(count / logs.length);
  const wrong = logs.flatMap((base) => {
    const random = createRandom(seedOf(`${base.name} and another`, seed));
    return Array.from({length: each}, () => complaintAboutTwo(base, random)).filter((one) => one !== null);
  });
  expect(wrong.length, wrong.slice(0, 60).join('\n')).toBe(0);
}, 300_000);
