import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, test} from 'vitest';
import {
  isGroupOf,
  readContainerRecord,
  restoreContainer,
  writeContainerRecord,
} from '../../../src/supervisor/process/container.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

const id = '0123456789abcdef'.repeat(4);

describe("a process is in a run's container", () => {
  test.each([
    ['docker with systemd', `0::/system.slice/docker-${id}.scope\n`],
    ['docker without systemd', `0::/docker/${id}\n`],
    ['the older hierarchies', `12:memory:/docker/${id}\n11:cpu,cpuacct:/docker/${id}\n`],
    ['rootless podman', `0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${id}.scope/container\n`],
    ['a group that the engine made itself', `0::/system.slice/docker-${id}.scope/init\n`],
  ])('by its control group: %s', (_, text) => {
    expect(isGroupOf(text, id)).toBe(true);
  });

  test.each([
    ['the session of a user', '0::/user.slice/user-1000.slice/session-3.scope\n'],
    ["podman's monitor, which records the end", `0::/user.slice/libpod-conmon-${id}.scope\n`],
    ['another container', `0::/system.slice/docker-${id.replace('0', 'f')}.scope\n`],
    ['nothing', ''],
  ])('and is not: %s', (_, text) => {
    expect(isGroupOf(text, id)).toBe(false);
  });
});

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
