import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {JsonScanError, JsonScanner} from '../../../src/sources/model-files/json-scanner.ts';

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const scanner = (text: string) => new JsonScanner(Buffer.from(text));
/** The offset at which a scan fails. */
function failsAt(text: string, scan: (of: JsonScanner) => unknown): number {
  try {
    scan(scanner(text));
  } catch (error) {
    if (error instanceof JsonScanError) return Number(/at byte (\d+)$/.exec(error.message)?.[1]);
    throw error;
  }
  throw new Error('The scan did not fail.');
}
const skips = (text: string) => {
  const of = scanner(text);
  of.skipValue();
  of.end();
  return true;
};
const skipAll = (of: JsonScanner): void => {
  of.skipValue();
  of.end();
};

/** The error of a read in turns. */
const errorOf = (read: Promise<void>): Promise<unknown> =>
  read.then(
    () => null,
    (error: unknown) => error,
  );

describe('an object of any size', () => {
  test('is read in turns: others get theirs after a quarter of a megabyte', async () => {
    const members = Array.from({length: 60_000}, (_, index) => `"layer.${index}": "model-00001-of-00002.safetensors"`);
    const of = scanner(`{"weight_map": {${members.join(',')}}, "after": {"x": 1}}`);
    let read = 0;
    let isOver = false;
    const inOneTurn: number[] = [];
    const others = (async () => {
      for (let before = 0; !isOver; before = read) {
        await nextTurn();
        inOneTurn.push(read - before);
      }
    })();
    await of.readObjectInTurns((key) => {
      if (key === 'after') return of.skipInTurns();
      return of.readValuesInTurns(() => {
        of.skipValue();
        read += 1;
      });
    });
    of.end();
    isOver = true;
    await others;
    expect(read).toBe(60_000);
    expect(Math.max(...inOneTurn)).toBeLessThan(8_000);
  });

  test.each([
    ['a text', `"${'x'.repeat(9_000_000)}"`],
    ['a list', `[${'1,'.repeat(4_500_000)}1]`],
    ['spaces', `[${' '.repeat(9_000_000)}1]`],
  ])('has no member that is %s of more than 8 MiB', async (_, value) => {
    const of = scanner(`{"a": ${value}}`);
    expect(String(await errorOf(of.skipInTurns()))).toContain('a value of at most 8 MiB');
  });

  test('may have members that are as large as 8 MiB together with what is around them', async () => {
    const of = scanner(
      `{${Array.from({length: 3}, (_, index) => `"${index}": "${'x'.repeat(8_000_000)}"`).join(',')}}`,
    );
    await of.skipInTurns();
    of.end();
  });

  test.each([['{"a" 1}'], ['[]'], ['{"a": 1'], ['{"a": 1,}']])('that is %s fails', async (text) => {
    const of = scanner(text);
    expect(await errorOf(of.readValuesInTurns(() => of.skipValue()))).toBeInstanceOf(JsonScanError);
  });
});

describe('objects and lists', () => {
  test('return their keys and values in order, with any whitespace', () => {
    const of = scanner(' \n\r\t{ "a" : [1 , 2],"b":\t[ ] }  ');
    const seen: unknown[] = [];
    of.readObject((key) => {
      seen.push(key);
      of.readList(() => seen.push(of.readCount()));
    });
    of.end();
    expect(seen).toEqual(['a', 1, 2, 'b']);
  });

  test('may be empty', () => {
    const of = scanner('{}');
    of.readObject(() => expect.unreachable());
    of.end();
  });

  test('of which only the values matter return those', async () => {
    const of = scanner('{"a":"x","b":"y"}');
    const seen: string[] = [];
    await of.readValuesInTurns(() => void seen.push(of.readString(seen)));
    expect(seen).toEqual(['x', 'y']);
  });

  test.each([
    ['{"a" 1}', 5],
    ['{"a":1', 6],
    ['{"a":1 "b":2}', 7],
    ['{a:1}', 1],
    ['{"a":1,}', 7],
    ['[1 2]', 3],
    ['[1,]', 3],
    ['[1', 2],
    ['1 2', 2],
    ['', 0],
  ])('%s fails at byte %i', (text, offset) => {
    expect(failsAt(text, skipAll)).toBe(offset);
  });

  test('of another type fail', () => {
    expect(failsAt('[]', (of) => of.readObject(() => undefined))).toBe(0);
    expect(failsAt(' {}', (of) => of.readList(() => undefined))).toBe(1);
  });

  test('may be nested at most 32 levels deep', () => {
    expect(skips(`${'['.repeat(32)}1${']'.repeat(32)}`)).toBe(true);
    expect(failsAt(`${'['.repeat(33)}1${']'.repeat(33)}`, skipAll)).toBe(33);
    expect(failsAt(`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, skipAll)).toBe(165);
  });
});

test('any JSON is skipped, with any whitespace', () => {
  fc.assert(
    fc.property(fc.jsonValue({maxDepth: 6}), fc.constantFrom(0, 1, '\t'), (value, indent) => {
      expect(skips(JSON.stringify(value, null, indent))).toBe(true);
    }),
  );
  expect(skips(' [ 1 , 2 , { "a" : [ ] } ] ')).toBe(true);
});

describe('strings', () => {
  test.each([
    ['"abc"', 'abc'],
    ['""', ''],
    ['"a\\"b\\\\"', 'a"b\\'],
    ['"\\u00e4\u00e4"', '\u00e4\u00e4'],
    ['"~"', '~'],
  ])('%s is read', (text, value) => {
    expect(scanner(text).readString()).toBe(value);
  });

  test('an expected one is distinguished from others of its length and start', () => {
    expect(scanner('"F16"').readString(['BF16', 'F32', 'F16'])).toBe('F16');
    expect(scanner('"F16x"').readString(['F16'])).toBe('F16x');
    expect(scanner('"F17"').readString(['F16'])).toBe('F17');
    // Longer ones that begin with it, whatever their length.
    expect(scanner('"F1"').readString(['F16', 'F16x', 'F16xy'])).toBe('F1');
    expect(scanner('  "F1"').readString(['F16', 'F16x', 'F16xyz12'])).toBe('F1');
    expect(scanner('""').readString(['F', 'F1'])).toBe('');
  });

  test('any text is read as JSON.parse reads it, whatever was expected', () => {
    fc.assert(
      fc.property(fc.string({unit: 'binary'}), fc.array(fc.string()), (value, likely) => {
        expect(scanner(JSON.stringify(value)).readString(likely)).toBe(value);
        expect(scanner(JSON.stringify(value)).readString([...likely, value])).toBe(value);
      }),
    );
    expect(scanner('"\\n\\t"').readString()).toBe('\n\t');
  });

  test('may have at most 64 KiB', () => {
    const most = 64 * 1024;
    expect(scanner(`"${'x'.repeat(most)}"`).readString()).toHaveLength(most);
    expect(failsAt(`"${'x'.repeat(most + 1)}"`, (of) => of.readString())).toBe(1);
  });

  test.each([
    ['"abc', 4],
    ['"a\\"', 4],
    ['"a\u001fb"', 2],
    ['"a\\x"', 1],
    ['x', 0],
  ])('%j fails at byte %i', (text, offset) => {
    expect(failsAt(text, (of) => of.readString())).toBe(offset);
  });
});

describe('numbers', () => {
  test.each([
    ['0', 0],
    ['10', 10],
    ['9007199254740930', 9_007_199_254_740_930],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('the count %s is read', (text, value) => {
    const of = scanner(` ${text}`);
    expect(of.readCount()).toBe(value);
    of.end();
  });

  test.each(['9007199254740992', '9007199254740993', '99999999999999999999', '01', '-1', '', 'x', '/', ':'])(
    '"%s" is not a count',
    (text) => {
      expect(failsAt(` ${text}`, (of) => of.readCount())).toBe(1);
    },
  );

  test.each([
    ['-1.5e+3', -1500],
    ['0', 0],
    ['12', 12],
    ['1E2', 100],
  ])('the number %s is read', (text, value) => {
    expect(scanner(` ${text}`).readNumber()).toBe(value);
  });

  test.each(['1e999', 'null', 'true', 'true1', '01', '+1', '1.', '.5', 'nul', '1x', '"1"', ''])(
    '"%s" is not a number',
    (text) => {
      expect(failsAt(` ${text}`, (of) => of.readNumber())).toBe(1);
    },
  );
});

test.each(['true', 'false', 'null', '-0', '1.25', '"x"', '[{"a":[]},"b"]', '{"a":{"b":[1,2]}}'])(
  '%s is skipped',
  (text) => {
    expect(skips(text)).toBe(true);
  },
);
