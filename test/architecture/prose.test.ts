import {describe, expect, test} from 'vitest';
import {type SourceRule, violationsIn, violationsOf} from './source-patterns.ts';

const field = '(?:message|remedy|absent|detail|evidence)';
const method = '(?:match|matchAll|includes|startsWith|endsWith|split|replace|replaceAll|search|indexOf|lastIndexOf)';

/** Facts are in `details`: nobody takes a message of ours apart, or knows it again by its words. */
const rules: readonly SourceRule[] = [
  {name: 'takes a message apart', pattern: new RegExp(String.raw`\b${field}\??\.${method}\(`)},
  {name: 'tests a message', pattern: new RegExp(String.raw`\.(?:test|exec)\([^()]*\b${field}\b[^()]*\)`)},
  {
    name: 'compares a message',
    pattern: /\b(?:message|remedy|absent) [!=]== (?!null\b|undefined\b|'')/,
  },
];

/** What it reads was written by others. */
const outsideText: Readonly<Record<string, string>> = {
  'domain/diagnosis/exhausted-device.ts': "PyTorch's error in the log of the engine",
  'domain/memory/model/config-json/config-fields.ts': 'the error of JSON.parse, for its place in the file',
};

const isExempt = (file: string): boolean => file.startsWith('simulator/') || file in outsideText;

test('no file of the source reads facts from a message of ours', () => {
  expect(violationsOf(rules, isExempt)).toEqual([]);
});

test('every exemption is still needed', () => {
  const found = violationsOf(rules, (file) => !(file in outsideText)).map((violation) => violation.split(':', 1)[0]);
  expect(new Set(found)).toEqual(new Set(Object.keys(outsideText)));
});

describe('planted violations are found:', () => {
  test.each([
    'const card = /^GPU \\d+/.exec(finding.message)?.[0];',
    'const version = error.message.match(/version (\\d+)/);',
    "if (progress.absent.startsWith('no metrics')) return;",
    "const isTaken = remedy.includes('--port');",
    'const bare = error.message.replace(/\\.$/, "");',
    'if (/no step/.test(status.detail)) return;',
    'const isKnown = message === plan.reason;',
    'const others = blockers.filter(({message}) => message !== reason);',
    "const [head] = finding.evidence?.split(';') ?? [];",
  ])('%s', (line) => {
    expect(violationsIn(`const first = 1;\n${line}\n`, 'planted.ts', rules)).toEqual([
      expect.stringMatching(/^planted\.ts:2 /),
    ]);
  });
});

describe('no violation:', () => {
  test.each([
    "if (code.startsWith('lifecycle.')) return;",
    "const text = [error.message, error.remedy].join(' ');",
    "if (error.remedy === '') return;",
    'if (evidence !== null) rows.push(evidence);',
    '/* error.message.includes is not for us */',
  ])('%s', (line) => {
    expect(violationsIn(line, 'planted.ts', rules)).toEqual([]);
  });
});
