import {err, ok, type Result} from '../../shared/result.ts';

/** What changed from one JSON document to the next: new values by JSON Pointer (RFC 6901). */
export type DocumentPatch = Readonly<Record<string, unknown>>;

/**
 * The changes between two plain documents. Objects with the same names and arrays of the same length are compared item by item;
 * anything else that differs is replaced whole, so that a patch never removes a name.
 */
export function patchBetween(before: unknown, after: unknown): DocumentPatch {
  const patch: Record<string, unknown> = {};
  collectChanges(before, after, '', patch);
  return patch;
}

/** The document with the changes; unchanged parts are shared with it. An error names a pointer that leads nowhere in it. */
export function withPatch(document: unknown, patch: DocumentPatch): Result<unknown, string> {
  let changed = document;
  for (const [pointer, value] of Object.entries(patch)) {
    const [, ...names] = pointer.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const next = withValue(changed, names, value);
    if (next === null) return err(`${pointer} is not in the document`);
    changed = next.document;
  }
  return ok(changed);
}

function collectChanges(before: unknown, after: unknown, pointer: string, patch: Record<string, unknown>): void {
  if (Object.is(before, after)) return;
  const earlier = childrenOf(before);
  const later = childrenOf(after);
  const isSameShape =
    earlier !== null &&
    later !== null &&
    Array.isArray(before) === Array.isArray(after) &&
    earlier.length === later.length &&
    later.every(([name], index) => name === earlier[index]?.[0]);
  if (!isSameShape) {
    patch[pointer] = after;
    return;
  }
  for (const [index, [name, value]] of later.entries()) {
    const part = name.replaceAll('~', '~0').replaceAll('/', '~1');
    collectChanges(earlier[index]?.[1], value, `${pointer}/${part}`, patch);
  }
}

/** What a document has in it, as JSON would write it; null for a plain value. */
function childrenOf(value: unknown): readonly (readonly [string, unknown])[] | null {
  if (typeof value !== 'object' || value === null) return null;
  const children: readonly (readonly [string, unknown])[] = Object.entries(value);
  return children.filter(([, child]) => child !== undefined);
}

/** Null where the names lead nowhere. */
function withValue(document: unknown, names: readonly string[], value: unknown): {readonly document: unknown} | null {
  const [name, ...rest] = names;
  if (name === undefined) return {document: value};
  const children = childrenOf(document);
  const found = children?.find(([own]) => own === name);
  const child = found === undefined ? null : withValue(found[1], rest, value);
  if (children === null || child === null) return null;
  const changed = children.map(([own, before]) => [own, own === name ? child.document : before] as const);
  return {document: Array.isArray(document) ? changed.map(([, item]) => item) : Object.fromEntries(changed)};
}
