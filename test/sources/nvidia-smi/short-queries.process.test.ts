import {chmodSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {probeFields} from '../../../src/sources/nvidia-smi/probe-fields.ts';
import {readProcesses} from '../../../src/sources/nvidia-smi/read-processes.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {shortCode} from './fake-nvidia-smi.ts';

let executable = '';
const options = {timeoutMs: 10_000};

beforeEach(() => {
  executable = path.join(temporaryDirectory('short-queries'), 'nvidia-smi');
});

/** A program of these lines of shell. */
function program(script: string): void {
  writeFileSync(executable, `#!/bin/sh\n${script}\n`);
  chmodSync(executable, 0o755);
}

describe('the fields of a driver', () => {
  async function codes(): Promise<readonly string[]> {
    const probed = await probeFields(executable, options);
    return probed.ok ? [] : probed.error.findings.map(shortCode);
  }

  test('are read from its own help', async () => {
    program(`[ "$1" = --help-query-gpu ] && printf '"index"\\nText.\\n\\n"pstate"\\n'`);
    expect(await probeFields(executable, options)).toEqual({ok: true, value: ['index', 'pstate']});
  });

  test('are all but those it rejects, where the help cannot be read', async () => {
    program(`case "$1" in *fabric.state*) echo 'Field "fabric.state" is not a valid field to query.'; exit 2;; esac`);
    const probed = await probeFields(executable, options);
    expect(probed.ok && probed.value).not.toContain('fabric.state');
    expect(probed.ok && probed.value).toContain('index');
  });

  test('a driver that cannot answer is reported without more queries', async () => {
    program(`echo "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."; exit 9`);
    expect(await codes()).toEqual(['driver-not-loaded']);
  });

  test('a program that rejects every field, or one that was not requested, is reported', async () => {
    program(`echo "$1" | sed 's/--query-gpu=\\([^,]*\\).*/Field "\\1" is not a valid field to query./'; exit 2`);
    expect(await codes()).toEqual(['invalid-field']);
    program(`echo 'Field "something.else" is not a valid field to query.'; exit 2`);
    expect(await codes()).toEqual(['invalid-field']);
  });

  test('a program that is missing or late is reported; only the late one has not answered', async () => {
    const missing = await probeFields(executable, options);
    expect(missing).toMatchObject({ok: false, error: {isAnswer: true, stuck: null}});
    program('exec sleep 30');
    const late = await probeFields(executable, {timeoutMs: 50});
    expect(late).toMatchObject({ok: false, error: {isAnswer: false, stuck: null}});
    expect([missing, late].flatMap((probed) => (probed.ok ? [] : probed.error.findings.map(shortCode)))).toEqual([
      'not-found',
      'timeout',
    ]);
  });

  test('nothing is reported of a probe that was cancelled', async () => {
    program('exec sleep 30');
    const probed = await probeFields(executable, {...options, signal: AbortSignal.abort()});
    expect(probed).toEqual({ok: false, error: {findings: [], stuck: null, isAnswer: true}});
  });
});

describe('the processes on the GPUs', () => {
  const row = 'GPU-00000000-0000-4000-8000-000000000001, 4711, 1000, python';

  test('are those of a query that succeeded', async () => {
    program(`case "$1" in --query-compute-apps=*) echo '${row}';; esac`);
    expect(await readProcesses(executable, options)).toMatchObject({
      processes: [{pid: 4711}],
      findings: [],
      isAnswer: true,
      stuck: null,
    });
  });

  test('are unknown after a query that failed, whatever it printed before', async () => {
    const lost =
      'Unable to determine the device handle for GPU 0000:3A:00.0: GPU is lost. Reboot the system to recover.';
    program(`echo '${row}'; echo '${lost}'; exit 15`);
    const {processes, findings, isAnswer} = await readProcesses(executable, options);
    expect([processes, isAnswer]).toEqual([null, true]);
    expect(findings.map(shortCode)).toContain('gpu-lost');
  });

  test('are unknown if the query was late', async () => {
    program(`echo '${row}'; exec sleep 30`);
    const {processes, findings, isAnswer} = await readProcesses(executable, {timeoutMs: 200});
    expect([processes, isAnswer, findings.map(shortCode)]).toEqual([null, false, ['timeout']]);
  });
});
