import {expect, test} from 'vitest';
import {
  helpFields,
  identityAndLoadFields,
  knownFields,
  rejectedField,
  replaceRejected,
  wantedFields,
  withoutOldSpelling,
} from '../../../../src/sources/nvidia-smi/parse/query-fields.ts';

const EVENT = 'clocks_event_reasons.active';
const THROTTLE = 'clocks_throttle_reasons.active';
const help = (...fields: readonly string[]) => fields.map((field) => `"${field}"\nA sentence.\n`).join('\n');

test('fields and their aliases are quoted at the start of a line of the help', () => {
  const fields = helpFields('"clocks.current.sm" or "clocks.sm"\n  "pstate"\nSee "pcie" for more.\n""\n');
  expect([...fields]).toEqual(['clocks.current.sm', 'clocks.sm', 'pstate']);
  expect([...helpFields('"a.b"  or\t"c.d"   or  "e"')]).toEqual(['a.b', 'c.d', 'e']);
  expect([...helpFields('"a.b"or"c.d"')]).toEqual(['a.b']);
});

test('a help without the index is not readable', () => {
  expect(knownFields('')).toBeNull();
  expect(knownFields(help('uuid', 'memory.total'))).toBeNull();
});

test('only needed fields of the help are requested, in the order of the request', () => {
  expect(knownFields(help('pstate', 'uuid', 'index', 'fan.speed'))).toEqual(['index', 'uuid', 'pstate']);
});

test('of two names of the clock reasons the newer one is requested', () => {
  expect(knownFields(help('index', EVENT, THROTTLE))).toEqual(['index', EVENT]);
  expect(knownFields(help('index', THROTTLE))).toEqual(['index', THROTTLE]);
  expect(withoutOldSpelling([THROTTLE, 'index'])).toEqual([THROTTLE, 'index']);
  expect(withoutOldSpelling([THROTTLE, 'index', EVENT])).toEqual(['index', EVENT]);
});

test('a rejected field is dropped, and the newer name of the clock reasons is replaced by the older one', () => {
  expect(replaceRejected(['index', 'fabric.state', EVENT], 'fabric.state')).toEqual(['index', EVENT]);
  expect(replaceRejected(['index', EVENT], EVENT)).toEqual(['index', THROTTLE]);
  expect(replaceRejected(['index', THROTTLE], THROTTLE)).toEqual(['index']);
});

test('the rejected field is read from the answer', () => {
  expect(rejectedField('Field "fabric.state" is not a valid field to query.\n')).toBe('fabric.state');
  expect(rejectedField('0, GPU-0\n')).toBeNull();
});

test('every field is requested once, and identity comes before load', () => {
  for (const field of wantedFields) expect(field).toMatch(/^[a-z]\w*(?:\.\w+)*$/);
  expect(new Set(wantedFields).size).toBe(wantedFields.length);
  expect(wantedFields.slice(0, identityAndLoadFields.length)).toEqual(identityAndLoadFields);
  expect(identityAndLoadFields.indexOf('uuid')).toBeLessThan(identityAndLoadFields.indexOf('memory.total'));
});
