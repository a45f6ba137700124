import fc from 'fast-check';
import {expect, test} from 'vitest';
import {z} from 'zod';
import {createPatchedDocument, type DocumentPatch, patchBetween} from '../../../src/api/recording/document-patch.ts';

/** The document with the patches; an error is that of the first one that cannot be applied. */
function patched(document: unknown, ...patches: readonly DocumentPatch[]): unknown {
  const changing = createPatchedDocument(document);
  for (const patch of patches) {
    const applied = changing.apply(patch);
    if (!applied.ok) return applied;
  }
  return changing.value();
}

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
  expect(patchBetween({a: 1}, {b: undefined, a: 2})).toEqual({'/a': 2});
  expect(patchBetween({list: [1, 2]}, {list: [1, undefined]})).toEqual({'/list/1': null});
  expect(patchBetween({a: {}}, {a: []})).toEqual({'/a': []});
});

test('a document with the patches to others is the last of them, and the first stays as it was', () => {
  // As both are written: JSON has no -0.
  const written = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  const document = fc.jsonValue().map(written);
  fc.assert(
    fc.property(document, document, document, (first, second, third) => {
      const before = JSON.stringify(first);
      const patches = [patchBetween(first, second), patchBetween(second, third)].map((patch) =>
        patchSchema.parse(written(patch)),
      );
      expect(patched(first, ...patches)).toEqual(third);
      expect(JSON.stringify(first)).toBe(before);
    }),
  );
});

test('what was given away stays as it was, and what did not change is shared', () => {
  const kept = {deep: [1]};
  const changing = createPatchedDocument({kept, list: [{v: 1}, {v: 2}]});
  changing.apply({'/list/0/v': 3, '/list/1/v': 4});
  const given = changing.value();
  changing.apply({'/list/0/v': 5});
  expect(given).toEqual({kept, list: [{v: 3}, {v: 4}]});
  const later = changing.value();
  expect(later).toEqual({kept, list: [{v: 5}, {v: 4}]});
  expect(typeof later === 'object' && later !== null && Object.values(later)[0] === kept).toBe(true);
});

test.each(['/missing/a', '/list/7', '/list/length', '/text/0', '/__proto__/polluted', '/a/constructor'])(
  'a pointer that leads nowhere is an error: %s',
  (pointer) => {
    const document = {a: {}, list: [1], text: 'abc'};
    expect(patched(document, {[pointer]: 1})).toEqual({ok: false, error: `${pointer} is not in the document`});
    expect(Object.keys(Object.prototype)).toEqual([]);
  },
);
