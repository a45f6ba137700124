import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, test} from 'vitest';
import {
  readContainerRecord,
  restoreContainer,
  writeContainerRecord,
} from '../../../src/supervisor/process/container.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

const id = '0123456789abcdef'.repeat(4);

describe('the record of the container of a run', () => {
  const record = {client: '/usr/bin/docker', name: 'gantry-1'};

  test.each(['', '{', 'null', '{"client": ""}'])('is none where it has %j, and can be made again', async (text) => {
    const directory = temporaryDirectory('container');
    writeFileSync(path.join(directory, 'container.id'), `${id}\n`);
    writeFileSync(path.join(directory, 'container.json'), text);
    expect(readContainerRecord(directory)).toBeNull();
    await restoreContainer(directory, record);
    expect(readContainerRecord(directory)).toEqual(record);
  });

  test('is none where it cannot be read as a file', () => {
    const directory = temporaryDirectory('container');
    mkdirSync(path.join(directory, 'container.json'));
    expect(readContainerRecord(directory)).toBeNull();
  });

  test('is what was written', async () => {
    const directory = temporaryDirectory('container');
    await writeContainerRecord(directory, record);
    expect(readContainerRecord(directory)).toEqual(record);
  });
});
