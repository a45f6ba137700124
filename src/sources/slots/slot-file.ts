import {closeSync, constants, fstatSync, openSync, renameSync, writeSync} from 'node:fs';
import {crc32} from 'node:zlib';
import type {z} from 'zod';
import {BYTES_PER_KIB} from '../../shared/units.ts';
import {PRIVATE_MODE, readRecordBytes} from '../host/own-files.ts';

const USUAL_SLOT_BYTES = 512 * BYTES_PER_KIB;
const SLOTS = 2;
const CHECKSUM_DIGITS = 8;
/** What is no plain file is an error, and never waited for. */
const OPEN_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A value and which version of it that is. */
export type SlotVersion<T> = {readonly sequence: number; readonly value: T};

export type SlotOptions<T> = {
  /** Room for one version: whole pages. */
  readonly slotBytes?: number;
  /** What earlier versions of Gantry wrote into the same slots as JSON, without a checksum; it is read, and never written. */
  readonly earlier?: z.ZodType<SlotVersion<T>>;
};

/**
 * A value that changes every second, in a file of two slots that are overwritten in turn. What was written outlives this
 * process however it ends: a version that is cut leaves the one before. The whole file has its place on the disk from the
 * start, so that a full disk does not stop it. Nothing is flushed to the disk: a host that crashes loses the last seconds.
 */
export class SlotFile<T> {
  readonly #path: string;
  readonly #schema: z.ZodType<T>;
  readonly #slotBytes: number;
  readonly #earlier: z.ZodType<SlotVersion<T>> | null;
  #sequence = 0;
  #isUnusable = false;

  constructor(path: string, schema: z.ZodType<T>, {slotBytes = USUAL_SLOT_BYTES, earlier}: SlotOptions<T> = {}) {
    this.#path = path;
    this.#schema = schema;
    this.#slotBytes = slotBytes;
    this.#earlier = earlier ?? null;
  }

  /** True where the file had something when it was read, and nothing that this version of Gantry can read. */
  get isUnusable(): boolean {
    return this.#isUnusable;
  }

  /** The newest complete version; null if there is none that this version of Gantry can read. Throws where it cannot be read. */
  read(): T | null {
    const bytes = readRecordBytes(this.#path, SLOTS * this.#slotBytes) ?? Buffer.alloc(0);
    const versions = Array.from({length: SLOTS}, (_, slot) => this.#versionIn(bytes, slot)).filter(
      (found) => found !== null,
    );
    const [newest] = versions.toSorted((a, b) => b.sequence - a.sequence);
    this.#isUnusable = newest === undefined && bytes.some((byte) => byte !== 0);
    this.#sequence = newest?.sequence ?? 0;
    return newest?.value ?? null;
  }

  /** Moves the file to another name, which it returns: the next version begins a new one. Throws as renameSync does. */
  setAside(): string {
    const aside = `${this.#path}.unused-${new Date().toISOString().replaceAll(/[-:.]/g, '')}`;
    renameSync(this.#path, aside);
    this.#sequence = 0;
    return aside;
  }

  /** Replaces the older version. Throws as writeSync does, and a RangeError for a value that is too long. */
  write(value: T): void {
    const sequence = this.#sequence + 1;
    const text = JSON.stringify({sequence, value});
    const bytes = Buffer.from(`${checksumOf(text)}${text}\n`);
    if (bytes.length > this.#slotBytes) throw new RangeError(`${this.#path}: ${bytes.length} bytes do not fit`);
    const file = openSync(this.#path, OPEN_FLAGS, PRIVATE_MODE);
    try {
      allocate(file, SLOTS * this.#slotBytes);
      writeAll(file, bytes, (sequence % SLOTS) * this.#slotBytes);
    } finally {
      closeSync(file);
    }
    this.#sequence = sequence;
  }

  #versionIn(bytes: Buffer, slot: number): SlotVersion<T> | null {
    const from = slot * this.#slotBytes;
    const end = bytes.indexOf('\n', from);
    if (end < 0 || end >= from + this.#slotBytes) return null;
    if (this.#earlier !== null && bytes.toString('latin1', from, from + 1) === '{')
      return this.#earlier.safeParse(jsonOrNull(bytes.toString('utf8', from, end))).data ?? null;
    const text = bytes.toString('utf8', from + CHECKSUM_DIGITS, end);
    if (bytes.toString('latin1', from, from + CHECKSUM_DIGITS) !== checksumOf(text)) return null;
    const version: unknown = JSON.parse(text);
    if (typeof version !== 'object' || version === null || !('sequence' in version) || !('value' in version))
      return null;
    const {data: value} = this.#schema.safeParse(version.value);
    const {sequence} = version;
    return typeof sequence === 'number' && value !== undefined ? {sequence, value} : null;
  }
}

/** Null also for what was cut while it was written: the other slot counts. */
function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function checksumOf(text: string): string {
  return crc32(text).toString(16).padStart(CHECKSUM_DIGITS, '0');
}

function allocate(file: number, bytes: number): void {
  const {size} = fstatSync(file);
  const missing = bytes - size;
  if (missing <= 0) return;
  try {
    writeAll(file, Buffer.alloc(missing), size);
  } catch {
    // A disk that is full already: what fits is written, and the rest is tried again.
  }
}

function writeAll(file: number, bytes: Buffer, position: number): void {
  const written = writeSync(file, bytes, 0, bytes.length, position);
  if (written < bytes.length) throw new Error(`only ${written} of ${bytes.length} bytes were written`);
}
