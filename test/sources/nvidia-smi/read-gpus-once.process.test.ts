import {chmodSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, describe, expect, test} from 'vitest';
import {readGpusOnce} from '../../../src/sources/nvidia-smi/read-gpus-once.ts';
import {eventually} from '../../harness/eventually.ts';
import {writeExecutable} from '../../harness/executable.ts';
import {isAlive, processesWith} from '../../harness/processes.ts';
import {makeTemporaryDirectory} from '../../harness/temporary-directory.ts';
import {clock, FakeNvidiaSmi, shortCode} from './fake-nvidia-smi.ts';
import {expectations} from './recorded-outputs.ts';
import {hasRecordings, recordingPath} from './recordings-folder.ts';

const {directory, remove} = makeTemporaryDirectory('read-gpus');
afterAll(remove);

let scripts = 0;
function script(body: string, mode = 0o755): string {
  scripts += 1;
  const path = writeExecutable(join(directory, `script-${scripts}`), `export MARK="$0"\n${body}`);
  chmodSync(path, mode);
  return path;
}

async function read(executable: string, timeoutMs = 10_000) {
  const {inventory, findings} = await readGpusOnce({executable, timeoutMs, clock});
  return {inventory, findings, codes: findings.map(shortCode)};
}

describe.skipIf(!hasRecordings)('a script that always prints one recording', () => {
  test.each(expectations)('$file', async ({file, cards, codes}) => {
    const exitCode = /-rc(\d+)\./.exec(file)?.[1] ?? '0';
    const stream = file.includes('.stderr.') ? '>&2' : '';
    const reading = await read(script(`cat '${recordingPath(file)}' ${stream}\nexit ${exitCode}`));
    const count = typeof cards === 'number' ? cards : cards.length;
    expect(reading.inventory?.gpus.length ?? 0).toBe(count);
    expect(reading.codes).toEqual(codes);
    if (count === 0) expect(reading.findings[0]?.severity).toBe('critical');
  });
});

describe('a program that cannot be queried', () => {
  test('is reported if it is missing', async () => {
    const {inventory, codes, findings} = await read(join(directory, 'nothing-here'));
    expect(inventory).toBeNull();
    expect(codes).toEqual(['not-found']);
    expect(findings[0]).toMatchObject({severity: 'critical', evidence: 'ENOENT'});
  });

  test('is reported if it is not executable, or is a directory', async () => {
    expect((await read(script('exit 0', 0o644))).codes).toEqual(['not-executable']);
    expect((await read(directory)).codes).toEqual(['not-executable']);
    expect((await read('')).codes).toEqual(['not-executable']);
  });

  test('that prints nothing is reported by its exit code', async () => {
    expect((await read(script('exit 9'))).codes).toEqual(['driver-not-loaded']);
    expect((await read(script('exit 77'))).findings[0]).toMatchObject({
      code: 'source.nvidia-smi.failed',
      message: 'nvidia-smi exited with code 77 and printed no reason.',
    });
    expect((await read(script('exit 0'))).findings[0]?.message).toBe('nvidia-smi printed nothing.');
    expect((await read(script('kill -9 $$'))).codes).toEqual(['failed']);
  });

  test('that hangs is killed at the limit, with its child processes', async () => {
    const program = script('sleep 600 & wait');
    const {codes, findings} = await read(program, 300);
    expect(codes).toEqual(['timeout']);
    expect(findings[0]?.message).toMatch(/did not answer within 0\.3 s\.$/);
    await eventually(() => processesWith(program).length === 0, 'all that it started to end');
  });

  test('that ignores SIGTERM is killed, and is not a hanging driver', async () => {
    expect((await read(script("trap '' TERM\nwhile :; do sleep 1; done"), 300)).codes).toEqual(['timeout']);
  });

  test('that exits while a child keeps its pipe is not waited for', async () => {
    const program = script('sleep 600 & echo $! > "$0.pid"\necho "No devices were found"\nexit 6');
    const {codes} = await read(program, 600_000);
    expect(codes).toEqual(['no-devices']);
    const pid = Number(readFileSync(`${program}.pid`, 'utf8'));
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });

  test('that prints endlessly is cut off', async () => {
    const {inventory, findings} = await read(script('yes nvidia'), 60_000);
    expect(inventory).toBeNull();
    expect(findings[0]?.severity).toBe('critical');
  });

  test('an exit code that the output does not explain is reported with the cards', async () => {
    const xml =
      '<nvidia_smi_log><driver_version>580.1</driver_version><gpu id="0"><uuid>GPU-1</uuid></gpu></nvidia_smi_log>';
    const {inventory, codes} = await read(script(`echo '${xml}'\nexit 14`));
    expect(inventory?.gpus).toHaveLength(1);
    expect(codes).toEqual(['failed']);
  });
});

describe('one lost card', () => {
  test('on an older driver: the healthy ones are queried one by one, each with its own index', async () => {
    const fake = new FakeNvidiaSmi({gpus: 4, lost: 1, branch: 535});
    const {inventory, codes} = await read(fake.executable);
    expect(inventory?.gpus.map(({index}) => index)).toEqual([0, 2, 3]);
    expect(inventory?.gpus.map(({memoryTotalBytes}) => memoryTotalBytes)).toEqual(Array(3).fill(81_559 * 1024 ** 2));
    expect(inventory?.driverVersion).toBe('535.10');
    expect(codes).toEqual(['gpu-lost', 'one-by-one']);
    fake.remove();
  });

  test('on a newer driver: the others keep their indexes', async () => {
    const fake = new FakeNvidiaSmi({gpus: 4, lost: 1, branch: 580});
    const {inventory, codes} = await read(fake.executable);
    expect(inventory?.gpus.map(({index}) => index)).toEqual([0, 2, 3]);
    expect(codes).toEqual(['gpu-lost']);
    fake.remove();
  });
});
