import {readdir, readFile} from 'node:fs/promises';
import path from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {snapshotSchema} from '../../src/api/snapshot.ts';
import {type GantryHome, openHome} from '../harness/gantry-home.ts';

const key = 'sk-e2e-5f1c9a';
let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

test('an engine that requires a key becomes ready, and the key is written nowhere', async () => {
  await home.demo(['--speed', '400'], {VLLM_API_KEY: key});
  const snapshot = await home.waitForState('ready');
  const {port} = home;
  const chat = await fetch(`http://127.0.0.1:${port}/v1/models`);
  expect(chat.status).toBe(401);
  expect(JSON.stringify(snapshotSchema.parse(snapshot))).not.toContain(key);
  for (const file of await readdir(home.directory, {recursive: true, withFileTypes: true})) {
    if (!file.isFile()) continue;
    const name = path.join(file.parentPath, file.name);
    expect((await readFile(name)).includes(key), name).toBe(false);
  }
});
