import {array, assert as assertProperty, constantFrom, property, string} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {isGroupOf, placeOfCgroup} from '../../../src/sources/host/cgroup.ts';

const id = '0123456789abcdef'.repeat(4);
const podUid = '3f1c9a7e-52d4-4c1b-9e0a-7b6d5c4f3e2a';
const underscored = podUid.replaceAll('-', '_');

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

describe('where a process runs', () => {
  const inPod = (runtime: string | null) => ({container: {runtime, id, podUid}, unit: null});
  const inContainer = (runtime: string | null, name = id) => ({
    container: {runtime, id: name, podUid: null},
    unit: null,
  });
  const under = (unit: string | null) => ({container: null, unit});

  test.each([
    ['docker with systemd', `0::/system.slice/docker-${id}.scope\n`, inContainer('docker')],
    [
      'docker without systemd, older hierarchies',
      `12:memory:/docker/${id}\n1:name=systemd:/docker/${id}\n`,
      inContainer('docker'),
    ],
    [
      'a container in a container, of which the host knows the outer',
      `0::/docker/${id}/docker/${'f'.repeat(64)}\n`,
      inContainer('docker'),
    ],
    [
      'rootless podman',
      `0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${id}.scope/container\n`,
      inContainer('podman'),
    ],
    ['nerdctl', `0::/system.slice/nerdctl-${id}.scope\n`, inContainer('containerd')],
    [
      'a pod of containerd',
      `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${underscored}.slice/cri-containerd-${id}.scope\n`,
      inPod('containerd'),
    ],
    [
      'a pod of CRI-O, guaranteed',
      `0::/kubepods.slice/kubepods-pod${underscored}.slice/crio-${id}.scope\n`,
      inPod('cri-o'),
    ],
    [
      'a pod in a node that is a container itself',
      `0::/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${underscored}.slice/cri-containerd-${id}.scope\n`,
      inPod('containerd'),
    ],
    ['a pod without systemd', `4:memory:/kubepods/besteffort/pod${podUid}/${id}\n`, inPod(null)],
    [
      'a pod with the name of a unit as a path',
      `0::/system.slice/containerd.service/kubepods-pod${underscored}.slice:cri-containerd:${id}\n`,
      inPod('containerd'),
    ],
    [
      'a pod whose containers have no group',
      `0::/kubepods/pod${podUid}\n`,
      {container: {runtime: null, id: null, podUid}, unit: null},
    ],
    ['LXC', '0::/lxc.payload.web-1/system.slice/vllm.service\n', inContainer('lxc', 'web-1')],
    ['LXC, older', '11:devices:/lxc/101/ns\n', inContainer('lxc', '101')],
    ['a service', '0::/system.slice/vllm.service\n', under('vllm.service')],
    ['a group of a service', '0::/system.slice/system-vllm.slice/vllm@0.service/workers\n', under('vllm@0.service')],
    ['a session', '0::/user.slice/user-1000.slice/session-3.scope\n', under('session-3.scope')],
    [
      "a user's service",
      '0::/user.slice/user-1000.slice/user@1000.service/app.slice/eval.service\n',
      under('eval.service'),
    ],
    ["a user's manager", '0::/user.slice/user-1000.slice/user@1000.service\n', under('user@1000.service')],
    [
      'older hierarchies of a service',
      '3:cpu:/\n1:name=systemd:/system.slice/vllm.service\n0::/\n',
      under('vllm.service'),
    ],
    ["podman's monitor", `0::/machine.slice/libpod-conmon-${id}.scope\n`, under(`libpod-conmon-${id}.scope`)],
    ['a container with a group namespace of its own', '0::/\n', under(null)],
    ['no text', '', under(null)],
    ['a short number that is no id', '0::/slurm/uid_1000/123456789012\n', under(null)],
    ['control characters in a name', '0::/system.slice/\u001b[31mred.service\n', under(null)],
    ['a name that is too long', `0::/system.slice/${'a'.repeat(300)}.service\n`, under(null)],
  ])('%s', (_, text, place) => {
    expect(placeOfCgroup(text)).toEqual(place);
  });

  test('hostile texts give only names of the form that runtimes and systemd write', () => {
    const pieces = constantFrom(
      '0::',
      '/',
      ':',
      '-',
      '.',
      'docker-',
      'libpod-',
      id,
      'pod',
      podUid,
      '.scope',
      '.service',
      'lxc',
      '\n',
      'user@1.service',
    );
    const text = array(
      constantFrom(0, 1).chain((kind) => (kind === 0 ? pieces : string({unit: 'binary', maxLength: 8}))),
      {maxLength: 40},
    );
    assertProperty(
      property(text, (parts) => {
        const {container, unit} = placeOfCgroup(parts.join(''));
        expect(container === null || unit === null).toBe(true);
        expect(unit ?? 'a').toMatch(/^[\w:.\\@-]{1,255}$/);
        expect(container?.id ?? 'a').toMatch(/^[\w:.\\@-]{1,255}$/);
        expect(container?.podUid ?? 'a').toMatch(/^[0-9a-f-]{1,36}$/);
      }),
    );
  });
});
