import {describe, expect, test} from 'vitest';
import {isGroupOf} from '../../../src/supervisor/process/container.ts';

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
