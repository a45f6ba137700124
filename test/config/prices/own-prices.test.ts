import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {describe, expect, test} from 'vitest';
import {chosenPrices, problemsOfChoice} from '../../../src/config/prices/chosen-prices.ts';
import {nextOwnPrices, noOwnPrices, ownPricesPath, readOwnPrices} from '../../../src/config/prices/own-prices.ts';
import {err, ok} from '../../../src/shared/result.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

const FILE = '/etc/gantry/prices.yaml';
const text =
  'apis:\n  - {name: ours, model: m, input: 1, cachedInput: null, output: 2, asOf: 2026-11, source: contract}\n';
const missing = err({code: 'configuration.file-missing', message: `${FILE} does not exist.`, remedy: ''} as const);
const ours = nextOwnPrices(noOwnPrices, ok(text), FILE);

describe('the file', () => {
  test('is next to the configuration, and nothing is wrong where there is none', async () => {
    const configuration = path.join(temporaryDirectory(), 'other-name.yaml');
    expect(await readOwnPrices(configuration)).toEqual(noOwnPrices);
    await writeFile(ownPricesPath(configuration), text);
    expect((await readOwnPrices(configuration)).prices?.apis.map(({name}) => name)).toEqual(['ours']);
  });

  test('keeps its last valid version in force while it cannot be used, or is gone', () => {
    const typo = nextOwnPrices(ours, ok(text.replace('output', 'outptu')), FILE);
    expect(typo.prices).toBe(ours.prices);
    expect(typo.trouble).toMatchObject({message: expect.stringContaining(`${FILE}:2:`), place: {line: 2}});
    const gone = nextOwnPrices(ours, missing, FILE);
    expect(gone.prices).toBe(ours.prices);
    expect(gone.trouble?.message).toBe(`${FILE} no longer exists.`);
    expect(nextOwnPrices(gone, ok(text), FILE)).toEqual(ours);
  });
});

describe('what is compared', () => {
  const written = {
    name: 'written',
    asOf: '2026-11-01',
    inputUsdPerMillionTokens: 1,
    cachedInputUsdPerMillionTokens: 0.5,
    outputUsdPerMillionTokens: 2,
  };

  test('is one, or several in their order, named or written out', () => {
    const namesOf = (choice: Parameters<typeof chosenPrices>[0]) =>
      chosenPrices(choice, ours).compared.map(({name}) => name);
    expect(namesOf('ours')).toEqual(['ours']);
    expect(namesOf(written)).toEqual(['written']);
    expect(namesOf(['openrouter', written, 'moonshot', 'ours'])).toEqual(['openrouter', 'written', 'moonshot', 'ours']);
  });

  test('is refused with one name twice, of which tables and metrics could tell neither', () => {
    const [problem, ...others] = problemsOfChoice(['moonshot', 'ours', {...written, name: 'moonshot'}, 'ours'], ours);
    expect(problem).toMatchObject({
      path: ['cost', 'priceBook', 2, 'name'],
      text: 'is "moonshot" again, but each name was expected once',
    });
    expect(others).toMatchObject([{path: ['cost', 'priceBook', 3]}]);
  });

  test('is refused where no file has the name, unless the file that may have it cannot be used', () => {
    const [problem] = problemsOfChoice(['moonshot', 'moonshoot'], ours);
    expect(problem).toMatchObject({path: ['cost', 'priceBook', 1], remedy: 'Did you mean moonshot?'});
    expect(problem?.text).toBe('is "moonshoot", but the name of a known price book was expected');
    expect(problemsOfChoice('zzz', ours)[0]).toMatchObject({
      path: ['cost', 'priceBook'],
      remedy: expect.stringMatching(/^Use one of moonshot, .*, ours, or add it to prices.yaml\.$/),
    });
    const broken = nextOwnPrices(noOwnPrices, ok('apis: 3'), FILE);
    expect(problemsOfChoice('ours', broken)).toEqual([]);
    expect(chosenPrices('ours', broken).compared[0].name).toBe('moonshot');
  });
});
