import {beforeEach, expect, test} from 'vitest';
import {detailsOf} from '../../../src/domain/diagnosis/details/details.ts';
import {isPresent} from '../../../src/samples/reading.ts';
import {type GantryHome, openHome} from '../../harness/gantry-home.ts';
import {processesWith} from '../../harness/processes.ts';

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

test.each([
  ['vllm', 'vllm.worker-died'],
  ['sglang', 'sglang.killed'],
])(
  'one worker of %s that is killed alone: the engine is restarted, with the cause, and nothing of it is left',
  async (engine, code) => {
    home.configure('restart: {firstDelaySeconds: 0.5}');
    await home.demo(['--speed', '400', '--engine', engine]);
    const before = await home.waitForState('ready');
    const listed = await home.until('the workers on the GPUs', ({gpus}) =>
      gpus.every(({processes}) => isPresent(processes) && processes.length > 0),
    );
    const worker = listed.gpus
      .flatMap(({processes}) => (isPresent(processes) ? processes : []))
      .find(({pid}) => pid !== before.engine.pid);
    if (worker === undefined) throw new Error('the memory is of the workers');
    process.kill(worker.pid, 'SIGKILL');
    const ended = await home.untilEvent('the end of the engine', (event) => event.code === 'engine.exited');
    expect(ended.details).toMatchObject({wasRequested: false});
    const after = await home.until(
      'another engine',
      (now) => now.engine.state === 'ready' && now.engine.runId !== before.engine.runId,
    );
    expect(processesWith(`GANTRY_RUN_ID=${before.engine.runId}`)).toEqual([]);
    const loop = after.findings.find((finding) => finding.code === 'lifecycle.crash-loop');
    expect(loop && detailsOf(loop, 'lifecycle.crash-loop')).toMatchObject({crashes: 1, cause: {code}});
  },
);
