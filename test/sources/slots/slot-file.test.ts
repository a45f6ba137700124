import {mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {z} from 'zod';
import {SlotFile} from '../../../src/sources/slots/slot-file.ts';

const schema = z.object({count: z.int(), text: z.string().optional()});
const HALF = 512 * 1024;

describe('a value in two slots', () => {
  let directory = '';
  let file = '';
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'gantry-slots-'));
    file = path.join(directory, 'ledger');
  });
  afterEach(() => rmSync(directory, {recursive: true}));
  const open = (): SlotFile<z.infer<typeof schema>> => new SlotFile(file, schema);

  test('is nothing before the first version, and the newest version after it', () => {
    const slots = open();
    expect(slots.read()).toBeNull();
    for (const count of [1, 2, 3]) slots.write({count});
    expect(open().read()).toEqual({count: 3});
  });

  test('is the version before where the newest was cut or changed, for every byte of it', () => {
    const slots = open();
    slots.write({count: 1});
    slots.write({count: 2});
    const whole = readFileSync(file);
    const length = whole.indexOf('\n');
    for (let place = 0; place <= length; place++) {
      const damaged = Buffer.from(whole);
      damaged[place] = (damaged[place] ?? 0) ^ 1;
      writeFileSync(file, damaged);
      expect(open().read(), `byte ${place}`).toEqual({count: 1});
    }
  });

  test('is not overwritten next by a process that has read it', () => {
    const first = open();
    first.write({count: 1});
    first.write({count: 2});
    const second = open();
    second.read();
    second.write({count: 3});
    const bytes = readFileSync(file);
    bytes[HALF] = 0;
    writeFileSync(file, bytes);
    expect(open().read()).toEqual({count: 2});
  });

  test('has its place on the disk from the first version on', () => {
    open().write({count: 1});
    expect(statSync(file).size).toBe(2 * HALF);
    expect(statSync(file).blocks * 512).toBeGreaterThanOrEqual(2 * HALF);
  });

  test('that does not fit is refused, and the one before stays', () => {
    const slots = open();
    slots.write({count: 1});
    expect(() => slots.write({count: 2, text: 'a'.repeat(HALF)})).toThrow(RangeError);
    expect(open().read()).toEqual({count: 1});
  });

  test('of another kind is none, and can be set aside', () => {
    new SlotFile(file, z.string()).write('text');
    const slots = open();
    expect([slots.read(), slots.isUnusable]).toEqual([null, true]);
    const aside = slots.setAside();
    slots.write({count: 1});
    expect(open().read()).toEqual({count: 1});
    expect(new SlotFile(aside, z.string()).read()).toBe('text');
  });
});
