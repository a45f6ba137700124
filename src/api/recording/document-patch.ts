import {err, ok, type Result} from '../../shared/result.ts';

/** What changed from one JSON document to the next: new values by JSON Pointer (RFC 6901). */
export type DocumentPatch = Readonly<Record<string, unknown>>;

/**
 * The changes between two plain documents. Objects with the same names and arrays of the same length are compared item by item;
 * anything else that differs is replaced whole, so that a patch never removes a name.
 */
export function patchBetween(before: unknown, after: unknown): DocumentPatch {
  const patch: Record<string, unknown> = {};
  collectChanges(before, after, [], patch);
  return patch;
}

/** A document that changes patch by patch. */
export type PatchedDocument = {
  /** Applies a patch; an error names a pointer that leads nowhere, and part of the patch may be applied. */
  readonly apply: (patch: DocumentPatch) => Result<null, string>;
  /** The document as it is now; later patches do not change this one, and share what they leave as it is. */
  readonly value: () => unknown;
};

/** A document to apply patches to; it stays as it is. What is on the way to a change is copied once, however many changes it has. */
export function createPatchedDocument(document: unknown): PatchedDocument {
  let current = document;
  // What was copied since the document was given away last.
  let own = new WeakSet<Container>();

  function ownCopy(container: Container): Container {
    if (own.has(container)) return container;
    const copy = Array.isArray(container) ? [...container] : {...container};
    own.add(copy);
    return copy;
  }

  function setValue(names: readonly string[], value: unknown): boolean {
    const last = names.at(-1);
    if (last === undefined) {
      current = value;
      return true;
    }
    if (!hasPlace(current, names)) return false;
    let parent = ownCopy(current);
    current = parent;
    for (const name of names.slice(0, -1)) {
      const child = childOf(parent, name);
      if (!isContainer(child)) return false;
      const copy = ownCopy(child);
      setChild(parent, name, copy);
      parent = copy;
    }
    setChild(parent, last, value);
    return true;
  }

  return {
    apply(patch) {
      for (const [pointer, value] of Object.entries(patch)) {
        if (!setValue(namesIn(pointer), value)) return err(`${pointer} is not in the document`);
      }
      return ok(null);
    },
    value() {
      own = new WeakSet();
      return current;
    },
  };
}

// The same fields change every second.
const knownPointers = new Map<string, readonly string[]>();
const MOST_KNOWN_POINTERS = 4_096;

/** The names of a JSON Pointer. */
function namesIn(pointer: string): readonly string[] {
  const known = knownPointers.get(pointer);
  if (known !== undefined) return known;
  const [, ...names] = pointer.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (knownPointers.size >= MOST_KNOWN_POINTERS) knownPointers.clear();
  knownPointers.set(pointer, names);
  return names;
}

type Container = Record<string, unknown> | unknown[];

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

/** True if the names lead to a value of the document. */
function hasPlace(document: unknown, names: readonly string[]): document is Container {
  let value = document;
  for (const name of names) {
    if (!isContainer(value) || !isChild(value, name)) return false;
    value = childOf(value, name);
  }
  return true;
}

/** Only what JSON would write: not the length of an array, nor what every object inherits. */
function isChild(container: Container, name: string): boolean {
  return Object.hasOwn(container, name) && !(Array.isArray(container) && name === 'length');
}

function childOf(container: Container, name: string): unknown {
  return Array.isArray(container) ? container[Number(name)] : container[name];
}

function setChild(container: Container, name: string, value: unknown): void {
  if (Array.isArray(container)) container[Number(name)] = value;
  else container[name] = value;
}

/** Once a second over a whole snapshot: it makes no pointer, and no list of values, for a part that has not changed. */
function collectChanges(before: unknown, after: unknown, path: string[], patch: Record<string, unknown>): void {
  if (Object.is(before, after)) return;
  if (Array.isArray(before) && Array.isArray(after)) collectItems(before, after, path, patch);
  else if (isObject(before) && isObject(after)) collectMembers(before, after, path, patch);
  // Only an item of an array can be undefined here, and JSON writes null for one.
  else patch[pointerOf(path)] = after ?? null;
}

function collectItems(
  before: readonly unknown[],
  after: readonly unknown[],
  path: string[],
  patch: Record<string, unknown>,
): void {
  if (before.length !== after.length) {
    patch[pointerOf(path)] = after;
    return;
  }
  for (let index = 0; index < after.length; index += 1) {
    path.push(String(index));
    collectChanges(before[index], after[index], path, patch);
    path.pop();
  }
}

function collectMembers(before: JsonObject, after: JsonObject, path: string[], patch: Record<string, unknown>): void {
  const names = namesOf(after);
  const earlier = namesOf(before);
  if (names.length !== earlier.length || !names.every((name, index) => name === earlier[index])) {
    patch[pointerOf(path)] = after;
    return;
  }
  for (const name of names) {
    path.push(name);
    collectChanges(before[name], after[name], path, patch);
    path.pop();
  }
}

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** In their order, as JSON would write them. */
function namesOf(value: JsonObject): readonly string[] {
  const names = Object.keys(value);
  return names.some((name) => value[name] === undefined) ? names.filter((name) => value[name] !== undefined) : names;
}

function pointerOf(path: readonly string[]): string {
  return path.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
