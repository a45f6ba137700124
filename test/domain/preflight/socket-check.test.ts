import {describe, expect, test} from 'vitest';
import {socketCheck} from '../../../src/domain/preflight/socket-check.ts';
import {MAX_SOCKET_PATH_BYTES} from '../../../src/domain/preflight/socket-path.ts';

const files = {variables: ['VLLM_RPC_BASE_PATH', 'TMPDIR'], nameBytes: 36} as const;
const directory = (bytes: number): string => `/${'x'.repeat(bytes - 1)}`;
const mostBytes = MAX_SOCKET_PATH_BYTES - 37;

describe('sockets between the processes of an engine', () => {
  test('are in /tmp unless a variable says otherwise, an empty one does not', () => {
    expect(socketCheck(files, {})).toMatchObject({detail: 'in /tmp', finding: null});
    expect(socketCheck(files, {VLLM_RPC_BASE_PATH: '', TMPDIR: '/scratch'})).toMatchObject({
      detail: 'in /scratch (TMPDIR)',
      finding: null,
    });
  });

  test('may fill the path that the system allows, and no byte more', () => {
    expect(socketCheck(files, {TMPDIR: directory(mostBytes)}).finding).toBeNull();
    expect(socketCheck(files, {TMPDIR: directory(mostBytes + 1)}).finding).toMatchObject({
      code: 'preflight.socket-path-too-long',
      severity: 'critical',
      details: {variable: 'TMPDIR', pathBytes: 108, mostBytes: 107},
      remedy: expect.stringContaining('VLLM_RPC_BASE_PATH'),
    });
    expect(socketCheck(files, {TMPDIR: `/${'ü'.repeat(40)}`}).finding).not.toBeNull();
  });

  test('are where the first variable says, whatever the others are', () => {
    const environment = {VLLM_RPC_BASE_PATH: '/run/a', TMPDIR: directory(200)};
    expect(socketCheck(files, environment).finding).toBeNull();
  });
});
