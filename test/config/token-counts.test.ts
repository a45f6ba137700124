import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import {beforeEach, describe, expect, test} from 'vitest';
import {loadConfiguration} from '../../src/config/load-configuration.ts';
import {parseTokenCount, tokenCountForm} from '../../src/domain/settings/token-count.ts';
import {temporaryDirectory} from '../harness/temporary-directory.ts';

let configDir: string;
beforeEach(() => {
  configDir = temporaryDirectory('config');
});

/** The context length that a file, or a variable, sets; else the message of its error. */
async function contextOf(text: string, variable = ''): Promise<number | string> {
  await writeFile(path.join(configDir, 'gantry.yaml'), text);
  const loaded = await loadConfiguration({configDir, env: {GANTRY_ENGINE_CONTEXT_LENGTH_TOKENS: variable}});
  return loaded.ok ? loaded.value.configuration.engine.contextLengthTokens : loaded.error.message;
}

/** Numbers to YAML, but no numbers of tokens as Gantry reads them. */
const otherNumbers = ['1e5', '1E5', '0x20000', '0o400', '100000.0', '.5', '-1', '+5', '1.5', '0', '200000000'];
/** Text to YAML, and no number of tokens either. */
const otherText = ['1_000', '128KB', '1,02', '.inf', '.nan', 'true', 'yes', '~', '[1]', '{}', '', '"1e5"'];

describe('a number of tokens in the file', () => {
  test.each([...otherNumbers, ...otherText])('%s is refused with what was expected', async (written) => {
    const message = await contextOf(`engine:\n  contextLengthTokens: ${written}\n`);
    expect(message).toContain('gantry.yaml:2:');
    expect(message).toContain('engine.contextLengthTokens is ');
    expect(message).toContain(`but ${tokenCountForm} was expected`);
  });

  test.each(['128 K', "'128 k'", '131 072'])('%s is refused for its space', async (written) => {
    expect(await contextOf(`engine:\n  contextLengthTokens: ${written}\n`)).toMatch(
      /but (?:128K|128k|131072) without a space \(1\d\d,\d{3} tokens\) was expected/,
    );
  });

  test('is quoted in the error as it is written', async () => {
    expect(await contextOf('engine: {contextLengthTokens: 0x20000}')).toContain('is "0x20000", but');
    expect(await contextOf('engine: {contextLengthTokens: 1e5}')).toContain('is "1e5", but');
  });

  test.each([
    ['131072', 131_072],
    ['131,072', 131_072],
    ['128K', 131_072],
    ["'128k' # tokens", 128_000],
    ['1M', 1_048_576],
    ['!!int 4096', 4_096],
  ])('%s is read', async (written, expected) => {
    expect(await contextOf(`engine:\n  contextLengthTokens: ${written}\n`)).toBe(expected);
  });

  test('is followed through an alias of the value, and of the section', async () => {
    expect(await contextOf('engine:\n  servedModelName: &n 1e5\n  contextLengthTokens: *n\n')).toContain(
      'is "1e5", but',
    );
    expect(await contextOf('console: {layout: &n 128K}\nengine: {contextLengthTokens: *n}\n')).toBe(131_072);
  });

  test('means the same in the file and in a variable, whatever is written', async () => {
    const written = fc.oneof(
      fc.constantFrom(...otherNumbers, '1_000', '128KB', '1,02'),
      fc.nat({max: 300_000_000}).map(String),
      fc.tuple(fc.nat({max: 4_000}), fc.constantFrom('k', 'K', 'm', 'M', 'e3', '.0')).map(([n, unit]) => `${n}${unit}`),
    );
    await fc.assert(
      fc.asyncProperty(written, async (text) => {
        const parsed = parseTokenCount(text);
        const [inFile, inVariable] = [
          await contextOf(`engine:\n  contextLengthTokens: ${text}\n`),
          await contextOf('', text),
        ];
        if (parsed.ok) expect([inFile, inVariable]).toEqual([parsed.value, parsed.value]);
        else {
          expect(inFile).toContain('was expected');
          expect(inVariable).toContain(`GANTRY_ENGINE_CONTEXT_LENGTH_TOKENS is ${JSON.stringify(text)}, but`);
        }
      }),
      {numRuns: 60},
    );
  });
});
