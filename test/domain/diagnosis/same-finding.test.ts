import {expect, test} from 'vitest';
import type {CardDetails} from '../../../src/domain/diagnosis/details/card-details.ts';
import {withDetails} from '../../../src/domain/diagnosis/details/details.ts';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import {isSameFinding, subjectOf} from '../../../src/domain/diagnosis/same-finding.ts';
import {findingOf} from '../lifecycle/lifecycle-samples.ts';

const unnamed: CardDetails = {index: null, pciBusId: null, uuid: null};

function lost(card: Partial<CardDetails>): Finding {
  const details = withDetails('source.nvidia-smi.gpu-lost', {...unnamed, ...card});
  return {...findingOf(details.code), ...details};
}

test.each([
  [{index: 3}, {index: 3, pciBusId: '0000:02:00.0'}, true],
  [{index: 3}, {index: 5}, false],
  [{pciBusId: '00000000:02:00.0'}, {index: 3, pciBusId: '0000:02:00'}, true],
  // After a GPU is gone, the driver may count the others anew.
  [{index: 3, pciBusId: '0000:02:00.0'}, {index: 4, pciBusId: '0000:02:00.0'}, true],
  [{index: 3, pciBusId: '0000:02:00.0'}, {index: 3, pciBusId: '0000:5d:00.0'}, false],
  [{uuid: 'GPU-1'}, {index: 3, uuid: 'GPU-1'}, true],
  [{index: 3}, {pciBusId: '0000:02:00.0'}, false],
])('a card is the same by the first name that both have: %o, %o', (one, other, isSame) => {
  expect(isSameFinding(lost(one), lost(other))).toBe(isSame);
  expect(isSameFinding(lost(other), lost(one))).toBe(isSame);
});

test('other codes, processes and Xid numbers are other findings; amounts are not', () => {
  const xid = (number: number, place: {readonly index?: number; readonly gpuInstanceId?: number} = {}): Finding => ({
    ...findingOf('host.xid'),
    ...withDetails('host.xid', {pciBusId: '0000:02:00', index: null, gpuInstanceId: null, xid: number, ...place}),
  });
  expect(isSameFinding(xid(79), xid(79, {index: 3})), 'once its index is known').toBe(true);
  expect(isSameFinding(xid(94, {gpuInstanceId: 5}), xid(94, {gpuInstanceId: 7}))).toBe(false);
  expect(isSameFinding(xid(79), xid(79))).toBe(true);
  expect(isSameFinding(xid(79), xid(31))).toBe(false);
  expect(isSameFinding(findingOf('gpu.lost'), findingOf('gpu.missing'))).toBe(false);
  const disk = (path: string, freeBytes: number): Finding => ({
    ...findingOf('preflight.disk-low'),
    ...withDetails('preflight.disk-low', {path, neededBytes: 9, freeBytes}),
  });
  expect(isSameFinding(disk('/a', 1), disk('/a', 2))).toBe(true);
  expect(isSameFinding(disk('/a', 1), disk('/b', 1))).toBe(false);
});

test('a port is the same whoever is seen to hold it, and each check that could not be made is its own finding', () => {
  const inUse = (port: number, pid: number | null): Finding => ({
    ...findingOf('preflight.port-in-use'),
    ...withDetails('preflight.port-in-use', {host: '127.0.0.1', port, pid, command: pid === null ? null : 'nginx'}),
  });
  expect(isSameFinding(inUse(8000, null), inUse(8000, 77))).toBe(true);
  expect(isSameFinding(inUse(8000, 77), inUse(8000, 78))).toBe(true);
  expect(isSameFinding(inUse(8000, 77), inUse(8001, 77))).toBe(false);
  expect(subjectOf(inUse(8000, 77))).toEqual({host: '127.0.0.1', port: 8000});
  const unchecked = (check: string, message: string): Finding => ({
    ...findingOf('preflight.unchecked'),
    ...withDetails('preflight.unchecked', {check}),
    message,
  });
  expect(isSameFinding(unchecked('port', 'it hangs'), unchecked('port', 'no permission'))).toBe(true);
  expect(isSameFinding(unchecked('port', 'it hangs'), unchecked('host', 'it hangs'))).toBe(false);
});

test('a finding about the node or the engine has no subject', () => {
  expect(subjectOf(findingOf('engine.idle'))).toEqual({});
  expect(subjectOf(lost({index: 3}))).toEqual({index: 3});
});
