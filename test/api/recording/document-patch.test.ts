import fc from 'fast-check';
import {expect, test} from 'vitest';
import {z} from 'zod';
import {patchBetween, withPatch} from '../../../src/api/recording/document-patch.ts';

const patchSchema = z.record(z.string(), z.unknown());

test('only what differs is in a patch, by JSON Pointer', () => {
  const before = {a: {'x/y': 1, 'm~n': [1, 2]}, list: [{v: 1}, {v: 2}], gone: null, same: 'same'};
  const after = {a: {'x/y': 2, 'm~n': [1, 3]}, list: [{v: 1}, {v: 5}], gone: {b: 1}, same: 'same'};
  expect(patchBetween(before, after)).toEqual({'/a/x~1y': 2, '/a/m~0n/1': 3, '/list/1/v': 5, '/gone': {b: 1}});
  expect(patchBetween(before, before)).toEqual({});
});

test('what is added or removed replaces what it is in, and undefined is no value', () => {
  expect(patchBetween({a: {b: 1}}, {a: {b: 1, c: 2}})).toEqual({'/a': {b: 1, c: 2}});
  expect(patchBetween({a: [1, 2, 3]}, {a: [1, 2]})).toEqual({'/a': [1, 2]});
  expect(patchBetween({a: [1]}, {a: {0: 1}})).toEqual({'/a': {0: 1}});
  expect(patchBetween({a: 1, b: undefined}, {a: 2})).toEqual({'/a': 2});
});

test('a document with the patch to another is that one; what did not change is shared', () => {
  // As both are written: JSON has no -0.
  const written = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  fc.assert(
    fc.property(fc.jsonValue().map(written), fc.jsonValue(), (before, after) => {
      const patch = patchSchema.parse(written(patchBetween(before, after)));
      expect(withPatch(before, patch)).toEqual({ok: true, value: written(after)});
    }),
  );
  const before = {kept: {deep: [1]}, changed: 1};
  const changed = withPatch(before, {'/changed': 2});
  expect(changed.ok && typeof changed.value === 'object' && changed.value !== null && 'kept' in changed.value).toBe(
    true,
  );
  expect(changed.ok ? Object.values(changed.value ?? {})[0] : null).toBe(before.kept);
});

test.each(['/missing/a', '/list/7', '/list/length', '/text/0', '/__proto__/polluted', '/a/constructor'])(
  'a pointer that leads nowhere is an error: %s',
  (pointer) => {
    const document = {a: {}, list: [1], text: 'abc'};
    expect(withPatch(document, {[pointer]: 1})).toEqual({ok: false, error: `${pointer} is not in the document`});
    expect(Object.keys(Object.prototype)).toEqual([]);
  },
);
