import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {apiErrorSchema, refusalOf} from '../../../../src/api/commands.ts';
import {
  type DetailsOf,
  detailSchemas,
  detailsOf,
  withDetails,
} from '../../../../src/domain/diagnosis/details/details.ts';
import {type Finding, findingSchema} from '../../../../src/domain/diagnosis/finding.ts';

const plain = {severity: 'critical', message: 'm.', evidence: null, remedy: 'r.', settingsChange: null} as const;
const port = {host: '127.0.0.1', port: 8000, pid: 77, command: 'python3 -m http.server'};
const taken: Finding = {...withDetails('preflight.port-in-use', port), ...plain};

describe('the facts of a finding', () => {
  test('are read only under their own code', () => {
    expect(detailsOf(taken, 'preflight.port-in-use')).toEqual(port);
    expect(detailsOf(taken, 'preflight.port-unusable')).toBeNull();
    expect(detailsOf({code: 'preflight.port-in-use'}, 'preflight.port-in-use')).toBeNull();
  });

  test('survive a round trip through JSON', () => {
    const numbers = fc.double({min: 0, noNaN: true, noDefaultInfinity: true});
    fc.assert(
      fc.property(numbers, fc.nat(), fc.nat(), (stalledMs, runningRequests, waitingRequests) => {
        const stall = {stalledMs, runningRequests, waitingRequests};
        const finding = {...withDetails('engine.no-progress', stall), ...plain};
        const read = findingSchema.parse(JSON.parse(JSON.stringify(finding)));
        expect(detailsOf(read, 'engine.no-progress')).toEqual({
          ...stall,
          stalledMs: JSON.parse(JSON.stringify(stalledMs)),
        });
      }),
    );
  });

  test.each([
    ['a value of another type', {...port, port: '8000'}],
    ['a missing key', {host: port.host, port: port.port, pid: null}],
    ['a key that nobody knows', {...port, user: 'root'}],
  ])('are refused in a document with %s', (_, details) => {
    const parsed = findingSchema.safeParse({code: 'preflight.port-in-use', ...plain, details});
    expect(parsed.success).toBe(false);
    expect(parsed.error?.issues.every(({path}) => path[0] === 'details')).toBe(true);
    expect(apiErrorSchema.safeParse({code: 'preflight.port-in-use', message: '', remedy: '', details}).success).toBe(
      false,
    );
  });

  test('are kept under a code that a newer Gantry added, and are optional', () => {
    const newer = {code: 'preflight.of-next-year', ...plain, details: {reason: ['x', 1, null]}};
    expect(findingSchema.parse(newer)).toEqual(newer);
    expect(findingSchema.parse({code: 'preflight.port-in-use', ...plain})).not.toHaveProperty('details');
  });

  test('go with the finding into the refusal of a command', () => {
    expect(refusalOf(taken)).toEqual({
      code: 'preflight.port-in-use',
      message: plain.message,
      remedy: plain.remedy,
      details: port,
    });
    expect(refusalOf({code: 'x.y', ...plain})).not.toHaveProperty('details');
  });

  test('cannot contain what JSON cannot represent', () => {
    expect(() =>
      withDetails('engine.no-progress', {stalledMs: Number.NaN, runningRequests: 1, waitingRequests: 0}),
    ).toThrow();
    expect(() =>
      withDetails('engine.no-progress', {stalledMs: Number.POSITIVE_INFINITY, runningRequests: 1, waitingRequests: 0}),
    ).toThrow();
  });
});

test('every code of the registry contains a dot, and its schema refuses unknown fields', () => {
  expect(Object.keys(detailSchemas).length).toBeGreaterThan(30);
  for (const [code, schema] of Object.entries(detailSchemas)) {
    expect(code).toMatch(/^(?:\*|[a-z-]+)(\.[a-z-]+)+$/);
    expect(schema.safeParse({nobodyKnowsThis: 1}).success, code).toBe(false);
  }
});

describe('facts of a failure that several engines have in common', () => {
  const facts: DetailsOf<'*.nccl'> = {
    verdict: 'silent',
    missingRanks: [2],
    unseenRanks: [],
    waiting: [],
    worldSize: 4,
    nodeCount: null,
    peer: null,
    isDeduplicated: false,
  };

  test('are read of every engine, and not of a code of Gantry with that name', () => {
    const {details} = withDetails('*.nccl', facts);
    for (const code of ['vllm.nccl', 'sglang.nccl', 'common.nccl']) {
      expect(detailsOf({code, details}, '*.nccl')).toEqual(facts);
    }
    expect(detailsOf({code: 'host.nccl', details}, '*.nccl')).toBeNull();
    expect(detailsOf({code: 'vllm.peer-closed', details}, '*.nccl')).toBeNull();
  });

  test('of another shape are refused in a document', () => {
    const finding = {
      code: 'vllm.nccl',
      severity: 'critical',
      message: 'm',
      evidence: null,
      remedy: 'r',
      settingsChange: null,
    };
    expect(findingSchema.safeParse({...finding, details: {...facts}}).success).toBe(true);
    expect(findingSchema.safeParse({...finding, details: {...facts, verdict: 'guessed'}}).success).toBe(false);
    expect(findingSchema.safeParse({...finding, code: 'host.nccl', details: {anything: 1}}).success).toBe(true);
  });
});
